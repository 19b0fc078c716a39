"""What is published now, read from one snapshot of the store as the values that feeds and pages are made of."""

import html
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import Any
from urllib.parse import quote

from sqlalchemy import Connection, Select, select

from feedsvc.config import Config
from feedsvc.errors import Gone, Moved, NotFound
from feedsvc.feed import Author, Entry, Feed, Media, Tag, Tombstone
from feedsvc.formats import FORMATS
from feedsvc.slugs import slugify
from feedsvc.store import readings
from feedsvc.store.archive import read_corrections
from feedsvc.store.schema import NEWS_LINE, ArticleRow, ChannelRow
from feedsvc.text import paragraphs, rfc3339
from feedsvc.urls import Selection, Urls

_URI = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:[!#-;=?-Z_a-z~%\[\]]+")
_TAGS = readings.ENTRY.index(ArticleRow.__table__.c.tags)
_EMPTY_SINCE = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Channel:
    """A selection that exists: its number in the store, its tag (None for the News Line), how many articles, the title
    and the description of its feed."""

    number: int
    tag: Tag | None
    articles: int
    title: str
    description: str

    @property
    def selection(self) -> Selection:
        """The selection by its present name."""
        return Selection(self.tag.slug) if self.tag else Selection()


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
        """The channel of a selection, also by a name that its tag once had. Raises `NotFound` for a tag nobody has
        used, and `Gone` for one that was retired."""
        slug = selection.tag or ""
        _require_storable(slug)
        # The News Line's slug is the empty one, which no tag can have.
        row = connection.execute(readings.CHANNEL, {"slug": slug}).one_or_none()
        if row is None:
            row = connection.execute(readings.CHANNEL_ONCE, {"slug": slug}).one_or_none()
        if row is None or selection.tag == "":
            raise NotFound(f"There is no tag “{selection.tag}”.")
        if row.retired_at is not None:
            raise Gone(f"The tag “{selection.tag}” was retired.")
        tag = None if row.id == NEWS_LINE else self._tag(row.label, row.slug)
        title = row.title or channel_title(self._config, tag)
        return Channel(row.id, tag, row.articles, title, row.description or self._config.description)

    def canonical(self, connection: Connection, tag: str) -> Selection:
        """The selection that another spelling of a tag means. Raises `NotFound` when it means none."""
        return self.channel(connection, Selection(slugify(tag) or tag)).selection

    def feed(self, connection: Connection, selection: Selection, channel: Channel, updated: datetime) -> Feed:
        """The feed of a channel, with at least the configured items and hours, newest first."""
        authority = connection.execute(readings.AUTHORITY).scalar_one()
        addresses = {name: self._urls.feed(selection, name) for name in FORMATS}
        window = tuple(map(_with_corrections, self._window(connection, channel.number, authority)))
        tombstones = self._tombstones(connection, channel.number, window, authority)
        return replace(
            self._feed(selection, channel, updated, authority, addresses, window), tombstones=tuple(tombstones)
        )

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
            title=channel.title,
            description=channel.description,
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
        rows = connection.execute(select(ChannelRow).where(*readings.USED)).all()
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

    def _tombstones(
        self, connection: Connection, channel: int, window: Sequence[Entry], authority: str
    ) -> Iterator[Tombstone]:
        """What stood in a channel and would stand in `window` still, if it had not been retracted."""
        since = window[-1].published if len(window) >= self._config.feed_items else _EMPTY_SINCE
        wanted = {"channel": channel, "since": since, "limit": self._config.feed_items}
        for guid, deleted in connection.execute(readings.TOMBSTONES, wanted):
            yield Tombstone(_uri(guid, authority), deleted)

    def entries(self, connection: Connection, rows: Sequence[Sequence[Any]], *, retired: bool = False) -> list[Entry]:
        """The entries of rows that begin with `readings.ENTRY`, in their order; for editors with `retired` tags too."""
        if not rows:
            return []
        authority = connection.execute(readings.AUTHORITY).scalar_one()
        return self._entries(connection, rows, authority, readings.EVERY_TAG if retired else readings.TAGS)

    def _entries(
        self, connection: Connection, rows: Sequence[Sequence[Any]], authority: str, found: Select[Any] = readings.TAGS
    ) -> list[Entry]:
        tags = self._tags_by_number(connection, {number for row in rows for number in row[_TAGS]}, found)
        return [self._entry(row, tags, authority) for row in rows]

    def _tags_by_number(self, connection: Connection, numbers: set[int], found: Select[Any]) -> dict[int, Tag]:
        tags = {}
        for some in readings.portions(numbers):
            # Filled up, so that there are few different statements to prepare.
            filled = some + some[-1:] * (-len(some) % 50)
            for number, label, slug in connection.execute(found, {"numbers": filled}).all():
                tags[number] = self._tag(label, slug)
        return tags

    def _entry(self, row: Sequence[Any], tags: Mapping[int, Tag], authority: str) -> Entry:
        # A row is unpacked faster than it is asked for each column by name.
        number, guid, slug, language, title, summary, source, authors, media, published, updated, own, notes, body = (
            row[:14]
        )
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
            tags=tuple([tags[number] for number in own if number in tags]),
            image=next((_media(**fields) for fields in media if fields["role"] == "image"), None),
            attachments=tuple(_media(**fields) for fields in media if fields["role"] == "attachment"),
            source=source,
            corrections=read_corrections(notes) if notes else (),
        )

    def _make_tag(self, label: str, slug: str) -> Tag:
        return Tag(label, slug, self._urls.page(Selection(slug)))


def _with_corrections(entry: Entry) -> Entry:
    """The entry as feeds have it: its corrections are a part of its content."""
    if not entry.corrections:
        return entry
    notes = [
        f'<p><em><time datetime="{rfc3339(each.at)}">{each.at:%Y-%m-%d}</time>: {html.escape(each.text, quote=False)}'
        "</em></p>"
        for each in entry.corrections
    ]
    return replace(entry, body="\n".join([entry.body, *notes]), corrections=())


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
