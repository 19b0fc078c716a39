"""The header fields that a kind of document always has, made from the settings once."""

from collections.abc import Iterable

from feedsvc.config import Config
from feedsvc.feed import Link

Fields = tuple[tuple[str, str], ...]

SAFETY: Fields = (
    ("X-Content-Type-Options", "nosniff"),
    ("Referrer-Policy", "strict-origin-when-cross-origin"),
)
"""What every response carries."""


def _safety(*, form_action: str = "'none'", frames: str = "", ancestors: str = "'none'") -> Fields:
    """For HTML: what of the policy is not the same everywhere is where forms go, what is framed, and by whom."""
    policy = (
        "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self' https: http:; "
        f"media-src https: http:; manifest-src 'self'; {frames}base-uri 'none'; form-action {form_action}; "
        f"frame-ancestors {ancestors}"
    )
    return (*SAFETY, ("Content-Security-Policy", policy))


PAGE_SAFETY: Fields = _safety()


def frame_safety(ancestors: str) -> Fields:
    """For HTML that the sites in `ancestors` may frame."""
    return _safety(ancestors=ancestors)


CORS: Fields = (
    ("Access-Control-Allow-Origin", "*"),
    ("Access-Control-Expose-Headers", "ETag, Last-Modified, Link, Retry-After"),
)
"""What every answer to a feed's address carries, found or not."""


_YEAR = 31_536_000


class DocumentHeaders:
    """Header fields for feeds, pages and assets under one configuration."""

    def __init__(self, config: Config) -> None:
        stale = f"stale-while-revalidate={config.stale_while_revalidate}, stale-if-error={config.stale_if_error}"
        self._shared = f"max-age={config.max_age}, {stale}"
        self._found = f"max-age={config.search_max_age}, {stale}"
        self._purges = bool(config.purge_urls)
        self._ancestors = config.frame_ancestors
        # A person's browser asks each time, and is told 304: an editor who has published wants to see it. Caches
        # that many people share keep a page as long as a feed.
        self._page = f"public, max-age=0, s-maxage={config.max_age}, {stale}"
        self._archive = f"public, max-age={_YEAR}, s-maxage={config.max_age}, {stale}"
        self._found_page = f"public, max-age=0, s-maxage={config.search_max_age}, {stale}"

    def feed(self, keys: Iterable[str], address: str, links: Iterable[Link]) -> Fields:
        """For a feed at `address`; its Link fields say what its body says (RFC 8288)."""
        return (*self.shared(keys), ("Link", _relations(address, links)))

    def archive(self, keys: Iterable[str], address: str, links: Iterable[Link]) -> Fields:
        """For an archive document at `address`, which hardly ever changes: whoever has read it need not ask for a year.
        A cache that many share keeps it as long as a feed, unless it is told what to forget: nothing that was retracted
        is to be given out for longer."""
        return (
            ("Cache-Control", self._archive),
            *self._purging(keys, f"max-age={_YEAR}" if self._purges else ""),
            *CORS,
            *SAFETY,
            ("Link", _relations(address, links)),
        )

    def delta(self, address: str, links: Iterable[Link]) -> Fields:
        """For what has changed of the feed at `address`: to be kept by nobody but who knows of it (RFC 3229 section
        10.8.2)."""
        return (
            ("IM", "feed"),
            ("Cache-Control", "no-store, im"),
            ("Access-Control-Allow-Origin", "*"),
            ("Access-Control-Expose-Headers", "ETag, Last-Modified, Link, Retry-After, IM, Delta-Base"),
            *SAFETY,
            ("Link", _relations(address, links)),
        )

    def found_feed(self, keys: Iterable[str], address: str) -> Fields:
        """For the feed of a search: kept for a shorter time, and in nobody's index. A CDN is told which articles are in
        it, so that one that is retracted leaves at once; others come as time passes."""
        return (
            ("Cache-Control", f"public, {self._found}"),
            *self._purging(keys, self._found),
            *CORS,
            *SAFETY,
            ("Link", f'<{address}>; rel="self"'),
            ("X-Robots-Tag", "noindex"),
        )

    def found_page(self, keys: Iterable[str]) -> Fields:
        """For the page of a search, which has a form of its own."""
        safety = _safety(form_action="'self'")
        return (("Cache-Control", self._found_page), *self._purging(keys, self._found), *safety)

    def page(self, keys: Iterable[str]) -> Fields:
        """For an HTML page."""
        return (("Cache-Control", self._page), *self._purging(keys), *PAGE_SAFETY)

    def workbench(self, keys: Iterable[str]) -> Fields:
        """For the page on which embeds are put together: it has a form of its own, and shows what comes of it."""
        safety = _safety(form_action="'self'", frames="frame-src 'self'; ")
        return (("Cache-Control", self._page), *self._purging(keys), *safety)

    def frame(self, keys: Iterable[str]) -> Fields:
        """For a page that others frame, if the settings let them. A frame in a sandbox has no origin, so what it asks
        of us anew is a request from elsewhere."""
        safety = frame_safety(self._ancestors)
        return (("Cache-Control", self._page), *self._purging(keys), *CORS, *safety)

    def shared(self, keys: Iterable[str]) -> Fields:
        """For what other sites take into their own pages, kept as long as a feed."""
        return (("Cache-Control", f"public, {self._shared}"), *self._purging(keys), *CORS, *SAFETY)

    def asset(self, *, immutable: bool) -> Fields:
        """For a file of the pages; one whose name is a fingerprint of its bytes never changes (RFC 8246)."""
        lasting = "public, max-age=31536000, immutable" if immutable else f"public, {self._shared}"
        return (("Cache-Control", lasting), *CORS, *SAFETY)

    def _purging(self, keys: Iterable[str], kept: str = "") -> Fields:
        names = sorted(keys)
        return (
            ("Surrogate-Control", kept or self._shared),
            ("Surrogate-Key", " ".join(names)),
            ("Cache-Tag", ",".join(names)),
        )


def _relations(address: str, links: Iterable[Link]) -> str:
    return ", ".join([f'<{address}>; rel="self"', *(f'<{link.href}>; rel="{link.rel}"' for link in links)])
