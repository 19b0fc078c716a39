"""What several worker processes tell Prometheus: together exactly what clients sent, and never less than before."""

import os
import signal
import threading
from collections.abc import Callable, Iterator
from http.client import HTTPException
from pathlib import Path

import pytest
from clients import ask_afresh, in_threads, workers
from conftest import Served, eventually, free_port
from gunicorns import Gunicorn
from scrapes import Scrape, scrape

from feedsvc.item import read_item
from feedsvc.newsroom import Newsroom

REQUESTS = "feedsvc_requests_total"
FEED = "/feeds/news-line.rss"


@pytest.fixture
def temporary(shell_environment: dict[str, str], tmp_path: Path) -> Path:
    """The folder for temporary files of every process that is started."""
    folder = tmp_path / "temporary"
    folder.mkdir()
    shell_environment["TMPDIR"] = str(folder)
    return folder


def scrape_afresh(served: Served) -> Scrape:
    """Ask on a connection of its own, so that any worker may answer."""
    answer = ask_afresh(served, "/metrics")
    assert answer.status == 200
    return Scrape(answer.body.decode())


def scrape_if_possible(served: Served) -> Scrape | None:
    """The same; none when a worker that was killed had taken the connection, or was killed amid the answer."""
    try:
        return scrape_afresh(served)
    except (OSError, HTTPException):
        return None


def send(served: Served, turns: int) -> None:
    """From eight clients: in each turn a feed, its head, and an address that there is not; each on a new connection."""

    def turn(_client: int) -> None:
        for _ in range(turns):
            ask_afresh(served, FEED)
            ask_afresh(served, FEED, "HEAD")
            ask_afresh(served, "/nowhere")

    in_threads(8, turn)


def sums(found: Scrape) -> tuple[float, float, float]:
    """How many of the requests of `send` were counted, of each kind."""
    return (
        found.total(REQUESTS, route="feed", method="GET", status="200"),
        found.total(REQUESTS, route="feed", method="HEAD", status="200"),
        found.total(REQUESTS, route="other", method="GET", status="404"),
    )


def all_tell(served: Served, expected: tuple[float, float, float]) -> bool:
    """Whether a crowd of new connections, which reach every worker, are all told the same sums."""
    return all(sums(scrape_afresh(served)) == expected for _ in range(24))


def test_whichever_worker_is_asked_tells_the_sum_of_all(serve: Callable[..., Served]) -> None:
    served = serve("--workers", "2")
    send(served, 25)
    eventually(lambda: sums(scrape(served)) == (200, 200, 200))
    assert all_tell(served, (200, 200, 200))

    found = scrape(served)
    pids = {str(pid) for pid in workers(served)}
    assert found.label("feedsvc_cache_bytes", "pid") == found.label("feedsvc_cache_documents", "pid") == pids
    fills = found.total("feedsvc_cache_fill_seconds_count", coding="identity")
    assert 1 <= fills <= 2
    eventually(lambda: scrape(served).total("feedsvc_cache_documents") == fills)
    assert found.values("feedsvc_database_up") == [1]


def test_gauges_are_the_worst_or_the_sum_of_all_workers(serve: Callable[..., Served], newsroom: Newsroom) -> None:
    newsroom.publish(read_item({"title": "Rain"}))
    served = serve("--workers", "2")
    head = scrape(served).values("feedsvc_journal_head")
    newsroom.publish(read_item({"title": "Snow"}))

    def followed() -> bool:
        found = scrape_afresh(served)
        position = found.values("feedsvc_journal_position", follower="cache")
        return found.values("feedsvc_journal_head") == position == [head[0] + 1]

    eventually(followed)
    # A worker may have looked between the change and its following of it, and looks again within a second.
    eventually(lambda: scrape_afresh(served).values("feedsvc_journal_lag_seconds", follower="cache") == [0])


