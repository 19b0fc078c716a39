"""The tables. A change here is a new migration beside it."""

from datetime import UTC, datetime
from typing import Any

from sqlalchemy import JSON, BigInteger, DateTime, Dialect, ForeignKey, Index, Integer, Text, text
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column
from sqlalchemy.types import TypeDecorator

NEWS_LINE = 0
"""The channel that every published article stands in."""


class UtcDateTime(TypeDecorator[datetime]):
    """An aware UTC datetime to the microsecond, on a database with time zones and on one without."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None or dialect.name != "sqlite":
            return value
        return value.astimezone(UTC).replace(tzinfo=None)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if dialect.name == "sqlite" else value.astimezone(UTC)


_Number = BigInteger().with_variant(Integer(), "sqlite")
_CLUSTERED = {"sqlite_with_rowid": False}


def _where(condition: str) -> dict[str, Any]:
    """Options of an index that holds only the rows of which `condition` is true."""
    return {"sqlite_where": text(condition), "postgresql_where": text(condition)}


def _where_set(column: str) -> dict[str, Any]:
    """Options of an index that holds only the rows in which `column` is set."""
    return _where(f"{column} IS NOT NULL")


class Base(DeclarativeBase):
    """The typed tables of one feedsvc database."""

    # Shared by all tables on purpose: it is how SQLAlchemy is told which type an annotation means.
    type_annotation_map = {  # noqa: RUF012
        int: _Number,
        str: Text,
        datetime: UtcDateTime,
        list[dict[str, Any]]: JSON,
        list[int]: JSON,
        dict[str, Any]: JSON,
    }


class SiteRow(Base):
    """One row: the tagging authority minted with the database (RFC 4151), and what the feeds were last made with."""

    __tablename__ = "site"
    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    authority: Mapped[str]
    fingerprint: Mapped[str]
    changed_at: Mapped[datetime]


class ArticleRow(Base):
    """An article that is or was published. `id` is the order of acceptance; `guid` and `published_at` never change.

    `updated_at` is what readers are told; `modified_at` is the date that the newest revision on file came with. `tags`
    are the numbers of their channels, in the order they were written, and `lines` those of its languages and authors;
    they are kept when the article is retracted, or expired, both of which `retracted_at` tells the time of.
    `expires_at` is when it is to expire by itself. `translation_of` is the guid of what it translates, if anything.
    """

    __tablename__ = "article"
    __table_args__ = (
        Index("article_by_expiry", "expires_at", **_where_set("expires_at")),
        Index("article_taken_back", "status", "id", **_where_set("retracted_at")),
        Index("article_by_original", "translation_of", **_where_set("translation_of")),
    )
    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    guid: Mapped[str] = mapped_column(unique=True)
    slug: Mapped[str] = mapped_column(unique=True)
    status: Mapped[str]
    language: Mapped[str]
    title: Mapped[str]
    summary: Mapped[str]
    body: Mapped[str]
    source: Mapped[str]
    authors: Mapped[list[dict[str, Any]]]
    media: Mapped[list[dict[str, Any]]]
    published_at: Mapped[datetime]
    updated_at: Mapped[datetime]
    modified_at: Mapped[datetime | None]
    retracted_at: Mapped[datetime | None]
    reason: Mapped[str]
    digest: Mapped[str]
    tags: Mapped[list[int]]
    corrections: Mapped[list[dict[str, Any]]]
    expires_at: Mapped[datetime | None]
    lines: Mapped[list[int]]
    translation_of: Mapped[str | None]


class DraftRow(Base):
    """An article that was never published: no public document is made from this table. `item` is a JSON Feed item.

    `release_at` is when it publishes itself, for one that is scheduled.
    """

    __tablename__ = "draft"
    __table_args__ = (Index("draft_by_release", "release_at"), _CLUSTERED)
    guid: Mapped[str] = mapped_column(primary_key=True)
    status: Mapped[str]
    item: Mapped[dict[str, Any]]
    release_at: Mapped[datetime | None]
    accepted_at: Mapped[datetime]
    changed_at: Mapped[datetime]


class RetiredSlugRow(Base):
    """An address that an article once had, and still answers to with a redirect; never given to another article."""

    __tablename__ = "retired_slug"
    __table_args__ = (_CLUSTERED,)
    slug: Mapped[str] = mapped_column(primary_key=True)
    article_id: Mapped[int] = mapped_column(ForeignKey("article.id"))


class ChannelRow(Base):
    """What has a feed of its own: the News Line (id 0), a `tag`, an `author` or a `language`; or a `ranking`, in which
    nothing is placed. `articles` counts those published in it.

    The slug of an author begins with `@`, that of a language with `:`, of a ranking with `*`, which no tag's does.
    What arrives in a channel fills one part after the other: `part` is the one that is open, and `part_articles` how
    many have come into it.

    `title` and `description` are its feed's, where they are not made from the label and the site's. A tag that was
    merged into another names that one; there is no foreign key, as a copy brings the rows in order.
    """

    __tablename__ = "channel"
    __table_args__ = (Index("channel_of_language", "slug", **_where("kind = 'language'")),)
    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    slug: Mapped[str] = mapped_column(unique=True)
    label: Mapped[str]
    articles: Mapped[int]
    title: Mapped[str]
    description: Mapped[str]
    retired_at: Mapped[datetime | None]
    merged_into: Mapped[int | None]
    kind: Mapped[str]
    part: Mapped[int]
    part_articles: Mapped[int]


class TagLabelRow(Base):
    """What a tag is called in a language (as addresses spell it), where that is not its usual label."""

    __tablename__ = "tag_label"
    __table_args__ = (_CLUSTERED,)
    channel_id: Mapped[int] = mapped_column(ForeignKey("channel.id"), primary_key=True)
    language: Mapped[str] = mapped_column(primary_key=True)
    label: Mapped[str]


class RetiredTagRow(Base):
    """A slug that a tag once had, by which it is still known: its addresses redirect, and articles may be given it."""

    __tablename__ = "retired_tag"
    __table_args__ = (_CLUSTERED,)
    slug: Mapped[str] = mapped_column(primary_key=True)
    channel_id: Mapped[int] = mapped_column(ForeignKey("channel.id"))


class PlacementRow(Base):
    """That an article stands in a channel now, in one part of it for ever. In this order, a feed of any channel is one
    range of the key."""

    __tablename__ = "placement"
    __table_args__ = (Index("placement_by_part", "channel_id", "part"), _CLUSTERED)
    channel_id: Mapped[int] = mapped_column(ForeignKey("channel.id"), primary_key=True)
    published_at: Mapped[datetime] = mapped_column(primary_key=True)
    article_id: Mapped[int] = mapped_column(ForeignKey("article.id"), primary_key=True)
    part: Mapped[int]


class TombstoneRow(Base):
    """That an article stood in a channel until it was retracted, and in which part; in the order of the placements."""

    __tablename__ = "tombstone"
    __table_args__ = (Index("tombstone_by_part", "channel_id", "part"), _CLUSTERED)
    channel_id: Mapped[int] = mapped_column(ForeignKey("channel.id"), primary_key=True)
    published_at: Mapped[datetime] = mapped_column(primary_key=True)
    article_id: Mapped[int] = mapped_column(ForeignKey("article.id"), primary_key=True)
    part: Mapped[int]


class JournalHeadRow(Base):
    """One row: the number and time of the newest journal row. Whoever changes anything holds it until the commit."""

    __tablename__ = "journal_head"
    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    seq: Mapped[int]
    at: Mapped[datetime]


class JournalRow(Base):
    """One editorial change. `seq` is gap-free and in commit order; `at` never goes down."""

    __tablename__ = "journal"
    __table_args__ = (Index("journal_by_article", "article_id", "seq"),)
    seq: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    at: Mapped[datetime] = mapped_column(index=True)
    kind: Mapped[str]
    article_id: Mapped[int | None] = mapped_column(ForeignKey("article.id"))


class TouchRow(Base):
    """A channel that a journal row touches: the article stood in it before (1), after (2), or both (3); and it was the
    first to come into its part (4).

    `part` is where in the channel, if that can make a difference to an archive document, and else 0: what comes into a
    part that was open before makes none.
    """

    __tablename__ = "touch"
    __table_args__ = (
        Index("touch_by_channel", "channel_id", "seq"),
        Index("touch_by_part", "channel_id", "part", "seq", **_where("part <> 0")),
        _CLUSTERED,
    )
    seq: Mapped[int] = mapped_column(ForeignKey("journal.seq"), primary_key=True)
    channel_id: Mapped[int] = mapped_column(ForeignKey("channel.id"), primary_key=True)
    stood: Mapped[int]
    part: Mapped[int]


class ReadsRow(Base):
    """How often an article's page was read; apart from the article, so that counting touches nothing feeds are of."""

    __tablename__ = "reads"
    article_id: Mapped[int] = mapped_column(ForeignKey("article.id"), primary_key=True, autoincrement=False)
    total: Mapped[int]
    counted_at: Mapped[datetime]


