"""All presses of one site."""

from functools import partial
from html import unescape

from feedsvc.cache import RepresentationCache
from feedsvc.config import Config
from feedsvc.formats import Format
from feedsvc.pages.embeds import EmbedPages
from feedsvc.pages.rankings import RankingPages
from feedsvc.pages.search import SearchPages
from feedsvc.pages.site import Pages
from feedsvc.pages.templates import Templates
from feedsvc.press.discovery import DiscoveryPress
from feedsvc.press.embeds import EmbedPress
from feedsvc.press.feeds import FeedPress
from feedsvc.press.oembed import OEmbedPress
from feedsvc.press.opml import OpmlPress
from feedsvc.press.pages import PagePress
from feedsvc.press.printing import Printing
from feedsvc.press.rankings import RankingPress
from feedsvc.press.search import SearchPress
from feedsvc.press.sitemaps import SitemapPress
from feedsvc.representation import Representation
from feedsvc.selection import Selection
from feedsvc.snapshots import Snapshots
from feedsvc.store.database import Database


class Press:
    """Every public document, by what it is: `feeds`, `opml`, `pages`, `search`, `rankings`, `embeds`, `oembed`,
    `sitemaps`, `discovery`.

    Safe to use from many threads.
    """

    def __init__(
        self, database: Database, snapshots: Snapshots, config: Config, cache: RepresentationCache, templates: Templates
    ) -> None:
        printing = Printing(database, snapshots, config, cache)
        self.require = printing.require
        self.feeds = FeedPress(printing)
        self.embeds = EmbedPress(printing, EmbedPages(config, templates))
        self.search = SearchPress(printing, SearchPages(config, templates))
        rankings = RankingPages(config, templates)
        self.rankings = RankingPress(printing, rankings)
        phrase = partial(templates.phrases.phrase, config.language)
        self.opml = OpmlPress(printing, lambda name: unescape(phrase(name)), rankings.name)
        self.oembed = OEmbedPress(printing)
        self.sitemaps = SitemapPress(printing)
        self.discovery = DiscoveryPress(printing, templates.assets)
        self.pages = PagePress(printing, Pages(config, templates), templates.assets)

    def subscribed(self, selection: Selection, form: Format, encoding: str) -> Representation:
        """The document of a selection that one subscribes to, whichever press makes it. Raises `NotFound`, `Gone` and
        `Moved`."""
        if selection.ranking:
            return self.rankings.feed(selection.ranking, form, encoding)
        return self.feeds.feed(selection, form, encoding)
