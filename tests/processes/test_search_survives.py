"""An index that is being built when its server is killed is built to the end by the next one."""

import json
import os
import signal
from collections.abc import Callable

import pytest
from clients import workers
from conftest import Served, eventually, run_shell

ARTICLES = 1_200


@pytest.mark.only("sqlite")
def test_whoever_is_killed_leaves_the_rest_to_the_next(
    serve: Callable[..., Served], shell_environment: dict[str, str]
) -> None:
    items = (
        {"id": f"rain {number}", "title": f"Rain {number}", "content_text": f"Of those before it: {number * 7}. " * 50}
        for number in range(ARTICLES)
    )
    run_shell(shell_environment, "import", "-", stdin="\n".join(map(json.dumps, items)).encode())
    first = serve()

    def found(served: Served) -> int:
        return len(served.http.get("/feeds/search.json?q=before").json()["items"])

    eventually(lambda: found(first))
    for pid in (first.process.pid, *workers(first)):
        os.kill(pid, signal.SIGKILL)
    second = serve()
    eventually(lambda: "Found: more than 1,000" in second.http.get("/search?q=before").text)
    # Among the last that are filed.
    told = eventually(lambda: second.shell("search", "rain", "1199", "--count", "5").stdout)
    assert told.decode().split("  ")[1:] == ["rain 1199", "Rain 1199\n"]
