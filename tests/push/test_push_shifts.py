"""Shifts and subscriptions that end while others are at work: whose number is whose, and who waits for whom."""

import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta

import pytest
from callbacks import Subscribers, subscriptions, wishes
from conftest import Site, eventually
from databases import run_sql
from sqlalchemy import insert, update

from feedsvc.journal import Change
from feedsvc.push import deliveries
from feedsvc.push.client import Client
from feedsvc.push.shifts import shift
from feedsvc.push.subscriptions import end, forget_expired, subscribed
from feedsvc.store.database import Database
from feedsvc.store.push_tables import DeliveryRow, IntentRow, SubscriptionRow

pytest_plugins = ("hubs",)

TOPIC = "https://news.example/feeds/news-line.rss"


@pytest.fixture
def database(database_url: str) -> Iterator[Database]:
    database = Database(database_url)
    yield database
    database.close()


def subscribe(database: Database, lease: timedelta = timedelta(days=1)) -> datetime:
    now = datetime.now(UTC)
    row = {"id": "one", "topic": TOPIC, "callback": "http://reader.example/", "host": "reader.example:80"}
    with database.write() as connection:
        rest = {"secret": "", "verified_at": now, "expires_at": now + lease, "troubled": False}
        connection.execute(insert(SubscriptionRow).values(row | rest))
    return now


def touched(now: datetime) -> dict[str, Change]:
    return {TOPIC: Change(1, now, "site", None, {}, {})}


@pytest.mark.only("postgresql")
def test_who_has_lost_a_number_to_another_is_over_and_leaves_the_other_alone(
    database: Database, database_url: str
) -> None:
    now = subscribe(database)
    with ExitStack() as first, ExitStack() as second:
        lost = first.enter_context(shift(database))
        assert not lost.is_over()
        held = "FROM pg_locks JOIN pg_database d ON d.oid = database WHERE datname = current_database()"
        held += " AND locktype = 'advisory'"
        run_sql(database_url, f"SELECT pg_terminate_backend(pid) {held}")
        eventually(lambda: run_sql(database_url, f"SELECT count(*) {held}") == [(0,)])
        taken = second.enter_context(shift(database))
        assert taken.name.partition(".")[0] == lost.name.partition(".")[0]
        with database.write() as connection:
            deliveries.note(connection, touched(now), 1, now)
            connection.execute(update(DeliveryRow).values(claimed_by=taken.name, claimed_at=now))
        assert lost.is_over()
        assert lost.release_the_dead(at_once=True) == 0
        assert not taken.is_over()
        with database.write() as connection:
            connection.execute(update(DeliveryRow).values(claimed_by=lost.name))
        assert taken.release_the_dead(at_once=True) == 1


@pytest.mark.only("sqlite", "postgresql")
def test_a_shift_is_not_over_while_others_look(database: Database) -> None:
    with shift(database) as one, shift(database) as other:
        assert one.name.partition(".")[0] != other.name.partition(".")[0]
        assert one.release_the_dead(at_once=True) == other.release_the_dead(at_once=True) == 0
        assert not one.is_over()
        assert not other.is_over()


@pytest.mark.only("sqlite", "postgresql")
@pytest.mark.parametrize("way", ["ended", "expired", "gone"])
def test_a_subscription_that_ends_while_a_delivery_is_noted_takes_it_along(database: Database, way: str) -> None:
    now = subscribe(database)
    with database.write() as connection:
        deliveries.note(connection, touched(now), 0, now)
        connection.execute(update(DeliveryRow).values(claimed_by="1.x"))

    def finish() -> None:
        with database.write() as connection:
            if way == "ended":
                end(connection, "one")
            elif way == "expired":
                forget_expired(connection, now + timedelta(days=2))
            else:
                deliveries.settle(connection, "1.x", now, [deliveries.Settled("one", "gone", now, troubled=True)])

    _one_while_the_other(database, lambda connection: deliveries.note(connection, touched(now), 1, now), finish)
    with database.read() as connection:
        assert deliveries.waiting(connection).deliveries == 0


@pytest.mark.only("sqlite", "postgresql")
def test_who_has_lost_its_claim_ends_no_subscription(database: Database) -> None:
    now = subscribe(database)
    with database.write() as connection:
        deliveries.note(connection, touched(now), 1, now)
        connection.execute(update(DeliveryRow).values(claimed_by="2.y"))
        deliveries.settle(connection, "1.x", now, [deliveries.Settled("one", "gone", now)])
        assert subscribed(connection, now) == deliveries.waiting(connection).deliveries == 1


@pytest.mark.only("sqlite", "postgresql")
def test_no_delivery_is_noted_of_a_subscription_that_is_being_ended(database: Database) -> None:
    now = subscribe(database)

    def note() -> None:
        with database.write() as connection:
            deliveries.note(connection, touched(now), 1, now)

    _one_while_the_other(database, lambda connection: end(connection, "one"), note)
    with database.read() as connection:
        assert deliveries.waiting(connection).deliveries == 0


def _one_while_the_other(database: Database, first: Callable[..., None], second: Callable[[], None]) -> None:
    """Do the second while the transaction of the first is not committed."""
    failures: list[Exception] = []

    def run() -> None:
        try:
            second()
        except Exception as error:
            failures.append(error)

    thread = threading.Thread(target=run)
    with database.write() as connection:
        first(connection)
        thread.start()
        thread.join(0.5)
        assert thread.is_alive()
    thread.join(30)
    assert failures == []


def test_what_should_not_have_happened_puts_a_verification_off(
    hub: Site, reader: Subscribers, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def fail(*_arguments: object) -> None:
        raise ZeroDivisionError

    with monkeypatch.context() as patch:
        patch.setattr(Client, "get", fail)
        reader.ask(hub)
        eventually(lambda: hub.service.pushing.outcomes["verification", "put_off"] == 1)
    with hub.service.database.write() as connection:
        connection.execute(update(IntentRow).values(due_at=datetime.now(UTC)))
    eventually(lambda: not wishes(hub))
    assert len(subscriptions(hub)) == 1


def test_what_should_not_have_happened_puts_a_delivery_off(
    hub: Site, reader: Subscribers, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def fail(*_arguments: object) -> None:
        raise ZeroDivisionError

    reader.subscribe(hub)
    with monkeypatch.context() as patch:
        patch.setattr(Client, "post", fail)
        hub.publish(title="Rain")
        eventually(lambda: hub.service.pushing.outcomes["delivery", "failed"] == 1)
    eventually(lambda: run_sql(hub.config.database_url, "SELECT error FROM delivery") == [("it could not be asked",)])
    with hub.service.database.write() as connection:
        deliveries.retry(connection, datetime.now(UTC))
    eventually(lambda: len(reader.taken) == 1)
