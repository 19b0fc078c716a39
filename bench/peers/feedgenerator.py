"""feedgen as its documentation shows it (https://feedgen.kiesow.be/), and nothing else: what it takes by itself."""

from collections.abc import Iterable, Mapping
from typing import Any

from feedgen.feed import FeedGenerator


def rss(items: Iterable[Mapping[str, Any]]) -> bytes:
    """JSON Feed items whose dates are datetimes, and whose image may be None, as RSS in their order."""
    return bytes(_feed(items, rss=True).rss_str())


def atom(items: Iterable[Mapping[str, Any]]) -> bytes:
    """The same as Atom."""
    return bytes(_feed(items, rss=False).atom_str())


def _feed(items: Iterable[Mapping[str, Any]], *, rss: bool) -> FeedGenerator:
    feed = FeedGenerator()
    feed.id("tag:bench.example,2026:news-line")
    feed.title("News Line")
    feed.author({"name": "News desk", "email": "desk@bench.example"})
    feed.link(href="http://bench.example/feeds/news-line.rss", rel="self")
    feed.link(href="http://bench.example/", rel="alternate")
    feed.subtitle("The latest articles, as they are published.")
    feed.language("en")
    feed.ttl(5)
    for item in items:
        entry = feed.add_entry(order="append")
        entry.guid(item["id"], permalink=False)
        entry.title(item["title"])
        entry.link(href=item["url"])
        entry.content(item["content_html"], type=None if rss else "html")
        if rss:
            entry.description(item["summary"], isSummary=True)
        else:
            entry.summary(item["summary"])
        entry.category([{"term": tag} for tag in item["tags"]])
        # RSS wants an address with an author, and feedgen leaves one without out.
        entry.author([{"name": author["name"], "email": "desk@bench.example"} for author in item["authors"]])
        entry.published(item["date_published"])
        if not rss:
            entry.updated(item["date_published"])
        if item["image"]:
            entry.enclosure(item["image"], 0, "image/jpeg")
    return feed


FORMATS = {"rss": rss, "atom": atom}
"""What feedgen writes, by feedsvc's names of the formats."""
