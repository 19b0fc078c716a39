import codecs
import io
from datetime import UTC, datetime

import pytest

from feedsvc.errors import Unreadable
from feedsvc.intake import Submission, read_document
from feedsvc.item import Item

NAMESPACES = (
    'xmlns:content="http://purl.org/rss/1.0/modules/content/" xmlns:dc="http://purl.org/dc/elements/1.1/" '
    'xmlns:itunes="http://www.itunes.com/dtds/podcast-1.0.dtd" xmlns:media="http://search.yahoo.com/mrss/" '
    'xmlns:feedburner="http://rssnamespace.org/feedburner/ext/1.0"'
)


def read(data: str | bytes) -> list[Submission]:
    data = data.encode() if isinstance(data, str) else data
    return list(read_document(io.BytesIO(data), "feed"))


def rss(item: str, channel: str = "<link>https://example.org/</link>") -> str:
    return (
        f'<?xml version="1.0"?>\n<rss version="2.0" {NAMESPACES}><channel>{channel}<item>{item}</item></channel></rss>'
    )


def atom(entry: str, feed: str = "", attributes: str = "") -> str:
    return f'<feed xmlns="http://www.w3.org/2005/Atom" {attributes}>{feed}<entry><id>urn:x:1</id>{entry}</entry></feed>'


def only(data: str | bytes) -> Item:
    (submission,) = read(data)
    assert submission.item is not None, submission.reason
    return submission.item


def test_a_guid_is_kept_as_it_came():
    assert only(rss('<guid isPermaLink="false">  t3_x </guid><link>https://example.org/a</link>')).id == "t3_x"


def test_without_a_guid_the_link_is_the_identity():
    item = only(rss("<link>/a?x=1&amp;y=2</link>"))
    assert (item.id, item.url) == ("https://example.org/a?x=1&y=2", "https://example.org/a?x=1&y=2")


def test_an_entry_with_neither_is_left_out():
    assert read(rss("<title>T</title>")) == [Submission("entry 1", reason="it has neither a guid (or id) nor a link")]


def test_a_guid_that_is_a_permalink_is_the_address_and_one_that_only_says_so_is_not():
    assert only(rss("<guid>https://example.org/a</guid>")).url == "https://example.org/a"
    item = only(rss("<guid>4711</guid>"))
    assert (item.id, item.url) == ("4711", None)


def test_the_address_is_the_original_where_feedburner_names_it():
    burnt = "<link>http://feedproxy.google.com/x</link><feedburner:origLink>https://example.org/a</feedburner:origLink>"
    assert only(rss(burnt)).url == "https://example.org/a"


def test_the_address_may_be_an_alternate_of_another_type():
    links = '<link href="data:,"/><link rel="alternate" type="text/plain" href="https://example.org/a.txt"/>'
    assert only(atom(links)).url == "https://example.org/a.txt"


@pytest.mark.parametrize(
    ("written", "headline"),
    [
        ("STANDARD OIL &lt;SRD&gt; &amp; CO", "STANDARD OIL <SRD> & CO"),
        ("<![CDATA[A & B]]>", "A & B"),
        ("<![CDATA[AT&amp;T <b>grows</b>]]>", "AT&T grows"),
        ("AT&amp;amp;T &amp;lt;ATT&amp;gt;", "AT&T <ATT>"),
        ("<![CDATA[a <![endif b> <b>c</b>]]>", "a c"),
    ],
)
def test_a_headline_comes_as_plain_text(written, headline):
    assert only(rss(f"<guid>1</guid><title>{written}</title>")).title == headline


def test_an_atom_headline_comes_as_its_type_says():
    assert only(atom("<title>a &lt;b&gt;c&lt;/b&gt; &amp;amp;</title>")).title == "a <b>c</b> &amp;"
    assert only(atom('<title type="html">a &lt;b&gt;c&lt;/b&gt; &lt;SRD&gt;</title>')).title == "a c"
    xhtml = '<title type="xhtml"><div xmlns="http://www.w3.org/1999/xhtml">a <em>c</em> &amp; d</div></title>'
    assert only(atom(xhtml)).title == "a c & d"
    assert only(atom("")).title is None


