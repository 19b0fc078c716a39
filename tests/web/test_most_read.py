"""What is read most: ranked by the hour, told of once when it changes, and gone at once with what is retracted."""

from collections.abc import Callable
from contextlib import closing
from datetime import UTC, datetime, timedelta

import feedparser
import pytest
from conftest import Site, eventually
from sqlalchemy import func, select, update
from web_tools import TYPES, identity, last_modified, page

from feedsvc import journal
from feedsvc.formats import FORMATS
from feedsvc.representation import IDENTITY
from feedsvc.selection import Selection
from feedsvc.store.rankings_schema import HourlyReadsRow, RankedRow
from feedsvc.store.schema import JournalRow

DAY, WEEK = ([f"/feeds/{name}.{form}" for form in TYPES] for name in ("most-read", "most-read-week"))
HOUR = timedelta(hours=1)


@pytest.fixture
def site(make_site: Callable[..., Site]) -> Site:
    """A site with three articles, of which one was read twice and one once."""
    site = make_site()
    # What is tested here is not to depend on the hour that a clock shows.
    site.service.ranking.stop()
    for name in ("rain", "snow", "sun"):
        site.publish(id=name, title=name.title(), _feedsvc={"slug": name})
    read(site, "snow", "snow", "rain")
    return site


def read(site: Site, *slugs: str) -> None:
    """Read articles, and wait until that is written."""
    for slug in slugs:
        assert site.http.post(f"/articles/{slug}/reads").status_code == 200
    eventually(lambda: site.service.reads.pending == 0)


def pass_time(site: Site, hours: int) -> None:
    """Let everything that was read or ranked lie further in the past, and the hour that is over be ranked."""
    with site.service.database.write() as connection:
        for column in (HourlyReadsRow.hour, RankedRow.until):
            for (moment,) in sorted(connection.execute(select(column).distinct()).all()):
                connection.execute(
                    update(column.class_).where(column == moment).values({column.key: moment - hours * HOUR})
                )
    site.service.newsroom.rank(datetime.now(UTC).replace(minute=0, second=0, microsecond=0))
    site.settle()


def ranked(site: Site, address: str = "/most-read") -> list[str]:
    return [link.text_content() for link in page(site.get(address)).xpath("//ol//a")]


def changes(site: Site) -> int:
    with site.service.database.read() as connection:
        return connection.execute(select(func.count()).where(JournalRow.kind == "rank")).scalar_one()


def test_nothing_is_ranked_before_its_hour_is_over(site: Site) -> None:
    pass_time(site, 0)
    assert (ranked(site), ranked(site, "/most-read-week"), changes(site)) == ([], [], 0)
    for feed in DAY:
        assert site.get(feed).status_code == 200
    pass_time(site, 1)
    assert ranked(site) == ranked(site, "/most-read-week") == ["Snow", "Rain"]
    assert changes(site) == 2


def test_what_subscribers_are_sent_is_the_ranking(site: Site) -> None:
    pass_time(site, 1)
    for form, feed in zip(FORMATS.values(), DAY, strict=True):
        assert site.service.press.subscribed(Selection(ranking="day"), form, IDENTITY).body == identity(site, feed)


@pytest.mark.parametrize("address", ["/headlines/most-read.json", "/embed/most-read", "/subscribe/most-read"])
def test_a_ranking_has_nothing_but_a_page_and_feeds(site: Site, address: str) -> None:
    assert site.get(address).status_code == 404


def test_the_feeds_have_the_order_of_the_ranking(site: Site) -> None:
    pass_time(site, 1)
    for feed in (*DAY[:2], *WEEK[:2]):
        parsed = feedparser.parse(identity(site, feed))
        assert (parsed.bozo, [entry.title for entry in parsed.entries]) == (False, ["Snow", "Rain"])
    found = site.get("/feeds/most-read.json").json()
    assert found["title"] == "Most read in the last day — News Line"
    assert found["home_page_url"].endswith("/most-read")
    assert [item["id"] for item in found["items"]] == ["snow", "rain"]


