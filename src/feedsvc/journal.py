"""The journal: every editorial change, numbered without gaps in the order of the commits.

Whatever happens because of a change follows the journal; nothing else tells anyone anything.
"""

import sys
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Connection, Select, bindparam, func, insert, select, update

from feedsvc.store.postgres import COMMITTED
from feedsvc.store.schema import JournalHeadRow, JournalRow, SiteRow, TouchRow

SITE = "site"
"""The kind of a row that touches every document: what all feeds are made with has changed."""

SITE_KEY = "site"
"""What every document is made of."""


def channel_key(channel: int) -> str:
    """What the documents that list a channel are made of."""
    return f"channel-{channel}"


def article_key(article: int) -> str:
    """What the documents that show one article are made of."""
    return f"article-{article}"


PART_SIZE = 50_000
"""How many numbers a part of the archive spans. A sitemap has at most so many addresses; the spans are fixed, so that
what an article changes is the part it stands in, and no other."""


def part_key(part: int) -> str:
    """What the documents that list part number `part` of all articles are made of."""
    return f"articles-{part}"


def span(part: int) -> dict[str, int]:
    """The numbers of a part, as statements name them: the `first`, and the `end` that is no more in it."""
    return {"first": part * PART_SIZE, "end": (part + 1) * PART_SIZE}


