import html
import locale
from dataclasses import replace
from datetime import UTC, datetime

import feedparser
import pytest
from lxml import etree
from sample_feed import ADDRESSES, BARE, BASE, FULL, HUB, PLAIN, RICH, with_entry

from feedsvc.feed import Author, Feed, Link, Media
from feedsvc.formats import FORMATS
from feedsvc.seen import text_of

NS = {
    "atom": "http://www.w3.org/2005/Atom",
    "content": "http://purl.org/rss/1.0/modules/content/",
    "dc": "http://purl.org/dc/elements/1.1/",
    "media": "http://search.yahoo.com/mrss/",
    "sy": "http://purl.org/rss/1.0/modules/syndication/",
}
CONTENT = f"{{{NS['content']}}}encoded"


def written(feed: Feed) -> bytes:
    return FORMATS["rss"].write(feed)


def channel_of(feed: Feed) -> etree._Element:
    return etree.fromstring(written(feed))[0]


def item_of(feed: Feed) -> etree._Element:
    item = channel_of(feed).find("item")
    assert item is not None
    return item


def test_a_small_feed_reads_like_this():
    assert written(BARE).decode() == (
        "<?xml version='1.0' encoding='UTF-8'?>\n"
        '<rss xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:media="http://search.yahoo.com/mrss/"'
        ' xmlns:sy="http://purl.org/rss/1.0/modules/syndication/" xmlns:atom="http://www.w3.org/2005/Atom"'
        ' xmlns:content="http://purl.org/rss/1.0/modules/content/" version="2.0"><channel>'
        "<title>News Line</title><link>https://news.example/</link><description>The latest.</description>"
        '<atom:link href="https://news.example/feeds/news-line.rss" rel="self" type="application/rss+xml"/>'
        "<docs>http://www.rssboard.org/rss-specification</docs><generator>feedsvc</generator>"
        "<language>en</language><ttl>5</ttl><lastBuildDate>Sun, 12 May 2024 10:00:00 +0000</lastBuildDate>"
        "<sy:updatePeriod>hourly</sy:updatePeriod><sy:updateFrequency>12</sy:updateFrequency>"
        "<item><title>Rain &amp; wind</title><description>Wet.</description>"
        '<guid isPermaLink="false">tag:news.example,2024:1</guid><link>https://news.example/articles/rain</link>'
        "<content:encoded>&lt;p&gt;Very wet.&lt;/p&gt;</content:encoded>"
        "<pubDate>Sun, 12 May 2024 09:30:00 +0000</pubDate></item></channel></rss>"
    )


@pytest.mark.parametrize("feed", [BARE, FULL, replace(FULL, entries=())])
def test_a_reader_takes_the_feed_without_complaint(feed):
    parsed = feedparser.parse(written(feed))
    assert not parsed.bozo
    assert parsed.version == "rss20"
    assert parsed.feed.link == feed.home
    assert [entry.id for entry in parsed.entries] == [entry.guid for entry in feed.entries]


def test_a_feed_without_entries_is_a_whole_channel():
    channel = channel_of(replace(BARE, entries=()))
    assert channel.findtext("title") == "News Line"
    assert channel.findtext("link") == f"{BASE}/"
    assert channel.findtext("description") == "The latest."
    assert channel.find("item") is None


@pytest.mark.parametrize(
    "headline", ["A & B", "3 < 4 > 2", "The <b> tag", "a ]]> b", "&amp; is an entity", "🌍 earth", "خبر עברית"]
)
def test_a_headline_is_plain_text_escaped_once(headline):
    feed = with_entry(title=headline)
    assert item_of(feed).findtext("title") == headline
    assert f"<title>{html.escape(headline, quote=False)}</title>".encode() in written(feed)


def test_an_ampersand_is_never_escaped_twice():
    document = written(with_entry(title="A & B", summary="A & B at AT&T"))
    assert document.count(b"A &amp; B") == 2
    assert b"&amp;amp;" not in document


@pytest.mark.parametrize(
    "summary", ["A & B", "3 < 4", "The <b> tag", "<!-- no -->", "Write &lt; for <", "&copy it", "a ]]> b", "שלום 🌍"]
)
def test_a_summary_reads_as_its_own_text_for_those_who_read_html(summary):
    description = item_of(with_entry(summary=summary)).findtext("description")
    assert text_of(description) == summary


