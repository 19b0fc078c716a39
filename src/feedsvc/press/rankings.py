"""What is read most, as pages and as feeds."""

from sqlalchemy import Connection

from feedsvc import freshness
from feedsvc.feed import Entry
from feedsvc.feeds import Heading, feed_of
from feedsvc.formats import FORMATS, Format
from feedsvc.freshness import Freshness
from feedsvc.journal import SITE_KEY, channel_key
from feedsvc.pages.rankings import RankingPages
from feedsvc.press.feeds import fit
from feedsvc.press.printing import Printing
from feedsvc.representation import Document, Representation
from feedsvc.selection import Selection
from feedsvc.store import rankings, readings
from feedsvc.store.rankings import WINDOWS


class RankingPress:
    """Every ranking, by its window and format; safe to use from many threads.

    A ranking has a channel, which is touched when it changes, or an article that stands in it does: a document of it
    is as fresh as that channel.
    """

    def __init__(self, printing: Printing, pages: RankingPages) -> None:
        self._printing = printing
        self._pages = pages

    def page(self, window: str, encoding: str) -> Representation:
        """The page of a window."""
        printing = self._printing

        def make() -> Document:
            with printing.snapshot() as connection:
                number, entries, fresh = self._ranked(connection, window, whole=False)
            return printing.page(self._pages.ranking(window, entries), _keys(number), fresh, "most_read")

        return printing.representation(printing.urls.ranking(window), encoding, make)

    def feed(self, window: str, form: Format, encoding: str) -> Representation:
        """The feed of a window, in one format: in the order of the ranking."""
        printing = self._printing
        config, urls = printing.config, printing.urls
        address = urls.feed(Selection(ranking=window), form.name)

        def make() -> Document:
            with printing.snapshot() as connection:
                number, entries, fresh = self._ranked(connection, window, whole=True)
                authority = connection.execute(readings.AUTHORITY).scalar_one()
            heading = Heading(
                uri=f"tag:{authority}:channel/{number}",
                title=self._pages.name(window),
                description=config.description,
                language=config.language,
                home=urls.ranking(window),
                addresses={name: urls.feed(Selection(ranking=window), name) for name in FORMATS},
                ttl=config.max_age,
            )
            feed = printing.announcing(feed_of(config, heading, entries, fresh.changed_at))
            headers = printing.headers.feed(_keys(number), address, feed.links)
            body = fit(form, feed, config.feed_bytes)
            return Document(body, form.content_type, _keys(number), fresh, headers, route="most_read_feed")

        return printing.representation(address, encoding, make)

    def _ranked(self, connection: Connection, window: str, *, whole: bool) -> tuple[int, list[Entry], Freshness]:
        number = rankings.channel(connection, WINDOWS[window])
        entries = self._printing.catalogue.numbered(connection, rankings.listed(connection, number), whole=whole)
        return number, entries, freshness.of_channel(connection, number)


def _keys(number: int) -> frozenset[str]:
    return frozenset({SITE_KEY, channel_key(number)})
