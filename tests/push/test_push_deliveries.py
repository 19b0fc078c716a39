"""Deliveries when callbacks are slow, dead, failing or gone, when topics are renamed, and when nobody delivers."""

import threading
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from typing import Any

import pytest
from callbacks import LINE, Subscribers, subscriptions, wishes
from conftest import Site, eventually
from inside import output
from sqlalchemy import Connection, select, update

from feedsvc.desk import tags
from feedsvc.errors import DatabaseBusy
from feedsvc.item import read_item
from feedsvc.push import shiftwork
from feedsvc.push.topics import Topics
from feedsvc.store.push_tables import DeliveryRow

pytest_plugins = ("hubs",)


def deliveries(site: Site) -> list[DeliveryRow]:
    with site.service.database.read() as connection:
        return list(connection.execute(select(DeliveryRow)).all())  # type: ignore[arg-type]  # a row has what it has


def outcomes(site: Site, verdict: str) -> int:
    return site.service.pushing.outcomes["delivery", verdict]


def publish(site: Site, title: str, **fields: object) -> None:
    site.service.newsroom.publish(read_item({"title": title, **fields}))


def settled(site: Site) -> None:
    eventually(lambda: not deliveries(site))


def test_each_change_of_a_topic_is_sent_and_no_change_of_another(hub: Site, reader: Subscribers) -> None:
    guid = hub.publish(title="Rain", tags=["Sport"]).guid
    reader.subscribe(hub, "/feeds/tags/sport.json")
    hub.publish(id=guid, title="Rain and snow", tags=["Sport"])
    eventually(lambda: len(reader.taken) == 1)
    hub.publish(title="Elsewhere", tags=["Weather"])
    hub.publish(id=guid, title="Rain and snow", tags=["Weather"])
    eventually(lambda: len(reader.taken) == 2)
    hub.publish(id=guid, title="Rain and snow", tags=["Sport"])
    eventually(lambda: len(reader.taken) == 3)
    hub.retract(guid)
    eventually(lambda: len(reader.taken) == 4)
    assert [b"Rain and snow" in given.body for given in reader.taken] == [True, False, True, False]
    settled(hub)


def test_a_body_is_never_older_than_the_change(hub: Site, reader: Subscribers) -> None:
    reader.subscribe(hub)
    for number in range(20):
        hub.get(LINE)
        publish(hub, f"Number {number}")
    eventually(lambda: reader.taken and b"Number 19" in reader.taken[-1].body)
    settled(hub)
    assert len(reader.taken) <= 20


def test_nobody_who_publishes_waits_for_a_look_at_the_topics(
    hub: Site, reader: Subscribers, monkeypatch: pytest.MonkeyPatch
) -> None:
    reader.subscribe(hub)
    looking, going = threading.Event(), threading.Event()
    touched = Topics.touched

    def take_time(*arguments: Any) -> Any:
        looking.set()
        going.wait(30)
        return touched(*arguments)

    monkeypatch.setattr(Topics, "touched", take_time)
    publish(hub, "First")
    assert looking.wait(30)
    publish(hub, "Second")
    assert deliveries(hub) == []
    going.set()
    eventually(lambda: reader.taken and b"Second" in reader.taken[-1].body)
    settled(hub)


def test_a_burst_goes_as_one_while_a_callback_takes_its_time(hub: Site, reader: Subscribers) -> None:
    reader.subscribe(hub)
    asked, going = reader.hold(200)
    publish(hub, "First")
    assert asked.wait(30)
    for number in range(30):
        publish(hub, f"Number {number}")
    eventually(lambda: deliveries(hub)[0].seq >= 31)
    going.set()
    settled(hub)
    assert len(reader.taken) == 2
    assert b"Number 29" in reader.taken[-1].body


def test_connections_are_used_again(hub: Site, reader: Subscribers) -> None:
    reader.subscribe(hub)
    for number in range(3):
        publish(hub, f"Number {number}")
        eventually(lambda number=number: len(reader.taken) > number)
    assert len(set(reader.peers)) == 1


