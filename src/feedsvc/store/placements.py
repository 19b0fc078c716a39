"""Where articles stand: a row for each channel that one is in, or was in until it was retracted."""

from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, and_, bindparam, delete, insert, update

from feedsvc.store.schema import ChannelRow, PlacementRow, TombstoneRow

_Standing = type[PlacementRow] | type[TombstoneRow]
_COUNT = (
    update(ChannelRow.__table__)  # type: ignore[arg-type]  # a Table, which declarative classes do not promise
    .where(ChannelRow.__table__.c.id == bindparam("channel"))
    .values(articles=ChannelRow.__table__.c.articles + bindparam("change"))
)


def standing(article: int, published_at: datetime, channels: Iterable[int]) -> list[dict[str, Any]]:
    """The rows that say of one article where it stands."""
    return [{"channel_id": each, "published_at": published_at, "article_id": article} for each in channels]


def place(connection: Connection, rows: Sequence[dict[str, Any]]) -> None:
    """Put articles into their channels, and count them there."""
    if rows:
        connection.execute(insert(PlacementRow), rows)
        _count(connection, Counter(row["channel_id"] for row in rows))


def remove(connection: Connection, article: int, published_at: datetime, channels: Iterable[int]) -> None:
    """Take an article out of channels that it stands in."""
    leaving = set(channels)
    _delete(connection, PlacementRow, article, published_at, leaving)
    _count(connection, Counter(dict.fromkeys(leaving, -1)))


def bury(connection: Connection, article: int, published_at: datetime, channels: Iterable[int]) -> None:
    """Leave a tombstone of an article in each of its channels."""
    connection.execute(insert(TombstoneRow), standing(article, published_at, channels))


def unbury(connection: Connection, article: int, published_at: datetime, channels: Iterable[int]) -> None:
    """Take those tombstones away."""
    _delete(connection, TombstoneRow, article, published_at, set(channels))


def move(
    connection: Connection, table: _Standing, leaving: Sequence[dict[str, Any]], entering: Sequence[dict[str, Any]]
) -> None:
    """Take many articles out of channels, and put them into others, in one of the two tables."""
    columns = table.__table__.c
    key = and_(*(columns[name] == bindparam(f"old_{name}") for name in leaving[0]))
    gone = delete(table.__table__).where(key)  # type: ignore[arg-type]  # a Table, as above
    connection.execute(gone, [{f"old_{k}": v for k, v in row.items()} for row in leaving])
    if entering:
        connection.execute(insert(table), entering)
    if table is PlacementRow:
        changes = Counter(row["channel_id"] for row in entering)
        changes.subtract(row["channel_id"] for row in leaving)
        _count(connection, changes)


def _delete(
    connection: Connection,
    table: _Standing,
    article: int,
    published_at: datetime,
    channels: set[int],
) -> None:
    # By the whole key, so that no table is read from end to end.
    connection.execute(
        delete(table).where(
            table.channel_id.in_(channels), table.published_at == published_at, table.article_id == article
        )
    )


def _count(connection: Connection, changes: Counter[int]) -> None:
    if changes:
        rows = [{"channel": channel, "change": change} for channel, change in sorted(changes.items())]
        connection.execute(_COUNT, rows)