def test_a_window_moves_on_and_of_as_many_reads_the_newer_comes_first(site: Site) -> None:
    pass_time(site, 30)
    assert (ranked(site), ranked(site, "/most-read-week")) == ([], ["Snow", "Rain"])
    read(site, "rain", "sun")
    pass_time(site, 1)
    assert ranked(site) == ["Sun", "Rain"]
    assert ranked(site, "/most-read-week") == ["Snow", "Rain", "Sun"]
    pass_time(site, 24 * 9)
    assert ranked(site, "/most-read-week") == []
    with site.service.database.read() as connection:
        assert connection.execute(select(func.count()).select_from(HourlyReadsRow)).scalar_one() == 0


def test_neither_reads_nor_hours_change_a_document_until_the_ranking_is_another(site: Site) -> None:
    pass_time(site, 1)
    pages = ["/most-read", "/most-read-week", *DAY, *WEEK]
    before = {each: site.get(each) for each in pages}
    renders, told = site.service.cache.renders, changes(site)
    read(site, "snow")
    pass_time(site, 1)
    for each, was in before.items():
        now = site.get(each)
        assert (now.content, now.headers["last-modified"]) == (was.content, was.headers["last-modified"])
    assert (site.service.cache.renders, changes(site)) == (renders, told)
    read(site, "rain", "rain", "rain")
    pass_time(site, 1)
    assert ranked(site) == ["Rain", "Snow"]
    for each, was in before.items():
        now = site.get(each, if_none_match=was.headers["etag"])
        assert now.status_code == 200
        assert last_modified(now) >= last_modified(was)
    assert changes(site) == told + 2


def test_what_is_retracted_is_out_at_once_and_what_is_revised_shows_it(site: Site) -> None:
    pass_time(site, 1)
    before = {each: site.get(each) for each in (*DAY, *WEEK)}
    site.retract("snow")
    assert ranked(site) == ["Rain"]
    site.publish(id="rain", title="Hail", _feedsvc={"slug": "rain"})
    assert ranked(site) == ["Hail"]
    for each, was in before.items():
        now = site.get(each, if_modified_since=was.headers["last-modified"])
        assert (now.status_code, b"Snow" in now.content) == (200, False), each
    site.service.newsroom.restore("snow")
    site.settle()
    assert ranked(site) == ["Snow", "Hail"]


def test_every_process_ranks_at_its_start_and_one_does_it(make_site: Callable[..., Site], site: Site) -> None:
    with site.service.database.write() as connection:
        (hour,) = connection.execute(select(HourlyReadsRow.hour).distinct()).scalars()
        connection.execute(update(HourlyReadsRow).values(hour=hour - HOUR))
        connection.execute(update(RankedRow).values(until=hour - HOUR))
    others = [make_site(), make_site()]
    for each in (site, *others):
        eventually(lambda each=each: ranked(each) == ["Snow", "Rain"])
    assert changes(site) == 2


def test_the_channels_that_stand_for_rankings_are_no_tags(site: Site) -> None:
    pass_time(site, 1)
    for address in ("/tags/*day", "/feeds/tags/*day.rss", "/subscribe/tags/*week", "/embed/tags/*day", "/tags/%2Aday"):
        assert site.get(address).status_code == 404, address
    assert b"*day" not in site.get("/tags").content + site.get("/feeds.opml").content
    with closing(site.http.get("/sitemaps/tags-0.xml")) as sitemap:
        assert b"day" not in sitemap.content


def test_other_spellings_are_sent_on(site: Site) -> None:
    base = site.config.base_url
    for address, canonical in {
        "/feeds/most-read.RSS": "/feeds/most-read.rss",
        "/most-read-week/": "/most-read-week",
        "/Most-Read": "/most-read",
    }.items():
        assert site.get(address).headers["location"] == f"{base}{canonical}"
    assert site.get("/feeds/most-read.xml").status_code == 404


def test_the_journal_tells_of_a_ranking_without_an_article(site: Site) -> None:
    pass_time(site, 1)
    with site.service.database.read() as connection:
        told = [each for each in journal.changes_after(connection, 0) if each.kind == "rank"]
    assert [(each.article, each.channels) for each in told] == [(None, (-1,)), (None, (-2,))]
