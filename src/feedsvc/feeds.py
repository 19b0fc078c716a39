"""The feeds of a selection, read from one snapshot: its subscription document, its archive, its headlines; and what
stands at the head of any feed."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Any

from sqlalchemy import Connection

from feedsvc.catalogue import EVER, Catalogue, uri_of, with_corrections
from feedsvc.config import Config
from feedsvc.directory import Channel
from feedsvc.errors import NotFound
from feedsvc.feed import Author, Entry, Feed, Link, Tombstone
from feedsvc.formats import FORMATS
from feedsvc.store import readings, selecting, touches
from feedsvc.store.schema import NEWS_LINE
from feedsvc.text import paragraphs
from feedsvc.urls import Urls

_SECOND = timedelta(seconds=1)
_changes_since = lru_cache(maxsize=256)(touches.since)


@dataclass(frozen=True, slots=True)
class Heading:
    """What a feed is: its `uri`, title, description and language, the page that shows the same, its address in each
    format, and how long it may be kept, in seconds."""

    uri: str
    title: str
    description: str
    language: str
    home: str
    addresses: Mapping[str, str]
    ttl: int


def feed_of(config: Config, heading: Heading, entries: Iterable[Entry], updated: datetime) -> Feed:
    """The feed of `entries`, in their order; `updated` (UTC) is its last change."""
    urls = Urls(config.base_url)
    return Feed(
        uri=heading.uri,
        title=heading.title,
        description=heading.description,
        language=heading.language,
        home=heading.home,
        addresses=heading.addresses,
        updated=updated,
        author=Author(config.author, urls.home()),
        entries=tuple(entries),
        ttl=heading.ttl,
        logo=config.logo,
        copyright=config.copyright,
        stylesheet=urls.feed_style(),
    )


class Feeds:
    """Makes feeds of channels; every method takes the connection whose snapshot it is to read."""

    def __init__(self, catalogue: Catalogue, config: Config) -> None:
        self._catalogue = catalogue
        self._config = config
        self._urls = Urls(config.base_url)

    def current(self, connection: Connection, channel: Channel, updated: datetime) -> Feed:
        """The feed of a channel, with at least the configured items and hours, newest first, and whatever else has
        arrived in the part of its archive that is open."""
        authority = connection.execute(readings.AUTHORITY).scalar_one()
        beside = channel.formula.beside
        wanted = {**beside.parameters, "part": channel.part}
        places = connection.execute(selecting.placed_in_part(beside.shape, readings.PLACE), wanted).all()
        window = self._window(connection, channel, authority)
        tombstones = dict(self._tombstones(connection, channel, window))
        tombstones |= dict(connection.execute(selecting.buried_in_part(beside.shape, readings.BURIED), wanted).all())
        window += self._late(connection, channel, window, places, authority)
        feed = self._feed(channel, updated, authority, map(with_corrections, window))
        return replace(
            feed,
            tombstones=tuple(Tombstone(uri_of(guid, authority), deleted) for guid, deleted in tombstones.items()),
            links=self._subscription_links(channel),
            unarchived=frozenset(place.id for place in places),
        )

    def archived(self, connection: Connection, channel: Channel, part: int, updated: datetime) -> Feed:
        """A part of the archive of a channel, as a feed (RFC 5005 section 4). Raises `NotFound` for one that is open
        still, or was never begun."""
        if part >= channel.part:
            raise NotFound("There is no such part of the archive.")
        authority = connection.execute(readings.AUTHORITY).scalar_one()
        beside = channel.formula.beside
        wanted = {**beside.parameters, "part": part}
        rows = connection.execute(selecting.placed_in_part(beside.shape, readings.ENTRY), wanted).all()
        buried = connection.execute(selecting.buried_in_part(beside.shape, readings.BURIED), wanted).all()
        entries = map(with_corrections, self._catalogue.entries_of(connection, rows, authority) if rows else [])
        feed = self._feed(channel, updated, authority, entries)
        return replace(
            feed,
            addresses={name: self._urls.archive(channel.selection, part, name) for name in FORMATS},
            tombstones=tuple(Tombstone(uri_of(guid, authority), deleted) for guid, deleted in buried),
            links=self._archive_links(channel, part),
            archived=True,
        )

    def changed(self, connection: Connection, channel: Channel, since: datetime, updated: datetime) -> Feed | None:
        """What has changed of the feed of a channel since a second (UTC) in which it had changed before: entries that
        are new or others, and tombstones of those that are in it no more (RFC 6721). None when no change of that second
        is known, when everything has changed since, or more than a feed holds."""
        limit = 2 * self._config.feed_items
        wanted = {**channel.formula.parameters, "since": since, "limit": limit + 1}
        changes = connection.execute(_changes_since(channel.formula.shape), wanted).all()
        if not changes or len(changes) > limit or changes[0].at >= since + _SECOND:
            return None
        if connection.execute(readings.SITE_CHANGED_AT).scalar_one() >= since:
            return None
        numbers = {change.article_id: change.at for change in changes if change.article_id is not None}
        rows = connection.execute(readings.STANDING, {"numbers": list(numbers)}).all()
        staying = [row for row in rows if row.retracted_at is None and _holds(channel, row)]
        authority = connection.execute(readings.AUTHORITY).scalar_one()
        left = [row for row in rows if row not in staying]
        entries = map(with_corrections, self._catalogue.entries_of(connection, staying, authority) if staying else [])
        return replace(
            self._feed(channel, updated, authority, entries),
            tombstones=tuple(
                Tombstone(uri_of(row.guid, authority), row.retracted_at or numbers[row.id]) for row in left
            ),
            links=self._subscription_links(channel),
        )

    def headlines(self, connection: Connection, channel: Channel, updated: datetime, limit: int) -> Feed:
        """The newest `limit` entries of a channel as a feed for those who show headlines: for a body each has its
        summary, and it has no attachments."""
        authority = connection.execute(readings.AUTHORITY).scalar_one()
        entries = [
            replace(entry, body=paragraphs(entry.summary), attachments=())
            for entry in self._catalogue.headlines(connection, channel, limit)
        ]
        addresses = {"json": self._urls.headlines(channel.selection, "json")}
        return replace(self._feed(channel, updated, authority, entries), addresses=addresses)

    def _feed(self, channel: Channel, updated: datetime, authority: str, entries: Iterable[Entry]) -> Feed:
        config, selection = self._config, channel.selection
        number = channel.formula.channel
        name = f"selection/{channel.formula.spelling}" if number is None else f"channel/{number}"
        heading = Heading(
            uri=f"tag:{authority}:{name}",
            title=channel.title,
            description=channel.description,
            language=channel.language,
            home=self._urls.page(selection),
            addresses={name: self._urls.feed(selection, name) for name in FORMATS},
            ttl=config.max_age,
        )
        return feed_of(config, heading, entries, updated)

    def _subscription_links(self, channel: Channel) -> tuple[Link, ...]:
        """The hubs, and the archive that goes on where the subscription document ends (RFC 5005 section 4.1)."""
        return tuple(self._archive(channel, "prev-archive", channel.part - 1))

    def _archive_links(self, channel: Channel, part: int) -> tuple[Link, ...]:
        """RFC 5005 sections 4.2 and 4.3: to the subscription document, and to both sides."""
        current = (
            Link("current", self._urls.feed(channel.selection, form.name), form.media_type) for form in FORMATS.values()
        )
        following = self._archive(channel, "next-archive", part + 1) if part + 1 < channel.part else ()
        return (*current, *self._archive(channel, "prev-archive", part - 1), *following)

    def _archive(self, channel: Channel, rel: str, part: int) -> Iterator[Link]:
        for form in FORMATS.values() if part > 0 else ():
            yield Link(rel, self._urls.archive(channel.selection, part, form.name), form.media_type)

    def _window(self, connection: Connection, channel: Channel, authority: str) -> list[Entry]:
        """The entries of a feed document. The hours are counted back from the newest entry and not from now:
        a feed must not change because time passes, and what is newer than now minus the hours is in it anyway."""
        config, shape = self._config, channel.formula.shape
        wanted: dict[str, Any] = {**channel.formula.parameters, "limit": config.feed_items}
        rows = connection.execute(selecting.placed(shape, readings.ENTRY), wanted).all()
        since = _hours_before(rows[0].published_at, config.feed_hours) if rows else EVER
        room = config.feed_bytes
        window: list[Entry] = []
        while rows:
            window += self._catalogue.entries_of(connection, rows, authority)
            last = rows[-1]
            room -= sum(min(len(row.body), config.feed_bytes // 4) for row in rows)
            if room <= 0 or len(rows) < config.feed_items or last.published_at < since:
                break
            wanted |= {"last_published": last.published_at, "last_article": last.id, "since": since}
            rows = connection.execute(selecting.placed_after(shape, readings.ENTRY), wanted).all()
        return window

    def _late(
        self, connection: Connection, channel: Channel, window: Sequence[Entry], places: Sequence[Any], authority: str
    ) -> Sequence[Entry]:
        """What has arrived at `places` in the open part of the archive and is too old for the window: no archive
        document has it yet, and whoever follows them would never see it."""
        if len(window) < self._config.feed_items:
            return []
        last = window[-1].published, window[-1].number
        if all((place.published_at, place.id) >= last for place in places):
            return []
        beside = channel.formula.beside
        wanted = {**beside.parameters, "part": channel.part}
        rows = connection.execute(selecting.placed_in_part(beside.shape, readings.ENTRY), wanted).all()
        return self._catalogue.entries_of(
            connection, [row for row in rows if (row.published_at, row.id) < last], authority
        )

    def _tombstones(
        self, connection: Connection, channel: Channel, window: Sequence[Entry]
    ) -> Sequence[tuple[str, datetime]]:
        """What stood in a channel and would stand in `window` still, if it had not been retracted: guid and time."""
        since = window[-1].published if len(window) >= self._config.feed_items else EVER
        wanted = {**channel.formula.parameters, "since": since, "limit": self._config.feed_items}
        statement = selecting.buried(channel.formula.shape, readings.BURIED)
        return [(guid, deleted) for guid, deleted in connection.execute(statement, wanted)]


def _hours_before(moment: datetime, hours: int) -> datetime:
    return moment - min(timedelta(hours=hours), moment - EVER)


def _holds(channel: Channel, row: Any) -> bool:
    return channel.formula.holds({NEWS_LINE, *row.lines, *row.tags})
