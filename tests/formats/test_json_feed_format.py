import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone

import pytest
from sample_feed import ADDRESSES, BARE, BASE, FULL, HUB, PLAIN, RICH, with_entry

from feedsvc.feed import Author, Link, Media
from feedsvc.formats import FORMATS
from feedsvc.formats.jsonfeed import item
from feedsvc.item import read_item


def written(feed):
    return FORMATS["json"].write(feed)


def document_of(feed):
    return json.loads(written(feed))


def test_a_small_feed_reads_like_this():
    assert written(BARE).decode() == (
        '{"version":"https://jsonfeed.org/version/1.1","title":"News Line","home_page_url":"https://news.example/",'
        '"feed_url":"https://news.example/feeds/news-line.json","description":"The latest.",'
        '"authors":[{"name":"News desk"}],"language":"en","items":[{"id":"tag:news.example,2024:1",'
        '"url":"https://news.example/articles/rain","title":"Rain & wind","content_html":"<p>Very wet.</p>",'
        '"summary":"Wet.","date_published":"2024-05-12T09:30:00Z","date_modified":"2024-05-12T10:00:00.250000Z",'
        '"language":"en","_feedsvc":{"slug":"rain"}}],"_feedsvc":{"updated":"2024-05-12T10:00:00Z"}}'
    )


def test_the_feed_says_what_it_is():
    document = document_of(FULL)
    assert document.pop("items")
    assert document == {
        "version": "https://jsonfeed.org/version/1.1",
        "title": "News Line",
        "home_page_url": f"{BASE}/",
        "feed_url": ADDRESSES["json"],
        "description": "The latest.",
        "next_url": f"{BASE}/archive/3",
        "icon": f"{BASE}/logo.png",
        "authors": [{"name": "News desk"}],
        "language": "en",
        "hubs": [{"type": "WebSub", "url": HUB.href}],
        "_feedsvc": {"updated": "2024-05-12T10:00:00Z"},
    }


def test_a_feed_without_entries_has_an_empty_list_of_items():
    assert document_of(replace(BARE, entries=()))["items"] == []


@pytest.mark.parametrize(
    ("links", "expected"),
    [
        ((), None),
        ((Link("prev-archive", "/a"), Link("next", "/n")), "/n"),
        ((Link("prev-archive", "/a.rss", "application/rss+xml"),), None),
        (
            (
                Link("prev-archive", "/a.rss", "application/rss+xml"),
                Link("prev-archive", "/a", "application/feed+json"),
            ),
            "/a",
        ),
    ],
)
def test_the_next_page_goes_before_the_archive_and_stays_within_the_format(links, expected):
    assert document_of(replace(BARE, links=links)).get("next_url") == expected


def test_every_key_is_of_json_feed_or_begins_with_an_underscore():
    known = set(
        "id url external_url title content_html content_text summary image banner_image date_published date_modified "
        "authors tags language attachments".split()
    )
    for each in document_of(FULL)["items"]:
        assert {key for key in each if not key.startswith("_")} <= known


def test_a_rich_item_carries_everything():
    assert item(RICH) == {
        "id": "https://old.example/?p=7",
        "url": RICH.url,
        "external_url": "https://old.example/story",
        "title": "שלום 🌍",
        "content_html": RICH.body,
        "summary": RICH.summary,
        "image": f"{BASE}/i.jpg",
        "date_published": "2024-03-01T23:59:58.123456Z",
        "date_modified": "2024-03-02T00:00:00Z",
        "authors": [
            {"name": "Ann Lee", "url": f"{BASE}/ann"},
            {"name": "Bo", "url": "mailto:bo@news.example"},
            {"name": "Cy"},
        ],
        "tags": ["R & D", "Été"],
        "language": "he",
        "attachments": [
            {"url": f"{BASE}/a.mp3", "mime_type": "audio/mpeg", "title": "Listen", "duration_in_seconds": 61},
            {
                "url": f"{BASE}/v.mp4",
                "mime_type": "video/mp4",
                "size_in_bytes": 99,
                "_feedsvc": {"credit": "Eve"},
            },
            {"url": f"{BASE}/p.pdf", "mime_type": "application/pdf", "_feedsvc": {"alt": "The paper"}},
        ],
        "_feedsvc": {"slug": "שלום", "image": {"credit": "Dee & Co", "alt": "A <small> hill"}},
    }


def test_an_item_is_read_back_as_it_was():
    again = read_item(json.loads(json.dumps(item(RICH))))
    assert (again.id, again.url, again.external_url, again.title) == (RICH.guid, RICH.url, RICH.source, RICH.title)
    assert (again.content_html, again.summary, again.language) == (RICH.body, RICH.summary, RICH.language)
    assert (again.date_published, again.date_modified) == (RICH.published, RICH.updated)
    assert again.tags == [tag.label for tag in RICH.tags]
    assert [author.url for author in again.authors] == [f"{BASE}/ann", "mailto:bo@news.example", None]
    assert again.image == RICH.image.url
    assert again.feedsvc.slug == RICH.slug
    assert (again.feedsvc.image.credit, again.feedsvc.image.alt) == (RICH.image.credit, RICH.image.alt)
    assert [
        Media(
            each.url,
            each.mime_type,
            each.size_in_bytes or 0,
            each.title or "",
            each.feedsvc.credit or "",
            each.feedsvc.alt or "",
            int(each.duration_in_seconds or 0),
        )
        for each in again.attachments
    ] == list(RICH.attachments)


def test_an_entry_without_text_still_has_a_content():
    (each,) = document_of(with_entry(body="", summary=""))["items"]
    assert each["content_html"] == ""
    assert "summary" not in each


def test_an_attachment_always_names_a_type():
    entry = replace(PLAIN, attachments=(Media(f"{BASE}/x", ""),))
    assert item(entry)["attachments"] == [{"url": f"{BASE}/x", "mime_type": "application/octet-stream"}]


def test_a_page_of_an_author_goes_before_the_address():
    entry = replace(PLAIN, authors=(Author("Ann", f"{BASE}/ann", "ann@news.example"),))
    assert item(entry)["authors"] == [{"name": "Ann", "url": f"{BASE}/ann"}]


def test_dates_of_another_offset_are_written_in_utc():
    moment = datetime(2024, 1, 1, 1, tzinfo=timezone(timedelta(hours=2)))
    assert item(replace(PLAIN, published=moment))["date_published"] == "2023-12-31T23:00:00Z"
    assert item(replace(PLAIN, published=moment.astimezone(UTC)))["date_published"] == "2023-12-31T23:00:00Z"


@pytest.mark.parametrize("headline", ["A & B", "3 < 4", "a ]]> b", '"quoted" \\', "🌍", "خبر עברית"])
def test_text_is_utf8_and_not_escaped_for_html(headline):
    feed = with_entry(title=headline)
    assert document_of(feed)["items"][0]["title"] == headline
    assert json.dumps(headline, ensure_ascii=False).encode() in written(feed)
