"""How far a feed reaches back, in which order, and that no single article takes it down."""

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from conftest import Site
from databases import tables_searched
from lxml import etree
from sqlalchemy import Connection, event
from web_tools import FEEDS, TAG_FEEDS, age, identity, refresh, sql

from feedsvc.item import Item, read_item

NOW = datetime.now(UTC).replace(microsecond=0)
ATOM = "{http://www.w3.org/2005/Atom}"


def items(count: int, minutes: float, **fields: Any) -> list[Item]:
    """Articles that were published at a distance of `minutes`, the newest now."""
    moments = [NOW - timedelta(minutes=minutes * n) for n in range(count)]
    described = [{"id": f"tag:x,2024:{n}", "title": f"No. {n}", "date_published": m} for n, m in enumerate(moments)]
    return [read_item(fields | each | {"date_published": each["date_published"].isoformat()}) for each in described]


def take_in(site: Site, several: list[Item]) -> None:
    # In the order in which they were published.
    assert {outcome.verdict for outcome in site.service.newsroom.accept(several[::-1])} == {"imported"}
    site.settle()


def titles(site: Site, path: str) -> list[str]:
    """The titles of a feed's entries, in their order."""
    body = identity(site, path)
    if path.endswith(".json"):
        return [item["title"] for item in json.loads(body)["items"]]
    root = etree.fromstring(body)
    entries = root.findall("channel/item") if path.endswith(".rss") else root.findall(f"{ATOM}entry")
    return [entry.findtext("title") or entry.findtext(f"{ATOM}title") or "" for entry in entries]


def numbers(count: int) -> list[str]:
    return [f"No. {n}" for n in range(count)]


def test_a_feed_holds_fifty_entries_however_old_they_are(site: Site) -> None:
    take_in(site, items(60, minutes=60 * 24 * 30, tags=["Khankendi"]))
    assert {path: titles(site, path) for path in FEEDS} == dict.fromkeys(FEEDS, numbers(50))


def test_a_feed_holds_all_of_the_last_48_hours_however_many_they_are(site: Site) -> None:
    take_in(site, items(300, minutes=24, tags=["Khankendi"]))
    assert {path: titles(site, path) for path in FEEDS} == dict.fromkeys(FEEDS, numbers(121))


def test_settings_change_how_far_a_feed_reaches(make_site: Callable[..., Site]) -> None:
    take_in(make_site(feed_items=5, feed_hours=0), items(30, minutes=60))
    assert titles(make_site(feed_items=5, feed_hours=0), FEEDS[0]) == numbers(5)
    assert titles(make_site(feed_items=5, feed_hours=9), FEEDS[0]) == numbers(10)
    assert titles(make_site(feed_items=20, feed_hours=9), FEEDS[0]) == numbers(20)


def test_the_hours_are_counted_from_the_newest_entry_so_that_time_alone_changes_no_feed(site: Site) -> None:
    take_in(site, items(100, minutes=30))
    before = json.loads(identity(site, FEEDS[2]))["items"]
    age(site, 3 * 24 * 3600)
    assert json.loads(identity(site, FEEDS[2]))["items"] == before


def test_a_feed_is_cut_to_the_newest_entries_that_fit(make_site: Callable[..., Site]) -> None:
    site = make_site(feed_bytes=40_000)
    take_in(site, items(60, minutes=1, content_text="word " * 400, tags=["Khankendi"]))
    for path in FEEDS:
        shown = titles(site, path)
        assert 10 <= len(shown) < 20
        assert shown == numbers(len(shown))
        assert 30_000 < len(identity(site, path)) <= 40_000


def test_markup_that_grows_when_it_is_escaped_still_fits(make_site: Callable[..., Site]) -> None:
    site = make_site(feed_bytes=20_000)
    take_in(site, items(8, minutes=1, content_html="<p>&lt;</p>" * 300))
    for path in FEEDS[:3]:
        assert len(identity(site, path)) <= 20_000
        assert titles(site, path)[0] == "No. 0"


def test_an_article_that_would_take_a_quarter_of_a_feed_is_there_with_its_summary(
    make_site: Callable[..., Site],
) -> None:
    site = make_site(feed_bytes=10_000)
    take_in(site, items(1, minutes=1, content_text="word " * 10_000, summary="In short & good."))
    site.publish(id="b", title="Short", content_text="Whole.", date_published="2024-05-12")
    for path in FEEDS[:3]:
        assert titles(site, path) == ["No. 0", "Short"]
        assert len(identity(site, path)) < 10_000
    first, second = json.loads(identity(site, "/feeds/news-line.json"))["items"]
    assert first["content_html"] == "<p>In short &amp; good.</p>"
    assert second["content_html"] == "<p>Whole.</p>"


def test_the_newest_article_is_there_even_if_it_is_too_large_by_itself(make_site: Callable[..., Site]) -> None:
    site = make_site(feed_bytes=10_000)
    take_in(site, items(3, minutes=1, summary="word " * 3_000))
    for path in FEEDS[:3]:
        assert titles(site, path) == ["No. 0"]


