"""The feeds."""

from bisect import bisect_right
from dataclasses import replace
from itertools import accumulate

from feedsvc import journal
from feedsvc.feed import Entry, Feed
from feedsvc.formats import Format, render
from feedsvc.press.printing import Printing, listing
from feedsvc.representation import Document, Representation
from feedsvc.text import paragraphs
from feedsvc.urls import Selection

# About what an entry without a word takes in any format.
_ENTRY_BYTES = 1_000


class FeedPress:
    """Every feed, by selection and format; safe to use from many threads."""

    def __init__(self, printing: Printing) -> None:
        self._printing = printing

    def feed(self, selection: Selection, form: Format, encoding: str) -> Representation:
        """The feed of a selection in one format. Raises `NotFound` for an unknown tag."""
        printing = self._printing
        address = printing.urls.feed(selection, form.name)

        def make() -> Document:
            with printing.snapshot() as connection:
                channel = printing.channel(connection, selection, lambda now: printing.urls.feed(now, form.name))
                freshness = journal.freshness(connection, channel.number)
                feed = printing.catalogue.feed(connection, selection, channel, freshness.changed_at)
            keys = listing(channel)
            headers = printing.headers.feed(keys, address, feed.links)
            body = _fit(form, feed, printing.config.feed_bytes)
            return Document(body, form.content_type, keys, freshness, headers, route="feed")

        return printing.representation(address, encoding, make)


def _fit(form: Format, feed: Feed, limit: int) -> bytes:
    """The feed in `form`, within `limit` bytes: an entry that would take a quarter of it has its summary for a body,
    and the oldest that are too many are left out, but never the newest."""
    feed = replace(feed, entries=tuple(_abridged(entry, limit // 4) for entry in feed.entries))
    while len(body := render(form, feed)) > limit and len(feed.entries) > 1:
        weights = list(accumulate(len(entry.body) + len(entry.summary) + _ENTRY_BYTES for entry in feed.entries))
        fitting = bisect_right(weights, weights[-1] * limit / len(body))
        feed = replace(feed, entries=feed.entries[: max(1, min(fitting, len(feed.entries) - 1))])
    return body


def _abridged(entry: Entry, limit: int) -> Entry:
    return replace(entry, body=paragraphs(entry.summary)) if len(entry.body) > limit else entry