class BookmarkRow(Base):
    """How far in the journal a follower has come whose work outlives its process, and how often it was put back."""

    __tablename__ = "bookmark"
    __table_args__ = (_CLUSTERED,)
    follower: Mapped[str] = mapped_column(primary_key=True)
    seq: Mapped[int]
    put_back: Mapped[int]


class KeyRow(Base):
    """A key to the API; of its token there is only a hash."""

    __tablename__ = "api_key"
    __table_args__ = (_CLUSTERED,)
    name: Mapped[str] = mapped_column(primary_key=True)
    digest: Mapped[str] = mapped_column(unique=True)
    scope: Mapped[str]
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime | None]
    revoked_at: Mapped[datetime | None]
    used_at: Mapped[datetime | None]


class LogRow(Base):
    """What somebody did: the name of a key, of the shell or of the schedule, the deed, and what it was done to: an
    `article` (its guid), a `tag` (its slug), a `key` (its name)."""

    __tablename__ = "log"
    __table_args__ = (Index("log_by_subject", "subject", "id"),)
    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    at: Mapped[datetime]
    actor: Mapped[str]
    deed: Mapped[str]
    kind: Mapped[str]
    subject: Mapped[str]
    detail: Mapped[dict[str, Any]]


class RetryRow(Base):
    """A request that must not be done twice, and the article that it made."""

    __tablename__ = "retry"
    __table_args__ = (_CLUSTERED,)
    digest: Mapped[str] = mapped_column(primary_key=True)
    fingerprint: Mapped[str]
    guid: Mapped[str]
    at: Mapped[datetime] = mapped_column(index=True)
