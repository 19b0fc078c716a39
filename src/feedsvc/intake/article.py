"""One article, as it is handed to `publish`: a JSON item, or Markdown."""

import io
from itertools import islice
from typing import BinaryIO

from feedsvc.errors import Rejected, Unreadable
from feedsvc.intake.markdown import read_markdown
from feedsvc.intake.ndjson import read_json
from feedsvc.intake.source import Source
from feedsvc.item import Item

_MARKDOWN_NAMES = (".md", ".markdown", ".txt")
_FEED_STARTS = ("<?xml", "<rss", "<feed", "<rdf:rdf")


def read_article(stream: BinaryIO, name: str) -> Item:
    """The one article in `stream`: Markdown if `name` ends in .md, .markdown or .txt, or if it does not begin with `{`.

    Raises `Rejected` when the article is wrong or not alone, and `Unreadable` for what is no text, is empty, or is
    larger than 64 MiB.
    """
    with Source(stream, name) as source:
        source.opening()
        document = source.whole()
        if source.damage:
            raise Unreadable(f"{name}: {source.damage}")
    try:
        text = document.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise Unreadable(f"{name}: it is not UTF-8 text (byte offset {error.start})") from None
    start = text.lstrip().lower()
    if not start:
        raise Unreadable(f"{name}: it is empty")
    if start.startswith(_FEED_STARTS):
        raise Rejected("this is a feed, not an article; use import")
    if start.startswith("{") and not name.lower().endswith(_MARKDOWN_NAMES):
        return _only_item(document, name)
    return read_markdown(text)


def _only_item(document: bytes, name: str) -> Item:
    with Source(io.BytesIO(document), name) as source:
        submissions = list(islice(read_json(source), 2))
    if not submissions:
        raise Rejected("there is no article in it")
    if len(submissions) > 1:
        raise Rejected("there are several articles in it; use import")
    only = submissions[0]
    if only.item is None:
        raise Rejected(only.reason)
    return only.item
