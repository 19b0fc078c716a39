"""Nobody without a key learns anything of what is not published: not that it is there, and not what it was."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import quote

import httpx
import pytest
from conftest import Site
from lxml import etree
from searching import settle
from walks import CODED, PLAIN, ROUTES, Answer, addresses, ask, changed, telling, walk
from web_tools import BASE

from feedsvc.app import create_app

# What no database has to do with is tested on one.
pytestmark = pytest.mark.only("sqlite")

# Every word of it begins with this.
MARK = "zqx"
GUID = f"urn:example:{MARK}guid"
AT = f"/api/articles/{quote(GUID, safe='')}"
SECRET: dict[str, Any] = {
    "title": f"{MARK}title is true",
    "summary": f"{MARK}summary",
    "content_html": f"<p>{MARK}body</p><img src='https://a.example/{MARK}figure.jpg' alt='{MARK}alt'>",
    "authors": [{"name": f"{MARK}author", "url": f"https://a.example/{MARK}home"}],
    # The other one is of a published article, too.
    "tags": [f"{MARK}tag", "Karabakh"],
    "external_url": f"https://a.example/{MARK}source",
    "image": f"https://a.example/{MARK}image.jpg",
    "attachments": [{"url": f"https://a.example/{MARK}file.pdf", "title": f"{MARK}attachment"}],
    "_feedsvc": {
        "slug": f"{MARK}slug",
        "image": {"alt": f"{MARK}caption", "credit": f"{MARK}credit"},
        "correction": f"{MARK}correction",
    },
}
EDITED = {"title": f"{MARK}title was edited", "summary": f"{MARK}summary, edited", "tags": ["Karabakh", f"{MARK}new"]}
NAMES = {
    "slug": (f"{MARK}slug", f"{MARK}title-is-true", "rain"),
    "tag": (f"{MARK}tag", "karabakh"),
    "guid": (GUID, "urn:example:rain"),
}
TARGETS = addresses(NAMES)


@pytest.fixture
def desk(make_site: Callable[..., Site]) -> Site:
    """A site with one article, which came before the secret one."""
    site = make_site(base_url=BASE, api_rate="100000 per minute", security_contact="mailto:desk@news.example")
    site.publish(id="urn:example:rain", title="Rain", tags=["Karabakh"], date_published="2024-05-01T08:00:00Z")
    settle(site)
    site.http.headers["Authorization"] = f"Bearer {site.service.keys.create('desk', 'publish')}"
    return site


def do(site: Site, method: str, path: str, **body: Any) -> httpx.Response:
    """Do something that the API lets the desk do."""
    response = site.http.request(method, path, json=body)
    assert response.status_code in (200, 201), response.text
    site.settle()
    return response


def draft(site: Site, **status: str) -> None:
    do(site, "PUT", AT, **SECRET | {"_feedsvc": SECRET["_feedsvc"] | {"status": "draft"} | status})


def tomorrow() -> str:
    return (datetime.now(UTC) + timedelta(days=1)).isoformat()


@pytest.mark.only("sqlite")
def test_every_route_is_walked(desk: Site) -> None:
    app = create_app(desk.config)
    rules = {rule.rule for rule in app.url_map.iter_rules()}
    app.extensions["feedsvc"].stop()
    assert rules == set(ROUTES)


def test_a_draft_changes_no_answer_whatever_is_done_to_it(desk: Site) -> None:
    before = walk(desk, TARGETS)
    assert list(telling(before, MARK)) == []
    draft(desk)
    do(desk, "PATCH", AT, **EDITED)
    do(desk, "POST", f"{AT}/schedule", date_published=tomorrow())
    after = walk(desk, TARGETS)
    assert changed(before, after) == []
    assert list(telling(after, MARK)) == []
    steps = [
        ("PATCH", AT, SECRET),
        ("POST", f"{AT}/retract", {"reason": f"{MARK}reason"}),
        ("POST", f"{AT}/restore", {}),
    ]
    for method, path, body in steps:
        do(desk, method, path, **body)
    assert changed(before, walk(desk, TARGETS, PLAIN)) == []
    draft(desk, status="published")
    published = walk(desk, TARGETS, PLAIN)
    assert len(changed(before, published)) > 20
    assert len(list(telling(published, MARK))) > 20


def test_a_draft_that_is_scheduled_at_once_or_given_no_id_changes_no_answer(desk: Site) -> None:
    before = walk(desk, TARGETS, PLAIN)
    extension = SECRET["_feedsvc"] | {"status": "scheduled"}
    do(desk, "POST", "/api/articles", **SECRET | {"_feedsvc": extension, "date_published": tomorrow()})
    do(desk, "POST", "/api/articles", **SECRET | {"_feedsvc": SECRET["_feedsvc"] | {"status": "draft"}})
    assert changed(before, walk(desk, TARGETS, PLAIN)) == []


def test_the_names_of_a_draft_are_answered_as_if_nobody_had_ever_used_them(desk: Site) -> None:
    draft(desk)
    nobody = "www"
    for target in TARGETS:
        if MARK in target and not target.startswith("/api/"):
            assert ask(desk, target) == ask(desk, target.replace(MARK, nobody)), target


def test_a_draft_keeps_no_name_from_another_article(desk: Site) -> None:
    draft(desk)
    assert desk.publish(title="Another", _feedsvc={"slug": f"{MARK}slug"}).url == f"{BASE}/articles/{MARK}slug"


@pytest.mark.parametrize("state", ["draft", "scheduled", "retracted"])
def test_the_etag_that_the_desk_has_is_good_for_nothing_elsewhere(desk: Site, state: str) -> None:
    draft(desk)
    if state == "scheduled":
        do(desk, "POST", f"{AT}/schedule", date_published=tomorrow())
    if state == "retracted":
        do(desk, "POST", f"{AT}/publish")
        do(desk, "POST", f"{AT}/retract")
    etag = desk.http.get(AT).headers["etag"]
    shown = {"identity": ("GET", {"If-None-Match": etag, "Accept-Encoding": "identity"})}
    assert changed(walk(desk, TARGETS, PLAIN), walk(desk, TARGETS, shown)) == []
    assert ask(desk, AT, If_None_Match=etag).status == 401


def test_without_a_key_it_makes_no_difference_whether_there_is_an_article(desk: Site) -> None:
    draft(desk)
    others = {GUID: f"urn:example:{MARK}none", "urn:example:rain": "urn:example:snow"}
    for here, nowhere in others.items():
        for rule in (rule for rule in ROUTES if rule.startswith("/api/articles/")):
            for method in ("GET", "HEAD", "PUT", "PATCH", "DELETE", "POST", "OPTIONS"):
                path = rule.replace("<path:guid>", "{}")
                answers = [ask(desk, path.format(quote(guid, safe="")), method) for guid in (here, nowhere)]
                assert answers[0] == answers[1], (method, rule)
                assert answers[0].status in ((200,) if method == "OPTIONS" else (401, 405)), (method, rule)


@pytest.mark.parametrize("deeds", [("schedule",), ("schedule", "retract", "restore")])
def test_what_was_scheduled_can_be_published_now(desk: Site, deeds: tuple[str, ...]) -> None:
    draft(desk)
    for deed in deeds:
        do(desk, "POST", f"{AT}/{deed}", **({"date_published": tomorrow()} if deed == "schedule" else {}))
    do(desk, "POST", f"{AT}/publish")
    assert ask(desk, f"/articles/{MARK}slug").status == 200


def without(words: tuple[str, ...], answer: Answer) -> str:
    """What an answer tells beside some words."""
    text = answer.text
    for word in words:
        text = text.replace(word, "")
    return text


def known(target: str) -> tuple[str, ...]:
    """The words that whoever asks for an address may be told: those that stand in it, and in Atom what is buried."""
    tag_or_slug = tuple(word for word in (f"{MARK}tag", f"{MARK}slug") if word in target)
    return (*tag_or_slug, GUID) if target.endswith(".atom") else tag_or_slug


def test_nothing_is_left_of_a_retracted_article_but_its_guid(desk: Site) -> None:
    do(desk, "PUT", AT, **SECRET)
    before = walk(desk, TARGETS, PLAIN | CODED)
    for word in ("title", "summary", "body", "figure", "author", "source", "image", "file", "caption", "correction"):
        assert list(telling(before, MARK + word)), word
    do(desk, "POST", f"{AT}/retract", reason=f"{MARK}reason")
    after = walk(desk, TARGETS)
    assert [key for key, answer in after.items() if MARK in without(known(key[0]), answer)] == []


def test_a_retracted_article_is_gone_in_every_way_of_asking(desk: Site) -> None:
    gone = [f"/articles/{MARK}slug", f"/embed/articles/{MARK}slug"]
    do(desk, "PUT", AT, **SECRET)
    assert {answer.status for answer in walk(desk, gone, PLAIN).values()} == {200}
    do(desk, "POST", f"{AT}/retract")
    statuses = {way: answer.status for (_, way), answer in walk(desk, gone).items()}
    assert {way: status for way, status in statuses.items() if status != 410} == {"DELETE": 405, "OPTIONS": 200}
    for form in ("json", "xml"):
        assert ask(desk, f"/oembed?url={BASE}/articles/{MARK}slug&format={form}").status == 404
    assert ask(desk, f"/articles/{MARK}slug/reads", "POST").status == 410


def test_the_atom_feeds_bury_it_under_its_guid_and_no_more(desk: Site) -> None:
    do(desk, "PUT", AT, **SECRET)
    do(desk, "POST", f"{AT}/retract", reason=f"{MARK}reason")
    for target in ("/feeds/news-line.atom", f"/feeds/tags/{MARK}tag.atom", "/feeds/tags/karabakh.atom"):
        feed = etree.fromstring(ask(desk, target).body)
        (tombstone,) = feed.iter("{http://purl.org/atompub/tombstones/1.0}deleted-entry")
        assert set(tombstone.attrib) == {"ref", "when"}
        assert tombstone.get("ref") == GUID
        assert len(tombstone) == 0


def test_what_was_kept_of_it_is_not_said_to_be_still_good(desk: Site) -> None:
    do(desk, "PUT", AT, **SECRET)
    before = walk(desk, TARGETS, PLAIN | CODED)
    do(desk, "POST", f"{AT}/retract")
    stale = {key: answer for key, answer in before.items() if MARK in without((f"{MARK}tag",), answer)}
    assert len(stale) > 40
    for (target, coding), answer in stale.items():
        for condition in (
            {"If_None_Match": answer.field("etag")},
            {"If_Modified_Since": answer.field("last-modified")},
        ):
            assert ask(desk, target, Accept_Encoding=coding, **condition).status != 304, (target, condition)