def test_a_feed_is_cut_no_further_than_the_bound_asks(make_site: Callable[..., Site]) -> None:
    site = make_site(feed_bytes=100_000)
    take_in(site, items(60, minutes=1, content_text="word " * 400))
    for path in FEEDS[:3]:
        entries = len(titles(site, path))
        size = len(identity(site, path))
        assert 100_000 - 2 * size / entries < size <= 100_000


def test_a_feed_larger_than_the_whole_cache_is_served(make_site: Callable[..., Site]) -> None:
    site = make_site(cache_bytes=1_000_000, feed_bytes=5_000_000)
    take_in(site, items(20, minutes=1, content_text="word " * 20_000))
    renders = site.service.cache.renders
    for _ in range(2):
        assert titles(site, "/feeds/news-line.json") == numbers(20)
    assert site.service.cache.size <= 1_000_000
    assert site.service.cache.renders == renders + 1


def test_an_article_that_comes_in_late_takes_the_place_of_its_date(site: Site) -> None:
    take_in(site, items(10, minutes=60))
    late = NOW - timedelta(minutes=270)
    site.publish(title="Late", date_published=late.isoformat())
    site.publish(title="Ancient", date_published="1999-01-01T00:00:00Z")
    expected = [*numbers(5), "Late", *numbers(10)[5:], "Ancient"]
    assert {path: titles(site, path) for path in FEEDS[:3]} == dict.fromkeys(FEEDS[:3], expected)


def test_many_old_articles_do_not_sink_the_new_ones(make_site: Callable[..., Site]) -> None:
    site = make_site(feed_items=5)
    take_in(site, items(5, minutes=60))
    old = [{"id": f"tag:old,{n}", "title": "Old", "date_published": f"19{n}-01-01T00:00:00Z"} for n in range(60, 80)]
    take_in(site, [read_item(each) for each in old])
    found = titles(site, FEEDS[0])
    assert found[:5] == numbers(5)
    # They have just arrived, and no archive document has them yet: whoever follows the feed is to get them.
    assert found[5:] == ["Old"] * 5


def test_a_late_edit_moves_an_article_nowhere(site: Site) -> None:
    several = items(5, minutes=60)
    take_in(site, several)
    edited = several[3].model_copy(update={"content_text": "Now with a text."})
    assert site.service.newsroom.publish(edited).verdict == "updated"
    site.settle()
    assert titles(site, FEEDS[0]) == numbers(5)


def test_a_tag_whose_only_article_was_retracted_has_a_valid_empty_feed(site: Site) -> None:
    site.publish(id="tag:x,2024:1", title="Rain", tags=["Khankendi"])
    site.retract("tag:x,2024:1")
    assert {path: titles(site, path) for path in TAG_FEEDS} == {path: [] for path in TAG_FEEDS}
    assert json.loads(identity(site, TAG_FEEDS[2]))["version"] == "https://jsonfeed.org/version/1.1"
    assert etree.fromstring(identity(site, TAG_FEEDS[0])).findtext("channel/title") == "Khankendi — News Line"


def test_a_site_without_articles_has_valid_empty_feeds(site: Site) -> None:
    assert {path: titles(site, path) for path in FEEDS[:3]} == {path: [] for path in FEEDS[:3]}


@pytest.mark.parametrize("path", [path for path in FEEDS if not path.endswith("json")])
def test_an_article_that_cannot_be_written_is_left_out_of_the_feed(
    site: Site, path: str, caplog: pytest.LogCaptureFixture
) -> None:
    take_in(site, items(3, minutes=1, tags=["Khankendi"]))
    sql(site, "UPDATE article SET title = :title WHERE title = 'No. 1'", title="Be\x0bll")
    refresh(site)
    assert titles(site, path) == ["No. 0", "No. 2"]
    assert "goes out without entry tag:x,2024:1" in caplog.text


def test_control_characters_that_come_in_are_taken_out(site: Site) -> None:
    site.publish(title="Be\x0bll\ufffe", content_text="a\x00b\x1fc")
    assert [titles(site, path) for path in FEEDS[:3]] == [["Bell"]] * 3


@pytest.mark.parametrize("path", [*TAG_FEEDS, "/tags/khankendi"])
def test_listing_a_tag_is_one_range_read_of_the_index(site: Site, path: str) -> None:
    take_in(site, items(200, minutes=1, tags=["Khankendi"]))
    seen: list[tuple[str, Any]] = []

    def note(_connection: Connection, _cursor: Any, statement: str, parameters: Any, *_: Any) -> None:
        if "placement" in statement:
            seen.append((statement, parameters))

    event.listen(site.service.database.engine, "before_cursor_execute", note)
    site.get(path)
    event.remove(site.service.database.engine, "before_cursor_execute", note)
    assert seen
    for statement, parameters in seen:
        with site.service.database.read() as connection:
            assert tables_searched(connection, statement, parameters) == ["placement", "article"]