def test_a_callback_may_say_at_which_time_it_is_to_be_asked_again(hub: Site, reader: Subscribers) -> None:
    reader.subscribe(hub)
    reader.take = lambda _path: 503
    later = datetime.now(UTC) + timedelta(minutes=30)
    reader.more = {"Retry-After": format_datetime(later, usegmt=True)}
    publish(hub, "Rain")
    eventually(lambda: deliveries(hub) and deliveries(hub)[0].attempts == 1)
    assert abs(deliveries(hub)[0].due_at - later) < timedelta(seconds=5)


@pytest.mark.parametrize("status", [500, 503, 404, 302, 429])
def test_what_fails_is_tried_again_later_and_by_hand_at_once(
    hub: Site, reader: Subscribers, shell_environment: dict[str, str], status: int
) -> None:
    reader.subscribe(hub)
    reader.take = lambda _path: status
    reader.more = {"Retry-After": "1800", "Location": reader.url("/elsewhere")}
    publish(hub, "Rain")
    eventually(lambda: deliveries(hub) and deliveries(hub)[0].attempts == 1)
    (waiting,) = deliveries(hub)
    assert waiting.error == f"it answered {status}"
    assert waiting.claimed_by is None
    assert waiting.due_at > datetime.now(UTC) + timedelta(minutes=25)

    reader.take = lambda _path: 200
    publish(hub, "Snow")
    eventually(lambda: deliveries(hub)[0].seq > waiting.seq)
    told = output(shell_environment, "hub", "deliveries")
    assert f"{reader.url()}  {hub.config.base_url}{LINE}  failed 1 times, again at " in told
    assert told.endswith(f"it answered {status}\n")
    assert (
        output(shell_environment, "hub", "retry", "--host", "elsewhere.example:80") == "0 deliveries are tried again\n"
    )
    host = f"127.0.0.1:{reader.port}"
    assert output(shell_environment, "hub", "retry", "--host", host) == "1 deliveries are tried again\n"
    settled(hub)
    assert {given.path for given in reader.given} == {"/callback"}
    assert [b"Snow" in given.body for given in reader.taken] == [True]


def test_the_pauses_grow_and_a_new_change_does_not_end_them(hub: Site, reader: Subscribers) -> None:
    reader.subscribe(hub)
    reader.take = lambda _path: 500
    publish(hub, "Rain")
    pauses = []
    for attempts in (1, 2, 3):
        eventually(lambda attempts=attempts: deliveries(hub) and deliveries(hub)[0].attempts == attempts)
        (waiting,) = deliveries(hub)
        pauses.append((waiting.due_at - datetime.now(UTC)).total_seconds())
        with hub.service.database.write() as connection:
            connection.execute(update(DeliveryRow).values(due_at=datetime.now(UTC)))
    assert 0 < pauses[0] <= 10
    assert pauses[1] <= 20
    assert 15 < pauses[2] <= 40


def test_what_has_failed_for_too_long_is_given_up_and_the_subscription_stays(
    make_site: Callable[..., Site], reader: Subscribers
) -> None:
    hub = make_site(push_networks="127.0.0.0/8", push_retry=0)
    reader.subscribe(hub)
    reader.take = lambda _path: 500
    publish(hub, "Rain")
    eventually(lambda: outcomes(hub, "given_up") == 1)
    settled(hub)
    reader.take = lambda _path: 200
    publish(hub, "Snow")
    eventually(lambda: len(reader.taken) == 1)


def test_what_comes_during_the_last_attempt_is_not_given_up_with_it(
    make_site: Callable[..., Site], reader: Subscribers
) -> None:
    hub = make_site(push_networks="127.0.0.0/8", push_retry=0)
    reader.subscribe(hub)
    asked, going = reader.hold(500)
    publish(hub, "Rain")
    assert asked.wait(30)
    (under_way,) = deliveries(hub)
    publish(hub, "Snow")
    eventually(lambda: deliveries(hub)[0].seq > under_way.seq)
    reader.take = lambda _path: 200
    going.set()
    settled(hub)
    assert outcomes(hub, "given_up") == 1
    assert [b"Snow" in given.body for given in reader.taken] == [True]


