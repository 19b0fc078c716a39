from datetime import UTC, datetime

import pytest

from feedsvc.errors import Rejected
from feedsvc.intake.markdown import read_markdown


def test_every_key_of_the_front_matter_is_read():
    item = read_markdown("""---
id: urn:x:1
title: "Rates: up"
slug: rates-up
date: 2024-05-12 09:30:00
updated: 2024-05-12T12:00:00+02:00
language: en-gb
author: Ada
authors: [Bea, Cy]
tags: [no, 2024, Économie]
summary: >
  Short
  words
image: {url: "https://example.org/a.jpg", credit: Photo desk, alt: }
---
# Not the title

Body.
""")
    assert (item.id, item.title, item.language, item.summary) == ("urn:x:1", "Rates: up", "en-gb", "Short words\n")
    assert item.date_published == datetime(2024, 5, 12, 9, 30, tzinfo=UTC)
    assert item.date_modified == datetime(2024, 5, 12, 10, 0, tzinfo=UTC)
    assert [author.name for author in item.authors or []] == ["Ada", "Bea", "Cy"]
    assert item.tags == ["no", "2024", "Économie"]
    assert item.image == "https://example.org/a.jpg"
    assert (item.feedsvc.slug, item.feedsvc.image.credit, item.feedsvc.image.alt) == ("rates-up", "Photo desk", None)
    assert item.content_html == "<h1>Not the title</h1>\n<p>Body.</p>"


@pytest.mark.parametrize(
    ("written", "moment"),
    [
        ("2024-05-12", datetime(2024, 5, 12, tzinfo=UTC)),
        ("2024-05-12 09:30:00 +0200", datetime(2024, 5, 12, 7, 30, tzinfo=UTC)),
        ("2024-05-12T09:30:00Z", datetime(2024, 5, 12, 9, 30, tzinfo=UTC)),
        ("'2024-05-12 09:30:00 Z'", datetime(2024, 5, 12, 9, 30, tzinfo=UTC)),
    ],
)
def test_dates_are_read_as_yaml_and_as_iso_8601_write_them(written, moment):
    assert read_markdown(f"---\ndate: {written}\n---\n").date_published == moment


def test_numbers_and_yes_or_no_stay_the_words_they_are():
    item = read_markdown("---\ntitle: 1984\nid: 007\ntags: yes, no\nauthor: on\n---\n")
    assert (item.title, item.id, item.tags) == ("1984", "007", ["yes", "no"])


@pytest.mark.parametrize("nothing", ["", "~", "null"])
def test_a_key_without_a_value_is_left_out(nothing):
    item = read_markdown(f"---\ntitle: {nothing}\ndate: {nothing}\ntags: {nothing}\n---\n# Heading\n")
    assert (item.title, item.date_published, item.tags) == ("Heading", None, None)


def test_the_first_heading_is_the_title_and_leaves_the_body():
    item = read_markdown("Intro\n\n# The *big* `x < y` &amp; more\n\n# Second\n")
    assert item.title == "The big x < y & more"
    assert item.content_html == "<p>Intro</p>\n<h1>Second</h1>"


def test_an_article_may_have_no_title_and_no_body():
    assert read_markdown("just text").title is None
    assert read_markdown("> # quoted\n\n#\n").title is None
    assert read_markdown("# Title").content_html is None
    assert read_markdown("---\n---").content_html is None
    assert read_markdown("---\ntitle: x\n...\n").title == "x"


def test_tables_strikethrough_and_raw_html_are_rendered():
    html = read_markdown("| a |\n|---|\n| b |\n\n~~c~~ <b>d</b>\n\n<figure>e</figure>").content_html or ""
    assert all(part in html for part in ("<table>", "<s>c</s>", "<b>d</b>", "<figure>e</figure>"))


def test_windows_line_ends_a_byte_order_mark_and_control_characters_are_taken():
    item = read_markdown("\ufeff---\r\ntitle: A\x03B\r\n---\r\nBody\r\n")
    assert (item.title, item.content_html) == ("AB", "<p>Body</p>")


def test_an_image_may_be_an_address_alone():
    assert read_markdown("---\nimage: https://example.org/a.jpg\n---").image == "https://example.org/a.jpg"


def test_an_image_may_say_how_large_it_is():
    front = 'image: {url: a.jpg, width: 1600, height: "900"}'
    image = read_markdown(f"---\n{front}\n---").feedsvc.image
    assert (image.width, image.height) == (1600, 900)
    image = read_markdown("---\nimage: {url: a.jpg, width: , height: 0}\n---").feedsvc.image
    assert (image.width, image.height) == (None, 0)


@pytest.mark.parametrize(
    ("front", "reason"),
    [
        ("titel: x\n2: y", "unknown keys: titel, 2; known are id, title, slug, date"),
        ("title: x\ntags: [a\ndate: 2024-05-12", r"is not YAML: .* \(line 4\)"),
        ("title: x\n\ttags: a", r"is not YAML: .* \(line 3\)"),
        ("tags: &a [*a]", r"is not YAML: found unconstructable recursive node \(line 2\)"),
        ("- a\n- b", "is not a list of `key: value` lines"),
        ("just words", "is not a list of `key: value` lines"),
        ("title: " + "[" * 1000, "nested too deeply"),
        ("title: [a]", "^title: must be text$"),
        ("date: [2024-05-12]", "^date: must be text$"),
        ("date: 12 May", "^date: is not an RFC 3339 date"),
        ("updated: 2024-13-45", "^updated: is not an RFC 3339 date"),
        ("tags: {a: b}", "^tags: must be text or a list of texts$"),
        ("author: [{name: x}]", "^author: must be text or a list of texts$"),
        ("image: [a]", "^image: must be an address, or a mapping"),
        ("image: {credit: a}", "^image: must be an address, or a mapping"),
        (
            "image: {url: a, size: 3}",
            "mapping of `url`, `credit`, `alt`, `width` and `height` with at least the `url`$",
        ),
        ("image: {url: }", r"^image\.url: must be text$"),
        ("image: {url: a, alt: [b]}", r"^image\.alt: must be text$"),
        ("image: {url: a, width: wide, height: 3}", r"^image\.width: input should be a valid integer"),
        ("image: {url: a, width: 3, height: [3]}", r"^image\.height: must be text$"),
    ],
)
def test_wrong_front_matter_is_rejected_naming_what_is_wrong(front, reason):
    with pytest.raises(Rejected, match=reason):
        read_markdown(f"---\n{front}\n---\n# Title\n")


def test_front_matter_that_never_ends_is_rejected():
    with pytest.raises(Rejected, match="begins on line 1 with --- and never ends"):
        read_markdown("---\ntitle: x\n\nBody")