def test_content_and_description_are_body_and_summary():
    item = only(
        rss(
            "<guid>1</guid><description>A &amp;amp; B</description>"
            "<content:encoded><![CDATA[<p>x</p>]]></content:encoded>"
        )
    )
    assert (item.content_html, item.summary) == ("<p>x</p>", "A & B")
    other_order = "<guid>1</guid><content:encoded>&lt;p&gt;x&lt;/p&gt;</content:encoded><description>S</description>"
    assert only(rss(other_order)).summary == "S"


def test_a_summary_that_only_repeats_the_body_is_dropped():
    twice = "<description>One two</description><content:encoded>&lt;p&gt;One  two&lt;/p&gt;</content:encoded>"
    assert only(rss(f"<guid>1</guid>{twice}")).summary is None
    assert only(rss("<guid>1</guid><content:encoded>&lt;p&gt;One&lt;/p&gt;</content:encoded>")).summary is None


def test_a_description_alone_is_body_or_summary_by_its_kind_and_length():
    link = "<link>https://example.org/a</link>"
    html = only(rss(f"{link}<description>&lt;p&gt;x&lt;/p&gt;&lt;script&gt;y&lt;/script&gt;</description>"))
    assert (html.content_html, html.summary) == ("<p>x</p><script>y</script>", None)
    teaser = only(rss("<guid>1</guid><description>Oil &amp;lt;SRD&amp;gt; up</description>"))
    assert (teaser.summary, teaser.content_html, teaser.content_text) == ("Oil <SRD> up", None, None)
    text = "First paragraph.\n\n" + "word " * 200
    long = only(rss(f"<guid>1</guid><description>{text}</description>"))
    assert (long.content_text, long.summary) == (text.strip(), None)
    assert only(rss("<guid>1</guid><description> </description>")).summary is None


def test_atom_text_is_text_and_atom_html_is_html():
    item = only(atom('<summary>S &lt;b&gt;</summary><content type="text">a &lt; b</content>'))
    assert (item.content_text, item.summary) == ("a < b", "S <b>")
    assert only(atom('<content type="html">&lt;p&gt;x</content>')).content_html == "<p>x"
    xhtml = '<content type="xhtml"><div xmlns="http://www.w3.org/1999/xhtml"><p>a &amp; b</p></div></content>'
    assert only(atom(xhtml)).content_html == "<p>a &amp; b</p>"
    assert only(atom('<content type="image/png">iVBORw0KGgo=</content>')).content_html is None


def test_html_outranks_text_where_an_entry_has_both():
    both = '<content type="text">t</content><content type="html">&lt;p&gt;h&lt;/p&gt;</content>'
    assert only(atom(both)).content_html == "<p>h</p>"


def test_markup_that_feedparser_would_remove_is_left_for_our_own_sanitiser():
    html = '<figure><picture><source srcset="a.jpg"/></picture><mark>x</mark></figure><a href="/b">y</a>'
    item = only(rss(f"<guid>1</guid><link>https://example.org/a</link><description><![CDATA[{html}]]></description>"))
    assert item.content_html == html


def test_relative_addresses_follow_xml_base():
    content = '<link href="one"/><content type="html" xml:base="pics/">&lt;img src="a.png"&gt;</content>'
    item = only(atom(content, attributes='xml:base="https://example.org/blog/"'))
    assert item.url == "https://example.org/blog/one"
    assert item.content_html == '<img src="https://example.org/blog/pics/a.png">'


def test_without_a_page_relative_addresses_follow_the_site():
    item = only(rss('<guid isPermaLink="false">1</guid><description>&lt;a href="/b"&gt;x&lt;/a&gt;</description>'))
    assert 'href="https://example.org/b"' in (item.content_html or "")