def test_an_answer_is_its_status_whatever_becomes_of_its_body(hub: Site, reader: Subscribers) -> None:
    reader.subscribe(hub, path="/gone")
    reader.subscribe(hub, path="/there")
    reader.short = True
    reader.take = lambda path: 410 if path == "/gone" else 200
    publish(hub, "Rain")
    eventually(lambda: outcomes(hub, "gone") == outcomes(hub, "delivered") == 1)
    settled(hub)
    assert len(reader.given) == 2
    assert [callback for _, callback in subscriptions(hub)] == [reader.url("/there")]


def test_a_moment_without_a_connection_to_the_database_doubles_nothing(
    hub: Site, reader: Subscribers, monkeypatch: pytest.MonkeyPatch
) -> None:
    reader.subscribe(hub)
    asked, going = reader.hold(200)
    publish(hub, "Rain")
    assert asked.wait(30)
    looks, look = [], shiftwork.deliveries.are_due

    def fail_once(connection: Connection, now: datetime) -> bool:
        looks.append(now)
        if len(looks) == 1:
            raise DatabaseBusy("All connections to the database are in use.")
        return look(connection, now)

    monkeypatch.setattr(shiftwork.deliveries, "are_due", fail_once)
    # Whoever gave up its shift would have claimed it again by then.
    eventually(lambda: len(looks) > 3)
    going.set()
    settled(hub)
    assert len(reader.given) == 1


def test_a_callback_that_is_gone_ends_its_subscription(hub: Site, reader: Subscribers) -> None:
    reader.subscribe(hub, path="/gone")
    reader.subscribe(hub, path="/there")
    reader.take = lambda path: 410 if path == "/gone" else 200
    publish(hub, "Rain")
    eventually(lambda: outcomes(hub, "gone") == 1)
    settled(hub)
    assert [callback for _, callback in subscriptions(hub)] == [reader.url("/there")]


def test_the_slow_and_the_dead_hold_up_nobody(make_site: Callable[..., Site], reader: Subscribers) -> None:
    hub = make_site(push_networks="127.0.0.0/8", push_connections=8, push_host_connections=2, push_timeout=60)
    with Subscribers("127.0.0.2").listening() as slow, Subscribers("127.0.0.3").listening() as gone_away:
        slow.more = gone_away.more = {"Connection": "close"}
        for number in range(10):
            slow.subscribe(hub, path=f"/slow/{number}")
        gone_away.subscribe(hub, path="/dead")
        slow.take = lambda _path: 0
        for number in range(5):
            reader.subscribe(hub, path=f"/quick/{number}")
    # One server is gone; the other does not answer.
    with Subscribers("127.0.0.2", slow.port).listening() as silent:
        silent.take = lambda _path: 0
        publish(hub, "Rain")
        eventually(lambda: len(reader.taken) == 5)
        eventually(lambda: outcomes(hub, "failed") == 1)
        publish(hub, "Snow")
        eventually(lambda: len(reader.taken) == 10)
        # Of one host, no more than two were asked at once.
        assert len(silent.peers) == 2
        eventually(lambda: len(deliveries(hub)) == 11)


def test_a_callback_that_does_not_answer_is_given_its_time_and_no_more(
    make_site: Callable[..., Site], reader: Subscribers
) -> None:
    hub = make_site(push_networks="127.0.0.0/8", push_timeout=1)
    reader.subscribe(hub)
    reader.take = lambda _path: 0
    publish(hub, "Rain")
    eventually(lambda: deliveries(hub) and deliveries(hub)[0].attempts == 1)
    assert deliveries(hub)[0].error == "it did not answer in time"


def test_a_kept_connection_that_was_cut_meanwhile_says_nothing_of_a_callback(hub: Site, reader: Subscribers) -> None:
    reader.subscribe(hub)
    cuts = [True]
    reader.release.set()
    reader.take = lambda _path: 0 if cuts and cuts.pop() else 200
    publish(hub, "Rain")
    eventually(lambda: len(reader.taken) == 1)
    assert outcomes(hub, "failed") == 0
    assert len(reader.peers) == 2


