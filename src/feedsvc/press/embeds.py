"""What others show of us: headlines as JSON Feed, fragment and frame, an article as a card."""

from collections.abc import Callable
from dataclasses import replace

from feedsvc import freshness
from feedsvc.catalogue import Withdrawn
from feedsvc.directory import Channel
from feedsvc.feed import Entry
from feedsvc.formats import FORMATS, render
from feedsvc.freshness import Freshness
from feedsvc.journal import SITE_KEY, article_key
from feedsvc.looks import MOST_HEADLINES, Look
from feedsvc.pages.embeds import EmbedPages
from feedsvc.pages.templates import HTML
from feedsvc.press.printing import Printing, listing, with_others
from feedsvc.representation import Document, Representation
from feedsvc.selection import Selection
from feedsvc.store.schema import NEWS_LINE

_SUGGESTED = 500


class EmbedPress:
    """Every embed, by what it shows; safe to use from many threads."""

    def __init__(self, printing: Printing, pages: EmbedPages) -> None:
        self._printing = printing
        self._pages = pages

    def headlines(self, selection: Selection, encoding: str) -> Representation:
        """The newest headlines of a selection as a JSON Feed 1.1, without bodies. Raises `NotFound`."""
        printing = self._printing
        address = printing.urls.headlines(selection, "json")

        def make() -> Document:
            with printing.reading(selection) as connection:
                channel = printing.channel(connection, selection, lambda now: printing.urls.headlines(now, "json"))
                fresh = freshness.of_formula(connection, channel.formula, channel.part)
                at = fresh.changed_at
                feed = printing.feeds.headlines(connection, channel, at, MOST_HEADLINES)
            keys = listing(channel)
            headers = printing.headers.feed(keys, address, feed.links)
            form = FORMATS["json"]
            return Document(render(form, feed), form.content_type, keys, fresh, headers, route="headlines")

        return printing.representation(address, encoding, make)

    def fragment(self, selection: Selection, look: Look, encoding: str) -> Representation:
        """The newest headlines of a selection as an HTML list. Raises `NotFound` for an unknown tag."""
        printing = self._printing

        def make(channel: Channel, entries: list[Entry], fresh: Freshness) -> Document:
            keys = listing(channel)
            body = self._pages.fragment(entries).encode()
            return Document(body, HTML, keys, fresh, printing.headers.shared(keys), route="headlines")

        def address(now: Selection) -> str:
            return printing.urls.headlines(now, "html", look)

        return self._listed(address, selection, look.count, make, encoding)

    def frame(self, selection: Selection, look: Look, encoding: str) -> Representation:
        """The newest headlines of a selection as a page to be framed. Raises `NotFound` for an unknown tag."""
        printing = self._printing

        def make(channel: Channel, entries: list[Entry], fresh: Freshness) -> Document:
            return self._framed(self._pages.frame(selection, channel, entries, look), listing(channel), fresh)

        return self._listed(lambda now: printing.urls.frame(now, look), selection, look.count, make, encoding)

    def card(self, slug: str, look: Look, encoding: str) -> Representation:
        """An article as a page to be framed, with status 410 when it was retracted. Raises `Moved` and `NotFound`."""
        printing = self._printing

        def make() -> Document:
            with printing.snapshot() as connection:
                found = printing.catalogue.article(connection, slug, lambda now: printing.urls.card(now, look))
                fresh = freshness.of_article(connection, found.number, None)
            keys = frozenset({SITE_KEY, article_key(found.number)})
            if isinstance(found, Withdrawn):
                return replace(self._framed(self._pages.withdrawn(look), keys, fresh), status=410)
            return self._framed(self._pages.card(found, look), keys, fresh)

        return printing.representation(printing.urls.card(slug, look), encoding, make)

    def workbench(self, selection: Selection, look: Look, encoding: str) -> Representation:
        """The page on which an embed is put together. Raises `NotFound` for an unknown tag."""
        printing = self._printing

        def make() -> Document:
            with printing.reading(selection) as connection:
                channel = printing.channel(connection, selection, lambda now: printing.urls.embed(now, look))
                tags = printing.catalogue.most_used_tags(connection, _SUGGESTED)
                fresh = freshness.of_channel(connection, NEWS_LINE)
            body = self._pages.workbench(selection, channel, tags, look)
            keys = with_others(channel)
            headers = printing.headers.workbench(keys)
            return Document(body.encode(), HTML, keys, fresh, headers, route="workbench")

        return printing.representation(printing.urls.embed(selection, look), encoding, make)

    def _listed(
        self,
        address: Callable[[Selection], str],
        selection: Selection,
        limit: int,
        make: Callable[[Channel, list[Entry], Freshness], Document],
        encoding: str,
    ) -> Representation:
        printing = self._printing

        def read() -> Document:
            with printing.reading(selection) as connection:
                channel = printing.channel(connection, selection, address)
                entries = printing.catalogue.headlines(connection, channel, limit)
                fresh = freshness.of_formula(connection, channel.formula, channel.part)
            return make(channel, entries, fresh)

        return printing.representation(address(selection), encoding, read)

    def _framed(self, body: str, keys: frozenset[str], fresh: Freshness) -> Document:
        return Document(body.encode(), HTML, keys, fresh, self._printing.headers.frame(keys), route="frame")
