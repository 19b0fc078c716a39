"""What crawlers are asked for (RFC 9309)."""

from collections.abc import Iterable

CONTENT_TYPE = "text/plain; charset=utf-8"


def write_robots(counted: str, sitemaps: Iterable[str]) -> bytes:
    """Everything is allowed but what counts a reading, which is at paths that match `counted`; then the sitemaps.

    Pages that are not to be found stand under `noindex`, which is seen only by those who may fetch them.
    """
    lines = ["User-agent: *", f"Disallow: {counted}", "", *(f"Sitemap: {address}" for address in sitemaps)]
    return ("\n".join(lines) + "\n").encode()
