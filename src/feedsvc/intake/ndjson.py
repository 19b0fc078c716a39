"""JSON, one value a line or one value in all: newline-delimited items, JSON Feeds, items written over many lines."""

from collections.abc import Iterator
from typing import Any

from feedsvc.errors import Rejected, Unreadable
from feedsvc.intake import jsonfeed, strict_json
from feedsvc.intake.source import DOCUMENT_LIMIT, LINE_LIMIT, Source
from feedsvc.intake.submission import Submission

# RFC 7464 puts a record separator before each text of a JSON sequence.
_BOM = b"\xef\xbb\xbf"
_IGNORED = b" \t\r\n\x1e"


def read_json(source: Source) -> Iterator[Submission]:
    """The items of a JSON document, or of one JSON value a line in memory that does not grow with the file.

    A line that is no item is a submission without one. Raises `Unreadable` for a document of any other kind.
    """
    if source.opening().lstrip(_IGNORED + _BOM).startswith(b"["):
        yield from _document(source, b"")
        return
    # A JSON Feed may be written on a single line, so that the first may be as long as a document.
    first = source.line(DOCUMENT_LIMIT)
    while first and not first.strip(_IGNORED + _BOM):
        first = source.line(DOCUMENT_LIMIT)
    if first is not None and strict_json.unfinished(first.strip(_IGNORED)):
        yield from _document(source, first)
        return
    yield from _line(first, source.line_number, "")
    for line in source.lines():
        yield from _line(line, source.line_number, f"line {source.line_number}, ")


def _line(line: bytes | None, number: int, prefix: str) -> Iterator[Submission]:
    place = f"line {number}"
    if line is None:
        yield Submission(place, reason=f"it is longer than {LINE_LIMIT >> 20} MiB")
        return
    text = line.strip(_IGNORED)
    if not text:
        return
    try:
        value = strict_json.decode(text)
        if jsonfeed.is_feed(value):
            yield from jsonfeed.items_in(value, prefix)
        else:
            yield Submission(place, jsonfeed.item_of(value))
    except Rejected as error:
        yield Submission(place, reason=str(error))


def _document(source: Source, taken: bytes) -> Iterator[Submission]:
    lines_before = source.line_number - bool(taken)
    try:
        value = strict_json.decode(source.whole(taken).strip(_IGNORED), lines_before)
        if isinstance(value, list):
            yield from jsonfeed.list_of_items(value)
        elif jsonfeed.is_feed(value):
            yield from jsonfeed.items_in(value)
        else:
            yield _single(value)
    except Rejected as error:
        raise Unreadable(f"{source.name}: {source.damage or error}") from None


def _single(value: Any) -> Submission:
    try:
        return Submission("item 1", jsonfeed.item_of(value))
    except Rejected as error:
        if not error.where:  # it is no item at all, and not one with a fault in it
            raise
        return Submission("item 1", reason=str(error))