def test_a_script_named_in_a_summary_is_not_a_script():
    assert "<script" not in item_of(with_entry(summary="<script>alert(1)</script>")).findtext("description")


def test_the_summary_stands_before_the_full_text():
    names = [child.tag for child in item_of(BARE)]
    assert names.index("description") < names.index(CONTENT)


def test_the_full_text_arrives_as_it_was():
    items = channel_of(FULL).findall("item")
    assert [item.findtext(CONTENT) for item in items] == [PLAIN.body, RICH.body]


def test_an_entry_without_summary_has_no_description_but_its_text():
    item = item_of(with_entry(summary=""))
    assert item.find("description") is None
    assert item.findtext(CONTENT) == PLAIN.body


def test_an_entry_without_text_has_only_its_summary():
    item = item_of(with_entry(body=""))
    assert item.findtext("description") == "Wet."
    assert item.find(CONTENT) is None


def test_an_entry_can_be_a_title_alone():
    item = item_of(with_entry(summary="", body=""))
    assert [child.tag for child in item] == ["title", "guid", "link", "pubDate"]


def test_the_guid_is_the_stored_one_whatever_else_changes():
    guids = [
        item_of(with_entry(**changes)).find("guid")
        for changes in ({}, {"title": "New", "slug": "new", "url": f"{BASE}/articles/new", "uri": "tag:x,2024:9"})
    ]
    assert {guid.text for guid in guids} == {PLAIN.guid}
    assert {guid.get("isPermaLink") for guid in guids} == {"false"}


def test_authors_are_creators_and_never_author():
    item = channel_of(FULL).findall("item")[1]
    assert [creator.text for creator in item.findall("dc:creator", NS)] == ["Ann Lee", "Bo", "Cy"]
    assert b"<author>" not in written(FULL)
    assert b"managingEditor" not in written(FULL)


def test_tags_are_categories_by_label():
    item = channel_of(FULL).findall("item")[1]
    assert [category.text for category in item.findall("category")] == ["R & D", "Été"]


@pytest.mark.parametrize(
    ("moment", "expected"),
    [
        (datetime(2024, 2, 29, 23, 59, 58, 999_999, tzinfo=UTC), "Thu, 29 Feb 2024 23:59:58 +0000"),
        (datetime(1995, 12, 1, tzinfo=UTC), "Fri, 01 Dec 1995 00:00:00 +0000"),
        (datetime(987, 1, 1, tzinfo=UTC), "Mon, 01 Jan 0987 00:00:00 +0000"),
    ],
)
def test_dates_are_english_with_four_digit_years(moment, expected):
    feed = replace(with_entry(published=moment), updated=moment)
    assert item_of(feed).findtext("pubDate") == expected
    assert channel_of(feed).findtext("lastBuildDate") == expected


def test_the_publication_date_does_not_move_with_an_edit():
    edited = with_entry(updated=datetime(2024, 6, 1, tzinfo=UTC))
    assert item_of(edited).findtext("pubDate") == item_of(BARE).findtext("pubDate")


def test_the_locale_of_the_process_is_left_alone(monkeypatch):
    def refuse(*arguments):
        raise AssertionError(f"setlocale{arguments} changes every thread")

    monkeypatch.setattr(locale, "setlocale", refuse)
    assert written(FULL)


def test_the_channel_says_what_it_is():
    channel = channel_of(FULL)
    assert channel.findtext("language") == "en"
    assert channel.findtext("generator") == "feedsvc"
    assert channel.findtext("docs") == "http://www.rssboard.org/rss-specification"
    assert channel.findtext("copyright") == "© News & Co"
    assert {child.tag: child.text for child in channel.find("image")} == {
        "url": f"{BASE}/logo.png",
        "title": "News Line",
        "link": f"{BASE}/",
    }


def test_each_channel_element_that_may_stand_once_stands_once_and_before_the_items():
    names = [child.tag for child in channel_of(FULL)]
    assert names[-2:] == ["item", "item"]
    single = [name for name in names if name not in ("item", f"{{{NS['atom']}}}link")]
    assert len(single) == len(set(single))


