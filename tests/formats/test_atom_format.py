from dataclasses import replace
from datetime import UTC, datetime, timedelta

import feedparser
import pytest
from lxml import etree
from sample_feed import ADDRESSES, BARE, BASE, FULL, HUB, PLAIN, RICH, with_entry

from feedsvc.feed import Author, Feed, Link, Media
from feedsvc.formats import FORMATS

NS = {"a": "http://www.w3.org/2005/Atom"}
LANG = "{http://www.w3.org/XML/1998/namespace}lang"


def written(feed: Feed) -> bytes:
    return FORMATS["atom"].write(feed)


def root_of(feed: Feed) -> etree._Element:
    return etree.fromstring(written(feed))


def entries_of(feed: Feed) -> list[etree._Element]:
    return root_of(feed).findall("a:entry", NS)


def text(element: etree._Element, name: str) -> str | None:
    return element.findtext(f"a:{name}", namespaces=NS)


def test_a_small_feed_reads_like_this():
    assert written(BARE).decode() == (
        "<?xml version='1.0' encoding='UTF-8'?>\n"
        '<feed xmlns="http://www.w3.org/2005/Atom" xml:lang="en"><id>tag:news.example,2024:news-line</id>'
        "<title>News Line</title><updated>2024-05-12T10:00:00+00:00</updated><author><name>News desk</name></author>"
        '<link href="https://news.example/feeds/news-line.atom" rel="self" type="application/atom+xml"/>'
        '<link href="https://news.example/" rel="alternate" type="text/html"/>'
        '<link href="https://news.example/feeds/news-line.rss" rel="alternate" type="application/rss+xml"/>'
        '<link href="https://news.example/feeds/news-line.json" rel="alternate" type="application/feed+json"/>'
        "<generator>feedsvc</generator><subtitle>The latest.</subtitle>"
        '<entry xml:lang="en"><id>tag:news.example,2024:1</id><title>Rain &amp; wind</title>'
        "<updated>2024-05-12T10:00:00.250000+00:00</updated>"
        '<content type="html">&lt;p&gt;Very wet.&lt;/p&gt;</content>'
        '<summary type="text">Wet.</summary><published>2024-05-12T09:30:00+00:00</published>'
        '<link href="https://news.example/articles/rain" rel="alternate" type="text/html"/></entry></feed>'
    )


@pytest.mark.parametrize("feed", [BARE, FULL, replace(FULL, entries=())])
def test_a_reader_takes_the_feed_without_complaint(feed):
    parsed = feedparser.parse(written(feed))
    assert not parsed.bozo
    assert parsed.version == "atom10"
    assert parsed.feed.link == feed.home
    assert parsed.feed.author == "News desk"
    assert [entry.id for entry in parsed.entries] == [entry.uri for entry in feed.entries]
    assert [entry.link for entry in parsed.entries] == [entry.url for entry in feed.entries]


def test_a_feed_without_entries_has_all_that_atom_requires():
    root = root_of(replace(BARE, entries=()))
    assert text(root, "id") == BARE.uri
    assert text(root, "title") == "News Line"
    assert text(root, "updated") == "2024-05-12T10:00:00+00:00"
    assert root.find("a:entry", NS) is None


def test_the_feed_says_what_it_is():
    root = root_of(FULL)
    assert root.get(LANG) == "en"
    assert text(root, "subtitle") == "The latest."
    assert text(root, "rights") == "© News & Co"
    assert text(root, "logo") == f"{BASE}/logo.png"
    generator = root.find("a:generator", NS)
    assert generator.text == "feedsvc"
    assert not generator.attrib


def test_the_feed_links_to_itself_its_page_its_other_formats_and_further_documents():
    assert [(link.get("rel"), link.get("href"), link.get("type")) for link in root_of(FULL).findall("a:link", NS)] == [
        ("self", ADDRESSES["atom"], "application/atom+xml"),
        ("alternate", f"{BASE}/", "text/html"),
        ("alternate", ADDRESSES["rss"], "application/rss+xml"),
        ("alternate", ADDRESSES["json"], "application/feed+json"),
        ("hub", HUB.href, None),
        ("prev-archive", f"{BASE}/archive/3", None),
    ]


def test_a_format_without_an_address_is_not_linked():
    root = root_of(replace(BARE, addresses={"atom": ADDRESSES["atom"]}))
    assert [link.get("type") for link in root.findall("a:link", NS)] == ["application/atom+xml", "text/html"]


def test_a_relation_may_be_an_address_of_its_own():
    root = root_of(replace(BARE, links=(Link("https://rel.example/x", f"{BASE}/x"),)))
    assert root.findall("a:link", NS)[-1].get("rel") == "https://rel.example/x"


def test_ids_are_tag_uris_and_not_addresses():
    assert [text(entry, "id") for entry in entries_of(FULL)] == [PLAIN.uri, RICH.uri]


