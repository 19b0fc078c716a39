"""The one processing instruction of the XML formats, which names their stylesheet."""

from dataclasses import replace

import feedparser
import pytest
from lxml import etree
from sample_feed import BARE, FULL

from feedsvc.formats import FORMATS

XML = pytest.mark.parametrize("form", [FORMATS["rss"], FORMATS["atom"]], ids=["rss", "atom"])


@XML
def test_the_stylesheet_stands_between_the_declaration_and_the_root(form):
    document = form.write(replace(FULL, stylesheet="/sub/assets/feed.css"))
    instruction = b'<?xml-stylesheet type="text/css" href="/sub/assets/feed.css"?>'
    head, _, rest = document.partition(instruction)
    assert head == b"<?xml version='1.0' encoding='UTF-8'?>\n"
    assert head + rest == form.write(replace(FULL, stylesheet=""))
    assert b"<?" not in rest


@XML
def test_a_feed_without_stylesheet_has_no_instruction(form):
    assert form.write(BARE).count(b"<?") == 1


@XML
@pytest.mark.parametrize(
    "address", ["/a&b/feed.css", "/it's/feed.css", '/"/feed.css', "/?>/<feed.css", "/&amp;/feed.css"]
)
def test_no_address_breaks_out_of_the_instruction(form, address):
    document = form.write(replace(BARE, stylesheet=address))
    (instruction,) = etree.fromstring(document).xpath("/processing-instruction()")
    # As XML reads an attribute, which is how these pseudo-attributes are to be read.
    assert etree.fromstring(f"<x {instruction.text}/>".encode()).get("href") == address
    assert not feedparser.parse(document).bozo


def test_json_has_no_place_for_a_stylesheet():
    write = FORMATS["json"].write
    assert write(replace(BARE, stylesheet="/assets/feed.css")) == write(BARE)
