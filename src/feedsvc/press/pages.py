"""The site's pages, and the files they are shown with."""

from dataclasses import replace

from feedsvc import freshness
from feedsvc.catalogue import Withdrawn
from feedsvc.errors import Gone
from feedsvc.freshness import UNTOUCHED
from feedsvc.journal import SITE_KEY, article_key, channel_key
from feedsvc.pages.assets import Assets
from feedsvc.pages.site import Pages
from feedsvc.press.printing import Printing, listing, with_others
from feedsvc.representation import Document, Representation
from feedsvc.selection import Selection
from feedsvc.store import formulas
from feedsvc.store.schema import NEWS_LINE

_OTHER_FEEDS = 20
_ROUTES = {Selection(): "home"}

READS_SHOWN_SECONDS = 60.0
"""How old the number of reads on an article's page may be before its script brings the newest."""


class PagePress:
    """Every page of the site, by what it shows; safe to use from many threads."""

    def __init__(self, printing: Printing, pages: Pages, assets: Assets) -> None:
        self._printing = printing
        self._pages = pages
        self._assets = assets

    def line(self, selection: Selection, before: int | None, encoding: str) -> Representation:
        """One page of headlines. Raises `NotFound` for an unknown tag or a page that never was."""
        printing = self._printing
        front = selection.is_whole and before is None

        def make() -> Document:
            with printing.reading(selection) as connection:
                channel = printing.channel(connection, selection, lambda now: printing.urls.page(now, before))
                entries = printing.catalogue.headlines(connection, channel, printing.config.page_size + 1, before)
                # Whatever comes in, in any language, may be the first in its own.
                languages = printing.catalogue.languages(connection) if front else []
                formula = formulas.of_channel(NEWS_LINE) if front else channel.formula
                fresh = freshness.of_formula(connection, formula, channel.part)
            keys = with_others(channel) if front else listing(channel)
            body = self._pages.line(selection, channel, entries, before, languages)
            return printing.page(body, keys, fresh, _ROUTES.get(selection, "tag"))

        return printing.representation(printing.urls.page(selection, before), encoding, make)

    def tags(self, encoding: str) -> Representation:
        """The page of all tags."""
        printing = self._printing

        def make() -> Document:
            with printing.snapshot() as connection:
                tags = printing.catalogue.tags(connection)
                fresh = freshness.of_channel(connection, NEWS_LINE)
            keys = frozenset({SITE_KEY, channel_key(NEWS_LINE)})
            return printing.page(self._pages.tags(tags), keys, fresh, "tags")

        return printing.representation(printing.urls.tags(), encoding, make)

    def subscribe(self, selection: Selection, encoding: str) -> Representation:
        """How to subscribe to a selection, for people. Raises `NotFound` for an unknown tag."""
        printing = self._printing

        def make() -> Document:
            with printing.snapshot() as connection:
                channel = printing.channel(connection, selection, printing.urls.subscribe)
                others = printing.catalogue.most_used_tags(connection, _OTHER_FEEDS)
                fresh = freshness.of_channel(connection, NEWS_LINE)
            page = self._pages.subscribe(selection, channel, others)
            return printing.page(page, with_others(channel), fresh, "subscribe")

        return printing.representation(printing.urls.subscribe(selection), encoding, make)

    def article(self, slug: str, encoding: str) -> Representation:
        """The page of an article, with status 410 when it was retracted. Raises `Moved` and `NotFound`.

        It shows the number of reads as it was at most a minute ago, so that reading it renders nothing.
        """
        printing = self._printing

        def make() -> Document:
            with printing.snapshot() as connection:
                found = printing.catalogue.article(connection, slug, printing.urls.article)
                reads, counted_at = printing.catalogue.reads(connection, found.number)
                versions = [] if isinstance(found, Withdrawn) else printing.catalogue.versions(connection, found)
                fresh = freshness.of_article(connection, found.number, counted_at)
            keys = frozenset({SITE_KEY, article_key(found.number)})
            if isinstance(found, Withdrawn):
                gone = printing.page(self._pages.gone(found.retracted_at), keys, fresh, "article")
                return replace(gone, status=410)
            page = printing.page(self._pages.article(found, reads, versions), keys, fresh, "article")
            return replace(page, lifetime=READS_SHOWN_SECONDS)

        return printing.representation(printing.urls.article(slug), encoding, make)

    def number(self, slug: str) -> int:
        """The number of the published article at an address. Raises `Moved`, `NotFound` and `Gone`."""
        printing = self._printing
        with printing.newest() as connection:
            found = printing.catalogue.article(connection, slug, printing.urls.article)
        if isinstance(found, Withdrawn):
            raise Gone("The article has been withdrawn.")
        return found.number

    def asset(self, name: str, encoding: str) -> Representation:
        """A stylesheet, script or picture by its fingerprinted or plain name. Raises `NotFound`."""
        return self._file(name, self._printing.urls.asset(name), "asset", encoding)

    def file(self, name: str, encoding: str) -> Representation:
        """The same by its plain name, at the root of the site, where programs look for it. Raises `NotFound`."""
        return self._file(name, self._printing.urls.file(name), "file", encoding)

    def _file(self, name: str, address: str, route: str, encoding: str) -> Representation:
        asset = self._assets[name]
        headers = self._printing.headers.asset(immutable=name == asset.fingerprinted)
        document = Document(asset.body, asset.content_type, frozenset(), UNTOUCHED, headers, route=route)
        return self._printing.representation(address, encoding, lambda: document)