@pytest.mark.parametrize("headline", ["A & B", "3 < 4", "The <b> tag", "a ]]> b", "&amp;", "🌍", "خبر עברית"])
def test_headlines_and_summaries_are_plain_text(headline):
    feed = with_entry(title=headline, summary=headline)
    (entry,) = entries_of(feed)
    assert text(entry, "title") == headline
    assert entry.find("a:title", NS).get("type", "text") == "text"
    assert text(entry, "summary") == headline
    assert entry.find("a:summary", NS).get("type") == "text"
    assert feedparser.parse(written(feed)).entries[0].title_detail.type == "text/plain"


def test_the_full_text_is_html():
    content = entries_of(FULL)[1].find("a:content", NS)
    assert content.get("type") == "html"
    assert content.text == RICH.body


def test_every_entry_names_its_language():
    assert [entry.get(LANG) for entry in entries_of(FULL)] == ["en", "he"]


def test_an_entry_without_summary_or_text_still_links_to_its_page():
    (entry,) = entries_of(with_entry(summary="", body=""))
    assert [etree.QName(child).localname for child in entry] == ["id", "title", "updated", "link", "published"]
    assert dict(entry.find("a:link", NS).attrib) == {"href": PLAIN.url, "rel": "alternate", "type": "text/html"}


def test_authors_carry_what_is_known_of_them():
    authors = [
        {etree.QName(child).localname: child.text for child in author}
        for author in entries_of(FULL)[1].findall("a:author", NS)
    ]
    assert authors == [
        {"name": "Ann Lee", "uri": f"{BASE}/ann"},
        {"name": "Bo", "email": "bo@news.example"},
        {"name": "Cy"},
    ]


def test_an_entry_without_authors_inherits_the_author_of_the_feed():
    feed = replace(BARE, author=Author("Desk", f"{BASE}/about", "desk@news.example"))
    assert entries_of(feed)[0].find("a:author", NS) is None
    assert [child.text for child in root_of(feed).find("a:author", NS)] == [
        "Desk",
        "desk@news.example",
        f"{BASE}/about",
    ]


def test_tags_are_categories_by_slug_with_a_label():
    assert [dict(category.attrib) for category in entries_of(FULL)[1].findall("a:category", NS)] == [
        {"term": "r-and-d", "label": "R & D"},
        {"term": "été", "label": "Été"},
    ]


def test_every_medium_is_an_enclosure_beside_the_one_alternate():
    assert [dict(link.attrib) for link in entries_of(FULL)[1].findall("a:link", NS)] == [
        {"href": RICH.url, "rel": "alternate", "type": "text/html"},
        {"href": f"{BASE}/i.jpg", "rel": "enclosure", "type": "image/jpeg", "length": "2048"},
        {"href": f"{BASE}/a.mp3", "rel": "enclosure", "type": "audio/mpeg", "title": "Listen"},
        {"href": f"{BASE}/v.mp4", "rel": "enclosure", "type": "video/mp4", "length": "99"},
        {"href": f"{BASE}/p.pdf", "rel": "enclosure", "type": "application/pdf"},
    ]


def test_a_medium_of_unknown_type_is_linked_without_one():
    (entry,) = entries_of(with_entry(image=Media(f"{BASE}/i", "")))
    assert dict(entry.findall("a:link", NS)[1].attrib) == {"href": f"{BASE}/i", "rel": "enclosure"}


def test_published_keeps_its_fraction_and_an_edit_moves_only_updated():
    before, after = (
        entries_of(with_entry(published=RICH.published, updated=updated))[0]
        for updated in (RICH.updated, RICH.updated + timedelta(days=1))
    )
    assert text(before, "published") == text(after, "published") == "2024-03-01T23:59:58.123456+00:00"
    assert text(before, "updated") < text(after, "updated")


def test_entries_of_one_second_have_distinct_updates():
    entries = tuple(
        replace(PLAIN, guid=f"tag:x,2024:{n}", updated=datetime(2024, 1, 1, tzinfo=UTC)) for n in range(200)
    )
    updates = [text(entry, "updated") for entry in entries_of(replace(BARE, entries=entries))]
    assert len(set(updates)) == len(updates)
    assert all(update.startswith("2024-01-01T00:00:00.") for update in updates)


def test_the_fraction_of_an_update_does_not_depend_on_the_other_entries():
    whole = replace(PLAIN, updated=datetime(2024, 1, 1, tzinfo=UTC))
    alone = entries_of(replace(BARE, entries=(whole,)))[0]
    together = entries_of(replace(BARE, entries=(RICH, whole)))[1]
    assert text(alone, "updated") == text(together, "updated")


def test_an_update_with_a_fraction_stays_as_it_is():
    assert text(entries_of(BARE)[0], "updated") == "2024-05-12T10:00:00.250000+00:00"


def test_an_edit_a_second_later_is_always_the_later_one():
    first = datetime(2024, 1, 1, 0, 0, 0, tzinfo=UTC)
    moments = [first, first + timedelta(seconds=1), first + timedelta(seconds=2, microseconds=1)]
    updates = [text(entries_of(with_entry(updated=moment))[0], "updated") for moment in moments]
    assert updates == sorted(set(updates))