def test_a_callback_that_cuts_every_connection_has_failed(hub: Site, reader: Subscribers) -> None:
    reader.subscribe(hub)
    reader.release.set()
    reader.take = lambda _path: 0
    publish(hub, "Rain")
    eventually(lambda: deliveries(hub) and deliveries(hub)[0].attempts == 1)
    assert deliveries(hub)[0].error == "it cut the connection"
    assert len(reader.peers) == 2


def test_an_answer_without_end_is_not_read(hub: Site, reader: Subscribers) -> None:
    reader.subscribe(hub)
    reader.confirm = lambda _asked: (200, "x" * 10_000_000)
    reader.ask(hub, path="/other")
    eventually(lambda: not wishes(hub))
    eventually(lambda: hub.service.pushing.outcomes["verification", "refused"] == 1)
    publish(hub, "Rain")
    eventually(lambda: len(reader.taken) == 1)


def test_a_tag_that_got_another_name_is_sent_from_there(hub: Site, reader: Subscribers) -> None:
    hub.publish(title="Rain", tags=["Sport"])
    reader.subscribe(hub, "/feeds/tags/sport.rss")
    with hub.service.newsroom.tag("Sport") as (transaction, found):
        tags.rename(transaction, found, "Games")
    eventually(lambda: len(reader.taken) == 1)
    assert f'<{hub.config.base_url}/feeds/tags/games.rss>; rel="self"' in reader.taken[0].headers["Link"]


def test_when_a_tag_is_retired_its_subscribers_are_told_that_it_is_over(hub: Site, reader: Subscribers) -> None:
    hub.publish(title="Rain", tags=["Sport"])
    reader.subscribe(hub, "/feeds/tags/sport.rss")
    with hub.service.newsroom.tag("Sport") as (transaction, found):
        tags.retire(transaction, found)
    eventually(lambda: reader.asked[-1].mode == "denied")
    assert reader.asked[-1].query["hub.reason"] == "The tag “sport” was retired."
    eventually(lambda: not wishes(hub))
    assert subscriptions(hub) == {}
    assert reader.given == []


def test_what_is_published_while_nobody_delivers_is_delivered_by_the_next_who_does(
    make_site: Callable[..., Site], reader: Subscribers
) -> None:
    site = make_site(push_networks="127.0.0.0/8", base_url="https://news.example")
    reader.subscribe(site)
    site.service.stop()
    later = make_site(push_networks="127.0.0.0/8", base_url="https://news.example", push="false")
    later.publish(title="Rain")
    assert reader.given == []
    make_site(push_networks="127.0.0.0/8", base_url="https://news.example")
    eventually(lambda: len(reader.taken) == 1)


def test_many_dispatchers_deliver_once(make_site: Callable[..., Site], reader: Subscribers) -> None:
    settings = {"push_networks": "127.0.0.0/8", "base_url": "https://news.example", "push_host_connections": 50}
    sites = [make_site(**settings) for _ in range(3)]
    for number in range(30):
        reader.ask(sites[0], path=f"/{number}")
    eventually(lambda: len(subscriptions(sites[0])) == 30)
    for number in range(3):
        publish(sites[0], f"Number {number}")
        eventually(lambda number=number: len(reader.taken) == 30 * (number + 1))
    settled(sites[0])
    assert len(reader.given) == 90
    assert len({(given.path, given.body) for given in reader.given}) == 90


def test_the_shell_tells_who_is_subscribed(hub: Site, reader: Subscribers, shell_environment: dict[str, str]) -> None:
    reader.subscribe(hub)
    reader.subscribe(hub, path="/signed", secret="secret")
    reader.take = lambda _path: 500
    publish(hub, "Rain")
    eventually(lambda: outcomes(hub, "failed") == 2)
    eventually(lambda: all(row.troubled for row in subscriptions(hub).values()))
    lines = [line.split("  ")[1:] for line in output(shell_environment, "hub", "subscribers").splitlines()]
    topic = f"{hub.config.base_url}{LINE}"
    assert lines == [
        [reader.url(), topic, "slow or failing"],
        [reader.url("/signed"), topic, "signed", "slow or failing"],
    ]
    assert len(output(shell_environment, "hub", "subscribers", "--count", "1").splitlines()) == 1
