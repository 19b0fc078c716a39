"""The sitemaps, for search engines."""

import logging
from datetime import UTC, datetime, timedelta

from sqlalchemy import Connection

from feedsvc import freshness, inventory
from feedsvc.discovery import sitemaps
from feedsvc.discovery.sitemaps import MOST_NEWS, Headline, Sitemap
from feedsvc.errors import NotFound
from feedsvc.freshness import Freshness
from feedsvc.journal import SITE_KEY, channel_key, part_key
from feedsvc.press.printing import Printing
from feedsvc.representation import Document, Representation
from feedsvc.selection import Selection
from feedsvc.store.schema import NEWS_LINE

log = logging.getLogger(__name__)

ARTICLES, TAGS = "articles", "tags"

# How long Google takes an article for news.
_NEW = timedelta(days=2)


class SitemapPress:
    """Every sitemap, and their index; safe to use from many threads."""

    def __init__(self, printing: Printing) -> None:
        self._printing = printing

    def index(self, encoding: str) -> Representation:
        """The index: every part that was begun, with when it has changed last where that is known."""
        printing = self._printing
        address = printing.urls.sitemap()

        def make() -> Document:
            with printing.snapshot() as connection:
                articles, tags = list(inventory.parts(connection)), list(inventory.tag_parts(connection))
                newest, fresh = inventory.newest_part(connection), freshness.of_everything(connection)
            parts = [(printing.urls.sitemap_part(ARTICLES, part), changed_at) for part, changed_at in articles]
            made = sitemaps.write_index([*parts, *((printing.urls.sitemap_part(TAGS, part), None) for part in tags)])
            # An article that arrives withdrawn stands in no channel; it is a new one, and in one of these parts.
            keys = frozenset({SITE_KEY, channel_key(NEWS_LINE), part_key(newest), part_key(newest + 1)})
            return self._sitemap(address, made, keys, fresh, "sitemap")

        return printing.representation(address, encoding, make)

    def articles(self, part: int, encoding: str) -> Representation:
        """The published articles of a part. Raises `NotFound` for one that was never begun."""
        printing = self._printing
        address = printing.urls.sitemap_part(ARTICLES, part)

        def make() -> Document:
            with printing.snapshot() as connection:
                if freshness.part_changed_at(connection, part) is None:
                    raise NotFound("There is no such sitemap.")
                fresh = freshness.of_part(connection, part)
                found = inventory.articles(connection, part)
                made = sitemaps.write_sitemap((printing.urls.article(slug), updated) for slug, updated in found)
            return self._sitemap(address, made, frozenset({SITE_KEY, part_key(part)}), fresh, "sitemaps")

        return printing.representation(address, encoding, make)

    def tags(self, part: int, encoding: str) -> Representation:
        """The home page and the tags of a part. Raises `NotFound` for one in which no article is published."""
        printing = self._printing
        address = printing.urls.sitemap_part(TAGS, part)

        def make() -> Document:
            with printing.snapshot() as connection:
                slugs = inventory.tags(connection, part)
                fresh = freshness.of_channel(connection, NEWS_LINE)
            if not slugs:
                raise NotFound("There is no such sitemap.")
            made = sitemaps.write_sitemap((printing.urls.page(Selection(slug or None)), None) for slug in slugs)
            keys = frozenset({SITE_KEY, channel_key(NEWS_LINE)})
            return self._sitemap(address, made, keys, fresh, "sitemaps")

        return printing.representation(address, encoding, make)

    def news(self, encoding: str) -> Representation:
        """The articles of the last two days, until the oldest of them is older than that."""
        printing = self._printing
        address = printing.urls.news_sitemap()

        def make() -> Document:
            now = datetime.now(UTC)
            with printing.snapshot() as connection:
                found = inventory.news(connection, now - _NEW, MOST_NEWS)
                fresh = _as_time_passes(connection, now)
            headlines = (Headline(printing.urls.article(n.slug), n.language, n.title, n.published) for n in found)
            made = sitemaps.write_news(printing.config.title, headlines)
            keys = frozenset({SITE_KEY, channel_key(NEWS_LINE)})
            lifetime = (found[-1].published + _NEW - now).total_seconds() if found else None
            return self._sitemap(address, made, keys, fresh, "news_sitemap", lifetime)

        return printing.representation(address, encoding, make)

    def _sitemap(
        self,
        address: str,
        made: Sitemap,
        keys: frozenset[str],
        fresh: Freshness,
        route: str,
        lifetime: float | None = None,
    ) -> Document:
        if made.left_out:
            log.warning("%s goes out without %d addresses: it would be too large with them", address, made.left_out)
        headers = self._printing.headers.shared(keys)
        return Document(made.body, sitemaps.CONTENT_TYPE, keys, fresh, headers, lifetime=lifetime, route=route)


def _as_time_passes(connection: Connection, now: datetime) -> Freshness:
    """The fresh of what is new at `now` (UTC): it also changes whenever an article stops being new."""
    fresh = freshness.of_channel(connection, NEWS_LINE)
    last = inventory.last_before(connection, now - _NEW)
    if last is None or (left_at := last + _NEW).replace(microsecond=0) < fresh.changed_at.replace(microsecond=0):
        return fresh
    # Two may leave within one second.
    return Freshness(fresh.revision, max(left_at, fresh.changed_at), crowded=True)
