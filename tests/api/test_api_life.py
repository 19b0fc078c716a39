"""The life of an article: drafted, scheduled, published, corrected, retracted, restored; and lent."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from xml.etree import ElementTree

import pytest
from conftest import Site, eventually
from desks import Desk, at
from scrapes import scrape

pytest_plugins = ("open_desks",)

AT = "{http://purl.org/atompub/tombstones/1.0}"
FEED = "/feeds/news-line.atom"


def soon(seconds: float = 0.6) -> str:
    return (datetime.now(UTC) + timedelta(seconds=seconds)).isoformat()


def tombstones(site: Site, path: str = FEED) -> dict[str, str]:
    """When each entry that is no more was deleted, by what the feed called it."""
    root = ElementTree.fromstring(site.get(path).text)
    return {each.get("ref", ""): each.get("when", "") for each in root.iter(f"{AT}deleted-entry")}


def ids(site: Site, path: str = "/feeds/news-line.json") -> list[str]:
    return [item["id"] for item in site.get(path).json()["items"]]


def test_a_draft_is_published_when_somebody_says_so(desk: Desk, site: Site) -> None:
    desk.draft("a", _feedsvc={"slug": "mine"}, tags=["Secret"])
    assert site.get("/articles/mine").status_code == 404
    assert desk.changes()[-1]["kind"] == "site"

    published = desk.do("publish", "a").json()

    assert published["_feedsvc"]["status"] == "published"
    assert site.get("/articles/mine").status_code == 200
    assert ids(site, "/feeds/tags/secret.json") == ["a"]
    assert [change["kind"] for change in desk.changes()][1:] == ["publish"]
    assert [deed["deed"] for deed in desk.deeds("a")] == ["draft", "publish"]


def test_a_draft_may_wait_for_its_title_but_is_not_published_without(desk: Desk) -> None:
    assert desk.put("a", {"content_text": "T", "_feedsvc": {"status": "draft"}}).status_code == 201
    refused = desk.do("publish", "a")
    assert refused.status_code == 422
    assert refused.json()["errors"] == [{"pointer": "/title", "detail": "the article has no title"}]
    assert desk.patch("a", {"title": "T", "_feedsvc": {"status": "published"}}).status_code == 200


def test_a_scheduled_article_publishes_itself(desk: Desk, site: Site) -> None:
    moment = soon()
    made = desk.post({"id": "a", "title": "T", "date_published": moment, "_feedsvc": {"status": "scheduled"}})
    assert made.json()["_feedsvc"]["status"] == "scheduled"
    assert site.get("/articles/t").status_code == 404

    eventually(lambda: site.get("/articles/t").status_code == 200)

    item = desk.get("a").json()
    assert datetime.fromisoformat(item["date_published"]) == datetime.fromisoformat(moment)
    assert ids(site) == ["a"]
    assert [(deed["actor"], deed["deed"]) for deed in desk.deeds("a")] == [
        ("publish", "schedule"),
        ("schedule", "publish"),
    ]
    assert [change["kind"] for change in desk.changes()].count("publish") == 1
    told = scrape(site)
    assert told.total("feedsvc_releases_total") == 1
    assert told.total("feedsvc_release_late_seconds") > 0


def test_a_draft_is_scheduled_put_off_and_kept_back(desk: Desk) -> None:
    desk.draft("a")
    assert desk.do("schedule", "a", {"date_published": "2020-01-01T00:00:00Z"}).status_code == 422
    assert desk.do("schedule", "a", {"date_published": "soon"}).status_code == 422
    assert desk.do("schedule", "a", {"date_published": "2090-01-01T00:00:00Z"}).status_code == 200
    put_off = desk.do("schedule", "a", {"date_published": "2091-01-01T00:00:00Z"}).json()
    assert put_off["date_published"] == "2091-01-01T00:00:00Z"
    edited = desk.put("a", {"title": "Another"}).json()
    assert (edited["_feedsvc"]["status"], edited["date_published"]) == ("scheduled", "2091-01-01T00:00:00Z")
    kept = desk.patch("a", {"_feedsvc": {"status": "draft"}}).json()
    assert (kept["_feedsvc"]["status"], kept["date_published"]) == ("draft", "2091-01-01T00:00:00Z")
    assert "date_published" not in desk.patch("a", {"date_published": None}).json()
    assert desk.patch("a", {"_feedsvc": {"status": "scheduled"}}).status_code == 422


def test_what_nobody_released_in_time_is_released_late_as_of_its_moment(
    make_site: Callable[..., Site], open_desk: Callable[..., Desk]
) -> None:
    first = make_site()
    desk = open_desk(first)
    first.service.releasing.stop()
    moment = soon(2)
    desk.post({"id": "a", "title": "T", "date_published": moment, "_feedsvc": {"status": "scheduled"}})
    eventually(lambda: datetime.now(UTC) > datetime.fromisoformat(moment))
    assert first.get("/articles/t").status_code == 404

    second = make_site()
    eventually(lambda: second.get("/articles/t").status_code == 200)

    released = datetime.fromisoformat(second.get("/feeds/news-line.json").json()["items"][0]["date_published"])
    assert released == datetime.fromisoformat(moment)
    first.service.releasing.start()


def test_a_correction_is_told_and_moves_nothing_but_the_date_of_the_change(desk: Desk, site: Site) -> None:
    before = desk.put(
        "a", {"title": "T", "content_text": "It was red.", "date_published": "2024-05-12T09:30:00Z"}
    ).json()
    patch = {"content_text": "It was blue.", "_feedsvc": {"correction": "An earlier version said <red>."}}

    after = desk.patch("a", patch).json()

    assert (after["id"], after["date_published"]) == (before["id"], before["date_published"])
    assert after["date_modified"] > before["date_modified"]
    (told,) = after["_feedsvc"]["corrections"]
    assert told == {"date": after["date_modified"], "text": "An earlier version said <red>."}
    assert "correction" not in after["_feedsvc"]
    assert after["content_html"] == "<p>It was blue.</p>"
    for path in ("/feeds/news-line.json", FEED, "/feeds/news-line.rss", "/articles/t"):
        assert "An earlier version said &" in site.get(path).text.replace("&amp;", "&"), path
    assert desk.patch("a", patch).json() == after  # sent again, it is the same correction
    assert [deed["deed"] for deed in desk.deeds("a")] == ["publish", "correct"]
    desk.patch("a", {"_feedsvc": {"correction": "And it was not noon."}})
    assert [each["text"] for each in desk.get("a").json()["_feedsvc"]["corrections"]] == [
        "An earlier version said <red>.",
        "And it was not noon.",
    ]
    assert desk.patch("a", {"_feedsvc": {"corrections": []}}).json()["_feedsvc"] == {"slug": "t", "status": "published"}


def test_a_typing_error_is_mended_silently_and_the_log_says_so(desk: Desk, site: Site) -> None:
    before = desk.put("a", {"title": "Tpo", "date_published": "2024-05-12T09:30:00Z"})
    after = desk.ask("PATCH", f"{at('a')}?silent=true", {"title": "Typo"})
    assert after.json()["date_modified"] == before.json()["date_modified"]
    assert after.headers["etag"] != before.headers["etag"]
    assert "<title>Typo</title>" in site.get("/feeds/news-line.rss").text
    assert desk.deeds("a")[-1]["detail"] == {"changed": ["title"], "silent": True}
    later = {"title": "Typed", "date_published": "2024-05-12T09:30:00Z", "date_modified": "2024-06-01T00:00:00Z"}
    silent = desk.ask("PUT", f"{at('a')}?silent=true", later).json()
    assert silent["date_modified"] == before.json()["date_modified"]
    assert desk.put("a", silent | {"title": "Typed again"}).status_code == 200


def test_a_retracted_article_leaves_a_tombstone_and_comes_back_as_it_was(desk: Desk, site: Site) -> None:
    desk.put("b", {"title": "B"})
    before = desk.put("tag:x,2026:a", {"title": "A", "tags": ["K"]}).json()
    site.get(FEED)

    gone = desk.ask("DELETE", f"{at('tag:x,2026:a')}?reason=Not%20so")

    assert gone.json()["_feedsvc"] | {"retracted": ""} == {
        **{"slug": "a", "status": "retracted", "retracted": "", "reason": "Not so"}
    }
    assert site.get("/articles/a").status_code == 410
    assert ids(site) == ["b"]
    when = gone.json()["_feedsvc"]["retracted"]
    assert tombstones(site) == tombstones(site, "/feeds/tags/k.atom") == {"tag:x,2026:a": when}
    assert "Not so" not in site.get(FEED).text
    assert desk.put("tag:x,2026:a", {"title": "Anew"}).status_code == 409
    assert desk.patch("tag:x,2026:a", {"title": "Anew"}).status_code == 409
    assert desk.do("retract", "tag:x,2026:a").status_code == 409

    back = desk.do("restore", "tag:x,2026:a").json()

    assert {**back, "date_modified": ""} == {**before, "date_modified": ""}
    assert back["date_modified"] > when
    assert ids(site) == ["tag:x,2026:a", "b"]
    assert tombstones(site) == {}
    assert desk.do("restore", "tag:x,2026:a").status_code == 409
    assert [deed["deed"] for deed in desk.deeds("tag:x,2026:a")] == ["publish", "retract", "restore"]


def test_a_tombstone_stands_as_long_as_its_entry_would(
    make_site: Callable[..., Site], open_desk: Callable[..., Desk]
) -> None:
    site = make_site(feed_items=2, feed_hours=0)
    desk = open_desk(site)
    for day in (1, 2, 3):
        desk.put(f"urn:x:{day}", {"title": f"Day {day}", "date_published": f"2024-05-0{day}T00:00:00Z"})
    for day in (1, 2):
        desk.do("retract", f"urn:x:{day}")
    assert list(tombstones(site)) == ["urn:x:2", "urn:x:1"]
    desk.put("urn:x:4", {"title": "Day 4", "date_published": "2024-05-04T00:00:00Z"})
    assert list(tombstones(site)) == []


def test_an_unpublished_article_can_be_retracted_and_is_a_draft_again(desk: Desk) -> None:
    desk.draft("a")
    desk.do("schedule", "a", {"date_published": "2090-01-01T00:00:00Z"})
    assert desk.do("retract", "a", {"reason": "No."}).json()["_feedsvc"]["status"] == "retracted"
    for deed in ("retract", "publish", "schedule"):
        assert (
            desk.do(deed, "a", {"date_published": "2090-01-01T00:00:00Z"} if deed == "schedule" else None).status_code
            == 409
        )
    assert desk.patch("a", {"title": "Anew"}).status_code == 409
    assert desk.put("a", {"title": "Anew"}).status_code == 409
    assert "restore it first" in desk.ask("POST", "/import", {"id": "a", "title": "Anew"}).text
    assert desk.do("restore", "a").json()["_feedsvc"]["status"] == "draft"
    assert desk.do("restore", "a").status_code == 409


@pytest.mark.parametrize("deed", ["publish", "schedule"])
def test_what_is_published_is_no_draft_any_more(desk: Desk, deed: str) -> None:
    desk.put("a", {"title": "T"})
    refused = desk.do(deed, "a", {"date_published": "2090-01-01T00:00:00Z"} if deed == "schedule" else None)
    assert refused.status_code == 409
    assert refused.json()["detail"].startswith("The article was published already, on ")
    drafted = desk.patch("a", {"_feedsvc": {"status": "draft"}})
    assert drafted.status_code == 409
    assert "can be retracted but not drafted any more" in drafted.json()["detail"]


def test_only_a_mark_cannot_be_restored(desk: Desk) -> None:
    assert desk.put("a", {"_feedsvc": {"status": "retracted"}}).status_code == 201
    assert desk.do("restore", "a").status_code == 409


def test_what_was_lent_expires_and_may_be_lent_again(desk: Desk, site: Site) -> None:
    desk.put("a", {"title": "T", "_feedsvc": {"expires": soon()}})
    assert ids(site) == ["a"]

    eventually(lambda: site.get("/articles/t").status_code == 410)

    assert ids(site) == []
    assert desk.get("a").json()["_feedsvc"]["status"] == "expired"
    assert desk.changes()[-1]["kind"] == "expire"
    again = desk.do("restore", "a").json()
    assert again["_feedsvc"] == {"slug": "t", "status": "published"}


def test_what_says_nothing_of_an_expiry_leaves_it_and_a_patch_takes_it_away(desk: Desk) -> None:
    moment = "2090-01-01T00:00:00Z"
    desk.put("a", {"title": "T", "_feedsvc": {"expires": moment, "correction": "It was noon."}})
    assert desk.put("a", {"title": "U"}).json()["_feedsvc"]["expires"] == moment
    kept = desk.patch("a", {"_feedsvc": {"expires": None}}).json()["_feedsvc"]
    assert "expires" not in kept
    assert len(kept["corrections"]) == 1
    assert "corrections" not in desk.patch("a", {"_feedsvc": {"corrections": None}}).json()["_feedsvc"]
    desk.put("a", {"title": "U", "_feedsvc": {"expires": moment}})
    assert "expires" not in desk.put("a", {"title": "U", "_feedsvc": {"expires": None}}).json()["_feedsvc"]
    refused = desk.put("a", {"title": "U", "_feedsvc": {"expires": "2020-01-01"}})
    assert refused.json()["errors"] == [{"pointer": "/_feedsvc/expires", "detail": "has passed already"}]


def test_a_draft_keeps_its_expiry_and_what_was_retracted_elsewhere_leaves_the_drafts(desk: Desk) -> None:
    moment = "2090-01-01T00:00:00Z"
    desk.draft("a", _feedsvc={"expires": moment})
    assert desk.get("a").json()["_feedsvc"]["expires"] == moment
    assert desk.put("a", {"title": "A", "_feedsvc": {"status": "retracted"}}).status_code == 200
    assert desk.get("a").json()["_feedsvc"]["status"] == "retracted"
    assert desk.changes(1) == []


def test_what_expired_elsewhere_has_expired(desk: Desk) -> None:
    mark = {"title": "T", "_feedsvc": {"status": "expired", "retracted": "2024-01-01T00:00:00Z"}}
    assert desk.put("a", mark).json()["_feedsvc"]["status"] == "expired"
    desk.put("b", {"title": "T"})
    assert desk.put("b", mark).json()["_feedsvc"]["status"] == "expired"


def test_what_cannot_be_published_any_more_is_a_draft_again(desk: Desk, site: Site) -> None:
    site.service.releasing.stop()
    desk.draft("a", title="")
    desk.draft("b", title="T")
    with site.service.database.write() as connection:
        connection.exec_driver_sql(
            "UPDATE draft SET status = 'scheduled', release_at = '2024-01-01 00:00:00.000000+00:00'"
        )
    site.service.releasing.start()

    eventually(lambda: site.get("/articles/t").status_code == 200)

    assert desk.get("a").json()["_feedsvc"]["status"] == "draft"
    assert desk.deeds("a")[-1]["detail"] == {"reason": "/title: the article has no title"}
