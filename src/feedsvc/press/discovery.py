"""What programs look for at the root of a site."""

from collections.abc import Callable
from datetime import UTC, datetime

from feedsvc import freshness
from feedsvc.directory import channel_title
from feedsvc.discovery import host_meta, manifest, opensearch, opml, robots, security
from feedsvc.discovery.host_meta import HostLink
from feedsvc.discovery.manifest import Icon
from feedsvc.discovery.opensearch import Engine
from feedsvc.discovery.security import month_after
from feedsvc.errors import NotFound
from feedsvc.formats import FORMATS
from feedsvc.freshness import Freshness
from feedsvc.journal import SITE_KEY
from feedsvc.pages.assets import Assets
from feedsvc.press.printing import Printing
from feedsvc.representation import Document, Representation
from feedsvc.selection import Selection

_KEYS = frozenset({SITE_KEY})
# The assets that are the site's icon, with size and purpose.
_ICONS = (
    ("icon.svg", "any", "any"),
    ("icon-192.png", "192x192", "any"),
    ("icon-512.png", "512x512", "any"),
    ("icon-maskable-512.png", "512x512", "maskable"),
)


class DiscoveryPress:
    """What is said of the site as a whole, which only its settings change; safe to use from many threads."""

    def __init__(self, printing: Printing, assets: Assets) -> None:
        self._printing = printing
        self._assets = assets

    def robots(self, encoding: str) -> Representation:
        """What crawlers are asked for."""
        urls = self._printing.urls

        def write(_now: datetime) -> bytes:
            # A crawler that runs scripts is no reader.
            return robots.write_robots(urls.every_reads(), (urls.sitemap(), urls.news_sitemap()))

        return self._print(urls.robots(), robots.CONTENT_TYPE, write, "robots", encoding)

    def manifest(self, encoding: str) -> Representation:
        """What the site looks like as an application."""
        config, urls = self._printing.config, self._printing.urls

        def write(_now: datetime) -> bytes:
            icons = (self._icon(*each) for each in _ICONS)
            return manifest.write_manifest(config.title, config.description, config.language, urls.home(), icons)

        return self._print(urls.manifest(), manifest.CONTENT_TYPE, write, "manifest", encoding)

    def host_meta(self, encoding: str) -> Representation:
        """The feeds of the site and their hubs, for whoever knows no more of it than its host."""
        config, urls = self._printing.config, self._printing.urls
        title = channel_title(config, "")

        def write(_now: datetime) -> bytes:
            feeds = ((form, urls.feed(Selection(), form.name)) for form in FORMATS.values())
            links = [HostLink("alternate", href, f"{title} ({form.title})", form.media_type) for form, href in feeds]
            links.append(HostLink("outline", urls.opml(), title, opml.CONTENT_TYPE.partition(";")[0]))
            links += (HostLink("hub", hub.href, "WebSub") for hub in self._printing.hubs)
            return host_meta.write_host_meta(links)

        return self._print(urls.well_known("host-meta"), host_meta.CONTENT_TYPE, write, "host_meta", encoding)

    def opensearch(self, encoding: str) -> Representation:
        """How to search here."""
        config, urls = self._printing.config, self._printing.urls
        # Braces are what a template has in the place of what is typed.
        page = Engine(f"{urls.search()}?q={{searchTerms}}", "text/html")
        feeds = [Engine(f"{urls.search_feed('', f.name)}?q={{searchTerms}}", f.media_type) for f in FORMATS.values()]
        icon = urls.asset(self._assets["icon.svg"].fingerprinted)

        def write(_now: datetime) -> bytes:
            about = config.title, config.description, config.language
            return opensearch.write_opensearch(*about, icon, urls.opensearch(), [page, *feeds])

        return self._print(urls.opensearch(), opensearch.CONTENT_TYPE, write, "opensearch", encoding)

    def security(self, encoding: str) -> Representation:
        """Whom to tell of a weakness. Raises `NotFound` where the settings name nobody."""
        config, address = self._printing.config, self._printing.urls.well_known("security.txt")
        if not config.security_contact:
            raise NotFound("Nobody is named.")

        def write(now: datetime) -> bytes:
            return security.write_security(config.security_contact, config.language, address, now)

        return self._print(address, security.CONTENT_TYPE, write, "security", encoding, monthly=True)

    def _icon(self, name: str, sizes: str, purpose: str) -> Icon:
        asset = self._assets[name]
        return Icon(self._printing.urls.asset(asset.fingerprinted), asset.content_type, sizes, purpose)

    def _print(
        self,
        address: str,
        content_type: str,
        write: Callable[[datetime], bytes],
        route: str,
        encoding: str,
        *,
        monthly: bool = False,
    ) -> Representation:
        """What `write(now)` gives, until the settings change; if `monthly`, until the next month begins (UTC)."""
        printing = self._printing

        def make() -> Document:
            now = datetime.now(UTC)
            with printing.snapshot() as connection:
                fresh = freshness.of_site(connection)
            lifetime = None
            if monthly:
                # The settings may have changed in the first second of a month as well.
                begun = max(fresh.changed_at, month_after(now, 0))
                fresh = Freshness(fresh.revision, begun, crowded=True)
                lifetime = (month_after(now, 1) - now).total_seconds()
            headers = printing.headers.shared(_KEYS)
            return Document(write(now), content_type, _KEYS, fresh, headers, lifetime=lifetime, route=route)

        return printing.representation(address, encoding, make)
