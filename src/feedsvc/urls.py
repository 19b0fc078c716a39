"""Every public address of the site, made from the configured base URL and nothing else."""

from dataclasses import dataclass
from urllib.parse import quote, unquote, urlsplit

NEWS_LINE = "news-line"


@dataclass(frozen=True, slots=True)
class Selection:
    """Which articles a feed or page shows: the News Line (`tag` is None) or one tag, by slug."""

    tag: str | None = None

    @property
    def name(self) -> str:
        """The selection as an address spells it, decoded: `news-line` or `tags/<slug>`."""
        return NEWS_LINE if self.tag is None else f"tags/{self.tag}"

    @property
    def path(self) -> str:
        """`name` percent-encoded, once and canonically."""
        return quote(self.name)


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
        path = "/" if selection.tag is None else f"/{selection.path}"
        return f"{self.base}{path}" + (f"?before={before}" if before is not None else "")

    def tags(self) -> str:
        return f"{self.base}/tags"

    def feed(self, selection: Selection, format_name: str) -> str:
        return f"{self.base}/feeds/{selection.path}.{format_name}"

    def article(self, slug: str) -> str:
        return f"{self.base}/articles/{quote(slug, safe='')}"

    def reads(self, slug: str) -> str:
        """Where one reading of the article is reported (POST)."""
        return f"{self.article(slug)}/reads"

    def asset(self, name: str) -> str:
        return f"{self.base}/assets/{name}"

    def asset_path(self, name: str) -> str:
        """The asset's address without scheme and host: a page that is visited under another host name is still
        allowed its own stylesheet by its Content-Security-Policy."""
        return urlsplit(self.asset(name)).path
