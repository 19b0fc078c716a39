import gzip
import io
import json

import pytest

from feedsvc.errors import Rejected, Unreadable
from feedsvc.intake import read_article

ITEM = {"id": "a", "title": "Headline", "content_text": "Body"}


def read(data: bytes, name: str = "-"):
    return read_article(io.BytesIO(data), name)


@pytest.mark.parametrize("indent", [None, 2])
def test_a_json_item_is_read(indent):
    assert read(json.dumps(ITEM, indent=indent).encode()).title == "Headline"


def test_what_does_not_begin_with_a_brace_is_markdown():
    item = read(b"\xef\xbb\xbf\n# Headline\n\nBody")
    assert (item.title, item.content_html) == ("Headline", "<p>Body</p>")


@pytest.mark.parametrize("name", ["a.md", "A.MARKDOWN", "a.txt"])
def test_the_name_can_say_that_it_is_markdown(name):
    assert read(b"{braces} are text\n\n# Headline", name).title == "Headline"


def test_a_gzipped_article_is_unpacked():
    assert read(gzip.compress(b"# Headline", mtime=0)).title == "Headline"


def test_a_json_feed_with_one_item_is_one_article():
    assert read(json.dumps({"version": "https://jsonfeed.org/version/1.1", "items": [ITEM]}).encode()).id == "a"


@pytest.mark.parametrize(
    "document",
    [
        json.dumps({"version": "https://jsonfeed.org/version/1.1", "items": [ITEM, ITEM]}).encode(),
        json.dumps(ITEM).encode() + b"\n" + json.dumps(ITEM).encode(),
    ],
)
def test_several_articles_are_sent_to_import(document):
    with pytest.raises(Rejected, match="several articles in it; use import"):
        read(document)


def test_a_feed_without_items_is_no_article():
    with pytest.raises(Rejected, match="there is no article in it"):
        read(b'{"version": "https://jsonfeed.org/version/1.1", "items": []}')


@pytest.mark.parametrize("start", [b"<?xml version='1.0'?><x/>", b"\n<rss>", b"<feed>", b"<rdf:RDF>"])
def test_a_feed_is_sent_to_import(start):
    with pytest.raises(Rejected, match="this is a feed, not an article; use import"):
        read(start)


def test_a_wrong_item_is_rejected_with_its_reason():
    with pytest.raises(Rejected, match="/title: input should be a valid string"):
        read(b'{"title": 5}')


def test_ill_formed_json_is_rejected_or_unreadable():
    with pytest.raises(Rejected, match="not JSON"):
        read(b'{"title": x}')
    with pytest.raises(Unreadable, match="not JSON"):
        read(b'{\n"title": "x"')


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"", "-: it is empty"),
        (b" \n ", "-: it is empty"),
        (b"caf\xe9", r"-: it is not UTF-8 text \(byte offset 3\)"),
        (gzip.compress(b"# Headline", mtime=0)[:-6], "-: the gzip stream breaks off"),
    ],
)
def test_what_is_no_text_is_unreadable(data, reason):
    with pytest.raises(Unreadable, match=reason):
        read(data)
