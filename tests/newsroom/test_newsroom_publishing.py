"""Publishing and revising: what an id is, what becomes of a known one, and what is refused."""

import re
from datetime import UTC, datetime, timedelta

import pytest
from ledger import BASE, accept, changes, entry_of, exported, head, newsroom_at, on_file, publish

from feedsvc.errors import Conflict, NotFound, Rejected

_COMPONENT = "[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?"
_SPECIFIC = "(?:[A-Za-z0-9._~!$&'()*+,;=:@/?-]|%[0-9A-F]{2})*"
TAG_URI = re.compile(rf"tag:{_COMPONENT}(?:\.{_COMPONENT})*,\d{{4}}(?:-\d\d(?:-\d\d)?)?:{_SPECIFIC}")
"""RFC 4151 section 2.1, for an authority that is a DNS name."""


def test_a_new_article_has_an_id_and_an_address(newsroom):
    outcome = publish(newsroom, title="Bridge opens", content_text="At noon.")
    assert outcome.verdict == "imported"
    assert outcome.url == f"{BASE}/articles/bridge-opens"
    assert on_file(newsroom, outcome.guid)["content_html"] == "<p>At noon.</p>"


@pytest.mark.parametrize("identity", [None, "", "  \n", "\x01"])
def test_an_article_without_id_is_given_a_tag_uri_of_its_own(newsroom, identity):
    one, other = publish(newsroom, id=identity), publish(newsroom, id=identity)
    assert one.guid != other.guid
    assert TAG_URI.fullmatch(one.guid)
    assert TAG_URI.fullmatch(other.guid)


@pytest.mark.parametrize("base_url", ["https://news.example", "http://[2001:db8::1]:8000", "http://203.0.113.7", ""])
def test_the_minted_id_is_a_tag_uri_whatever_the_host(database_url, base_url):
    with newsroom_at(database_url, base_url=base_url) as newsroom:
        assert TAG_URI.fullmatch(publish(newsroom).guid)


def test_the_minted_id_outlives_headline_slug_and_host(database_url):
    with newsroom_at(database_url, base_url="https://old.example") as newsroom:
        minted = publish(newsroom, title="Before").guid
        publish(newsroom, id=minted, title="After", _feedsvc={"slug": "elsewhere"})
        old = entry_of(newsroom, minted)
        foreign = entry_of(newsroom, publish(newsroom, id="wire 7", title="Wire").guid)
    with newsroom_at(database_url, base_url="https://new.example/sub") as newsroom:
        new = entry_of(newsroom, minted)
        assert (new.guid, new.uri) == (old.guid, old.uri)
        assert new.url == "https://new.example/sub/articles/elsewhere"
        assert entry_of(newsroom, "wire 7").uri == foreign.uri
        assert publish(newsroom).guid.split(":")[1] == minted.split(":")[1]


@pytest.mark.parametrize(
    "guid", ["https://paper.example/?p=1", "urn:uuid:4f5a", "wire 7", "7", "İki dil", "<a&b>", "x" * 2000]
)
def test_an_imported_id_is_kept_as_it_came(newsroom, guid):
    assert publish(newsroom, id=guid).guid == guid
    assert exported(newsroom)[0]["id"] == guid


@pytest.mark.parametrize("guid", ["https://paper.example/?p=1", "urn:uuid:4f5a", "tag:a.example,2020:x"])
def test_an_id_that_is_a_uri_is_the_uri_of_the_entry(newsroom, guid):
    assert entry_of(newsroom, publish(newsroom, id=guid).guid).uri == guid


@pytest.mark.parametrize("guid", ["wire 7", "7", "İki: dil", "http://a.example/<x>", "/relative", "a:b c"])
def test_an_id_that_is_no_uri_gets_one_for_atom(newsroom, guid):
    uri = entry_of(newsroom, publish(newsroom, id=guid).guid).uri
    assert TAG_URI.fullmatch(uri)
    other = entry_of(newsroom, publish(newsroom, id=f"{guid}!").guid).uri
    assert uri != other


def test_a_known_id_is_revised(newsroom):
    guid = publish(newsroom, title="Before", content_text="One.", date_published="2024-01-01").guid
    before = on_file(newsroom, guid)
    outcome = publish(newsroom, id=guid, title="After", content_text="Two.", date_published="2023-12-31")
    after = on_file(newsroom, guid)
    assert outcome.verdict == "updated"
    assert (after["title"], after["content_html"]) == ("After", "<p>Two.</p>")
    assert after["date_published"] == before["date_published"] == "2024-01-01T00:00:00Z"
    assert after["date_modified"] > before["date_modified"]
    assert after["url"] == before["url"]
    assert len(exported(newsroom)) == 1


def test_an_editorial_date_is_kept_when_it_is_newer(newsroom):
    publish(newsroom, id="a", date_published="2024-01-01", date_modified="2024-01-02")
    publish(newsroom, id="a", title="Other", date_modified="2024-01-03T10:00:00+01:00")
    assert on_file(newsroom, "a")["date_modified"] == "2024-01-03T09:00:00Z"


