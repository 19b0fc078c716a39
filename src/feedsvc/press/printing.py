"""What every press works with: one snapshot to make a document of, the cache it is kept in, its header fields."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from sqlalchemy import Connection

from feedsvc.cache import RepresentationCache
from feedsvc.catalogue import Catalogue, Channel
from feedsvc.config import Config
from feedsvc.errors import Moved
from feedsvc.headers import DocumentHeaders
from feedsvc.journal import SITE_KEY, Freshness, channel_key
from feedsvc.pages.templates import HTML
from feedsvc.representation import Document, Representation
from feedsvc.snapshots import Snapshots
from feedsvc.store.database import Database
from feedsvc.store.schema import NEWS_LINE
from feedsvc.urls import Selection, Urls


class Printing:
    """The machines of one site; safe to use from many threads."""

    def __init__(self, database: Database, snapshots: Snapshots, config: Config, cache: RepresentationCache) -> None:
        self.config = config
        self.catalogue = Catalogue(config)
        self.headers = DocumentHeaders(config)
        self.urls = Urls(config.base_url)
        self._database = database
        self._snapshots = snapshots
        self._cache = cache

    def representation(self, address: str, encoding: str, make: Callable[[], Document]) -> Representation:
        """The document at a canonical `address` of ours in a content coding, from memory or by way of `make()`."""
        return self._cache.representation(self.urls.target(address), encoding, make)

    @contextmanager
    def snapshot(self) -> Iterator[Connection]:
        """One state of the store, which is no older than what the cache was told of. Raises `DatabaseAway`."""
        with self._snapshots.read() as connection:
            yield connection

    @contextmanager
    def newest(self) -> Iterator[Connection]:
        """The newest state of the store, for what is not kept. Raises `DatabaseAway`."""
        with self._database.read() as connection:
            yield connection

    def page(self, body: str, keys: frozenset[str], freshness: Freshness, route: str) -> Document:
        """An HTML page of the site."""
        return Document(body.encode(), HTML, keys, freshness, self.headers.page(keys), route=route)

    def channel(self, connection: Connection, selection: Selection, elsewhere: Callable[[Selection], str]) -> Channel:
        """The channel of a selection. Raises `NotFound` and `Gone`, and `Moved` to the address that `elsewhere` gives
        for the name that its tag has now."""
        channel = self.catalogue.channel(connection, selection)
        if channel.selection != selection:
            raise Moved(elsewhere(channel.selection))
        return channel

    def require(self, selection: Selection, elsewhere: Callable[[Selection], str]) -> None:
        """Raise `Moved` to the address that `elsewhere` gives for a selection that exists, else `NotFound`."""
        with self.newest() as connection:
            channel = self.catalogue.channel(connection, selection)
        raise Moved(elsewhere(channel.selection))


def with_others(channel: Channel) -> frozenset[str]:
    """What a document is made of that shows a channel among all others."""
    return listing(channel) | {channel_key(NEWS_LINE)}


def listing(channel: Channel) -> frozenset[str]:
    """What a document that lists a channel is made of."""
    return frozenset({SITE_KEY, channel_key(channel.number)})
