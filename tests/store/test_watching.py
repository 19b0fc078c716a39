"""A watch tells of every commit that may be news: at once when it is told of it, and later if it was not."""

import math
import os
import resource
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing

import pytest
from conftest import eventually

from feedsvc.item import read_item
from feedsvc.newsroom import Newsroom
from feedsvc.store import postgres
from feedsvc.store.database import Database, Watch


@pytest.fixture
def watch(database_url: str) -> Iterator[Watch]:
    database = Database(database_url)
    with database.watch() as watch:
        yield watch
    database.close()


@pytest.fixture
def publish(newsroom: Newsroom) -> Callable[[], object]:
    return lambda: newsroom.publish(read_item({"title": "News"}))


def quiet(watch: Watch) -> bool:
    return not watch.wait()


def test_it_is_quiet_until_somebody_publishes(
    watch: Watch, publish: Callable[[], object], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(postgres, "_POLL_SECONDS", math.inf)
    for _ in range(3):
        assert eventually(lambda: quiet(watch))
        publish()
        assert eventually(watch.wait)
    assert eventually(lambda: quiet(watch))


@pytest.mark.only("postgresql")
def test_what_comes_in_the_middle_of_a_query_is_heard(
    watch: Watch, publish: Callable[[], object], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(postgres, "_POLL_SECONDS", math.inf)
    assert eventually(lambda: quiet(watch))
    publish()
    watch.connection.exec_driver_sql("SELECT pg_sleep(0.01)")
    assert eventually(watch.wait)


@pytest.mark.only("postgresql")
def test_what_was_not_heard_is_looked_for(watch: Watch, publish: Callable[[], object]) -> None:
    watch.connection.exec_driver_sql("UNLISTEN *")
    publish()
    assert eventually(watch.wait)


@pytest.mark.only("postgresql")
def test_what_is_rolled_back_is_not_told(watch: Watch, newsroom: Newsroom, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(postgres, "_POLL_SECONDS", math.inf)
    assert eventually(lambda: quiet(watch))
    with newsroom._database.write() as connection:
        connection.exec_driver_sql(f"NOTIFY {postgres.COMMITTED}")
        connection.rollback()
    assert all(quiet(watch) for _ in range(5))


@pytest.mark.only("postgresql")
def test_it_hears_in_a_process_with_thousands_of_open_connections(
    database_url: str, publish: Callable[[], object]
) -> None:
    few, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    with ExitStack() as stack:
        resource.setrlimit(resource.RLIMIT_NOFILE, (max(few, 2_048), most))
        stack.callback(resource.setrlimit, resource.RLIMIT_NOFILE, (few, most))
        first = os.open(os.devnull, os.O_RDONLY)
        stack.callback(os.close, first)
        while first < 1_100:
            first = os.dup(first)
            stack.callback(os.close, first)
        database = stack.enter_context(closing(Database(database_url)))
        watch = stack.enter_context(database.watch())
        assert eventually(lambda: quiet(watch))
        publish()
        assert eventually(watch.wait)
