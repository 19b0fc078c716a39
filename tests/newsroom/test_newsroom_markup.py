"""HTML from outside: what is let through, what is made of addresses, and what never gets in."""

import re

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from lxml import html

from feedsvc.addresses import absolute_uri
from feedsvc.markup import sanitise

pytestmark = pytest.mark.only("sqlite")  # none of it is the database's doing

BASE = "https://paper.example/stories/1"
REL = ' rel="noopener noreferrer"'
ADDRESSES = ("href", "src", "cite", "poster")


@pytest.mark.parametrize(
    ("markup", "clean"),
    [
        ("<p>a <em>b</em> <strong>c</strong></p>", "<p>a <em>b</em> <strong>c</strong></p>"),
        ("<table><tr><td colspan=2>x</table>", '<table><tbody><tr><td colspan="2">x</td></tr></tbody></table>'),
        (
            '<p lang="ar" dir="rtl" title="t" id="i" class="c" data-x="y">ع</p>',
            '<p lang="ar" dir="rtl" title="t">ع</p>',
        ),
        ("<figure><img src='/a.png' alt='A'><figcaption>c</figcaption></figure>",) * 2,
        ("a & b < c &lt; d", "a &amp; b &lt; c &lt; d"),
        ("<custom-element>text stays</custom-element>", "text stays"),
        ("<p>x<!-- comment -->y</p>", "<p>xy</p>"),
        ("", ""),
    ],
)
def test_what_newspapers_write_is_let_through(markup, clean):
    clean = clean.replace("'/a.png' alt='A'", '"https://paper.example/a.png" alt="A"')
    assert sanitise(markup, BASE).replace('title="t" lang="ar" dir="rtl"', 'lang="ar" dir="rtl" title="t"') == clean


@pytest.mark.parametrize(
    ("markup", "clean"),
    [
        ("a<script>alert(1)</script>b", "ab"),
        ("a<SCRIPT src=//evil.example></SCRIPT >b", "ab"),
        ("a<style>p{color:red}</style>b", "ab"),
        ('<p style="color:red" onclick="x()" onmouseover=x>a</p>', "<p>a</p>"),
        ('a<iframe src="https://evil.example"><p>x</p></iframe>b', "ab"),
        ("a<object><embed src=x></object>b", "ab"),
        ("a<svg><script>x</script></svg>b<math><mi>x</mi></math>c", "abc"),
        ("a<form action=/x><input name=y></form>b", "ab"),
        (
            '<base href="https://evil.example/"><a href="x">a</a>',
            f'<a href="https://paper.example/stories/x"{REL}>a</a>',
        ),
        ('<meta http-equiv="refresh" content="0"><link rel=stylesheet href=x>a', "a"),
        ("<img src=x onerror=alert(1)>", '<img src="https://paper.example/stories/x">'),
    ],
)
def test_what_can_run_or_restyle_never_gets_in(markup, clean):
    assert sanitise(markup, BASE) == clean


@pytest.mark.parametrize(
    "address",
    [
        "javascript:alert(1)",
        " JaVaScRiPt:alert(1)",
        "java\tscript:alert(1)",
        "&#106;avascript:alert(1)",
        "\x01javascript:alert(1)",
        "data:text/html,x",
        "vbscript:x",
        "file:///etc/passwd",
        "http://[::1",
        "http://a b/",
        "https://x.example:99999/",
        "mailto:ü@paper.example",
    ],
)
def test_an_address_that_is_none_goes_with_its_attribute(address):
    assert sanitise(f'<a href="{address}">a</a>', BASE) == f"<a{REL}>a</a>"
    assert sanitise(f'<img src="{address}" alt="A">', BASE) == '<img alt="A">'


@pytest.mark.parametrize(
    ("address", "absolute"),
    [
        ("../map", "https://paper.example/map"),
        ("/map?a=1&amp;b=2#c", "https://paper.example/map?a=1&amp;b=2#c"),
        ("//cdn.example/x", "https://cdn.example/x"),
        ("#note", "https://paper.example/stories/1#note"),
        ("https://bücher.example/ü?q=ß", "https://xn--bcher-kva.example/%C3%BC?q=%C3%9F"),
        (" https://x.example/a b ", "https://x.example/a%20b"),
        ("mailto:desk@paper.example", "mailto:desk@paper.example"),
        (" tel:+994-12 ", "tel:+994-12"),
    ],
)
def test_addresses_become_absolute_and_ascii(address, absolute):
    assert sanitise(f'<a href="{address}">a</a>', BASE) == f'<a href="{absolute}"{REL}>a</a>'


def test_all_kinds_of_addresses_become_absolute():
    markup = '<p><q cite="a">x</q></p><video poster="b" src="c"><source src="d"><track src="e"></video><img src="f">'
    found = re.findall(r'(?:cite|src|poster)="([^"]*)"', sanitise(markup, BASE))
    assert sorted(found) == [f"https://paper.example/stories/{name}" for name in "abcdef"]


def test_a_telephone_is_no_picture():
    assert sanitise('<img src="tel:112" alt="A">', BASE) == '<img alt="A">'


