"""The `feedsvc` command run inside this process, as quick as a call."""

import io
import logging
import os
from collections.abc import Mapping

from click.testing import CliRunner, Result

from feedsvc.cli import main


class _StandardInput(io.BytesIO):
    name = "<stdin>"


def feedsvc(environment: Mapping[str, str], *arguments: str, stdin: str | bytes = b"") -> Result:
    """Run a verb under `environment` alone; whatever a shell would show as a traceback is raised here."""
    only = {name: environment.get(name) for name in {*os.environ, *environment}}
    given = _StandardInput(stdin.encode() if isinstance(stdin, str) else stdin)
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    try:
        return CliRunner().invoke(main, arguments, input=given, env=only, catch_exceptions=False)
    finally:
        root.handlers[:] = handlers
        root.setLevel(level)


def output(environment: Mapping[str, str], *arguments: str, stdin: str | bytes = b"") -> str:
    """The standard output of a verb that must succeed and complain of nothing."""
    result = feedsvc(environment, *arguments, stdin=stdin)
    assert (result.exit_code, result.stderr) == (0, ""), result.output
    return result.stdout


def refusal(environment: Mapping[str, str], *arguments: str, stdin: str | bytes = b"") -> str:
    """The sentence with which a verb refuses: status 1, nothing on standard output."""
    result = feedsvc(environment, *arguments, stdin=stdin)
    assert (result.exit_code, result.stdout) == (1, ""), result.output
    assert result.stderr.startswith("Error: ")
    return result.stderr.removeprefix("Error: ").strip()
