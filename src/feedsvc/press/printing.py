"""What every press works with: one snapshot to make a document of, the cache it is kept in, its header fields."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from threading import BoundedSemaphore

from sqlalchemy import Connection

from feedsvc.cache import RepresentationCache
from feedsvc.catalogue import Catalogue
from feedsvc.config import Config
from feedsvc.directory import Channel
from feedsvc.errors import DatabaseBusy, Moved, NotFound
from feedsvc.feed import Feed, Link
from feedsvc.feeds import Feeds
from feedsvc.freshness import Freshness
from feedsvc.headers import DocumentHeaders
from feedsvc.journal import SITE_KEY, channel_key
from feedsvc.pages.templates import HTML
from feedsvc.representation import IDENTITY, Document, Representation, encode, represent
from feedsvc.selection import Selection
from feedsvc.snapshots import Snapshots
from feedsvc.store.bounds import bounded
from feedsvc.store.database import Database
from feedsvc.store.formulas import Formula, Term
from feedsvc.store.schema import NEWS_LINE
from feedsvc.urls import Urls

# So many combinations are looked for at the same time, each for so long: they are endless, and connections are not.
_COMBINED_AT_ONCE = 4
_PATIENCE_SECONDS = 2.0


class Printing:
    """The machines of one site; safe to use from many threads."""

    def __init__(self, database: Database, snapshots: Snapshots, config: Config, cache: RepresentationCache) -> None:
        self.config = config
        self.catalogue = Catalogue(config)
        self.feeds = Feeds(self.catalogue, config)
        self.headers = DocumentHeaders(config)
        self.urls = Urls(config.base_url)
        self.hubs = tuple(Link("hub", address) for address in (self.urls.hub(), *config.hubs.split()))
        """The WebSub hubs of every feed: our own, and other people's."""
        self._places = BoundedSemaphore(_COMBINED_AT_ONCE)
        self._database = database
        self._snapshots = snapshots
        self._cache = cache

    def representation(self, address: str, encoding: str, make: Callable[[], Document]) -> Representation:
        """The document at a canonical `address` of ours in a content coding, from memory or by way of `make()`."""
        return self._cache.representation(self.urls.target(address), encoding, make)

    def unkept(self, encoding: str, make: Callable[[], Document]) -> Representation:
        """A document that is made each time it is asked for, as there is no end of its kind."""
        made = represent(make(), datetime.now(UTC))
        return made if encoding == IDENTITY else encode(made, encoding)

    @contextmanager
    def snapshot(self) -> Iterator[Connection]:
        """One state of the store, which is no older than what the cache was told of. Raises `DatabaseAway`."""
        with self._snapshots.read() as connection:
            yield connection

    @contextmanager
    def reading(self, selection: Selection) -> Iterator[Connection]:
        """The same, for a document of a selection. Raises `DatabaseBusy` for one of several tags that takes too long,
        or that would be one more than are looked for at once: anybody may ask for any of them."""
        if not selection.is_combined:
            with self.snapshot() as connection:
                yield connection
            return
        if not self._places.acquire(timeout=_PATIENCE_SECONDS):
            raise DatabaseBusy("Too many combinations are asked for at once.")
        try:
            with self.snapshot() as connection, bounded(connection, _PATIENCE_SECONDS):
                yield connection
        finally:
            self._places.release()

    @contextmanager
    def newest(self) -> Iterator[Connection]:
        """The newest state of the store, for what is not kept. Raises `DatabaseAway`."""
        with self._database.read() as connection:
            yield connection

    def announcing(self, feed: Feed) -> Feed:
        """A feed as one subscribes to it: with its hubs, in the body and in the Link fields alike (WebSub section 4).
        What does not change has none."""
        return replace(feed, links=(*self.hubs, *feed.links))

    def page(self, body: str, keys: frozenset[str], fresh: Freshness, route: str) -> Document:
        """An HTML page of the site."""
        return Document(body.encode(), HTML, keys, fresh, self.headers.page(keys), route=route)

    def channel(self, connection: Connection, selection: Selection, elsewhere: Callable[[Selection], str]) -> Channel:
        """The channel of a selection. Raises `NotFound` and `Gone`, and `Moved` to the address that `elsewhere` gives
        for the name that its tag has now."""
        if selection.ranking:
            raise NotFound("What is read most has a page and feeds, and nothing else.")
        channel = self.catalogue.channel(connection, selection)
        if channel.selection != selection:
            raise Moved(elsewhere(channel.selection))
        return channel

    def require(self, selection: Selection, elsewhere: Callable[[Selection], str]) -> None:
        """Raise `Moved` to the address that `elsewhere` gives for a selection that exists, else what `channel` does."""
        with self.newest() as connection:
            channel = self.catalogue.channel(connection, selection)
        raise Moved(elsewhere(channel.selection))


def with_others(channel: Channel) -> frozenset[str]:
    """What a document is made of that shows a channel among all others."""
    return listing(channel) | {channel_key(NEWS_LINE)}


def _anchor(formula: Formula, term: Term) -> int:
    # Not the one with the fewest articles, which another process may find to be another.
    return formula.pivot if formula.pivot in term.within else max(term.within)


def listing(channel: Channel) -> frozenset[str]:
    """What a document that lists a channel is made of."""
    return frozenset({SITE_KEY, *conditions(channel)})


def conditions(channel: Channel) -> dict[str, Formula]:
    """The keys of a channel: of each term one in which all its articles stand, and what else must be true of them."""
    formula = channel.formula
    return {channel_key(_anchor(formula, term)): formula for term in formula.terms}
