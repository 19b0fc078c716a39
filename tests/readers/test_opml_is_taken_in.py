"""The list of all feeds, as the specification and feed readers see it."""

from collections.abc import Callable
from io import BytesIO
from pathlib import Path

import feedparser
import listparser
import pytest
from conftest import Site
from inside import output
from lxml import etree

pytestmark = pytest.mark.only("sqlite")


@pytest.fixture
def site(make_site: Callable[..., Site]) -> Site:
    site = make_site(title='News & "Line"')
    site.publish(id="rain", title="Rain", tags=["Qarabağ", "A & <B>"], authors=[{"name": "Jane Doe"}])
    site.publish(id="snow", title="Snow", tags=["Qarabağ"])
    return site


def test_it_is_opml_2(site: Site) -> None:
    response = site.get("/feeds.opml")
    assert response.headers["content-type"] == "text/x-opml; charset=utf-8"
    schema = etree.RelaxNG(etree.parse(Path(__file__).with_name("opml.rng")))
    schema.assertValid(etree.parse(BytesIO(response.content)))


def test_a_reader_takes_in_every_feed_once_and_each_can_be_read(site: Site) -> None:
    taken = listparser.parse(site.get("/feeds.opml").content)
    assert not taken.bozo
    base = site.config.base_url
    assert [(feed.title, feed.url.removeprefix(base), feed.categories) for feed in taken.feeds] == [
        ('News & "Line"', "/feeds/news-line.rss", []),
        ('Most read in the last day — News & "Line"', "/feeds/most-read.rss", [["Most read"]]),
        ('Most read in the last week — News & "Line"', "/feeds/most-read-week.rss", [["Most read"]]),
        ('A & <B> — News & "Line"', "/feeds/tags/a-and-b.rss", [["All subjects"]]),
        ('Qarabağ — News & "Line"', "/feeds/tags/qaraba%C4%9F.rss", [["All subjects"]]),
        ('Jane Doe — News & "Line"', "/feeds/authors/jane-doe.rss", [["Authors"]]),
    ]
    for feed in taken.feeds:
        read = feedparser.parse(site.get(feed.url.removeprefix(base)).content)
        assert (read.bozo, read.feed.title) == (False, feed.title)


def test_a_language_has_a_list_of_its_own(site: Site) -> None:
    site.publish(id="regen", title="Regen", tags=["Wetter"], language="de")
    taken = listparser.parse(site.get("/feeds/de.opml").content)
    assert [(feed.title, feed.url.removeprefix(site.config.base_url)) for feed in taken.feeds] == [
        ('News & "Line" · Deutsch', "/feeds/de/news-line.rss"),
        ('Wetter — News & "Line" · Deutsch', "/feeds/de/tags/wetter.rss"),
    ]
    assert site.get("/feeds/DE.opml").headers["location"] == f"{site.config.base_url}/feeds/de.opml"
    assert site.get("/feeds/fr.opml").status_code == 404


def test_feeds_are_called_what_they_call_themselves_and_of_the_same_articles_one_is_listed(
    site: Site, shell_environment: dict[str, str]
) -> None:
    site.publish(id="regen", title="Regen", tags=["Qarabağ"], language="de-AT")
    for verb in (("translate", "Qarabağ", "de", "Karabach"), ("describe", "Qarabağ", "--title", "About Karabakh")):
        output(shell_environment, "tag", *verb)
    site.settle()
    base = site.config.base_url
    for path in ("/feeds.opml", "/feeds/de.opml"):
        taken = {feed.url.removeprefix(base): feed for feed in listparser.parse(site.get(path).content).feeds}
        for address, feed in taken.items():
            assert feedparser.parse(site.get(address).content).feed.title == feed.title
        titles = {feed.title for feed in taken.values()}
        assert titles & {"About Karabakh", 'Karabach — News & "Line" · Deutsch'}
        languages = [address for address, feed in taken.items() if feed.categories == [["Languages"]]]
        assert languages == (["/feeds/de/news-line.rss", "/feeds/en/news-line.rss"] if path == "/feeds.opml" else [])


def test_it_changes_with_the_feeds_and_not_with_the_articles(site: Site) -> None:
    before = site.get("/feeds.opml").headers["etag"]
    site.publish(id="sun", title="Sun", tags=["Qarabağ"])
    assert site.get("/feeds.opml", if_none_match=before).status_code == 304
    site.publish(id="hail", title="Hail", tags=["New"])
    assert "/feeds/tags/new.rss" in site.get("/feeds.opml", if_none_match=before).text
