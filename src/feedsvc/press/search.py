"""What a search finds, as a page and as feeds."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from threading import BoundedSemaphore
from urllib.parse import quote

from sqlalchemy import Connection

from feedsvc import freshness
from feedsvc.errors import DatabaseBusy
from feedsvc.feed import Entry
from feedsvc.feeds import Heading, feed_of
from feedsvc.formats import FORMATS, Format
from feedsvc.freshness import Freshness
from feedsvc.journal import SITE_KEY, article_key
from feedsvc.pages.search import SearchPages
from feedsvc.pages.templates import HTML
from feedsvc.press.feeds import fit
from feedsvc.press.printing import Printing
from feedsvc.representation import Document, Representation
from feedsvc.search.index import find
from feedsvc.search.question import ask
from feedsvc.store import readings

# So many of a process's connections search at a time, and who would be one more waits for so long.
_AT_ONCE = 4
_PATIENCE_SECONDS = 2.0


class SearchPress:
    """Every answer to every question; safe to use from many threads.

    None is kept in memory: there is no end of questions, and they would push out what everybody reads. What stands in
    front keeps each for a short time.
    """

    def __init__(self, printing: Printing, pages: SearchPages) -> None:
        self._printing = printing
        self._pages = pages
        self._places = BoundedSemaphore(_AT_ONCE)

    def page(self, text: str, encoding: str) -> Representation:
        """The page that answers a canonical text, or without one asks for it. Raises `DatabaseBusy`."""
        printing = self._printing

        def make() -> Document:
            question = ask(text, printing.config.language)
            with self._searching() as connection:
                found = find(connection, question, printing.config.page_size)
                entries = printing.catalogue.numbered(connection, found.articles)
                fresh = _freshness(connection)
            keys = _keys(entries)
            body = self._pages.search(text, found.total, entries, more=found.more).encode()
            return Document(body, HTML, keys, fresh, printing.headers.found_page(keys), route="search")

        return printing.unkept(encoding, make)

    def feed(self, text: str, form: Format, encoding: str) -> Representation:
        """The feed that answers a canonical text, in one format. Raises `DatabaseBusy`."""
        printing = self._printing
        config, urls = printing.config, printing.urls
        address = urls.search_feed(text, form.name)

        def make() -> Document:
            question = ask(text, config.language)
            with self._searching() as connection:
                found = find(connection, question, config.feed_items)
                entries = printing.catalogue.numbered(connection, found.articles, whole=True)
                fresh = _freshness(connection)
                # Its bytes are to be the same for as long as it finds the same.
                since = freshness.of_site(connection).changed_at
                updated = max((entry.updated for entry in entries), default=since)
                authority = connection.execute(readings.AUTHORITY).scalar_one()
            heading = Heading(
                uri=f"tag:{authority}:search/{quote(text, safe='')}",
                title=self._pages.title(text),
                description=config.description,
                language=config.language,
                home=urls.search(text),
                addresses={name: urls.search_feed(text, name) for name in FORMATS},
                ttl=config.search_max_age,
            )
            keys = _keys(entries)
            body = fit(form, feed_of(config, heading, entries, updated), config.feed_bytes)
            headers = printing.headers.found_feed(keys, address)
            return Document(body, form.content_type, keys, fresh, headers, route="search_feed")

        return printing.unkept(encoding, make)

    @contextmanager
    def _searching(self) -> Iterator[Connection]:
        if not self._places.acquire(timeout=_PATIENCE_SECONDS):
            raise DatabaseBusy("Too many are searching.")
        try:
            with self._printing.snapshot() as connection:
                yield connection
        finally:
            self._places.release()


def _keys(entries: Sequence[Entry]) -> frozenset[str]:
    return frozenset({SITE_KEY, *(article_key(entry.number) for entry in entries)})


def _freshness(connection: Connection) -> Freshness:
    # The index comes after the journal: that nothing was changed since does not say that nothing else is found.
    return replace(freshness.of_everything(connection), crowded=True)
