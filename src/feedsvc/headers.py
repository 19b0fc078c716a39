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


class DocumentHeaders:
    """Header fields for feeds, pages and assets under one configuration."""

    def __init__(self, config: Config) -> None:
        stale = f"stale-while-revalidate={config.stale_while_revalidate}, stale-if-error={config.stale_if_error}"
        self._shared = f"max-age={config.max_age}, {stale}"
        self._ancestors = config.frame_ancestors
        # A person's browser asks each time, and is told 304: an editor who has published wants to see it. Caches
        # that many people share keep a page as long as a feed.
        self._page = f"public, max-age=0, s-maxage={config.max_age}, {stale}"

    def feed(self, keys: Iterable[str], address: str, links: Iterable[Link]) -> Fields:
        """For a feed at `address`; its Link fields say what its body says (RFC 8288)."""
        relations = [f'<{address}>; rel="self"', *(f'<{link.href}>; rel="{link.rel}"' for link in links)]
        return (
            ("Cache-Control", f"public, {self._shared}"),
            *self._purging(keys),
            *CORS,
            *SAFETY,
            ("Link", ", ".join(relations)),
        )

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

    def _purging(self, keys: Iterable[str]) -> Fields:
        names = sorted(keys)
        return (
            ("Surrogate-Control", self._shared),
            ("Surrogate-Key", " ".join(names)),
            ("Cache-Tag", ",".join(names)),
        )
