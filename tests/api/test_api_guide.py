"""The examples of docs/api.md, run by a shell against a service of its own, one after the other."""

import json
import re
import shlex
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

from conftest import Served

GUIDE = Path(__file__).parents[2] / "docs" / "api.md"
_BLOCK = re.compile(r"```sh\n(.*?)```", re.DOTALL)


def test_every_example_does_what_the_guide_says(serve: Callable[..., Served], tmp_path: Path) -> None:
    served = serve()
    # A curl of before 7.83 has no %header{}; it is on every machine that these tests need, and so is what comes after.
    program = f'feedsvc() {{ {shlex.quote(sys.executable)} -m feedsvc "$@"; }}\n'
    blocks = _BLOCK.findall(GUIDE.read_text("utf-8"))
    script = "set -e\n" + program + "\necho --\n".join(blocks)
    script = script.replace("http://127.0.0.1:8000", str(served.http.base_url).rstrip("/"))
    script = script.replace("curl -s", "curl -sS --fail-with-body -w '\\n'").replace("-w '\\n' -o", "-o")

    run = subprocess.run(
        ["bash", "-c", script], env=served.environment, capture_output=True, text=True, check=False, cwd=tmp_path
    )

    assert (run.returncode, run.stderr) == (0, ""), run.stdout
    told = run.stdout.split("--\n")
    assert len(told) == len(blocks)
    assert "HTTP/1.1 201" in told[1]
    bridge = json.loads(told[3])
    assert (bridge["tags"], bridge["id"]) == (["Karabakh"], "tag:agency.example,2026:bridge")
    assert json.loads(told[4])["title"] == "Bridge opened over the river"
    *life, history = [json.loads(line) for line in told[5].splitlines() if line]
    assert [each["_feedsvc"]["status"] for each in life] == [
        *("draft", "scheduled", "published", "published", "published", "retracted", "published")
    ]
    assert life[3]["_feedsvc"]["corrections"][0]["text"].startswith("An earlier version")
    assert life[4]["date_modified"] == life[3]["date_modified"]
    deeds = [deed["deed"] for deed in history["deeds"]]
    assert deeds == ["restore", "retract", "revise", "correct", "publish", "schedule", "draft"]
    assert {deed["actor"] for deed in history["deeds"]} == {"Night desk"}
    assert '"next"' not in told[6]
    assert json.loads(told[7])["_feedsvc"]["translation_of"] == bridge["id"]
    assert [json.loads(line)["verdict"] for line in told[8].splitlines() if line] == ["imported", "rejected"]
    assert json.loads(told[9])["changes"][0]["kind"] == "site"
    renamed, merged = (json.loads(line) for line in told[10].splitlines() if line)
    assert renamed["labels"] == merged["labels"] == {"en": "Karabakh", "ru": "Карабах"}
    assert (renamed["slug"], merged["articles"]) == ("qarabağ", 1)
    assert served.http.get("/tags/karabakh").headers["location"].endswith("/tags/qaraba%C4%9F")
