"""The hub as its subscribers know it: the cases of websub.rocks (hub 100 to 106), and what is said when it is
asked badly."""

import hashlib
import hmac
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from callbacks import LINE, Asked, Subscribers, subscriptions, wishes
from conftest import Site, eventually
from sqlalchemy import insert, select, update

from feedsvc.desk import tags
from feedsvc.push import verifier
from feedsvc.push.strangers import Callback
from feedsvc.push.subscriptions import Wish, ask
from feedsvc.store.push_tables import IntentRow

pytest_plugins = ("hubs",)


def told(reader: Subscribers, number: int = 1) -> None:
    eventually(lambda: len(reader.taken) >= number)


def lease(site: Site) -> timedelta:
    (row,) = subscriptions(site).values()
    return row.expires_at - datetime.now(UTC)


def test_100_a_typical_subscription_is_verified_and_sent_the_topic_itself(hub: Site, reader: Subscribers) -> None:
    reader.subscribe(hub)
    (asked,) = reader.asked
    assert asked.query["hub.mode"] == "subscribe"
    assert asked.query["hub.topic"] == f"{hub.config.base_url}{LINE}"
    assert asked.query["hub.lease_seconds"] == "864000"
    assert len(asked.query["hub.challenge"]) >= 32

    hub.publish(title="Rain")
    told(reader)
    topic = hub.get(LINE, accept_encoding="identity")
    (given,) = reader.given
    assert given.body == topic.content
    assert b"Rain" in given.body
    assert given.headers["Content-Type"] == topic.headers["content-type"]
    assert given.headers["Link"] == topic.headers["link"]
    assert 'rel="hub"' in given.headers["Link"]
    assert 'rel="self"' in given.headers["Link"]
    assert "X-Hub-Signature" not in given.headers
    assert "Content-Encoding" not in given.headers


@pytest.mark.parametrize("name", ["sha1", "sha256", "sha384", "sha512"])
def test_101_who_gave_a_secret_is_sent_a_signature(
    make_site: Callable[..., Site], reader: Subscribers, name: str
) -> None:
    hub = make_site(push_networks="127.0.0.0/8", push_signature=name)
    secret = "s€cret" + "x" * 191
    assert len(secret.encode()) == 199
    reader.subscribe(hub, secret=secret)
    hub.publish(title="Rain")
    told(reader)
    expected = hmac.new(secret.encode(), reader.given[0].body, getattr(hashlib, name)).hexdigest()
    assert reader.given[0].headers["X-Hub-Signature"] == f"{name}={expected}"


def test_102_parameters_that_are_not_known_are_ignored(hub: Site, reader: Subscribers) -> None:
    reader.subscribe(hub, verify="sync", verify_token="x", **{"unheard-of": "y"})
    assert set(reader.asked[0].query) == {"hub.mode", "hub.topic", "hub.challenge", "hub.lease_seconds"}


def test_103_to_subscribe_again_renews_the_lease_and_the_secret(hub: Site, reader: Subscribers) -> None:
    reader.subscribe(hub, lease_seconds="1000", secret="old")
    assert timedelta(seconds=900) < lease(hub) <= timedelta(seconds=1000)
    reader.subscribe(hub, lease_seconds="5000", secret="new")
    assert timedelta(seconds=4900) < lease(hub) <= timedelta(seconds=5000)
    hub.publish(title="Rain")
    told(reader)
    expected = hmac.new(b"new", reader.given[0].body, hashlib.sha256).hexdigest()
    assert [given.headers["X-Hub-Signature"] for given in reader.given] == [f"sha256={expected}"]


def test_104_who_unsubscribes_is_asked_and_told_nothing_more(hub: Site, reader: Subscribers) -> None:
    reader.subscribe(hub)
    reader.subscribe(hub, path="/other")
    reader.ask(hub, mode="unsubscribe")
    eventually(lambda: len(subscriptions(hub)) == 1)
    assert reader.asked[-1].mode == "unsubscribe"
    assert "hub.lease_seconds" not in reader.asked[-1].query
    hub.publish(title="Rain")
    told(reader)
    assert [given.path for given in reader.given] == ["/other"]


@pytest.mark.parametrize(("form", "number"), [("rss", 105), ("atom", 105), ("json", 106)])
def test_105_and_106_each_format_is_sent_as_what_it_is(hub: Site, reader: Subscribers, form: str, number: int) -> None:
    hub.publish(title="Rain", tags=["Sport"])
    reader.subscribe(hub, f"/feeds/tags/sport.{form}")
    hub.publish(title="Elsewhere", tags=["Weather"])
    hub.publish(title="Snow", tags=["Sport"])
    told(reader)
    topic = hub.get(f"/feeds/tags/sport.{form}", accept_encoding="identity")
    assert [given.body for given in reader.given] == [topic.content]
    assert reader.given[0].headers["Content-Type"] == topic.headers["content-type"]


