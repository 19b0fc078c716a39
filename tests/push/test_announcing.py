"""Whom the operator has named is told of each change: other people's hubs, IndexNow, webhooks."""

import hashlib
import hmac
import json
import threading
from collections.abc import Callable, Iterator
from urllib.parse import parse_qs

import pytest
from conftest import Site, eventually
from in_front import Recorder, Told
from sqlalchemy import update

from feedsvc.item import read_item
from feedsvc.store.schema import BookmarkRow


@pytest.fixture
def target() -> Iterator[Recorder]:
    with Recorder().listening() as recorder:
        yield recorder


def address(target: Recorder, path: str = "/") -> str:
    return f"http://127.0.0.1:{target.port}{path}"


def settle(site: Site) -> None:
    eventually(lambda: all(announcer.backlog().pending == 0 for announcer in site.service.room.announcers))


def pinged(told: Told) -> str:
    form = parse_qs(told.body.decode())
    assert form["hub.mode"] == ["publish"]
    assert form["hub.url"] == form["hub.topic"]
    assert told.headers["Content-Type"] == "application/x-www-form-urlencoded"
    return form["hub.topic"][0]


def test_a_hub_is_pinged_for_every_feed_that_a_commit_touches(make_site: Callable[..., Site], target: Recorder) -> None:
    site = make_site(hubs=address(target))
    site.publish(title="Rain", tags=["Sport"])
    settle(site)
    base = site.config.base_url
    forms = ("rss", "atom", "json")
    names = ("news-line", "en/news-line", "tags/sport", "en/tags/sport")
    touched = [f"{base}/feeds/{name}.{form}" for name in names for form in forms]
    assert sorted(map(pinged, target.told)) == sorted(touched)
    target.told.clear()
    site.publish(title="Snow")
    settle(site)
    assert sorted(map(pinged, target.told)) == sorted(touched[:6])


def test_what_it_then_fetches_has_the_change(make_site: Callable[..., Site], target: Recorder) -> None:
    site = make_site(hubs=address(target))
    seen: list[bool] = []

    def look(_number: int) -> int:
        seen.append("Bridge opens" in site.get("/feeds/news-line.rss").text)
        return 204

    target.answer = look
    assert "Bridge opens" not in site.get("/feeds/news-line.rss").text
    site.service.newsroom.publish(read_item({"title": "Bridge opens"}))
    settle(site)
    assert seen == [True] * 6


def test_every_hub_is_announced_wherever_a_feed_says_what_it_is(make_site: Callable[..., Site]) -> None:
    other = "https://hub.example/?a=1&b=2"
    site = make_site(hubs=other, push="false")
    site.publish(title="Rain", tags=["Sport"])
    hubs = [f"{site.config.base_url}/hub", other]
    for path in ("/feeds/news-line", "/feeds/tags/sport"):
        for form in ("rss", "atom", "json"):
            feed = site.get(f"{path}.{form}")
            links = feed.headers["link"]
            own = f'<{site.config.base_url}{path}.{form}>; rel="self"'
            assert links == ", ".join([own, *(f'<{hub}>; rel="hub"' for hub in hubs)])
            if form == "json":
                assert feed.json()["hubs"] == [{"type": "WebSub", "url": hub} for hub in hubs]
            else:
                for hub in hubs:
                    assert f'rel="hub" href="{hub.replace("&", "&amp;")}"' in feed.text or (
                        f'href="{hub.replace("&", "&amp;")}" rel="hub"' in feed.text
                    )
    described = site.get("/.well-known/host-meta").text
    assert [f'rel="hub" href="{hub.replace("&", "&amp;")}"' in described for hub in hubs] == [True, True]
    assert f">{hubs[0]}</code>" in site.get("/subscribe/news-line").text
    for path in ("/headlines/news-line.json", "/", "/articles/rain"):
        answer = site.get(path)
        assert "hub" not in answer.headers.get("link", "")
        assert "/hub" not in answer.text


def test_indexnow_is_told_the_pages_of_changed_articles_and_shown_the_key(
    make_site: Callable[..., Site], target: Recorder
) -> None:
    site = make_site(indexnow_key="abcdef-123456", indexnow_url=address(target, "/indexnow"))
    guid = site.publish(title="Rain", tags=["Sport"]).guid
    settle(site)
    base = site.config.base_url
    (told,) = target.told
    assert (told.method, told.path) == ("POST", "/indexnow")
    assert told.headers["Content-Type"] == "application/json"
    assert json.loads(told.body) == {
        "host": base.removeprefix("http://"),
        "key": "abcdef-123456",
        "keyLocation": f"{base}/abcdef-123456.txt",
        "urlList": [f"{base}/articles/rain"],
    }
    shown = site.get("/abcdef-123456.txt")
    assert (shown.text, shown.headers["content-type"]) == ("abcdef-123456", "text/plain; charset=utf-8")
    assert site.get("/other.txt").status_code == 404
    assert site.get("/robots.txt").status_code == 200
    site.retract(guid)
    settle(site)
    assert json.loads(target.told[1].body)["urlList"] == [f"{base}/articles/rain"]


def test_without_a_key_nobody_is_told_and_there_is_none(site: Site) -> None:
    assert site.service.room.announcers == ()
    assert site.get("/.txt").status_code == 404
    assert site.get("/abcdef-123456.txt").status_code == 404