def test_the_feed_links_to_itself_its_hub_and_its_archive():
    links = [dict(link.attrib) for link in channel_of(FULL).findall("atom:link", NS)]
    assert links == [
        {"href": ADDRESSES["rss"], "rel": "self", "type": "application/rss+xml"},
        {"href": HUB.href, "rel": "hub"},
        {"href": f"{BASE}/archive/3", "rel": "prev-archive"},
    ]


def test_an_archive_in_another_format_is_not_linked():
    feed = replace(
        BARE,
        links=(
            Link("prev-archive", f"{BASE}/1.atom", "application/atom+xml"),
            Link("prev-archive", f"{BASE}/1.rss", "application/rss+xml"),
        ),
    )
    links = [dict(link.attrib) for link in channel_of(feed).findall("atom:link", NS)]
    assert links[1:] == [{"href": f"{BASE}/1.rss", "rel": "prev-archive", "type": "application/rss+xml"}]


@pytest.mark.parametrize(
    ("seconds", "minutes", "period", "times"),
    [
        (0, 1, "hourly", 60),
        (60, 1, "hourly", 60),
        (61, 2, "hourly", 30),
        (300, 5, "hourly", 12),
        (3600, 60, "hourly", 1),
        (7200, 120, "daily", 12),
        (86_400, 1440, "daily", 1),
        (864_000, 14_400, "daily", 1),
    ],
)
def test_the_ttl_and_the_update_frequency_agree(seconds, minutes, period, times):
    channel = channel_of(replace(BARE, ttl=seconds))
    assert channel.findtext("ttl") == str(minutes)
    assert channel.findtext("sy:updatePeriod", namespaces=NS) == period
    assert channel.findtext("sy:updateFrequency", namespaces=NS) == str(times)


def test_the_one_enclosure_is_the_first_attachment():
    enclosures = channel_of(FULL).findall("item")[1].findall("enclosure")
    assert [dict(each.attrib) for each in enclosures] == [
        {"url": f"{BASE}/a.mp3", "length": "0", "type": "audio/mpeg"},
    ]


def test_without_attachments_the_image_is_the_enclosure():
    enclosures = item_of(with_entry(image=Media(f"{BASE}/i", "", length=7))).findall("enclosure")
    assert [dict(each.attrib) for each in enclosures] == [
        {"url": f"{BASE}/i", "length": "7", "type": "application/octet-stream"},
    ]


def test_every_medium_stands_with_its_credit_and_description():
    media = channel_of(FULL).findall("item")[1].findall("media:content", NS)
    assert [dict(each.attrib) for each in media] == [
        {"url": f"{BASE}/i.jpg", "type": "image/jpeg", "medium": "image", "fileSize": "2048"},
        {"url": f"{BASE}/a.mp3", "type": "audio/mpeg", "medium": "audio", "duration": "61"},
        {"url": f"{BASE}/v.mp4", "type": "video/mp4", "medium": "video", "fileSize": "99"},
        {"url": f"{BASE}/p.pdf", "type": "application/pdf", "medium": "document"},
    ]
    assert [{etree.QName(child).localname: child.text for child in each} for each in media] == [
        {"credit": "Dee & Co", "description": "A <small> hill"},
        {"title": "Listen"},
        {"credit": "Eve"},
        {"description": "The paper"},
    ]


def test_a_medium_of_unknown_type_is_a_document():
    (medium,) = item_of(with_entry(image=Media(f"{BASE}/i", ""))).findall("media:content", NS)
    assert dict(medium.attrib) == {"url": f"{BASE}/i", "medium": "document"}


def test_entries_stand_in_the_order_they_were_given():
    backdated = replace(PLAIN, guid="old", published=datetime(1999, 1, 1, tzinfo=UTC))
    feed = replace(BARE, entries=(RICH, backdated, PLAIN))
    assert [item.findtext("guid") for item in channel_of(feed).findall("item")] == [RICH.guid, "old", PLAIN.guid]


def test_an_author_without_email_is_not_lost():
    assert item_of(with_entry(authors=(Author("Ann"),))).findtext("dc:creator", namespaces=NS) == "Ann"
