"""All presses of one site."""

from feedsvc.cache import RepresentationCache
from feedsvc.config import Config
from feedsvc.pages.embeds import EmbedPages
from feedsvc.pages.site import Pages
from feedsvc.pages.templates import Templates
from feedsvc.press.discovery import DiscoveryPress
from feedsvc.press.embeds import EmbedPress
from feedsvc.press.feeds import FeedPress
from feedsvc.press.oembed import OEmbedPress
from feedsvc.press.pages import PagePress
from feedsvc.press.printing import Printing
from feedsvc.press.sitemaps import SitemapPress
from feedsvc.snapshots import Snapshots
from feedsvc.store.database import Database


class Press:
    """Every public document, by what it is: `feeds`, `pages`, `embeds`, `oembed`, `sitemaps`, `discovery`.

    Safe to use from many threads.
    """

    def __init__(
        self, database: Database, snapshots: Snapshots, config: Config, cache: RepresentationCache, templates: Templates
    ) -> None:
        printing = Printing(database, snapshots, config, cache)
        self.require = printing.require
        self.feeds = FeedPress(printing)
        self.embeds = EmbedPress(printing, EmbedPages(config, templates))
        self.oembed = OEmbedPress(printing)
        self.sitemaps = SitemapPress(printing)
        self.discovery = DiscoveryPress(printing, templates.assets)
        self.pages = PagePress(printing, Pages(config, templates), templates.assets)
