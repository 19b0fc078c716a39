"""The feed the format tests write: everything a feed can have, and ways to vary it."""

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from feedsvc.feed import Author, Entry, Feed, Link, Media, Tag

BASE = "https://news.example"
ADDRESSES = {name: f"{BASE}/feeds/news-line.{name}" for name in ("rss", "atom", "json")}
HUB = Link("hub", "https://hub.example/")

PLAIN = Entry(
    number=1,
    guid="tag:news.example,2024:1",
    uri="tag:news.example,2024:1",
    url=f"{BASE}/articles/rain",
    slug="rain",
    title="Rain & wind",
    summary="Wet.",
    body="<p>Very wet.</p>",
    language="en",
    published=datetime(2024, 5, 12, 9, 30, tzinfo=UTC),
    updated=datetime(2024, 5, 12, 10, 0, 0, 250_000, tzinfo=UTC),
)

RICH = Entry(
    number=2,
    guid="https://old.example/?p=7",
    uri="tag:news.example,2024:2",
    url=f"{BASE}/articles/%D7%A9%D7%9C%D7%95%D7%9D",
    slug="שלום",
    title="שלום 🌍",
    summary="<br> means break & more",
    body='<p>]]> &amp; <a href="https://a.example/?b=1&amp;c=2">x</a> 🌍</p>',
    language="he",
    published=datetime(2024, 3, 1, 23, 59, 58, 123_456, tzinfo=UTC),
    updated=datetime(2024, 3, 2, tzinfo=UTC),
    authors=(Author("Ann Lee", f"{BASE}/ann"), Author("Bo", email="bo@news.example"), Author("Cy")),
    tags=(Tag("R & D", "r-and-d", f"{BASE}/tags/r-and-d"), Tag("Été", "été", f"{BASE}/tags/%C3%A9t%C3%A9")),
    image=Media(f"{BASE}/i.jpg", "image/jpeg", length=2048, credit="Dee & Co", alt="A <small> hill"),
    attachments=(
        Media(f"{BASE}/a.mp3", "audio/mpeg", title="Listen", duration=61),
        Media(f"{BASE}/v.mp4", "video/mp4", length=99, credit="Eve"),
        Media(f"{BASE}/p.pdf", "application/pdf", alt="The paper"),
    ),
    source="https://old.example/story",
)

BARE = Feed(
    uri="tag:news.example,2024:news-line",
    title="News Line",
    description="The latest.",
    language="en",
    home=f"{BASE}/",
    addresses=ADDRESSES,
    updated=datetime(2024, 5, 12, 10, 0, tzinfo=UTC),
    author=Author("News desk"),
    entries=(PLAIN,),
)

FULL = replace(
    BARE,
    entries=(PLAIN, RICH),
    logo=f"{BASE}/logo.png",
    copyright="© News & Co",
    links=(HUB, Link("prev-archive", f"{BASE}/archive/3")),
    stylesheet="/assets/feed.css",
)


def with_entry(**changes: Any) -> Feed:
    """A feed whose one entry is the plain one with `changes`."""
    return replace(BARE, entries=(replace(PLAIN, **changes),))
