"""Documents that are imported over the API, and the journal that a mirror follows."""

import json
import threading
from collections.abc import Callable
from typing import Any

import httpx
import pytest
from conftest import Site, eventually
from desks import Desk

pytest_plugins = ("open_desks",)

RSS = (
    '<rss version="2.0"><channel><title>F</title><item><guid>r</guid><title>From a feed</title></item></channel></rss>'
)


def send(desk: Desk, document: str | bytes, kind: str = "application/x-ndjson") -> httpx.Response:
    headers = {"Authorization": f"Bearer {desk.token}", "Content-Type": kind}
    return desk.site.http.post("/api/import", content=document, headers=headers)


def lines(answer: httpx.Response) -> list[dict[str, Any]]:
    assert answer.status_code == 200
    assert answer.headers["content-type"] == "application/x-ndjson"
    return [json.loads(line) for line in answer.text.splitlines()]


def test_each_item_has_a_line(desk: Desk, site: Site) -> None:
    told = lines(send(desk, '{"id": "a", "title": "A"}\n{"id": "b"}\nx\n{"title": "C"}\n'))
    assert told[0] == {
        **{"place": "line 1", "verdict": "imported", "id": "a", "url": f"{site.config.base_url}/articles/a"}
    }
    assert told[1] == {
        "place": "line 2",
        "verdict": "rejected",
        "reason": "the article has no title",
        "where": "/title",
    }
    assert [line["verdict"] for line in told] == ["imported", "rejected", "rejected", "rejected"]
    assert [line["verdict"] for line in lines(send(desk, '{"id": "a", "title": "A"}'))] == ["unchanged"]
    assert desk.deeds("a")[0]["actor"] == "publish"


@pytest.mark.only("sqlite")
def test_a_feed_is_taken_whatever_it_is_called(desk: Desk) -> None:
    assert [line["id"] for line in lines(send(desk, RSS, "text/plain"))] == ["r"]
    feed = {"version": "https://jsonfeed.org/version/1.1", "title": "F", "items": [{"id": "j", "title": "J"}]}
    assert [line["id"] for line in lines(send(desk, json.dumps(feed), "application/feed+json"))] == ["j"]


@pytest.mark.only("sqlite")
def test_what_cannot_be_read_is_told(desk: Desk) -> None:
    empty = send(desk, b"")
    assert (empty.status_code, empty.json()["detail"]) == (422, "The document is empty.")
    (told,) = lines(send(desk, "<html>"))
    assert told == {
        "place": "the document",
        "verdict": "rejected",
        "reason": "the document: it is a web page, not a feed",
    }


@pytest.mark.only("sqlite")
def test_an_import_has_a_bound_of_its_own(make_site: Callable[..., Site], open_desk: Callable[..., Desk]) -> None:
    desk = open_desk(make_site(import_bytes=40_000, request_bytes=1024, article_bytes=1024))
    item = '{"id": "%d", "title": "T"}\n'
    assert len(lines(send(desk, "".join(item % n for n in range(1_100))))) == 1_100
    assert send(desk, "".join(item % n for n in range(2_000))).status_code == 413
    assert len(desk.changes()) == 1_000


def test_the_journal_tells_every_change_and_no_draft(desk: Desk) -> None:
    desk.put("a", {"title": "A"})
    desk.draft("d")
    desk.put("a", {"title": "A", "tags": ["T"]})
    desk.do("retract", "a")
    changes = desk.changes()
    assert [change["seq"] for change in changes] == list(range(1, len(changes) + 1))
    assert [(change["kind"], change.get("id")) for change in changes] == [
        *(("site", None), ("publish", "a"), ("retag", "a"), ("retract", "a"))
    ]
    page = desk.ask("GET", "/journal?after=1&limit=2").json()
    assert ([change["seq"] for change in page["changes"]], page["head"]) == ([2, 3], 4)
    assert desk.ask("GET", f"/journal?after={2**62}").json()["changes"] == []
    assert desk.ask("GET", "/journal?after=-1").status_code == 400


def test_who_waits_is_told_at_once(desk: Desk) -> None:
    told: list[dict[str, Any]] = []
    waiter = threading.Thread(target=lambda: told.extend(desk.ask("GET", "/journal?after=1&wait=25").json()["changes"]))
    waiter.start()
    desk.put("a", {"title": "A"})
    waiter.join(20)
    assert [change["id"] for change in told] == ["a"]
    assert desk.ask("GET", "/journal?after=1&wait=30").json()["head"] == 2


@pytest.mark.only("sqlite")
def test_nobody_waits_for_a_service_that_stops(desk: Desk, site: Site) -> None:
    waiter = threading.Thread(target=lambda: desk.ask("GET", "/journal?after=1&wait=30"))
    waiter.start()
    site.service.follower.stop()
    waiter.join(15)
    assert not waiter.is_alive()
    site.service.follower.start()


@pytest.mark.only("sqlite")
def test_not_everybody_waits(desk: Desk) -> None:
    def wait() -> None:
        desk.ask("GET", "/journal?after=1&wait=20")

    waiters = [threading.Thread(target=wait) for _ in range(2)]
    for waiter in waiters:
        waiter.start()
    # Two wait; whoever comes then is answered, and the others still wait.
    eventually(lambda: desk.ask("GET", "/journal?after=1&wait=1").json()["changes"] == [])
    assert any(waiter.is_alive() for waiter in waiters)
    desk.put("a", {"title": "A"})
    for waiter in waiters:
        waiter.join(15)
        assert not waiter.is_alive()
