"""Whatever is handed in, as submissions: items of JSON Feed, of RSS and Atom, or one article in JSON or Markdown."""

import re
from collections.abc import Iterator
from typing import BinaryIO

from feedsvc.errors import Unreadable
from feedsvc.intake.article import read_article
from feedsvc.intake.ndjson import read_json
from feedsvc.intake.source import Source
from feedsvc.intake.submission import Submission
from feedsvc.intake.syndication import read_feed

__all__ = ["Submission", "read_article", "read_document"]

# What may stand before the first sign of a text: byte order marks, a record separator (RFC 7464), the NULs of UTF-16.
_MARKS = b"\xef\xbb\xbf\xff\xfe\0\x1e \t\r\n"


def read_document(stream: BinaryIO, name: str) -> Iterator[Submission]:
    """The articles of a document, gzipped or not: JSON items one a line, a JSON Feed, a JSON item or list, RSS, Atom.

    JSON items one a line are streamed. Raises `Unreadable`, its sentence beginning with `name`, for a document of
    another kind, and for a damaged gzip stream once everything before the damage has been handed over.
    """
    with Source(stream, name) as source:
        place = "the beginning"
        for submission in _submissions(source):
            place = submission.place
            yield submission
        if source.damage:
            raise Unreadable(f"{name}: {source.damage}; the last thing read was {place}")


def _submissions(source: Source) -> Iterator[Submission]:
    head = source.opening()
    start = head.lstrip(_MARKS)
    if not head:
        raise Unreadable(f"{source.name}: {source.damage or 'it is empty'}")
    if re.match(rb"<(?:!doctype\s+)?html\b", start, re.IGNORECASE):
        raise Unreadable(f"{source.name}: it is a web page, not a feed")
    if start.startswith(b"<"):
        return read_feed(source)
    if start.startswith((b"{", b"[")):
        if b"\0" in head:
            raise Unreadable(f"{source.name}: it is JSON in UTF-16 or UTF-32; JSON is UTF-8 (RFC 8259 section 8.1)")
        return read_json(source)
    raise Unreadable(
        f"{source.name}: it is neither JSON nor RSS nor Atom, whose first sign would be one of {{ [ <; "
        "for a single article in Markdown use publish"
    )
