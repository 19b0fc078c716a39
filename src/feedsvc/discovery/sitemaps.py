"""Sitemaps (sitemaps.org 0.9), their index, and what Google wants of news (sitemap-news 0.9), as bytes."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from html import escape

from feedsvc.typography import iso_date

CONTENT_TYPE = "application/xml; charset=utf-8"

MOST_NEWS = 1_000
"""How many articles a news sitemap may have."""

# What the protocol allows an uncompressed document: 50 MiB.
_MOST_BYTES = 52_428_800
_DECLARATION = '<?xml version="1.0" encoding="UTF-8"?>\n'
_NAMESPACE = "http://www.sitemaps.org/schemas/sitemap/0.9"
_NEWS_NAMESPACE = "http://www.google.com/schemas/sitemap-news/0.9"
_SIMPLIFIED, _TRADITIONAL = "zh-cn", "zh-tw"
_TRADITIONAL_WHERE = frozenset({"TW", "HK", "MO"})


@dataclass(frozen=True, slots=True)
class Sitemap:
    """A finished document, and how many addresses were one too many for what the protocol allows in bytes."""

    body: bytes
    left_out: int


@dataclass(frozen=True, slots=True)
class Headline:
    """An article as a news sitemap has it: its address, language (BCP 47) and title, and when it was published."""

    address: str
    language: str
    title: str
    published: datetime


def write_index(sitemaps: Iterable[tuple[str, datetime | None]]) -> Sitemap:
    """The index of sitemaps: their addresses, and when each has changed last, if that is known."""
    root = f'<sitemapindex xmlns="{_NAMESPACE}">'
    return _assembled(root, (_located("sitemap", *each) for each in sitemaps), "</sitemapindex>")


def write_sitemap(addresses: Iterable[tuple[str, datetime | None]]) -> Sitemap:
    """A sitemap: addresses, and when what is there was changed last, if that is known."""
    return _assembled(f'<urlset xmlns="{_NAMESPACE}">', (_located("url", *each) for each in addresses), "</urlset>")


def write_news(publication: str, headlines: Iterable[Headline]) -> Sitemap:
    """The news sitemap of a publication; `headlines` are at most `MOST_NEWS`."""
    root = f'<urlset xmlns="{_NAMESPACE}" xmlns:news="{_NEWS_NAMESPACE}">'
    return _assembled(root, (_announced(publication, each) for each in headlines), "</urlset>")


def news_language(language: str) -> str:
    """A BCP 47 language as a news sitemap spells it: ISO 639, but for Chinese, which goes by its script, and if that
    is not told by where it is written."""
    primary, *others = language.split("-")
    if primary == "zh":
        traditional = "Hant" in others or ("Hans" not in others and not _TRADITIONAL_WHERE.isdisjoint(others))
        return _TRADITIONAL if traditional else _SIMPLIFIED
    return primary if len(primary) <= 3 else "und"


def _located(element: str, address: str, changed: datetime | None) -> str:
    lastmod = f"<lastmod>{iso_date(changed)}</lastmod>" if changed else ""
    return f"<{element}><loc>{escape(address)}</loc>{lastmod}</{element}>"


def _announced(publication: str, headline: Headline) -> str:
    return (
        f"<url><loc>{escape(headline.address)}</loc><news:news>"
        f"<news:publication><news:name>{escape(publication)}</news:name>"
        f"<news:language>{news_language(headline.language)}</news:language></news:publication>"
        f"<news:publication_date>{iso_date(headline.published)}</news:publication_date>"
        f"<news:title>{escape(headline.title)}</news:title></news:news></url>"
    )


def _assembled(root: str, elements: Iterable[str], end: str) -> Sitemap:
    # As bytes from the first element on: a tree of 50,000 would weigh many times what is written of it.
    body, left_out = bytearray(f"{_DECLARATION}{root}\n".encode()), 0
    for element in elements:
        line = f"{element}\n".encode()
        if len(body) + len(line) + len(end) + 1 > _MOST_BYTES:
            left_out += 1
        else:
            body += line
    body += f"{end}\n".encode()
    return Sitemap(bytes(body), left_out)
