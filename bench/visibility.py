"""Part `visible`: how long after its commit an article is in the feed of the slowest of four workers."""

import tempfile
import time
from collections.abc import Mapping
from contextlib import ExitStack
from http.client import HTTPConnection

import contenders
from figures import Spread, rounded_up, table
from house import house, settings
from machine import BOTH_CORES, KEPT, provenance, require
from postgres import empty_database, postgres, release
from section import Section
from workers import connections

from feedsvc.item import Item

WORKERS = 4
_PATH = "/feeds/news-line.json"
_PAUSE_SECONDS = 0.02
_METHOD = """\
`feedsvc serve --workers {workers}` on both cores, and one process beside it that publishes and asks. It holds a
connection to each worker (known by who holds the other end, in /proc). After each of {times} publishes it asks those
who have not shown the article yet, in turn and without a pause, with the ETag they answered last: 304, until it is 200
with the article. The time is from the return of the commit until the slowest worker's answer is read; its render is in
it, and so is the load of the asking. Between two questions to the same worker are {turn:.1f} ms at the median on SQLite
and {other:.1f} ms on PostgreSQL {release}, by which a figure can be too high. Milliseconds."""


def measure(quick: bool) -> Section:
    """Milliseconds from commit to visible, for either database."""
    require("taskset")
    times = 10 if quick else 200
    KEPT.mkdir(parents=True, exist_ok=True)
    with ExitStack() as stack:
        folder = stack.enter_context(tempfile.TemporaryDirectory(dir=KEPT))
        server = stack.enter_context(postgres())
        urls = {
            "SQLite": f"sqlite:///{folder}/visible.db",
            "PostgreSQL": stack.enter_context(empty_database(server)),
        }
        lags, turns = {}, {}
        for database, url in urls.items():
            lags[database], turns[database] = _watch(url, times)
        turn, other = turns["SQLite"].median, turns["PostgreSQL"].median
        method = _METHOD.format(workers=WORKERS, times=times, turn=turn, other=other, release=release(server))
    facts = {f"visible: {database}": of.percentile(99) for database, of in lags.items()}
    rows = [[database, f"{of:.1f}", rounded_up(of.percentile(99), 1)] for database, of in lags.items()]
    head = ("commit to visible in the slowest of 4", "median (lowest–highest)", "p99")
    return Section("\n\n".join([provenance("visible"), method, table(head, rows)]), facts)


def _watch(url: str, times: int) -> tuple[Spread, Spread]:
    """Milliseconds from commit to visible, and between two questions to one worker."""
    lags, turns = [], []
    with ExitStack() as stack:
        newsroom = stack.enter_context(house(url)).newsroom
        server = stack.enter_context(contenders.feedsvc(settings(url, WORKERS=str(WORKERS)), BOTH_CORES))
        watcher = _Watcher(stack.enter_context(connections(server, WORKERS)))
        for number in range(times + 5):
            newsroom.publish(Item(id=f"urn:bench:{number}", title=f"Number {number}.", content_text="Body."))
            committed = time.perf_counter()
            asked = watcher.see(f'"Number {number}."'.encode())
            lag = 1000 * (time.perf_counter() - committed)
            # The first few are for what only the first request of a process pays.
            if number >= 5:
                lags.append(lag)
                turns.append(lag / asked)
            time.sleep(_PAUSE_SECONDS)
    return Spread(lags), Spread(turns)


class _Watcher:
    def __init__(self, workers: Mapping[int, HTTPConnection]) -> None:
        self._workers = workers
        self._etags = dict.fromkeys(workers, '""')

    def see(self, marker: bytes) -> int:
        """Ask until every worker has answered with `marker`; how often the slowest was asked."""
        unseen, turns = set(self._workers), 0
        while unseen:
            turns += 1
            for worker in sorted(unseen):
                self._workers[worker].request("GET", _PATH, headers={"If-None-Match": self._etags[worker]})
                answer = self._workers[worker].getresponse()
                body = answer.read()
                self._etags[worker] = answer.headers["ETag"]
                if marker in body:
                    unseen.discard(worker)
        return turns
