"""The feeds: subscription documents, archives, and what has changed since a client asked last."""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime

from feedsvc import freshness
from feedsvc.directory import Channel
from feedsvc.editions import edition_of
from feedsvc.feed import Entry, Feed
from feedsvc.formats import Format, render
from feedsvc.formats.links import links_for
from feedsvc.journal import SITE_KEY, archive_key
from feedsvc.press.printing import Printing, conditions
from feedsvc.representation import Document, Representation
from feedsvc.selection import Selection
from feedsvc.text import paragraphs

# About what an entry without a word takes in any format.
_ENTRY_BYTES = 1_000


class FeedPress:
    """Every feed, by selection and format; safe to use from many threads."""

    def __init__(self, printing: Printing) -> None:
        self._printing = printing

    def feed(self, selection: Selection, form: Format, encoding: str) -> Representation:
        """The subscription document of a selection in one format. Raises `NotFound` for an unknown tag."""
        printing = self._printing
        address = printing.urls.feed(selection, form.name)

        def make() -> Document:
            with printing.reading(selection) as connection:
                channel = printing.channel(connection, selection, lambda now: printing.urls.feed(now, form.name))
                fresh = freshness.of_formula(connection, channel.formula, channel.part)
                feed = printing.announcing(printing.feeds.current(connection, channel, fresh.changed_at))
            keys = _current_keys(channel)
            return Document(
                fit(form, feed, printing.config.feed_bytes),
                form.content_type,
                keys,
                fresh,
                printing.headers.feed(keys, address, links_for(feed, form.media_type)),
                route="feed",
                conditions=conditions(channel),
                edition=edition_of(fresh.changed_at),
            )

        return printing.representation(address, encoding, make)

    def archive(self, selection: Selection, part: int, form: Format, encoding: str) -> Representation:
        """A part of the archive of a selection (RFC 5005 section 4), whose bounds nothing moves. Raises `NotFound` for
        one that is not closed yet."""
        printing = self._printing

        def address(now: Selection) -> str:
            return printing.urls.archive(now, part, form.name)

        def make() -> Document:
            with printing.reading(selection) as connection:
                channel = printing.channel(connection, selection, address)
                fresh = freshness.of_archive(connection, channel.formula, part)
                feed = printing.feeds.archived(connection, channel, part, fresh.changed_at)
            own = archive_key(channel.formula.pivot, part)
            # When the part after the last one is closed, the last one has another after it.
            last = part + 1 == channel.part
            keys = frozenset({SITE_KEY, own, *([archive_key(channel.formula.pivot, part + 2)] if last else [])})
            return Document(
                render(form, feed),
                form.content_type,
                keys,
                fresh,
                printing.headers.archive(keys, address(selection), links_for(feed, form.media_type)),
                route="archive",
                conditions={own: channel.formula},
            )

        return printing.representation(address(selection), encoding, make)

    def delta(self, selection: Selection, form: Format, since: datetime, encoding: str) -> Representation | None:
        """What has changed of a feed since the state of a second (UTC), as an answer with status 226 (RFC 3229 section
        10.4.1) that lacks its base; None where the whole feed has to be sent."""
        printing = self._printing
        address = printing.urls.feed(selection, form.name)

        def make() -> Document:
            with printing.reading(selection) as connection:
                channel = printing.channel(connection, selection, lambda now: printing.urls.feed(now, form.name))
                fresh = freshness.of_formula(connection, channel.formula, channel.part)
                feed = printing.feeds.changed(connection, channel, since, fresh.changed_at)
            if feed is None or (feed.tombstones and not form.has_tombstones):
                raise _WholeFeed
            limit = printing.config.feed_bytes
            feed = printing.announcing(_with_long_reads_abridged(feed, limit))
            body = render(form, feed)
            if len(body) > limit:
                raise _WholeFeed
            return Document(
                body,
                form.content_type,
                _current_keys(channel),
                fresh,
                printing.headers.delta(address, links_for(feed, form.media_type)),
                status=226,
                route="feed",
                conditions=conditions(channel),
            )

        try:
            return printing.representation(f"{address}?since={edition_of(since)}", encoding, make)
        except _WholeFeed:
            return None


class _WholeFeed(Exception):
    """That a delta would not say all that has changed."""


def _current_keys(channel: Channel) -> frozenset[str]:
    names = {SITE_KEY, *conditions(channel)}
    if channel.formula.channel is None:
        # Another article of the pivot may close its open part, which is an archive document from then on.
        names.add(archive_key(channel.formula.pivot, channel.part + 1))
    return frozenset(names)


def fit(form: Format, feed: Feed, limit: int) -> bytes:
    """The feed in `form`, within `limit` bytes: an entry that would take a quarter of it has its summary for a body.
    What is too much is left out, from the oldest on, if the archive has it; then what the archive does not have yet has
    its summary for a body; and at last that is left out as well, but never the newest."""
    feed = _with_long_reads_abridged(feed, limit)
    body = render(form, feed)
    for lighten in (_without_archived, _with_summary, _without):
        while len(body) > limit and len(feed.entries) > 1:
            excess = sum(map(_weight, feed.entries)) * (1 - limit / len(body))
            lighter = replace(feed, entries=_lighter(feed, excess, lighten))
            if lighter == feed:
                break
            feed, body = lighter, render(form, lighter)
    return body


def _lighter(feed: Feed, excess: float, lighten: "_Lighten") -> tuple[Entry, ...]:
    """The entries without so much weight, and the first of them as it is."""
    kept: list[Entry] = []
    for entry in reversed(feed.entries[1:]):
        lighter = lighten(feed, entry) if excess > 0 else entry
        excess -= _weight(entry) - (_weight(lighter) if lighter else 0)
        kept += [lighter] if lighter else []
    return (feed.entries[0], *reversed(kept))


_Lighten = Callable[[Feed, Entry], Entry | None]


def _without_archived(feed: Feed, entry: Entry) -> Entry | None:
    return entry if entry.number in feed.unarchived else None


def _with_summary(_feed: Feed, entry: Entry) -> Entry:
    # Unless that would be as long.
    body = paragraphs(entry.summary)
    return replace(entry, body=body) if len(body) < len(entry.body) else entry


def _without(_feed: Feed, _entry: Entry) -> None:
    return None


def _weight(entry: Entry) -> int:
    return len(entry.body) + len(entry.summary) + _ENTRY_BYTES


def _with_long_reads_abridged(feed: Feed, limit: int) -> Feed:
    return replace(feed, entries=tuple(_abridged(entry, limit // 4) for entry in feed.entries))


def _abridged(entry: Entry, limit: int) -> Entry:
    return replace(entry, body=paragraphs(entry.summary)) if len(entry.body) > limit else entry