def test_dates_are_utc():
    item = only(atom("<published>2024-05-12T09:30:00+02:00</published><updated>2024-05-13T00:00:00Z</updated>"))
    assert item.date_published == datetime(2024, 5, 12, 7, 30, tzinfo=UTC)
    assert item.date_modified == datetime(2024, 5, 13, tzinfo=UTC)


def test_without_a_date_of_publication_the_update_is_it():
    item = only(rss("<guid>1</guid><dc:date>2024-05-12</dc:date>"))
    assert item.date_published == item.date_modified == datetime(2024, 5, 12, tzinfo=UTC)
    assert only(rss("<guid>1</guid><pubDate> </pubDate>")).date_published is None


@pytest.mark.parametrize("zone", ["+0100", "-0000"])
def test_the_day_of_the_week_may_be_in_another_language(zone):
    item = only(rss(f"<guid>1</guid><pubDate>mer, 16 nov 2022 01:38:15 {zone}</pubDate>"))
    assert item.date_published == datetime(2022, 11, 16, 0 if zone == "+0100" else 1, 38, 15, tzinfo=UTC)


@pytest.mark.parametrize("written", ["yesterday", "mer, 16 dic 2022 00:38:15 +0100"])
def test_a_date_that_is_none_leaves_the_entry_out(written):
    (submission,) = read(rss(f"<guid>1</guid><pubDate>{written}</pubDate>"))
    assert submission == Submission("entry 1", reason=f"its date {written!r} is not a date")


def test_authors_have_names_and_addresses():
    people = (
        "<author><name>Ada</name><uri>/ada</uri><email>a@example.org</email></author>"
        "<author><name>Bea</name><email>b@example.org</email></author><author><name>Ada</name><uri>/ada</uri></author>"
    )
    item = only(atom(f'<link href="https://example.org/a"/>{people}'))
    assert [(author.name, author.url) for author in item.authors or []] == [
        ("Ada", "https://example.org/ada"),
        ("Bea", "mailto:b@example.org"),
    ]
    item = only(rss("<guid>1</guid><dc:creator>Ada</dc:creator><dc:creator>Bea (mailto:b@example.org)</dc:creator>"))
    assert [(author.name, author.url) for author in item.authors or []] == [
        ("Ada", None),
        ("Bea", "mailto:b@example.org"),
    ]


def test_the_author_of_an_atom_feed_is_the_author_of_its_entries_and_an_rss_editor_is_not():
    item = only(atom("", feed="<author><name>Desk</name></author>"))
    assert [author.name for author in item.authors or []] == ["Desk"]
    assert only(rss("<guid>1</guid>", "<managingEditor>e@example.org (Ed)</managingEditor>")).authors is None


def test_tags_prefer_labels_and_stand_once():
    categories = (
        '<category term="ec" label="Économie"/><category term="E\u0301conomie"/>'
        '<category term=" a  b "/><category term=""/>'
    )
    assert only(atom(categories)).tags == ["E\u0301conomie", "a b"]
    assert only(rss("<guid>1</guid>")).tags is None


def test_the_language_is_the_nearest_that_is_one():
    assert only(atom("", attributes='xml:lang="en-gb"')).language == "en-GB"
    assert only(atom('<title xml:lang="de">T</title>', attributes='xml:lang="en"')).language == "de"
    assert (
        only(rss("<guid>1</guid><dc:language>az_latn</dc:language>", "<language>en</language>")).language == "az-Latn"
    )
    assert only(rss("<guid>1</guid><dc:language>!?</dc:language>", "<language>en-us</language>")).language == "en-US"
    assert only(rss("<guid>1</guid>", "<language>a language</language>")).language is None


