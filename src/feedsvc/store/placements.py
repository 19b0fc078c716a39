"""Where articles stand: a row for each channel that one is in, or was in until it was retracted, in a part of it."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any, TypeAlias

from sqlalchemy import Connection, and_, bindparam, delete, insert, select, update

from feedsvc.store.schema import ChannelRow, PlacementRow, TombstoneRow

Parts: TypeAlias = Mapping[int, int]
"""The parts in which an article stands, by channel; 0 for one that is open, and was before it came."""

Table: TypeAlias = type[PlacementRow] | type[TombstoneRow]
"""One of the two tables that say where articles stand."""

_channel = ChannelRow.__table__.c
_COUNT = (
    update(ChannelRow.__table__)  # type: ignore[arg-type]  # a Table, which declarative classes do not promise
    .where(_channel.id == bindparam("channel"))
    .values(
        articles=_channel.articles + bindparam("change"), part=bindparam("open"), part_articles=bindparam("arrived")
    )
)


class Places:
    """The places of articles, as one transaction changes them; what is new is written by `write()` at the latest.

    What arrives in a channel goes into its open part. A part is full with `size` articles, and what comes next opens
    the next one. Where an article stands it stays: when others beside it are taken out, and when it comes back itself.
    The caller holds the journal, so that nobody else opens a part meanwhile.
    """

    def __init__(self, connection: Connection, size: int) -> None:
        self._connection = connection
        self._size = size
        self.opened: set[tuple[int, int]] = set()
        """Channels with the parts of theirs that were opened meanwhile."""
        self._open: dict[int, tuple[int, int]] = {}
        self._counts: Counter[int] = Counter()
        self._entering: list[dict[str, Any]] = []

    def enter(self, article: int, published_at: datetime, channels: Iterable[int]) -> Parts:
        """Put an article into channels that it does not stand in."""
        arrived = {channel: self._arrive(channel) for channel in channels}
        self.put(article, published_at, {channel: part for channel, (part, _) in arrived.items()})
        # That the first part was opened makes no difference to anything: there is no document before it.
        return {channel: part if opens and part > 1 else 0 for channel, (part, opens) in arrived.items()}

    def put(self, article: int, published_at: datetime, parts: Parts) -> None:
        """Put an article where it stood once."""
        self._entering += _rows(article, published_at, parts)
        self._counts.update(parts.keys())

    def leave(self, article: int, published_at: datetime, channels: Iterable[int]) -> Parts:
        """Take an article out of those of the channels that it stands in."""
        parts = self.standing(article, published_at, channels)
        _delete(self._connection, PlacementRow, _rows(article, published_at, parts))
        self._counts.subtract(parts.keys())
        return parts

    def standing(self, article: int, published_at: datetime, channels: Iterable[int]) -> Parts:
        """Where an article on file stands, of the channels."""
        return _parts(self._connection, PlacementRow, article, published_at, channels)

    def bury(self, article: int, published_at: datetime, parts: Parts) -> None:
        """Leave a tombstone of an article where it stood."""
        if parts:
            self._connection.execute(insert(TombstoneRow), _rows(article, published_at, parts))

    def exhume(self, article: int, published_at: datetime, channels: Iterable[int]) -> Parts:
        """Take its tombstones out of channels."""
        parts = _parts(self._connection, TombstoneRow, article, published_at, channels)
        _delete(self._connection, TombstoneRow, _rows(article, published_at, parts))
        return parts

    def move(self, table: Table, rows: Sequence[dict[str, Any]], into: int, staying: Iterable[int]) -> None:
        """Bring rows of a table to another channel, where the articles `staying` have one already."""
        self.write()
        _delete(self._connection, table, rows)
        there = set(staying)
        entering = [
            row | {"channel_id": into, "part": self._arrive(into)[0]} for row in rows if row["article_id"] not in there
        ]
        if entering:
            self._connection.execute(insert(table), entering)
        # A tombstone is not counted, but has its place in a part of which the channel has to know.
        counted = table is PlacementRow
        self._counts.subtract(row["channel_id"] for row in rows if counted)
        self._counts[into] += len(entering) if counted else 0

    def write(self) -> None:
        """Write what was put somewhere since the last time, and how many stand in each channel."""
        if self._entering:
            self._connection.execute(insert(PlacementRow), self._entering)
            self._entering.clear()
        if self._counts:
            self._connection.execute(_COUNT, [self._count(channel) for channel in sorted(self._counts)])
            self._counts.clear()

    def _count(self, channel: int) -> dict[str, int]:
        part, arrived = self._opened(channel)
        return {"channel": channel, "change": self._counts[channel], "open": part, "arrived": arrived}

    def _arrive(self, channel: int) -> tuple[int, bool]:
        """The part of a channel that takes in one more article, and whether that opens it."""
        part, arrived = self._opened(channel)
        if arrived >= self._size:
            part, arrived = part + 1, 0
        self._open[channel] = part, arrived + 1
        if arrived == 0:
            self.opened.add((channel, part))
        return part, arrived == 0

    def _opened(self, channel: int) -> tuple[int, int]:
        if channel not in self._open:
            found = select(_channel.part, _channel.part_articles).where(_channel.id == channel)
            part, arrived = self._connection.execute(found).one()
            self._open[channel] = part, arrived
        return self._open[channel]


def _rows(article: int, published_at: datetime, parts: Parts) -> list[dict[str, Any]]:
    return [
        {"channel_id": channel, "published_at": published_at, "article_id": article, "part": part}
        for channel, part in parts.items()
    ]


def _parts(
    connection: Connection, table: Table, article: int, published_at: datetime, channels: Iterable[int]
) -> Parts:
    # By the whole key, so that no table is read from end to end.
    here = table.channel_id.in_(list(channels)), table.published_at == published_at, table.article_id == article
    return {row.channel_id: row.part for row in connection.execute(select(table.channel_id, table.part).where(*here))}


def _delete(connection: Connection, table: Table, rows: Sequence[dict[str, Any]]) -> None:
    columns = table.__table__.c
    key = and_(*(columns[name] == bindparam(f"old_{name}") for name in ("channel_id", "published_at", "article_id")))
    if rows:
        gone = delete(table.__table__).where(key)  # type: ignore[arg-type]  # a Table, as above
        connection.execute(gone, [{f"old_{name}": value for name, value in row.items()} for row in rows])
