"""Every public address of the site, made from the configured base URL and nothing else."""

from dataclasses import dataclass
from urllib.parse import quote, quote_plus, unquote, urlencode, urlsplit

from feedsvc.looks import PARAMETERS, PLAIN, Look
from feedsvc.selection import Selection

FEED_STYLE = "feed.css"
_PORTS = {"http": 80, "https": 443}

NAMING_KEYS = ("before", "url", "tag", "q", *PARAMETERS)
"""The query keys that say which document is meant; whatever else a query says changes nothing."""


@dataclass(frozen=True, slots=True)
class Urls:
    """Absolute, canonical, ASCII addresses below `base` (no trailing slash)."""

    base: str

    def target(self, address: str) -> tuple[str, str]:
        """An address of ours as a WSGI server names it when it is asked for: PATH_INFO (PEP 3333) and the query."""
        path, _, query = address.removeprefix(self.base).partition("?")
        return unquote(path, "latin-1"), query

    def home(self) -> str:
        return f"{self.base}/"

    def page(self, selection: Selection, before: int | None = None) -> str:
        """The page of a selection; with `before`, the one that goes on after article number `before`."""
        path = "/" if selection.is_whole else f"/{selection.path}"
        return f"{self.base}{path}" + (f"?before={before}" if before is not None else "")

    def tags(self) -> str:
        return f"{self.base}/tags"

    def feed(self, selection: Selection, format_name: str) -> str:
        return f"{self.base}/feeds/{selection.path}.{format_name}"

    def archive(self, selection: Selection, part: int, format_name: str) -> str:
        """A part of the archive of a selection, as a feed."""
        return f"{self.base}/feeds/{selection.path}/archive-{part}.{format_name}"

    def ranking(self, window: str) -> str:
        """The page of what is read most in a window."""
        return self.page(Selection(ranking=window))

    def search(self, text: str = "") -> str:
        """The page that answers a question, spelled as it is given; without one, the page that it is asked on."""
        return _with_query(f"{self.base}/search", asking(text))

    def search_feed(self, text: str, format_name: str) -> str:
        """The feed of what answers a question."""
        return _with_query(f"{self.base}/feeds/search.{format_name}", asking(text))

    def headlines(self, selection: Selection, extension: str, look: Look = PLAIN) -> str:
        """The newest headlines of a selection, for other people's pages."""
        return _with_query(f"{self.base}/headlines/{selection.path}.{extension}", look.query)

    def frame(self, selection: Selection, look: Look) -> str:
        """The newest headlines of a selection as a page to be framed."""
        return _with_query(f"{self.base}/embed/{selection.path}", look.query)

    def card(self, slug: str, look: Look) -> str:
        """One article as a page to be framed."""
        return _with_query(f"{self.base}/embed/articles/{quote(slug, safe='')}", look.query)

    def embed(self, selection: Selection, look: Look = PLAIN) -> str:
        """The page on which an embed is put together."""
        tag = "" if selection.tag is None else f"tag={quote(selection.tag, safe='')}"
        return _with_query(f"{self.base}/embed", "&".join(filter(None, (look.query, tag))))

    def oembed(self, page: str, form: str, *bounds: tuple[str, int]) -> str:
        """What oEmbed says of a page of ours, in a format, within bounds (pixels, by name)."""
        query = urlencode([("url", page), ("format", form), *bounds])
        return f"{self.base}/oembed?{query}"

    def hub(self) -> str:
        """Where one subscribes to feeds by WebSub."""
        return f"{self.base}/hub"

    def subscribe(self, selection: Selection) -> str:
        """How to subscribe to a selection, for people."""
        return f"{self.base}/subscribe/{selection.path}"

    def within(self, address: str) -> str | None:
        """The decoded path of a page below `base` that `address` names, by http or https; None when it names none."""
        own = urlsplit(self.base)
        try:
            asked = urlsplit(address)
            usual = _PORTS[asked.scheme.lower()]
            port = asked.port or usual
        except (ValueError, KeyError):
            return None
        # By http or https, so one's own port is as good as the other's.
        ports = {own.port} if own.port else set(_PORTS.values())
        if asked.hostname != own.hostname or port not in ports:
            return None
        if asked.path != own.path and not asked.path.startswith(f"{own.path}/"):
            return None
        return unquote(asked.path.removeprefix(own.path))

    def article(self, slug: str) -> str:
        return f"{self.base}/articles/{quote(slug, safe='')}"

    def reads(self, slug: str) -> str:
        """Where one reading of the article is reported (POST)."""
        return f"{self.article(slug)}/reads"

    def every_reads(self) -> str:
        """What the paths of all of those match, as robots.txt spells it (RFC 9309 section 2.2.3)."""
        return f"{self.path(self.base)}/articles/*/reads$"

    def asset(self, name: str) -> str:
        return f"{self.base}/assets/{name}"

    def file(self, name: str) -> str:
        """Where a file stands that programs look for at the root of a site."""
        return f"{self.base}/{name}"

    def sitemap(self) -> str:
        """The index of all sitemaps."""
        return self.file("sitemap.xml")

    def sitemap_part(self, kind: str, part: int) -> str:
        """One sitemap: part number `part` of the `articles` or of the `tags`."""
        return f"{self.base}/sitemaps/{kind}-{part}.xml"

    def news_sitemap(self) -> str:
        return self.file("news-sitemap.xml")

    def robots(self) -> str:
        return self.file("robots.txt")

    def manifest(self) -> str:
        return self.file("manifest.webmanifest")

    def opensearch(self) -> str:
        """What a browser wants to know to search here."""
        return self.file("opensearch.xml")

    def opml(self, language: str = "") -> str:
        """The list of all feeds, for feed readers."""
        return self.file(f"feeds/{language}.opml" if language else "feeds.opml")

    def well_known(self, name: str) -> str:
        """Where programs look for what is said of a site as a whole (RFC 8615)."""
        return f"{self.base}/.well-known/{name}"

    def asset_path(self, name: str) -> str:
        """The asset's address as `path` has it."""
        return self.path(self.asset(name))

    def path(self, address: str) -> str:
        """An address of ours without scheme and host: a page that is visited under another host name is still
        allowed its own stylesheet by its Content-Security-Policy."""
        return urlsplit(address).path

    def feed_style(self) -> str:
        """What a feed names as its stylesheet, without scheme and host, and by its plain name: no feed is to change
        because its stylesheet does."""
        return self.asset_path(FEED_STYLE)


def asking(text: str) -> str:
    """What a query says of a question, as a browser writes what was typed into a form (URL Standard, section 5.2): the
    form is to lead to the address itself, and not to a redirect. Empty for none."""
    return f"q={quote_plus(text, safe='*').replace('~', '%7E')}" if text else ""


def _with_query(address: str, query: str) -> str:
    return f"{address}?{query}" if query else address
