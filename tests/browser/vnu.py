"""The Nu HTML checker (vnu), for tests that are collected only where it is: it needs Java, and comes from npm."""

import json
import os
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

_JAR = Path(__file__).parents[1] / "checkers/node_modules/vnu-jar/build/dist/vnu.jar"
_JAVA = shutil.which("java")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Without the checker, leave out the tests that ask it; where everything must run, say so."""
    if _JAVA and _JAR.exists():
        return
    if os.environ.get("CI"):
        raise pytest.UsageError("There is no vnu; it needs java, and `npm ci --ignore-scripts` in tests/checkers.")
    items[:] = [item for item in items if "judge" not in getattr(item, "fixturenames", ())]


@pytest.fixture(scope="session")
def judge() -> Callable[[Path], dict[str, list[str]]]:
    """Judge all *.html, *.css and *.svg of a folder in one process: errors and warnings, by the name of the file."""

    def run(folder: Path) -> dict[str, list[str]]:
        command = [_JAVA, "-jar", _JAR, "--format", "json", "--stdout", "--also-check-css", "--also-check-svg", folder]
        told = subprocess.run(command, capture_output=True, text=True, check=False)
        assert told.stdout, told.stderr
        found: dict[str, list[str]] = {}
        for message in json.loads(told.stdout)["messages"]:
            name = message["url"].rpartition("/")[2] if "url" in message else ""
            found.setdefault(name, []).append(f"{message.get('lastLine', '')}: {message['message']}")
        return found

    return run