@pytest.mark.parametrize(
    ("status", "body"), [(404, ""), (200, "something else"), (302, ""), (200, "")], ids=["404", "other", "302", "empty"]
)
def test_what_a_callback_does_not_confirm_is_dropped(hub: Site, reader: Subscribers, status: int, body: str) -> None:
    reader.more = {"Location": "/elsewhere"}
    reader.confirm = lambda _asked: (status, body)
    reader.ask(hub)
    eventually(lambda: reader.asked and not wishes(hub))
    assert subscriptions(hub) == {}
    assert [asked.path for asked in reader.asked] == ["/callback"]
    eventually(lambda: hub.service.pushing.outcomes["verification", "refused"] == 1)


def test_a_renewal_that_is_not_confirmed_leaves_the_subscription_as_it_was(hub: Site, reader: Subscribers) -> None:
    reader.subscribe(hub, secret="old")
    before = subscriptions(hub)
    reader.confirm = lambda _asked: (404, "")
    for mode in ("subscribe", "unsubscribe"):
        reader.ask(hub, mode=mode, secret="new")
        eventually(lambda: not wishes(hub))
    assert subscriptions(hub) == before


def test_of_two_wishes_the_newest_counts(hub: Site, reader: Subscribers) -> None:
    asked_twice = reader.release

    def confirm(asked: Asked) -> tuple[int, str]:
        if asked.mode == "subscribe":
            asked_twice.wait(30)
        return 200, asked.query["hub.challenge"]

    reader.confirm = confirm
    reader.ask(hub)
    eventually(lambda: len(reader.asked) == 1)
    reader.ask(hub, mode="unsubscribe")
    eventually(lambda: len(reader.asked) == 2)
    eventually(lambda: not wishes(hub))
    asked_twice.set()
    eventually(lambda: hub.service.pushing.outcomes["verification", "verified"] == 2)
    assert subscriptions(hub) == {}


def test_a_callback_keeps_the_query_it_came_with(hub: Site, reader: Subscribers) -> None:
    reader.subscribe(hub, path="/callback?id=%C3%A9&x=1")
    assert reader.asked[0].query["id"] == "é"
    hub.publish(title="Rain")
    told(reader)
    assert reader.given[0].path == "/callback?id=%C3%A9&x=1"


@pytest.mark.parametrize(
    ("asked", "granted"), [("1", 600), ("599", 600), ("0000700", 700), ("9" * 18, 7000), ("", 7000)]
)
def test_a_lease_is_within_bounds(
    make_site: Callable[..., Site], reader: Subscribers, asked: str, granted: int
) -> None:
    hub = make_site(push_networks="127.0.0.0/8", push_shortest_lease=600, push_longest_lease=7000)
    reader.subscribe(hub, lease_seconds=asked)
    assert reader.asked[0].query["hub.lease_seconds"] == str(granted)
    assert timedelta(seconds=granted - 60) < lease(hub) <= timedelta(seconds=granted)


def test_who_has_let_the_lease_end_is_told_nothing(make_site: Callable[..., Site], reader: Subscribers) -> None:
    hub = make_site(push_networks="127.0.0.0/8", push_shortest_lease=1)
    reader.subscribe(hub, path="/short", lease_seconds="1")
    reader.subscribe(hub, path="/long")
    eventually(lambda: min(row.expires_at for row in subscriptions(hub).values()) < datetime.now(UTC))
    hub.publish(title="Rain")
    told(reader)
    assert [given.path for given in reader.given] == ["/long"]


def test_a_tag_that_nobody_has_used_is_denied_with_the_reason(hub: Site, reader: Subscribers) -> None:
    reader.ask(hub, "/feeds/tags/nobody.rss")
    eventually(lambda: reader.asked and not wishes(hub))
    (asked,) = reader.asked
    assert asked.query == {
        "hub.mode": "denied",
        "hub.topic": f"{hub.config.base_url}/feeds/tags/nobody.rss",
        "hub.reason": "There is no tag “nobody”.",
    }
    assert subscriptions(hub) == {}


