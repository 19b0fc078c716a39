"""What is read most: reads by the hour, and the rankings that were made of them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Connection, bindparam, delete, func, insert, select
from sqlalchemy.dialects import postgresql, sqlite

from feedsvc.store.rankings_schema import HourlyReadsRow, RankedRow, RankingRow
from feedsvc.store.schema import ArticleRow, ChannelRow

PLACES = 50
"""How many articles a ranking has at most."""

_KEPT = timedelta(days=8)


@dataclass(frozen=True, slots=True)
class Window:
    """A span of time that is ranked by: its name, its length, and the slug of the channel that stands for it."""

    name: str
    length: timedelta

    @property
    def slug(self) -> str:
        return f"*{self.name}"


WINDOWS: Mapping[str, Window] = {
    window.name: window for window in (Window("day", timedelta(days=1)), Window("week", timedelta(days=7)))
}
"""Every window, by its name."""

LISTED = select(RankingRow.article_id).where(RankingRow.channel_id == bindparam("channel")).order_by(RankingRow.place)
"""The articles of the ranking that `:channel` stands for, published or not, in their order."""


def count(connection: Connection, hour: datetime, reads: Mapping[int, int]) -> None:
    """Count the reads of articles, by number, in the hour that began at `hour` (UTC)."""
    insertion = (sqlite if connection.dialect.name == "sqlite" else postgresql).insert(HourlyReadsRow)
    upsert = insertion.on_conflict_do_update(
        index_elements=[HourlyReadsRow.hour, HourlyReadsRow.article_id],
        set_={"total": HourlyReadsRow.total + insertion.excluded.total},
    )
    rows = [{"hour": hour, "article_id": article, "total": total} for article, total in sorted(reads.items())]
    connection.execute(upsert, rows)


def forget(connection: Connection, now: datetime) -> None:
    """Forget the hours that no window reaches back to any more."""
    connection.execute(delete(HourlyReadsRow).where(HourlyReadsRow.hour < now - _KEPT))


def channel(connection: Connection, window: Window) -> int:
    """The number of the channel that stands for a ranking."""
    return connection.execute(select(ChannelRow.id).where(ChannelRow.slug == window.slug)).scalar_one()


def made_until(connection: Connection, number: int) -> datetime | None:
    """The end of what the ranking of a channel was made of (UTC); None for one that was never made."""
    return connection.execute(select(RankedRow.until).where(RankedRow.channel_id == number)).scalar()


def most_read(connection: Connection, since: datetime, until: datetime) -> list[int]:
    """The published articles that were read most between two full hours (UTC): of as many reads, the newer first."""
    total = func.sum(HourlyReadsRow.total)
    ranked = (
        select(HourlyReadsRow.article_id)
        .join(ArticleRow, ArticleRow.id == HourlyReadsRow.article_id)
        .where(HourlyReadsRow.hour >= since, HourlyReadsRow.hour < until, ArticleRow.retracted_at.is_(None))
        .group_by(HourlyReadsRow.article_id, ArticleRow.published_at)
        .order_by(total.desc(), ArticleRow.published_at.desc(), HourlyReadsRow.article_id.desc())
        .limit(PLACES)
    )
    return list(connection.execute(ranked).scalars())


def listed(connection: Connection, number: int) -> list[int]:
    """The articles of a ranking by its channel, published or not, in their order."""
    return list(connection.execute(LISTED, {"channel": number}).scalars())


def listing(connection: Connection) -> dict[int, list[int]]:
    """The channels of the rankings that each article stands in, for those that stand in any."""
    channels: dict[int, list[int]] = {}
    for article, number in connection.execute(select(RankingRow.article_id, RankingRow.channel_id)):
        channels.setdefault(article, []).append(number)
    return channels


def replace(connection: Connection, number: int, articles: Sequence[int]) -> None:
    """Let a ranking be that of `articles`, in their order."""
    connection.execute(delete(RankingRow).where(RankingRow.channel_id == number))
    rows = [{"channel_id": number, "place": place, "article_id": each} for place, each in enumerate(articles, start=1)]
    if rows:
        connection.execute(insert(RankingRow), rows)


def note(connection: Connection, number: int, until: datetime) -> None:
    """Note what the ranking of a channel was made of."""
    connection.execute(delete(RankedRow).where(RankedRow.channel_id == number))
    connection.execute(insert(RankedRow).values(channel_id=number, until=until))