@dataclass(frozen=True, slots=True)
class Change:
    """One row: its number and time (UTC), its kind, the article, and the channels it touches (old tags and new)."""

    seq: int
    at: datetime
    kind: str
    article: int | None
    channels: tuple[int, ...]

    def names(self) -> Iterator[str]:
        """The names of what has changed, as documents are keyed by them."""
        if self.kind == SITE:
            yield SITE_KEY
        if self.article is not None:
            yield article_key(self.article)
            yield part_key(self.article // PART_SIZE)
        yield from map(channel_key, self.channels)


class Backlog(NamedTuple):
    """What a follower has before it: how many rows, and for how long the oldest of them has waited, in seconds."""

    pending: int
    lag_seconds: float


@dataclass(frozen=True, slots=True)
class Freshness:
    """How fresh what was read is: `revision` is the journal's head in the same snapshot, `changed_at` (UTC) the
    newest change of the selection, and `crowded` whether another change of it fell into the same second."""

    revision: int
    changed_at: datetime
    crowded: bool


_journal = JournalRow.__table__.c
_touch = TouchRow.__table__.c
_site, _head = SiteRow.__table__.c, JournalHeadRow.__table__.c
# Not a join, which PostgreSQL may walk from the journal's end: back to the day on which a tag was last used.
_touched = select(_touch.seq).where(_touch.channel_id == bindparam("number")).order_by(_touch.seq.desc()).limit(1)
_told = select(_journal.seq).where(_journal.article_id == bindparam("number")).order_by(_journal.seq.desc()).limit(1)
_any = select(func.max(_journal.seq))
# Out of journal_by_article, from the first number to the last: some 50,000 entries. Of `seq` by itself PostgreSQL would
# look for the highest backwards from the journal's end, past every article that was accepted since.
_in_part = select(func.max(_journal.seq + 0)).where(
    _journal.article_id >= bindparam("first"), _journal.article_id < bindparam("end")
)


def _freshness_by(row: Select[Any], seq: ColumnElement[int]) -> Select[Any]:
    """When the site changed and the number of its newest row; the time of the newest transaction that `row` (by its
    number, `seq`) finds, and that of the one before; built once, as to build a statement takes longer than to run it.
    """
    newest = select(_journal.at).where(_journal.seq == row.scalar_subquery()).cte("newest")
    begun = select(func.min(_journal.seq)).where(_journal.at == select(newest.c.at).scalar_subquery())
    earlier = select(_journal.at).where(_journal.seq == row.where(seq < begun.scalar_subquery()).scalar_subquery())
    return select(_site.changed_at, _head.seq, select(newest.c.at).scalar_subquery(), earlier.scalar_subquery()).where(
        _site.id == _head.id
    )  # of each there is one row, under the same number


_OF_CHANNEL = _freshness_by(_touched, _touch.seq)
_OF_ARTICLE = _freshness_by(_told, _journal.seq)
_OF_PART = _freshness_by(_in_part, _journal.seq)
_OF_EVERYTHING = _freshness_by(_any, _journal.seq)
_OF_SITE = select(_site.changed_at, _head.seq).where(_site.id == _head.id)
_PART_CHANGED_AT = select(_journal.at).where(_journal.seq == _in_part.scalar_subquery())

UNTOUCHED = Freshness(sys.maxsize, datetime(2020, 1, 1, tzinfo=UTC), crowded=True)
"""The freshness of what no change touches; its date tells nothing, so only its ETag validates."""


class JournalWriter:
    """The right to change anything, held from construction to commit; rows are written by `close()`.

    Holding the head row serialises publishing, which gives each row its number in commit order: a sequence would
    let two transactions commit the other way round, and a follower would skip one for ever.
    """

    def __init__(self, connection: Connection, now: datetime) -> None:
        self._connection = connection
        head = connection.execute(select(JournalHeadRow.seq, JournalHeadRow.at).with_for_update()).one()
        self.seq: int = head.seq
        # Later than every row before it, if only by a microsecond: rows of one time are of one transaction.
        self.at = max(now, head.at + timedelta(microseconds=1))
        self._rows: list[dict[str, Any]] = []
        self._touches: list[dict[str, Any]] = []

    def append(self, kind: str, article: int | None, channels: Iterable[int] = ()) -> None:
        """Note one change and the channels it touches."""
        self.seq += 1
        self._rows.append({"seq": self.seq, "at": self.at, "kind": kind, "article_id": article})
        self._touches.extend({"seq": self.seq, "channel_id": channel} for channel in sorted(set(channels)))

    def close(self) -> None:
        """Write the rows, in the transaction of the changes they tell of."""
        if not self._rows:
            return
        self._connection.execute(insert(JournalRow), self._rows)
        if self._touches:
            self._connection.execute(insert(TouchRow), self._touches)
        self._connection.execute(update(JournalHeadRow).values(seq=self.seq, at=self.at))
        if self._connection.dialect.name == "postgresql":
            # Told when it is committed, and not if it is not. SQLite tells by itself.
            self._connection.exec_driver_sql(f"NOTIFY {COMMITTED}")


def head(connection: Connection) -> int:
    """The number of the newest row; 0 when there is none."""
    return connection.execute(select(JournalHeadRow.seq)).scalar_one()


def newest(connection: Connection) -> tuple[int, datetime]:
    """The number and time of the newest row; 0 and 1970 when there is none."""
    seq, at = connection.execute(select(JournalHeadRow.seq, JournalHeadRow.at)).one()
    return seq, at


def has(connection: Connection, seq: int, at: datetime) -> bool:
    """Whether the journal has the row with this number and time; if so, it has every row before it too."""
    row = select(JournalRow.seq).where(JournalRow.seq == seq, JournalRow.at == at)
    return connection.execute(row).first() is not None


def backlog(connection: Connection, seq: int) -> Backlog:
    """What a follower that has come to number `seq` has before it."""
    newest = head(connection)
    if newest <= seq:
        return Backlog(0, 0.0)
    after = select(JournalRow.at).where(JournalRow.seq > seq).order_by(JournalRow.seq).limit(1)
    waited = datetime.now(UTC) - connection.execute(after).scalar_one()
    # Another machine's clock may be ahead of ours.
    return Backlog(newest - seq, max(0.0, waited.total_seconds()))


def changes_after(connection: Connection, seq: int, limit: int = 1000) -> list[Change]:
    """At most `limit` changes after number `seq`, in order; whole, with or without a snapshot."""
    # Rows first: what a row touches was committed with it, and is there by the time the row is seen.
    after = select(JournalRow).where(JournalRow.seq > seq).order_by(JournalRow.seq).limit(limit)
    rows = connection.execute(after).all()
    if not rows:
        return []
    touches: dict[int, list[int]] = {}
    touched = select(TouchRow.seq, TouchRow.channel_id).where(TouchRow.seq > seq, TouchRow.seq <= rows[-1].seq)
    for touch in connection.execute(touched):
        touches.setdefault(touch.seq, []).append(touch.channel_id)
    return [Change(row.seq, row.at, row.kind, row.article_id, tuple(touches.get(row.seq, ()))) for row in rows]


def freshness(connection: Connection, channel: int) -> Freshness:
    """The freshness of a channel: its newest change, or the newest change of the whole site if that is later."""
    return _freshness(connection, _OF_CHANNEL, number=channel)


def article_freshness(connection: Connection, article: int, counted_at: datetime | None) -> Freshness:
    """The freshness of an article's page, which shows the reads that were counted at `counted_at` (UTC) as well."""
    fresh = _freshness(connection, _OF_ARTICLE, number=article)
    if counted_at is None or counted_at.replace(microsecond=0) < fresh.changed_at.replace(microsecond=0):
        return fresh
    # Several processes count; that none of them counts in the same second again cannot be known.
    return Freshness(fresh.revision, max(counted_at, fresh.changed_at), crowded=True)


def part_freshness(connection: Connection, part: int) -> Freshness:
    """The freshness of a part of all articles, published or not; every change of one counts."""
    return _freshness(connection, _OF_PART, **span(part))


def part_changed_at(connection: Connection, part: int) -> datetime | None:
    """When any article of a part was changed last (UTC); None where there is none."""
    return connection.execute(_PART_CHANGED_AT, span(part)).scalar()


def whole_freshness(connection: Connection) -> Freshness:
    """The freshness of everything together: the newest row, whatever it tells of."""
    return _freshness(connection, _OF_EVERYTHING)


def site_freshness(connection: Connection) -> Freshness:
    """The freshness of what no article changes."""
    return _freshness(connection, _OF_SITE)


def _freshness(connection: Connection, statement: Select[Any], **named: int) -> Freshness:
    site, revision, *touched = connection.execute(statement, named).one()
    newest, *earlier = sorted([site, *(at for at in touched if at)], reverse=True)
    crowded = any(moment.replace(microsecond=0) == newest.replace(microsecond=0) for moment in earlier)
    return Freshness(revision, newest, crowded)
