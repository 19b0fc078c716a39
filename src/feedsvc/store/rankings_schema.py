"""The tables of what is read most. A change here is a new migration in `migrations`."""

from datetime import datetime

from sqlalchemy import ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from feedsvc.store.schema import Base


class HourlyReadsRow(Base):
    """How often an article was read in the hour that began at `hour` (UTC)."""

    __tablename__ = "hourly_reads"
    __table_args__ = ({"sqlite_with_rowid": False},)
    hour: Mapped[datetime] = mapped_column(primary_key=True)
    article_id: Mapped[int] = mapped_column(ForeignKey("article.id"), primary_key=True)
    total: Mapped[int]


class RankingRow(Base):
    """Which article has a place in the ranking that a channel stands for; the first is 1."""

    __tablename__ = "ranking"
    __table_args__ = ({"sqlite_with_rowid": False},)
    channel_id: Mapped[int] = mapped_column(ForeignKey("channel.id"), primary_key=True)
    place: Mapped[int] = mapped_column(primary_key=True)
    article_id: Mapped[int] = mapped_column(ForeignKey("article.id"))


class RankedRow(Base):
    """When a ranking is to be made again: the end of the last hour that it counts is `until` (UTC)."""

    __tablename__ = "ranked"
    __table_args__ = ({"sqlite_with_rowid": False},)
    channel_id: Mapped[int] = mapped_column(ForeignKey("channel.id"), primary_key=True)
    until: Mapped[datetime]