def test_a_document_that_is_cut_off_gives_what_is_left_and_says_so():
    first, second, third = read(rss("<guid>1</guid></item>\n<item><guid>2</guid>")[:-20])
    assert [one.item.id for one in (first, second) if one.item] == ["1", "2"]
    assert third.item is None
    assert third.reason.startswith("the document is not well-formed from line 3 on: ")


def test_line_numbers_count_blank_lines_before_the_document():
    *_, last = read("\n\n\n" + rss("<guid>1</guid>\n<title>a & b</title>"))
    assert last.place == "document"
    assert last.reason.startswith("the document is not well-formed from line 6 on: ")


def test_a_feed_without_entries_gives_nothing():
    assert read('<rss version="2.0"><channel/></rss>') == []


def test_a_reference_before_half_a_character_is_kept():
    assert only(rss("<guid>1</guid><title>&#55000;&#56320;x</title>")).title == chr(55000) + "x"


def test_control_characters_and_references_to_them_do_no_damage():
    body = "a\x03b &#3;c&#xFFFE;d &#55357;&#56832; &#xd83d;&#xDE00; &#xD800;e &#233;&#x1F600;&#9;."
    assert only(rss(f"<guid>1</guid><title>{body}</title>")).title == "ab cd 😀 😀 e é😀\t."


@pytest.mark.parametrize(
    ("encoding", "declared"),
    [
        ("koi8-r", "KOI8-R"),
        ("windows-1251", "windows-1251"),
        ("utf-16", "utf-16"),
        ("utf-8", "windows-1252"),
        ("utf-8", "no-such-encoding"),
    ],
)
def test_the_encoding_is_found_whatever_is_declared(encoding, declared):
    document = rss("<guid>1</guid><title>Ёжик</title>").replace("?>", f' encoding="{declared}"?>', 1)
    assert only(document.encode(encoding)).title == "Ёжик"


def test_utf_16_needs_no_byte_order_mark():
    document = rss("<guid>1</guid><title>Ёжик</title>").partition("\n")[2]
    assert only(document.encode("utf-16-le")).title == "Ёжик"
    assert only(document.encode("utf-16-be")).title == "Ёжик"
    assert only(codecs.BOM_UTF8 + document.encode()).title == "Ёжик"


def test_undeclared_windows_1252_is_read():
    assert only(rss("<guid>1</guid><title>€ café</title>").encode("cp1252")).title == "€ café"


def test_no_file_and_no_entity_from_outside_is_read(tmp_path):
    secret = tmp_path / "secret"
    secret.write_text("SECRET")
    document = (
        f'<!DOCTYPE rss [<!ENTITY x SYSTEM "{secret.as_uri()}"><!ENTITY y "why">]>'
        "<rss version='2.0'><channel><item><guid>1</guid><title>a&x;b &y;</title></item></channel></rss>"
    )
    assert "SECRET" not in repr(read(document))


def test_html_entities_of_a_dtd_that_is_not_read_are_no_damage():
    document = (
        '<?xml version="1.0"?><!DOCTYPE rss PUBLIC "-//Netscape Communications//DTD RSS 0.91//EN" "http://x.test/x.dtd">'
        '<rss version="0.91"><channel><item><link>http://x.test/</link><title>caf&eacute;</title></item></channel></rss>'
    )
    assert only(document).title == "café"


def test_what_makes_feedparser_itself_stumble_is_unreadable():
    psc = "xmlns:psc='http://podlove.org/simple-chapters'"
    with pytest.raises(Unreadable, match="feed: it is too damaged to be read as a feed"):
        read(rss(f"<guid>1</guid><psc:chapters {psc}><psc:chapter/></psc:chapters>"))


def test_an_entry_our_item_refuses_is_a_reason():
    (submission,) = read(
        rss("<guid>1</guid><title>x</title><pubDate>Mon, 01 Jan 2024 00:00:00 GMT</pubDate><dc:date>never</dc:date>")
    )
    assert submission.reason == "its date 'never' is not a date"