@pytest.mark.parametrize(
    ("srcset", "clean"),
    [
        ("a.jpg", "https://paper.example/stories/a.jpg"),
        ("a.jpg 1x, /b.jpg 2x", "https://paper.example/stories/a.jpg 1x, https://paper.example/b.jpg 2x"),
        ("a.jpg 1x,b.jpg 2x", "https://paper.example/stories/a.jpg 1x, https://paper.example/stories/b.jpg 2x"),
        ("a.jpg, b.jpg 1.5x", "https://paper.example/stories/a.jpg, https://paper.example/stories/b.jpg 1.5x"),
        (
            "\n a.jpg\n 480w,\n b.jpg  800w ",
            "https://paper.example/stories/a.jpg 480w, https://paper.example/stories/b.jpg 800w",
        ),
        ("javascript:x 1x, b.jpg 2x", "https://paper.example/stories/b.jpg 2x"),
    ],
)
def test_a_srcset_becomes_absolute(srcset, clean):
    assert sanitise(f'<img srcset="{srcset}">', BASE) == f'<img srcset="{clean}">'


@pytest.mark.parametrize("srcset", ["", ",", "javascript:x", "data:image/png;base64,AA 1x"])
def test_a_srcset_without_an_address_goes(srcset):
    assert sanitise(f'<img srcset="{srcset}" alt="A">', BASE) == '<img alt="A">'


@pytest.mark.parametrize(
    "character", ["&#1;", "&#x0b;", "&#xfffe;", "&#x7f;", "&#xFFFF;", "\x01", "\ufffe", "\x7f", "&#x8D;"]
)
def test_forbidden_characters_are_taken_out_however_they_are_spelled(character):
    assert sanitise(f'<p title="x{character}y">a{character}b</p>', BASE) == '<p title="xy">ab</p>'


SPELLED = str.maketrans({"_": " ", "^": "\n", "~": "\r"})
PIECES = """
<p> </p> <b> <i> </b> <pre> </pre> <a_href=x> </a> <table> <tr> <td> </table> <svg> </svg> <math> <li> <ul> </ul> <h1>
<ruby> <rt> <!-- --> --!> <![CDATA[ ]]> <? <script> </script> <style> <br> <noscript> </noscript> <template> <textarea>
<title> <mtext> <mglyph> <foreignObject> <select> & &#1; &#13; &#xFFFF; &nbsp; &amp;lt; &lt; &quot; &notit; <dl> <dd>
<details> <p/> </br> </p/> <pre>&#10;&#10; &#10; <pre>^^^ ^ ~^ <p_title='<h1>'> <a_href='HTTP://A.example:080/\u202e'>
<img_src="a_b"_srcset="x,y_1x,_z_2x"_alt="&#2;"> <a_href="//ü.example/%zz"_title='"'>
<video_poster=..//.><source_src='?'>
<q_cite="http://x.example/&#10;&#13;&#9;y"> <p_lang='&quot;'_dir=&lt;>
"""
fragments = st.lists(
    st.one_of(
        st.text(st.characters(), max_size=8), st.sampled_from([piece.translate(SPELLED) for piece in PIECES.split()])
    ),
    max_size=14,
).map("".join)


@settings(deadline=None, max_examples=400)
@given(fragments)
@example("<pre>" + "\n" * 40 + "x</pre>")
@example("<table><td><table><p><a href=x><table><a href=y>")
@example("<math><mtext><table><mglyph><style><!--</style><img title='--&gt;&lt;img src=1&gt;'>")
@example("<a href='http://x.example/%'>x</a><a href='http://x.example/a%20%2F%3f'>y</a>")
def test_what_was_sanitised_is_safe_and_stays_as_it_is(markup):
    clean = sanitise(markup, BASE)
    assert sanitise(clean, BASE) == clean
    assert sanitise(clean, "https://elsewhere.example/") == clean
    assert not re.search("[\x00-\x08\x0b-\x1f\x7f-\x84\x86-\x9f\ufffe\uffff\ud800-\udfff]", clean)
    for element in html.fragment_fromstring(clean, create_parent="div").iter():
        assert element.tag not in ("script", "style", "iframe", "svg", "math", "form", "object", "template")
        for name, value in element.attrib.items():
            assert not name.startswith("on")
            assert name not in ("style", "id", "class")
            if name in ADDRESSES:
                assert value.isascii()
                assert value.startswith(("http://", "https://", "mailto:", "tel:"))
            if name == "srcset":
                assert re.fullmatch(r"https?://[^\s,]+( \d[\d.]*[wxh])?(, https?://[^\s,]+( \d[\d.]*[wxh])?)*", value)


@settings(deadline=None)
@given(st.text(st.characters(), max_size=30), st.sampled_from(["", "http://", "https://x.example/", "HTTP://", "//"]))
def test_an_absolute_address_is_ascii_and_stays_as_it_is(text, start):
    for base in (None, BASE):
        uri = absolute_uri(start + text, base)
        if uri is not None:
            assert uri.isascii()
            assert re.fullmatch(r"https?://[\x21-\x7e]+", uri)
            assert absolute_uri(uri) == uri


def test_the_headline_is_the_only_heading_of_its_rank():
    assert sanitise("<h1 title='<h1>'>a</h1><h2>b</h2>", BASE).startswith("<h2 ")
    assert "<h1" not in sanitise("<h1 class=x>a</H1 ><h1>c", BASE)
    assert sanitise("<p>&lt;h1&gt;</p><hr>", BASE) == "<p>&lt;h1&gt;</p><hr>"
