"""What is published now, read from one snapshot of the store as the values that feeds and pages are made of."""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import Any
from urllib.parse import quote

from sqlalchemy import Connection, select

from feedsvc.config import Config
from feedsvc.errors import Moved, NotFound
from feedsvc.feed import Author, Entry, Feed, Media, Tag
from feedsvc.formats import FORMATS
from feedsvc.slugs import slugify
from feedsvc.store import readings
from feedsvc.store.schema import NEWS_LINE, ArticleRow, ChannelRow
from feedsvc.text import paragraphs
from feedsvc.urls import Selection, Urls

_URI = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:[!#-;=?-Z_a-z~%\[\]]+")
_TAGS = readings.ENTRY.index(ArticleRow.__table__.c.tags)
_EMPTY_SINCE = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Channel:
    """A selection that exists: its number in the store, its tag (None for the News Line), how many articles."""

    number: int
    tag: Tag | None
    articles: int


def channel_title(config: Config, tag: Tag | None) -> str:
    """What the feed of a tag is called, or that of the News Line."""
    return f"{tag.label.lstrip('#')} — {config.title}" if tag else config.title


@dataclass(frozen=True, slots=True)
class Withdrawn:
    """An article that was retracted: its number, and since when (UTC)."""

    number: int
    retracted_at: datetime


class Catalogue:
    """Readings of the store; every method takes the connection whose snapshot it is to read."""

    def __init__(self, config: Config) -> None:
        self._config = config
        self._urls = Urls(config.base_url)
        # The same few tags stand in many entries.
        self._tag = lru_cache(maxsize=4096)(self._make_tag)

    def channel(self, connection: Connection, selection: Selection) -> Channel:
        """The channel of a selection. Raises `NotFound` for a tag nobody has used."""
        _require_storable(selection.tag or "")
        # The News Line's slug is the empty one, which no tag can have.
        row = connection.execute(readings.CHANNEL, {"slug": selection.tag or ""}).one_or_none()
        if row is None or selection.tag == "":
            raise NotFound(f"There is no tag “{selection.tag}”.")
        return Channel(row.id, None if row.id == NEWS_LINE else self._tag(row.label, row.slug), row.articles)

    def canonical(self, connection: Connection, tag: str) -> Selection:
        """The selection that another spelling of a tag means. Raises `NotFound` when it means none."""
        selection = Selection(slugify(tag) or tag)
        self.channel(connection, selection)
        return selection

    def feed(self, connection: Connection, selection: Selection, channel: Channel, updated: datetime) -> Feed:
        """The feed of a channel, with at least the configured items and hours, newest first."""
        authority = connection.execute(readings.AUTHORITY).scalar_one()
        addresses = {name: self._urls.feed(selection, name) for name in FORMATS}
        window = tuple(self._window(connection, channel.number, authority))
        return self._feed(selection, channel, updated, authority, addresses, window)

    def headline_feed(
        self, connection: Connection, selection: Selection, channel: Channel, updated: datetime, limit: int
    ) -> Feed:
        """The newest `limit` entries of a channel as a feed for those who show headlines: for a body each has its
        summary, and it has no attachments."""
        authority = connection.execute(readings.AUTHORITY).scalar_one()
        entries = [
            replace(entry, body=paragraphs(entry.summary), attachments=())
            for entry in self.headlines(connection, channel, limit)
        ]
        addresses = {"json": self._urls.headlines(selection, "json")}
        return self._feed(selection, channel, updated, authority, addresses, tuple(entries))

    def _feed(
        self,
        selection: Selection,
        channel: Channel,
        updated: datetime,
        authority: str,
        addresses: Mapping[str, str],
        entries: tuple[Entry, ...],
    ) -> Feed:
        config = self._config
        return Feed(
            uri=f"tag:{authority}:channel/{channel.number}",
            title=channel_title(config, channel.tag),
            description=config.description,
            language=config.language,
            home=self._urls.page(selection),
            addresses=addresses,
            updated=updated,
            author=Author(config.author, self._urls.home()),
            entries=entries,
            ttl=config.max_age,
            logo=config.logo,
            copyright=config.copyright,
            stylesheet=self._urls.feed_style(),
        )

    def headlines(self, connection: Connection, channel: Channel, limit: int, before: int | None = None) -> list[Entry]:
        """The newest entries of a channel, at most `limit`, without bodies; with `before`, those that follow article
        number `before`. Raises `NotFound` when there is no such article."""
        wanted = {"channel": channel.number, "limit": limit}
        if before is None:
            return self.entries(connection, connection.execute(readings.HEADLINES, wanted).all())
        placed = connection.execute(readings.PUBLISHED_AT, {"article": before}).scalar()
        if placed is None:
            raise NotFound("There is no such page.")
        wanted |= {"last_published": placed, "last_article": before}
        return self.entries(connection, connection.execute(readings.HEADLINES_AFTER, wanted).all())

    def article(self, connection: Connection, slug: str, elsewhere: Callable[[str], str]) -> Entry | Withdrawn:
        """The article of a slug. Raises `Moved` to the address that `elsewhere` gives for the slug it has now, and
        `NotFound` where there is none."""
        _require_storable(slug)
        row = connection.execute(readings.ARTICLE, {"slug": slug}).one_or_none()
        if row is None:
            raise self._elsewhere(connection, slug, elsewhere)
        if row.retracted_at is not None:
            return Withdrawn(row.id, row.retracted_at)
        return self.entries(connection, [row])[0]

    def tags(self, connection: Connection) -> list[tuple[Tag, int]]:
        """Every tag that has a published article, with how many, by label."""
        rows = connection.execute(select(ChannelRow).where(ChannelRow.id != NEWS_LINE, ChannelRow.articles > 0)).all()
        tags = [(self._tag(row.label, row.slug), row.articles) for row in rows]
        return sorted(tags, key=lambda pair: pair[0].slug)

    def most_used_tags(self, connection: Connection, limit: int) -> list[Tag]:
        """The tags that have the most published articles, at most `limit`, those with the most first."""
        return [self._tag(*row) for row in connection.execute(readings.MOST_USED, {"limit": limit})]

    def reads(self, connection: Connection, article: int) -> tuple[int, datetime | None]:
        """How often an article was read, and when that was last counted (UTC)."""
        row = connection.execute(readings.READS, {"article": article}).one_or_none()
        return (row.total, row.counted_at) if row else (0, None)

    def _elsewhere(self, connection: Connection, slug: str, elsewhere: Callable[[str], str]) -> Moved | NotFound:
        spellings = [slug, slugify(slug, len(slug) + 1)]
        now = connection.execute(readings.ELSEWHERE, {"spellings": spellings}).scalar()
        return Moved(elsewhere(now)) if now else NotFound("There is no article at this address.")

    def _window(self, connection: Connection, channel: int, authority: str) -> Iterator[Entry]:
        """The entries of a feed document. The hours are counted back from the newest entry and not from now:
        a feed must not change because time passes, and what is newer than now minus the hours is in it anyway."""
        config = self._config
        wanted: dict[str, Any] = {"channel": channel, "limit": config.feed_items}
        rows = connection.execute(readings.ENTRIES, wanted).all()
        since = _hours_before(rows[0].published_at, config.feed_hours) if rows else _EMPTY_SINCE
        room = config.feed_bytes
        while rows:
            yield from self._entries(connection, rows, authority)
            last = rows[-1]
            room -= sum(min(len(row.body), config.feed_bytes // 4) for row in rows)
            if room <= 0 or len(rows) < config.feed_items or last.published_at < since:
                return
            wanted |= {"last_published": last.published_at, "last_article": last.id, "since": since}
            rows = connection.execute(readings.ENTRIES_AFTER, wanted).all()

    def entries(self, connection: Connection, rows: Sequence[Sequence[Any]]) -> list[Entry]:
        """The entries of rows that begin with `readings.ENTRY`, in their order."""
        return self._entries(connection, rows, connection.execute(readings.AUTHORITY).scalar_one()) if rows else []

    def _entries(self, connection: Connection, rows: Sequence[Sequence[Any]], authority: str) -> list[Entry]:
        tags = self._tags_by_number(connection, {number for row in rows for number in row[_TAGS]})
        return [self._entry(row, tags, authority) for row in rows]

    def _tags_by_number(self, connection: Connection, numbers: set[int]) -> dict[int, Tag]:
        tags = {}
        for some in readings.portions(numbers):
            # Filled up, so that there are few different statements to prepare.
            filled = some + some[-1:] * (-len(some) % 50)
            for number, label, slug in connection.execute(readings.TAGS, {"numbers": filled}).all():
                tags[number] = self._tag(label, slug)
        return tags

    def _entry(self, row: Sequence[Any], tags: Mapping[int, Tag], authority: str) -> Entry:
        # A row is unpacked faster than it is asked for each column by name.
        number, guid, slug, language, title, summary, source, authors, media, published, updated, own, body = row[:13]
        return Entry(
            number=number,
            guid=guid,
            uri=_uri(guid, authority),
            url=self._urls.article(slug),
            slug=slug,
            title=title,
            summary=summary,
            body=body,
            language=language,
            published=published,
            updated=updated,
            authors=tuple(Author(**fields) for fields in authors),
            tags=tuple([tags[number] for number in own]),
            image=next((_media(**fields) for fields in media if fields["role"] == "image"), None),
            attachments=tuple(_media(**fields) for fields in media if fields["role"] == "attachment"),
            source=source,
        )

    def _make_tag(self, label: str, slug: str) -> Tag:
        return Tag(label, slug, self._urls.page(Selection(slug)))


def _require_storable(slug: str) -> None:
    # PostgreSQL refuses a NUL in a text, wherever it stands; SQLite would find nothing.
    if "\0" in slug:
        raise NotFound("There is nothing at this address.")


def _hours_before(moment: datetime, hours: int) -> datetime:
    earliest = datetime.min.replace(tzinfo=UTC)
    return moment - min(timedelta(hours=hours), moment - earliest)


def _media(role: str, **fields: Any) -> Media:  # noqa: ARG001 - it says which of them it is
    return Media(**fields)


def _uri(guid: str, authority: str) -> str:
    # An imported guid need not be a URI, and Atom wants one; the same guid always gives the same.
    return guid if _URI.fullmatch(guid) else f"tag:{authority}:guid/{quote(guid, safe='')}"