def test_the_old_address_of_a_tag_is_denied_and_the_new_one_is_named(hub: Site, reader: Subscribers) -> None:
    hub.publish(title="Rain", tags=["Sport"])
    rename(hub, "Sport", "Games")
    reader.ask(hub, "/feeds/tags/sport.rss")
    eventually(lambda: reader.asked)
    reason = reader.asked[0].query["hub.reason"]
    assert reason == f"The feed has another address now: {hub.config.base_url}/feeds/tags/games.rss"


def test_too_many_subscriptions_of_one_host_are_denied_but_renewals_are_not(
    make_site: Callable[..., Site], reader: Subscribers
) -> None:
    hub = make_site(push_networks="127.0.0.0/8", push_host_subscriptions=2)
    for path in ("/one", "/two", "/one"):
        reader.subscribe(hub, path=path)
    reader.ask(hub, path="/three")
    eventually(lambda: reader.asked[-1].mode == "denied")
    assert (
        reader.asked[-1].query["hub.reason"].startswith("There are too many subscriptions for callbacks on 127.0.0.1")
    )
    assert len(subscriptions(hub)) == 2


def test_one_more_topic_than_can_be_looked_at_is_denied_and_one_that_others_have_is_not(
    hub: Site, reader: Subscribers, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(verifier, "MOST_SUBSCRIBED", 2)
    reader.subscribe(hub, "/feeds/news-line.rss")
    reader.subscribe(hub, "/feeds/news-line.atom")
    reader.ask(hub, "/feeds/news-line.json")
    eventually(lambda: reader.asked[-1].mode == "denied")
    assert reader.asked[-1].query["hub.reason"] == "Too many different feeds are subscribed to already."
    eventually(lambda: not wishes(hub))
    reader.subscribe(hub, "/feeds/news-line.atom", path="/other")
    assert len(subscriptions(hub)) == 3


def rename(site: Site, tag: str, label: str) -> None:
    with site.service.newsroom.tag(tag) as (transaction, found):
        tags.rename(transaction, found, label)
    site.settle()


BASE = "http://127.0.0.1"
GOOD = {"hub.mode": "subscribe", "hub.callback": "http://reader.example/callback"}
OTHER_SPELLING = "hub.topic is no feed of this hub's as it names itself; its address is {base}/feeds/news-line.rss."
FOREIGN = "hub.topic is no feed of this hub's as it names itself."


BADLY_ASKED = [
    ({"hub.mode": ""}, "hub.mode is missing."),
    ({"hub.mode": "listen"}, "hub.mode is neither subscribe nor unsubscribe."),
    (
        {"hub.mode": "publish"},
        "hub.mode=publish is for hubs of other people's feeds; this one knows of its changes.",
    ),
    ({"hub.topic": ""}, "hub.topic is missing."),
    ({"hub.topic": "https://elsewhere.example/feeds/news-line.rss"}, FOREIGN),
    ({"hub.topic": "news-line"}, FOREIGN),
    ({"hub.topic": "{base}/"}, FOREIGN),
    ({"hub.topic": "{base}/feeds/news-line.xml"}, FOREIGN),
    ({"hub.topic": "{base}/feeds/other.rss"}, FOREIGN),
    ({"hub.topic": "{base}/feeds/tags/!!.rss"}, FOREIGN),
    ({"hub.topic": "{base}/headlines/news-line.json"}, FOREIGN),
    ({"hub.topic": "{base}/feeds/news-line.rss" + "x" * 2000}, FOREIGN),
    ({"hub.topic": "{base}/feeds/News-Line.RSS"}, OTHER_SPELLING),
    ({"hub.topic": "{base}/feeds/news-line.rss?x=1"}, OTHER_SPELLING),
    ({"hub.topic": "{base}/feeds/news-line.rss#x"}, OTHER_SPELLING),
    ({"hub.callback": ""}, "hub.callback is missing."),
    ({"hub.secret": "x" * 200}, "hub.secret has 200 bytes or more."),
    ({"hub.secret": "é" * 100}, "hub.secret has 200 bytes or more."),
    ({"hub.secret": "a\0b"}, "hub.secret has a character that cannot be printed."),
    ({"hub.lease_seconds": "-5"}, "hub.lease_seconds is no positive number in decimals."),
    ({"hub.lease_seconds": "0"}, "hub.lease_seconds is no positive number in decimals."),
    ({"hub.lease_seconds": "1e5"}, "hub.lease_seconds is no positive number in decimals."),
    ({"hub.lease_seconds": "٣"}, "hub.lease_seconds is no positive number in decimals."),
]


@pytest.mark.only("sqlite")
def test_what_is_asked_badly_is_refused_with_a_sentence(site: Site) -> None:
    base = site.config.base_url
    for change, sentence in BADLY_ASKED:
        form = GOOD | {"hub.topic": f"{base}/feeds/news-line.rss"} | change
        answer = site.http.post("/hub", data={name: value.replace("{base}", base) for name, value in form.items()})
        assert (answer.status_code, answer.text) == (400, sentence.replace("{base}", base) + "\n")
        assert answer.headers["content-type"].startswith("text/plain")
        assert wishes(site) == 0


@pytest.mark.only("sqlite")
def test_the_hub_takes_forms_by_post_alone(site: Site) -> None:
    assert site.get("/hub").status_code == 405
    assert site.http.post("/hub", content=b"hub.mode=subscribe").text == "hub.mode is missing.\n"


@pytest.mark.only("sqlite")
def test_a_host_that_many_ask_for_is_left_in_peace(make_site: Callable[..., Site], reader: Subscribers) -> None:
    hub = make_site(push_networks="127.0.0.0/8", push_host_rate="3 per hour")
    for number in range(3):
        reader.ask(hub, path=f"/{number}")
    form = {"hub.mode": "subscribe", "hub.topic": f"{hub.config.base_url}{LINE}"}
    refused = hub.http.post("/hub", data=form | {"hub.callback": reader.url("/more")})
    assert refused.status_code == 429
    assert refused.text == f"Too much was asked for callbacks on 127.0.0.1:{reader.port}.\n"
    assert 0 < int(refused.headers["retry-after"]) <= 3600
    assert hub.http.post("/hub", data=form | {"hub.callback": "http://elsewhere.example/"}).status_code == 202


@pytest.mark.only("sqlite")
def test_what_nobody_answers_cannot_pile_up(make_site: Callable[..., Site]) -> None:
    site = make_site(push="false", push_host_rate="100000 per second")
    form = {"hub.mode": "subscribe", "hub.topic": f"{site.config.base_url}{LINE}"}

    def ask(number: int) -> int:
        return site.http.post("/hub", data=form | {"hub.callback": f"https://victim.example/{number}"}).status_code

    assert [ask(number) for number in range(200)] == [202] * 200
    assert ask(200) == 429
    assert wishes(site) == 200


@pytest.mark.only("sqlite")
def test_of_all_hosts_together_no_more_are_let_in_than_can_be_verified(make_site: Callable[..., Site]) -> None:
    site = make_site(push="false")
    now = datetime.now(UTC)
    callback = Callback("https://0.example/", "0.example:443")
    with site.service.database.write() as connection:
        ask(connection, Wish("subscribe", f"{site.config.base_url}{LINE}", callback), now)
        wish = connection.execute(select(IntentRow)).one()._asdict()
        others = [wish | {"id": f"{n}", "callback": f"https://{n}.example/"} for n in range(1, 10_000)]
        connection.execute(insert(IntentRow), [other | {"host": f"{other['id']}.example:443"} for other in others])
    form = {"hub.mode": "subscribe", "hub.topic": f"{site.config.base_url}{LINE}", "hub.callback": "https://a.example/"}
    answer = site.http.post("/hub", data=form)
    assert (answer.status_code, answer.text) == (429, "Too many requests wait to be verified.\n")
    assert answer.headers["retry-after"] == "10"


def test_a_callback_that_is_away_is_asked_three_times_and_forgotten(hub: Site, reader: Subscribers) -> None:
    reader.confirm = lambda _asked: (503, "")
    reader.ask(hub)
    for attempts in (1, 2):
        eventually(lambda attempts=attempts: waiting(hub) == [(attempts, None)])
        with hub.service.database.write() as connection:
            connection.execute(update(IntentRow).values(due_at=datetime.now(UTC)))
    eventually(lambda: not wishes(hub))
    assert len(reader.asked) == 3
    assert len({asked.query["hub.challenge"] for asked in reader.asked}) == 3
    eventually(lambda: hub.service.pushing.outcomes["verification", "unreachable"] == 1)
    assert subscriptions(hub) == {}


def waiting(site: Site) -> list[tuple[int, str | None]]:
    with site.service.database.read() as connection:
        return [tuple(row) for row in connection.execute(select(IntentRow.attempts, IntentRow.claimed_by))]


@pytest.mark.only("sqlite")
def test_asking_again_for_the_same_is_one_wish(make_site: Callable[..., Site]) -> None:
    site = make_site(push="false")
    form = {"hub.mode": "subscribe", "hub.topic": f"{site.config.base_url}{LINE}"}
    for _ in range(5):
        assert site.http.post("/hub", data=form | {"hub.callback": "https://victim.example/"}).status_code == 202
    assert wishes(site) == 1
