"""`feedsvc push`, killed amid deliveries: nobody misses a change, whoever is left takes over, and nobody is told twice
without a kill. FEEDSVC_TEST_KILLS says how often, and FEEDSVC_TEST_SUBSCRIBERS of how many."""

import os
import random
import signal
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path

import programs
import pytest
from callbacks import LINE, Subscribers
from conftest import Site, eventually
from databases import run_sql
from programs import Program, Streams

from feedsvc.item import read_item
from feedsvc.newsroom import Newsroom

pytest_plugins = ("hubs",)

KILLS = int(os.environ.get("FEEDSVC_TEST_KILLS", "2"))
SUBSCRIBERS = int(os.environ.get("FEEDSVC_TEST_SUBSCRIBERS", "30"))
BASE = "https://news.example"


@pytest.fixture
def dispatch(shell_environment: dict[str, str], tmp_path: Path) -> Iterator[Callable[[], Program]]:
    """Start `feedsvc push` in a process of its own, and wait until it pushes."""
    processes: list[Program] = []
    environment = shell_environment | {"FEEDSVC_BASE_URL": BASE, "FEEDSVC_PUSH_NETWORKS": "127.0.0.0/8"}

    def start() -> Program:
        output, errors = tmp_path / f"push-{len(processes)}", tmp_path / "push.log"
        process = programs.start(environment, Streams(output, errors), "push")
        processes.append(process)
        eventually(lambda: process.poll() is not None or output.read_text())
        assert output.read_text() == "Pushing. (Ctrl-C stops)\n", errors.read_text()
        return process

    yield start
    for process in processes:
        process.kill()
        process.wait()


@pytest.fixture
def subscribed(make_site: Callable[..., Site], reader: Subscribers) -> Subscribers:
    """Callbacks that a site without push of its own has subscribed."""
    site = make_site(push_networks="127.0.0.0/8", base_url=BASE, push_host_rate="100000 per second")
    for number in range(SUBSCRIBERS):
        reader.ask(site, path=f"/{number}")
    eventually(lambda: len(reader.asked) == SUBSCRIBERS, 60)
    eventually(lambda: run_count(site, "intent") == 0, 60)
    site.service.stop()
    return reader


def run_count(site: Site, table: str) -> int:
    return int(run_sql(site.config.database_url, f"SELECT count(*) FROM {table}")[0][0])


def publish(newsroom: Newsroom, title: str) -> None:
    newsroom.publish(read_item({"title": title}))


def have_all(reader: Subscribers, title: str) -> bool:
    heard = {given.path for given in list(reader.taken) if title.encode() in given.body}
    return len(heard) == SUBSCRIBERS


def test_a_kill_amid_deliveries_loses_nothing(
    database_url: str,
    newsroom: Newsroom,
    subscribed: Subscribers,
    dispatch: Callable[[], Program],
) -> None:
    dice = random.Random()
    processes = [dispatch(), dispatch()]
    for number in range(KILLS):
        title, before = f"Number {number}.", len(subscribed.given)
        publish(newsroom, title)
        some = dice.randrange(SUBSCRIBERS)
        eventually(lambda before=before, some=some: len(subscribed.given) >= before + some, 60)
        processes[0].send_signal(signal.SIGKILL)
        processes[0].wait()
        eventually(lambda title=title: have_all(subscribed, title), 60)
        processes = [processes[1], dispatch()]
    eventually(lambda: run_sql(database_url, "SELECT count(*) FROM delivery") == [(0,)], 60)
    twice = Counter((given.path, given.body) for given in subscribed.taken)
    print(f"{sum(twice.values())} deliveries, {sum(count - 1 for count in twice.values())} of them told again")


def test_what_a_killed_dispatcher_had_claimed_is_taken_up_at_once_by_who_is_left(
    newsroom: Newsroom, subscribed: Subscribers, dispatch: Callable[[], Program]
) -> None:
    alone = dispatch()
    asked, going = subscribed.hold(200)
    publish(newsroom, "Held.")
    assert asked.wait(30)
    other = dispatch()
    alone.kill()
    alone.wait()
    # Nobody was answered, so the other asks all of them, those whom the first had asked as well.
    going.set()
    eventually(lambda: have_all(subscribed, "Held."), 60)
    other.terminate()
    assert other.wait(30) == 0


def test_the_next_that_starts_takes_up_what_was_claimed(
    database_url: str, newsroom: Newsroom, subscribed: Subscribers, dispatch: Callable[[], Program]
) -> None:
    subscribed.take = lambda _path: 0
    first = dispatch()
    publish(newsroom, "Rain.")
    eventually(lambda: subscribed.peers)
    first.kill()
    first.wait()
    assert run_sql(database_url, "SELECT count(*) FROM delivery WHERE claimed_by IS NOT NULL") != [(0,)]
    subscribed.take = lambda _path: 200
    subscribed.release.set()
    dispatch()
    eventually(lambda: have_all(subscribed, "Rain."), 60)


def test_several_dispatchers_tell_nobody_twice(
    database_url: str, newsroom: Newsroom, subscribed: Subscribers, dispatch: Callable[[], Program]
) -> None:
    for _ in range(3):
        dispatch()
    for number in range(3):
        publish(newsroom, f"Number {number}.")
        eventually(lambda number=number: have_all(subscribed, f"Number {number}."), 60)
    eventually(lambda: run_sql(database_url, "SELECT count(*) FROM delivery") == [(0,)], 60)
    assert set(Counter((given.path, given.body) for given in subscribed.given).values()) == {1}


def test_an_orderly_end_leaves_what_is_not_done_to_the_next(
    database_url: str, newsroom: Newsroom, subscribed: Subscribers, dispatch: Callable[[], Program]
) -> None:
    subscribed.take = lambda _path: 0
    first = dispatch()
    publish(newsroom, "Rain.")
    eventually(lambda: subscribed.peers)
    first.terminate()
    assert first.wait(30) == 0
    assert run_sql(database_url, "SELECT count(*), count(claimed_by) FROM delivery") == [(SUBSCRIBERS, 0)]
    assert LINE in run_sql(database_url, "SELECT topic FROM subscription")[0][0]