def test_a_worker_that_is_killed_takes_nothing_that_was_told_and_its_successor_begins_clean(
    serve: Callable[..., Served],
) -> None:
    served = serve("--workers", "4")
    ended = threading.Event()

    def watch() -> list[Scrape]:
        seen = []
        while not ended.is_set():
            if found := scrape_if_possible(served):
                seen.append(found)
        return seen

    def disturb() -> None:
        try:
            send(served, 10)
            eventually(lambda: all_tell(served, (80, 80, 80)))
            before = workers(served)
            killed = min(before)
            os.kill(killed, signal.SIGKILL)
            eventually(lambda: len(workers(served) - {killed}) == 4)
            living = {str(pid) for pid in workers(served)}

            def all_live() -> bool:
                found = scrape_if_possible(served)
                return found is not None and found.label("feedsvc_cache_bytes", "pid") == living

            eventually(all_live)
            (successor,) = workers(served) - before
            assert scrape_afresh(served).values("feedsvc_cache_bytes", pid=str(successor)) == [0]
            send(served, 10)
            eventually(lambda: all_tell(served, (160, 160, 160)))
        finally:
            ended.set()

    seen, _ = in_threads(2, lambda number: disturb() if number else watch())

    assert len(seen) > 50
    told: dict[tuple[object, ...], float] = {}
    for each in seen:
        now = dict(each.counts())
        assert {name: (value, now.get(name, 0)) for name, value in told.items() if now.get(name, 0) < value} == {}
        told = now


def test_a_server_that_is_started_anew_counts_from_zero_and_leaves_no_folder_behind(
    serve: Callable[..., Served], temporary: Path
) -> None:
    served = serve("--workers", "2")
    send(served, 1)
    eventually(lambda: sums(scrape(served)) == (8, 8, 8))
    (folder,) = temporary.glob("feedsvc-metrics-*")
    assert folder.stat().st_mode & 0o077 == 0

    assert served.stop() == 0
    assert not list(temporary.iterdir())

    again = serve("--workers", "2")
    assert sums(scrape(again)) == (0, 0, 0)
    assert again.stop(signal.SIGINT) == 0
    assert not list(temporary.iterdir())


def test_a_folder_that_is_named_is_used_and_left_alone(
    serve: Callable[..., Served], shell_environment: dict[str, str], temporary: Path, tmp_path: Path
) -> None:
    shared = tmp_path / "shared"
    shared.mkdir()
    shell_environment["PROMETHEUS_MULTIPROC_DIR"] = str(shared)
    served = serve("--workers", "2")
    eventually(lambda: scrape(served).values("feedsvc_database_up") == [1])
    assert served.stop() == 0
    assert list(shared.glob("counter_*.db"))
    assert not list(temporary.iterdir())


def test_without_metrics_there_is_no_folder(serve: Callable[..., Served], temporary: Path) -> None:
    served = serve("--workers", "2", metrics="false")
    assert served.http.get("/metrics").status_code == 404
    assert not list(temporary.iterdir())


@pytest.fixture
def gunicorn(shell_environment: dict[str, str], tmp_path: Path) -> Iterator[Callable[..., Served]]:
    """Start `gunicorn wsgi:app` with two workers and further arguments, and wait until it is ready."""
    running: list[Gunicorn] = []

    def start(*arguments: str) -> Served:
        port = free_port()
        settings = {"FEEDSVC_BASE_URL": "https://news.example"}
        server = Gunicorn(port, shell_environment | settings, tmp_path / f"gunicorn-{port}.log", *arguments)
        running.append(server)
        return server.wait_until_ready()

    yield start
    for server in running:
        server.end()


@pytest.mark.parametrize("arguments", [[], ["--preload"]], ids=["plain", "preload"])
def test_gunicorn_with_a_shared_folder_tells_the_sum_too(
    gunicorn: Callable[..., Served], shell_environment: dict[str, str], tmp_path: Path, arguments: list[str]
) -> None:
    shared = tmp_path / "shared"
    shared.mkdir()
    shell_environment["PROMETHEUS_MULTIPROC_DIR"] = str(shared)
    served = gunicorn(*arguments)

    def both_expose() -> bool:
        return {str(pid) for pid in workers(served)} <= scrape(served).label("feedsvc_cache_bytes", "pid")

    eventually(both_expose)
    send(served, 5)
    eventually(lambda: sums(scrape(served)) == (40, 40, 40))
    assert all_tell(served, (40, 40, 40))


def test_one_process_exposes_itself_without_a_folder(gunicorn: Callable[..., Served]) -> None:
    served = gunicorn("--workers", "1")
    send(served, 5)
    assert sums(scrape(served)) == (40, 40, 40)
    assert scrape(served).label("feedsvc_cache_bytes", "pid") == set()
