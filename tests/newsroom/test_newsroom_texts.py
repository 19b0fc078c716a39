"""Plain text: paragraphs, summaries, and the characters that may stand in it."""

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from ledger import on_file, publish
from lxml import etree

from feedsvc.seen import text_of
from feedsvc.text import cut_at_word, legal, one_line, paragraphs

pytestmark = pytest.mark.only("sqlite")  # none of it is the database's doing

XML_CHARACTER = re.compile("[\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]*")
"""XML 1.0 section 2.2, production 2."""


@pytest.mark.parametrize(
    ("text", "html"),
    [
        ("One.\n\nTwo.", "<p>One.</p>\n<p>Two.</p>"),
        ("One\nand a\tline.\r\n \t\r\nTwo.", "<p>One and a line.</p>\n<p>Two.</p>"),
        (
            "First\n    Second by indent\nfolded\n    Third",
            "<p>First</p>\n<p>Second by indent folded</p>\n<p>Third</p>",
        ),
        ("One\n\n\n\n\nTwo", "<p>One</p>\n<p>Two</p>"),
        ('a < b & c > d "e" <script>', '<p>a &lt; b &amp; c &gt; d "e" &lt;script&gt;</p>'),
        ("bell\x07 and\x00 nul", "<p>bell and nul</p>"),
        (" \n\n \n ", ""),
        ("", ""),
    ],
)
def test_plain_text_becomes_paragraphs(newsroom, text, html):
    assert paragraphs(text) == html
    assert on_file(newsroom, publish(newsroom, content_text=text).guid)["content_html"] == html


def test_html_that_is_only_space_leaves_the_word_to_plain_text(newsroom):
    guid = publish(newsroom, content_html=" \n", content_text="Text").guid
    assert on_file(newsroom, guid)["content_html"] == "<p>Text</p>"


@pytest.mark.parametrize(
    ("text", "limit", "cut"),
    [
        ("short", 5, "short"),
        ("one two three", 9, "one two…"),
        ("one two, three", 10, "one two…"),
        ("one two – three", 12, "one two…"),
        ("unbroken", 5, "unbr…"),
        ("", 5, ""),
    ],
)
def test_text_is_cut_after_a_word(text, limit, cut):
    assert cut_at_word(text, limit) == cut


@settings(deadline=None)
@given(st.text(), st.integers(2, 40))
def test_a_cut_is_never_too_long_and_a_beginning_of_the_text(text, limit):
    cut = cut_at_word(text, limit)
    assert len(cut) <= limit
    assert text.startswith(cut.removesuffix("…"))


@pytest.mark.parametrize("field", ["content_text", "content_html"])
def test_without_a_summary_one_is_made_of_the_text(newsroom, field):
    words = "word " * 100
    item = on_file(newsroom, publish(newsroom, **{field: words}).guid)
    assert item["summary"] == ("word " * 60).strip() + "…"
    assert len(item["summary"]) <= 300


def test_a_summary_is_text_and_not_markup(newsroom):
    html = "<h1>Head</h1><p>a &lt;b&gt; &amp;amp; <em>c</em>d<br>e</p><style>no</style><ul><li>f<li>g</ul>"
    item = on_file(newsroom, publish(newsroom, content_html=html).guid)
    assert item["summary"] == "Head a <b> &amp; cd e f g"
    assert on_file(newsroom, publish(newsroom, content_html="x", summary=" Own\none ").guid)["summary"] == "Own one"
    assert "summary" not in on_file(newsroom, publish(newsroom, content_html="<script>x</script>").guid)


@pytest.mark.parametrize(
    "markup", ["<script>x<p>y</script>z", "<noscript>x</noscript></noscript>z", "<object>x</object>z"]
)
def test_what_is_not_shown_is_not_text(markup):
    assert text_of(markup) == "z"


@settings(deadline=None)
@given(st.text(st.characters()))
def test_legal_text_is_what_xml_can_carry(text):
    for clean in (legal(text), one_line(text), paragraphs(text)):
        assert XML_CHARACTER.fullmatch(clean)
        assert legal(clean) == clean
    etree.fromstring(f"<x>{paragraphs(text)}</x>".encode())
    assert "\r" not in legal(text)


def test_every_forbidden_character_is_taken_out():
    every = "".join(map(chr, range(0x110000)))
    left = legal(every)
    assert XML_CHARACTER.fullmatch(left)
    lost = set(every) - set(left)
    assert {*map(chr, (0, 0x0B, 0x0D, 0x1F, 0x7F, 0xFFFE, 0xFFFF, 0xD800, 0xDFFF))} <= lost
    assert not lost & {"\t", "\n", " ", "\u0085", "\u00a0", "\ufffd", "\u200f", "\U0001f600"}
    assert len(lost) == 30 + 32 + 2 + 2_048


@settings(deadline=None)
@given(st.text())
def test_one_line_is_one_line(text):
    line = one_line(text)
    assert line == " ".join(line.split())
    assert one_line(line) == line
