"""Readings are counted in many processes and written in batches: a stop loses none, a crash few, and breaks nothing."""

import itertools
import os
import signal
import threading
from collections.abc import Callable

import pytest
from clients import ask_afresh, in_threads, reads_on_file, serving, workers
from conftest import Served, eventually
from databases import run_sql

from feedsvc.item import read_item
from feedsvc.newsroom import Newsroom

PATH = "/articles/article-0/reads"


@pytest.fixture(autouse=True)
def _article(newsroom: Newsroom) -> None:
    newsroom.publish(read_item({"title": "Article 0"}))


def read_by(served: Served, client: int) -> int:
    """Post one reading as a client of one's own; returns the status."""
    forwarded = f"2001:db8:0:{client:x}::1"
    return ask_afresh(served, PATH, "POST", x_forwarded_for=forwarded).status


def test_sigterm_loses_no_reading_of_any_worker(serve: Callable[..., Served], database_url: str) -> None:
    served = serve("--workers", "4", "--access-log", trusted_proxies=1)

    statuses = in_threads(16, lambda number: [read_by(served, number * 25 + client) for client in range(25)])

    assert served.stop() == 0
    assert list(itertools.chain(*statuses)) == [200] * 400
    assert reads_on_file(database_url) == 400


def test_sigterm_amid_readings_loses_none_that_was_answered(serve: Callable[..., Served], database_url: str) -> None:
    served = serve("--workers", "4", trusted_proxies=1)
    numbers = itertools.count()
    answered: list[int] = []
    under_way = threading.Event()

    def read(_thread: int) -> int:
        posted = 0
        while True:
            try:
                posted += 1
                assert read_by(served, next(numbers)) == 200
            except OSError:
                return posted
            answered.append(1)
            if len(answered) >= 100:
                under_way.set()

    def stop() -> int:
        assert under_way.wait(30)
        eventually(lambda: len(serving(served)) == 4)
        return served.stop()

    posted = in_threads(9, lambda thread: read(thread) if thread else stop())

    assert posted[0] == 0, served.log.read_text()
    assert len(answered) <= reads_on_file(database_url) <= sum(posted)


def test_a_crash_loses_only_what_was_not_written_yet_and_breaks_nothing(
    serve: Callable[..., Served], database_url: str
) -> None:
    served = serve("--workers", "2", trusted_proxies=1)
    in_threads(8, lambda number: [read_by(served, number * 5 + client) for client in range(5)])
    eventually(lambda: reads_on_file(database_url) == 40)
    in_threads(8, lambda number: read_by(served, 100 + number))

    for pid in [served.process.pid, *workers(served)]:
        os.kill(pid, signal.SIGKILL)
    assert served.process.wait(30) == -signal.SIGKILL

    assert 40 <= reads_on_file(database_url) <= 48
    if database_url.startswith("sqlite"):
        assert run_sql(database_url, "PRAGMA integrity_check") == [("ok",)]
    kept = reads_on_file(database_url)
    again = serve(trusted_proxies=1)
    assert read_by(again, 200) == 200
    assert again.stop() == 0
    assert reads_on_file(database_url) == kept + 1


def test_a_worker_that_crashes_is_replaced_and_the_others_go_on(serve: Callable[..., Served]) -> None:
    served = serve("--workers", "2")
    before = workers(served)
    killed = min(before)

    os.kill(killed, signal.SIGKILL)

    def replaced() -> bool:
        now = workers(served)
        return len(now - {killed}) == 2 and now != before

    eventually(replaced)
    eventually(lambda: _all_answer(served))
    assert served.stop() == 0


def _all_answer(served: Served) -> bool:
    try:
        return all(ask_afresh(served, "/ready").status == 200 for _ in range(32))
    except OSError:
        return False
