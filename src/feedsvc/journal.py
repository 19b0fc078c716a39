"""The journal: every editorial change, numbered without gaps in the order of the commits.

Whatever happens because of a change follows the journal; nothing else tells anyone anything.
"""

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from types import MappingProxyType
from typing import Any, NamedTuple

from sqlalchemy import Connection, insert, select, update

from feedsvc.store import postgres
from feedsvc.store.formulas import Formula
from feedsvc.store.placements import Parts
from feedsvc.store.schema import JournalHeadRow, JournalRow, TouchRow
from feedsvc.store.touches import AFTER, BEFORE, OPENED

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


def archive_key(channel: int, part: int) -> str:
    """What the archive document of a part of a channel is made of."""
    return f"archive-{channel}-{part}"


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
    """One row: its number and time (UTC), its kind, the article, and the channels it touches: those in which the
    article stood `before` and stands `after`, with the part where that can make a difference, and else 0."""

    seq: int
    at: datetime
    kind: str
    article: int | None
    before: dict[int, int]
    after: dict[int, int]

    @property
    def channels(self) -> tuple[int, ...]:
        """Every channel it touches."""
        return tuple({**self.before, **self.after})

    def concerns(self, formula: Formula) -> bool:
        """Whether the article is one of those of a formula, or was before the change."""
        return formula.holds(self.before) or formula.holds(self.after)

    def names(self) -> Iterator[str]:
        """The names of what has changed, as documents are keyed by them."""
        if self.kind == SITE:
            yield SITE_KEY
        if self.article is not None:
            yield article_key(self.article)
            yield part_key(self.article // PART_SIZE)
        yield from map(channel_key, self.channels)
        for channel, part in {*self.before.items(), *self.after.items()}:
            if part:
                yield archive_key(channel, part)


_NOWHERE: Parts = MappingProxyType({})


class Backlog(NamedTuple):
    """What a follower has before it: how many rows, and for how long the oldest of them has waited, in seconds."""

    pending: int
    lag_seconds: float


class JournalWriter:
    """The right to change anything, held from construction to commit; rows are written by `close()`.

    Holding the head row serialises publishing, which gives each row its number in commit order: a sequence would
    let two transactions commit the other way round, and a follower would skip one for ever.
    """

    def __init__(self, connection: Connection, now: datetime) -> None:
        self._connection = connection
        if connection.dialect.name == "postgresql":
            postgres.line_up(connection, "journal")
        head = connection.execute(select(JournalHeadRow.seq, JournalHeadRow.at).with_for_update()).one()
        self.seq: int = head.seq
        # Later than every row before it, if only by a microsecond: rows of one time are of one transaction.
        self.at = max(now, head.at + timedelta(microseconds=1))
        self._rows: list[dict[str, Any]] = []
        self._touches: list[dict[str, Any]] = []

    def append(
        self,
        kind: str,
        article: int | None,
        before: Parts = _NOWHERE,
        after: Parts = _NOWHERE,
        opened: Collection[tuple[int, int]] = (),
    ) -> None:
        """Note one change, where what it changes stood before and stands after it, and the parts of channels that were
        opened meanwhile."""
        self.seq += 1
        self._rows.append({"seq": self.seq, "at": self.at, "kind": kind, "article_id": article})
        for channel in sorted({*before, *after}):
            stood = (BEFORE if channel in before else 0) | (AFTER if channel in after else 0)
            part = before.get(channel) or after.get(channel, 0)
            stood |= OPENED if (channel, part) in opened else 0
            self._touches.append({"seq": self.seq, "channel_id": channel, "stood": stood, "part": part})

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
            self._connection.exec_driver_sql(f"NOTIFY {postgres.COMMITTED}")


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
    changes = [Change(row.seq, row.at, row.kind, row.article_id, {}, {}) for row in rows]
    touched = select(TouchRow).where(TouchRow.seq > seq, TouchRow.seq <= rows[-1].seq)
    for touch in connection.execute(touched):
        # Numbers have no gaps.
        change = changes[touch.seq - rows[0].seq]
        if touch.stood & BEFORE:
            change.before[touch.channel_id] = touch.part
        if touch.stood & AFTER:
            change.after[touch.channel_id] = touch.part
    return changes
