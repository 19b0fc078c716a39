"""Bringing in many items: in batches that are each kept once they are reported, knowing what came before."""

import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass

from feedsvc.errors import Unreadable
from feedsvc.intake import Submission
from feedsvc.item import Item
from feedsvc.newsroom import Newsroom, Outcome
from feedsvc.text import one_line

BATCH = 500


@dataclass(frozen=True, slots=True)
class Imported:
    """What became of one item of a document, and where in the document it stood."""

    place: str
    outcome: Outcome


def import_all(newsroom: Newsroom, submissions: Iterable[Submission]) -> Iterator[Imported]:
    """Bring in items, a batch in a transaction; an outcome is given out when its batch is committed.

    An id that comes twice is taken the first time only: whatever the document holds, importing it again changes
    nothing. Raises `Unreadable` where the document cannot be read on, with everything before it brought in.
    """
    # A private file of SQLite's that it deletes itself: the ids of ten million items are not for memory.
    with closing(sqlite3.connect("")) as seen:
        seen.execute("CREATE TABLE seen (id TEXT PRIMARY KEY) WITHOUT ROWID")
        batch: list[Submission] = []
        try:
            for submission in submissions:
                batch.append(submission)
                if len(batch) == BATCH:
                    yield from _import_batch(newsroom, batch, seen)
                    batch = []
        except Unreadable:
            yield from _import_batch(newsroom, batch, seen)
            raise
        yield from _import_batch(newsroom, batch, seen)


def _import_batch(newsroom: Newsroom, batch: Sequence[Submission], seen: sqlite3.Connection) -> Iterator[Imported]:
    reasons = [each.reason if each.item is None else _repeated(each.item, seen) for each in batch]
    items = [each.item for each, reason in zip(batch, reasons, strict=True) if each.item is not None and not reason]
    outcomes = iter(newsroom.accept(items) if items else ())
    for submission, reason in zip(batch, reasons, strict=True):
        yield Imported(submission.place, Outcome("rejected", reason=reason) if reason else next(outcomes))


def _repeated(item: Item, seen: sqlite3.Connection) -> str:
    guid = one_line(item.id or "")
    if not guid or seen.execute("INSERT OR IGNORE INTO seen VALUES (?)", (guid,)).rowcount:
        return ""
    return f"the id {guid} stands earlier in this document"