def test_the_editorial_date_is_never_before_the_publication(newsroom):
    publish(newsroom, id="a", date_published="2024-01-02", date_modified="2024-01-01")
    assert on_file(newsroom, "a")["date_modified"] == "2024-01-02T00:00:00Z"


def test_a_newer_date_alone_is_a_revision(newsroom):
    publish(newsroom, id="a", date_published="2024-01-01")
    assert publish(newsroom, id="a", date_modified="2024-01-02").verdict == "updated"


@pytest.mark.parametrize(
    "again",
    [
        {},
        {"date_published": "2021-01-01"},
        {"date_modified": "2024-01-01"},
        {"date_modified": "2020-01-01"},
        {"url": "http://127.0.0.1:8000/articles/a-headline", "external_url": None},
        {"tags": ["karabakh", "# KARABAKH"]},
        {"title": " A\theadline\x01 "},
        {"unknown": {"member": 1}},
    ],
)
def test_an_unchanged_article_writes_nothing(newsroom, again):
    publish(newsroom, id="a", content_text="x", tags=["Karabakh"], date_published="2024-01-01")
    before, journal = exported(newsroom), head(newsroom)
    outcome = publish(newsroom, **{"id": "a", "content_text": "x", "tags": ["Karabakh"]} | again)
    assert outcome.verdict == "unchanged"
    assert exported(newsroom) == before
    assert head(newsroom) == journal


def test_an_image_that_becomes_an_attachment_is_a_revision(newsroom):
    picture = "https://paper.example/a.jpg"
    publish(newsroom, id="a", image=picture)
    outcome = publish(newsroom, id="a", attachments=[{"url": picture, "mime_type": "image/jpeg"}])
    assert outcome.verdict == "updated"
    assert "image" not in on_file(newsroom, "a")


def test_an_older_revision_is_refused(newsroom):
    publish(newsroom, id="a", title="New", date_published="2024-01-01", date_modified="2024-01-03")
    with pytest.raises(Rejected, match="older than what is on file") as refused:
        publish(newsroom, id="a", title="Old", date_modified="2024-01-02")
    assert refused.value.where == "/date_modified"
    assert on_file(newsroom, "a")["title"] == "New"


def test_a_retracted_id_is_refused_from_then_on(newsroom):
    publish(newsroom, id="a")
    newsroom.retract("a")
    journal = head(newsroom)
    with pytest.raises(Rejected, match="it was retracted on") as refused:
        publish(newsroom, id="a", title="Back again")
    assert refused.value.where == "/id"
    assert head(newsroom) == journal


def test_a_retraction_is_told_once(newsroom):
    url = publish(newsroom, id="a").url
    assert newsroom.retract("a", "not\nours").record.item["url"] == url
    with pytest.raises(Conflict, match=r"retracted already, on \d{4}-\d\d-\d\d"):
        newsroom.retract("a")
    with pytest.raises(NotFound, match="no article with the id b"):
        newsroom.retract("b")
    assert on_file(newsroom, "a")["_feedsvc"]["reason"] == "not ours"


def test_an_imported_tombstone_retracts(newsroom):
    publish(newsroom, id="a", tags=["X"])
    tombstone = {"id": "a", "title": "", "_feedsvc": {"status": "retracted", "retracted": "2024-01-01", "reason": "r"}}
    assert accept(newsroom, tombstone)[0].verdict == "updated"
    assert accept(newsroom, tombstone)[0].verdict == "unchanged"
    assert changes(newsroom)[-1].kind == "retract"
    assert exported(newsroom)[0]["_feedsvc"]["retracted"] == "2024-01-01T00:00:00Z"


def test_a_tombstone_of_an_unknown_article_is_kept(newsroom):
    tombstone = {"id": "a", "title": "", "tags": ["X"], "_feedsvc": {"status": "retracted"}}
    before = datetime.now(UTC)
    assert accept(newsroom, tombstone)[0].verdict == "imported"
    assert changes(newsroom)[-1].kind == "retract"
    retracted = datetime.fromisoformat(exported(newsroom)[0]["_feedsvc"]["retracted"])
    assert before <= retracted <= before + timedelta(minutes=5)
    assert accept(newsroom, {"id": "a"})[0].verdict == "rejected"


def test_a_rejected_item_leaves_the_others_of_its_transaction_alone(newsroom):
    outcomes = accept(newsroom, {"id": "a"}, {"id": "b", "title": ""}, {"id": "a"}, {"id": " "}, {"id": "c"})
    assert [outcome.verdict for outcome in outcomes] == ["imported", "rejected", "rejected", "rejected", "imported"]
    assert [(outcome.reason, outcome.where) for outcome in outcomes[1:4]] == [
        ("the article has no title", "/title"),
        ("the same id stands twice", "/id"),
        ("the item has no id to know it by", "/id"),
    ]
    assert [change.seq for change in changes(newsroom)] == [1, 2]