def test_a_webhook_is_sent_the_rows_of_the_journal_and_a_signature(
    make_site: Callable[..., Site], target: Recorder
) -> None:
    site = make_site(webhooks=address(target, "/hook?x=1"), webhook_secret="open sesame")
    guid = site.publish(title="Rain").guid
    site.retract(guid)
    settle(site)
    rows = [row for told in target.told for row in json.loads(told.body)["changes"]]
    assert [(row["seq"], row["kind"], row["id"]) for row in rows[-2:]] == [
        (rows[-2]["seq"], "publish", guid),
        (rows[-2]["seq"] + 1, "retract", guid),
    ]
    assert json.loads(target.told[-1].body)["head"] == rows[-1]["seq"]
    for told in target.told:
        assert told.path == "/hook?x=1"
        expected = hmac.new(b"open sesame", told.body, hashlib.sha256).hexdigest()
        assert told.headers["X-Feedsvc-Signature"] == f"sha256={expected}"


def test_a_target_that_is_away_is_told_later_in_order_and_holds_up_no_other(
    make_site: Callable[..., Site], target: Recorder, caplog: pytest.LogCaptureFixture
) -> None:
    with Recorder().listening() as other:
        target.answer = lambda number: 503 if number < 3 else 200
        site = make_site(webhooks=f"{address(target)} {address(other)}")
        for number in range(5):
            site.publish(title=f"Number {number}")
        eventually(lambda: site.service.room.announcers[1].backlog().pending == 0)
        settle(site)
        for recorder in (target, other):
            seqs = [row["seq"] for told in recorder.accepted for row in json.loads(told.body)["changes"]]
            assert seqs == sorted(set(seqs))
            assert len(seqs) >= 5
            assert not any("X-Feedsvc-Signature" in told.headers for told in recorder.told)
    assert "answered 503; trying again" in caplog.text
    assert site.service.room.announcers[0].sender.failed == 3


def test_a_hub_that_refuses_one_feed_is_told_of_the_others_and_of_what_comes(
    make_site: Callable[..., Site], target: Recorder, caplog: pytest.LogCaptureFixture
) -> None:
    target.answer = lambda number: 400 if number == 2 else 200
    site = make_site(hubs=address(target))
    for title in ("Rain", "Snow"):
        site.publish(title=title)
        settle(site)
    refused = target.told[2]
    assert [told for told in target.told if told.status == 400] == [refused]
    assert f"is not told again of what it refuses: it answered 400: {refused.body.decode()}" in caplog.text
    told = [pinged(told) for told in target.accepted]
    assert told.count(pinged(refused)) == 1
    assert {told.count(topic) for topic in set(told) - {pinged(refused)}} == {2}


def test_a_webhook_is_asked_until_it_takes_every_row(make_site: Callable[..., Site], target: Recorder) -> None:
    target.answer = lambda number: 400 if number < 2 else 200
    site = make_site(webhooks=address(target))
    site.publish(title="Rain")
    settle(site)
    assert [told.status for told in target.told[:3]] == [400, 400, 200]
    assert target.told[0].body == target.told[1].body


def test_what_was_accepted_of_a_change_is_not_told_again_when_the_rest_fails(
    make_site: Callable[..., Site], target: Recorder
) -> None:
    target.answer = lambda number: 503 if number in (4, 5) else 200
    site = make_site(hubs=address(target))
    site.publish(title="Rain", tags=["Sport"])
    settle(site)
    accepted = [pinged(told) for told in target.accepted]
    assert len(accepted) == len(set(accepted)) == 12
    assert len(target.told) == 14


def test_who_is_to_stop_does_not_tell_the_rest_of_a_long_list(make_site: Callable[..., Site], target: Recorder) -> None:
    asked, going = threading.Event(), threading.Event()

    def take_time(number: int) -> int:
        if number == 2:
            asked.set()
            going.wait(30)
        return 200

    target.answer = take_time
    site = make_site(hubs=address(target), base_url="https://news.example")
    site.service.newsroom.publish(read_item({"title": "Rain", "tags": ["Sport"]}))
    assert asked.wait(30)
    stopping = threading.Thread(target=site.service.stop)
    stopping.start()
    (announcer,) = site.service.room.announcers
    eventually(lambda: announcer.stopping)
    going.set()
    stopping.join(30)
    assert len(target.told) == 3
    later = make_site(hubs=address(target), base_url="https://news.example")
    settle(later)
    assert len({pinged(told) for told in target.told}) == 12


def test_of_several_processes_one_tells(make_site: Callable[..., Site], target: Recorder) -> None:
    settings = {"webhooks": address(target), "base_url": "https://news.example"}
    sites = [make_site(**settings) for _ in range(3)]
    for number in range(5):
        sites[0].publish(title=f"Number {number}")
    settle(sites[0])
    seqs = [row["seq"] for told in target.told for row in json.loads(told.body)["changes"]]
    assert len(seqs) == len(set(seqs))


def test_another_database_in_the_place_of_ours_is_told_from_its_end(
    make_site: Callable[..., Site], target: Recorder, caplog: pytest.LogCaptureFixture
) -> None:
    site = make_site(webhooks=address(target), push_networks="127.0.0.0/8")
    site.publish(title="Rain")
    settle(site)
    eventually(lambda: site.service.pushing.planner.bookmark.backlog().pending == 0)
    with site.service.database.write() as connection:
        connection.execute(update(BookmarkRow).values(seq=1000))
    eventually(lambda: "the journal is shorter than what webhook+" in caplog.text)
    eventually(lambda: "the journal is shorter than what subscribers" in caplog.text)
    told = len(target.told)
    site.publish(title="Snow")
    eventually(lambda: len(target.told) > told)


def test_a_site_that_does_not_push_has_nobody_who_would(make_site: Callable[..., Site], target: Recorder) -> None:
    site = make_site(webhooks=address(target), push="false")
    site.publish(title="Rain")
    assert site.service.room.announcers == ()
    assert target.told == []
