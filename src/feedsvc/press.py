"""The press: names a document, and gets its representation, from the cache or freshly printed from one snapshot."""

from bisect import bisect_right
from collections.abc import Callable
from dataclasses import replace
from itertools import accumulate

from feedsvc import journal
from feedsvc.cache import RepresentationCache
from feedsvc.catalogue import Catalogue, Channel, Withdrawn
from feedsvc.config import Config
from feedsvc.errors import Gone, Moved
from feedsvc.feed import Entry, Feed
from feedsvc.formats import Format, render
from feedsvc.headers import DocumentHeaders
from feedsvc.journal import SITE_KEY, UNTOUCHED, article_key, channel_key
from feedsvc.pages import HTML, Pages
from feedsvc.representation import Document, Representation
from feedsvc.snapshots import Snapshots
from feedsvc.store.database import Database
from feedsvc.store.schema import NEWS_LINE
from feedsvc.text import paragraphs
from feedsvc.urls import Selection, Urls

READS_SHOWN_SECONDS = 60.0
"""How old the number of reads on an article's page may be before its script brings the newest."""

# About what an entry without a word takes in any format.
_ENTRY_BYTES = 1_000


class Press:
    """Every public document, by what it shows; safe to use from many threads."""

    def __init__(
        self, database: Database, snapshots: Snapshots, config: Config, cache: RepresentationCache, pages: Pages
    ) -> None:
        self._database = database
        self._snapshots = snapshots
        self._config = config
        self._cache = cache
        self._pages = pages
        self._catalogue = Catalogue(config)
        self._headers = DocumentHeaders(config)
        self._urls = Urls(config.base_url)

    def feed(self, selection: Selection, form: Format, encoding: str) -> Representation:
        """The feed of a selection in one format. Raises `NotFound` for an unknown tag."""
        address = self._urls.feed(selection, form.name)

        def make() -> Document:
            with self._snapshots.read() as connection:
                channel = self._catalogue.channel(connection, selection)
                freshness = journal.freshness(connection, channel.number)
                feed = self._catalogue.feed(connection, selection, channel, freshness.changed_at)
            keys = _listing(channel)
            headers = self._headers.feed(keys, address, feed.links)
            body = self._fit(form, feed)
            return Document(body, form.content_type, keys, freshness, headers, route="feed")

        return self._cache.representation(self._urls.target(address), encoding, make)

    def line(self, selection: Selection, before: int | None, encoding: str) -> Representation:
        """One page of headlines. Raises `NotFound` for an unknown tag or a page that never was."""

        def make() -> Document:
            with self._snapshots.read() as connection:
                channel = self._catalogue.channel(connection, selection)
                entries = self._catalogue.headlines(connection, channel, self._config.page_size + 1, before)
                freshness = journal.freshness(connection, channel.number)
            body = self._pages.line(selection, channel, entries, before)
            return self._page(body, _listing(channel), freshness, "home" if selection.tag is None else "tag")

        return self._cache.representation(self._urls.target(self._urls.page(selection, before)), encoding, make)

    def tags(self, encoding: str) -> Representation:
        """The page of all tags."""

        def make() -> Document:
            with self._snapshots.read() as connection:
                tags = self._catalogue.tags(connection)
                freshness = journal.freshness(connection, NEWS_LINE)
            keys = frozenset({SITE_KEY, channel_key(NEWS_LINE)})
            return self._page(self._pages.tags(tags), keys, freshness, "tags")

        return self._cache.representation(self._urls.target(self._urls.tags()), encoding, make)

    def article(self, slug: str, encoding: str) -> Representation:
        """The page of an article, with status 410 when it was retracted. Raises `Moved` and `NotFound`.

        It shows the number of reads as it was at most a minute ago, so that reading it renders nothing.
        """

        def make() -> Document:
            with self._snapshots.read() as connection:
                found = self._catalogue.article(connection, slug)
                reads, counted_at = self._catalogue.reads(connection, found.number)
                freshness = journal.article_freshness(connection, found.number, counted_at)
            keys = frozenset({SITE_KEY, article_key(found.number)})
            if isinstance(found, Withdrawn):
                gone = self._page(self._pages.gone(found.retracted_at), keys, freshness, "article")
                return replace(gone, status=410)
            page = self._page(self._pages.article(found, reads), keys, freshness, "article")
            return replace(page, lifetime=READS_SHOWN_SECONDS)

        return self._cache.representation(self._urls.target(self._urls.article(slug)), encoding, make)

    def number(self, slug: str) -> int:
        """The number of the published article at an address. Raises `Moved`, `NotFound` and `Gone`."""
        with self._database.read() as connection:
            found = self._catalogue.article(connection, slug)
        if isinstance(found, Withdrawn):
            raise Gone("The article has been withdrawn.")
        return found.number

    def asset(self, name: str, encoding: str) -> Representation:
        """A stylesheet, script or picture by its fingerprinted or plain name. Raises `NotFound`."""
        asset = self._pages.asset(name)
        headers = self._headers.asset(immutable=name == asset.fingerprinted)
        document = Document(asset.body, asset.content_type, frozenset(), UNTOUCHED, headers, route="asset")
        return self._cache.representation(self._urls.target(self._urls.asset(name)), encoding, lambda: document)

    def require(self, selection: Selection, elsewhere: Callable[[Selection], str]) -> None:
        """Raise `Moved` to the address that `elsewhere` gives for a selection that exists, else `NotFound`."""
        with self._database.read() as connection:
            self._catalogue.channel(connection, selection)
        raise Moved(elsewhere(selection))

    def _page(self, body: str, keys: frozenset[str], freshness: journal.Freshness, route: str) -> Document:
        return Document(body.encode(), HTML, keys, freshness, self._headers.page(keys), route=route)

    def _fit(self, form: Format, feed: Feed) -> bytes:
        """The feed in `form`, within the size bound: an entry that would take a quarter of it has its summary for a
        body, and the oldest that are too many are left out, but never the newest."""
        limit = self._config.feed_bytes
        feed = replace(feed, entries=tuple(_abridged(entry, limit // 4) for entry in feed.entries))
        while len(body := render(form, feed)) > limit and len(feed.entries) > 1:
            weights = list(accumulate(len(entry.body) + len(entry.summary) + _ENTRY_BYTES for entry in feed.entries))
            fitting = bisect_right(weights, weights[-1] * limit / len(body))
            feed = replace(feed, entries=feed.entries[: max(1, min(fitting, len(feed.entries) - 1))])
        return body


def _abridged(entry: Entry, limit: int) -> Entry:
    return replace(entry, body=paragraphs(entry.summary)) if len(entry.body) > limit else entry


def _listing(channel: Channel) -> frozenset[str]:
    return frozenset({SITE_KEY, channel_key(channel.number)})
