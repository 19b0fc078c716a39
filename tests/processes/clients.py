"""Clients of a site in other processes: fresh connections, crowds of them, and what can be seen from outside."""

import http.client
import json
import subprocess
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from conftest import Served, Site
from databases import run_sql
from programs import run_in_words

REPOSITORY = Path(__file__).parents[2]
SELECTIONS = ("news-line", "tags/karabakh")
FEEDS = tuple(f"/feeds/{selection}.{form}" for selection in SELECTIONS for form in ("rss", "atom", "json"))


@dataclass(frozen=True, slots=True)
class Answer:
    """A whole response; `http.client` has checked that the body is as long as was announced."""

    status: int
    headers: http.client.HTTPMessage
    body: bytes


def connect(served: Served | Site) -> http.client.HTTPConnection:
    """A connection of one's own, not yet open."""
    return http.client.HTTPConnection("127.0.0.1", served.http.base_url.port, timeout=30)


def ask(connection: http.client.HTTPConnection, path: str, method: str = "GET", /, **headers: str) -> Answer:
    """One request on a connection; header names are written with underscores."""
    connection.request(method, path, headers={name.replace("_", "-"): value for name, value in headers.items()})
    response = connection.getresponse()
    return Answer(response.status, response.headers, response.read())


def ask_afresh(served: Served | Site, path: str, method: str = "GET", **headers: str) -> Answer:
    """One request on a connection that is opened for it, so that any worker may take it."""
    with closing(connect(served)) as connection:
        return ask(connection, path, method, connection="close", **headers)


def in_threads(count: int, work: Callable[[int], Any]) -> list[Any]:
    """What `work(0)`, `work(1)` … return when all begin at once; raises what one of them raises."""
    start = threading.Barrier(count)

    def run(number: int) -> Any:
        start.wait(30)
        return work(number)

    with ThreadPoolExecutor(count) as pool:
        return list(pool.map(run, range(count)))


def access_log(served: Served) -> list[dict[str, Any]]:
    """The access log's lines so far."""
    return [line for line in log_lines(served) if line["logger"] == "feedsvc.access"]


def log_lines(served: Served) -> Iterator[dict[str, Any]]:
    """Each line of the log that is whole and JSON."""
    for line in served.log.read_text().splitlines(keepends=True):
        if line.startswith("{") and line.endswith("\n"):
            yield json.loads(line)


def workers(served: Served) -> set[int]:
    """The process ids of the server's worker processes."""
    pid = served.process.pid
    found: set[int] = set()
    for children in Path(f"/proc/{pid}/task").glob("*/children"):
        # multiprocessing's resource tracker is a child too, and no worker.
        found |= {child for child in map(int, children.read_text().split()) if not _is_tracker(child)}
    return found


def serving(served: Served) -> set[int]:
    """Those workers that answer already. Granian drops a signal that comes to one before: it has to be killed."""
    return {pid for pid in workers(served) if "tokio-rt-worker" in _threads(pid)}


def _threads(pid: int) -> set[str]:
    names = set()
    for thread in Path(f"/proc/{pid}/task").iterdir():
        with suppress(OSError):  # it has ended
            names.add((thread / "comm").read_text().strip())
    return names


def _is_tracker(pid: int) -> bool:
    try:
        return b"resource_tracker" in Path(f"/proc/{pid}/cmdline").read_bytes()
    except OSError:
        return True


def reads_on_file(database_url: str) -> int:
    """How many readings of all articles the database holds, read by another program than ours."""
    ((total,),) = run_sql(database_url, "SELECT coalesce(sum(total), 0) FROM reads")
    return int(total)


def run_to_its_end(environment: dict[str, str], *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run `feedsvc` and return what it said; one that has not ended after 30 s is stopped, and that is an error."""
    return run_in_words(environment, *arguments, timeout=30)
