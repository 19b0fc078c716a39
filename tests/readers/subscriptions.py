"""What a reader's tests need of the site: articles, and what its access log says of one reader."""

import json
from typing import Any
from urllib.parse import urljoin

from conftest import Served, eventually

from feedsvc.item import read_item
from feedsvc.newsroom import Newsroom

BRIDGE = {
    "id": "https://old.example/?p=1",
    "title": 'Bridge opens: "x < y" & R&B',
    "content_html": '<p>It was <strong>opened</strong> at noon &amp; crossed by <a href="/about">hundreds</a>.</p>',
    "summary": "It took two years.",
    "url": "https://old.example/bridge",
    "date_published": "2026-01-05T09:30:00Z",
    "authors": [{"name": "A. Reporter"}],
    "tags": ["Karabakh"],
    "_feedsvc": {"slug": "bridge"},
}
ORCHARD = {
    "id": "tag:feedsvc.example,2026:orchard",
    "title": "Qarabağda ərik bağları çiçəklədi",
    "content_text": "Bağlar ağ rəngdədir.",
    "date_published": "2026-01-06T09:30:00Z",
    "language": "az",
    "tags": ["Karabakh"],
}
HARVEST = {
    "id": "tag:feedsvc.example,2026:harvest",
    "title": "Harvest begins",
    "content_text": "With the first light.",
    "date_published": "2026-01-07T09:30:00Z",
    "tags": ["Karabakh"],
}
FORMATS = ("rss", "atom", "json")


def publish(served: Served, item: dict[str, Any]) -> None:
    """Publish an article as an editor does, and wait until the site shows it."""
    done = served.shell("publish", "-", stdin=json.dumps(item).encode())
    assert done.returncode == 0, done.stderr
    _until(served, item["title"], shown=True)


def revise(served: Served, newsroom: Newsroom, item: dict[str, Any]) -> None:
    """Publish a known article under another headline, and wait until the site shows it."""
    assert newsroom.publish(read_item(item)).verdict == "updated"
    _until(served, item["title"], shown=True)


def retract(served: Served, newsroom: Newsroom, item: dict[str, Any]) -> None:
    """Retract an article, and wait until the site does not show it."""
    newsroom.retract(item["id"])
    _until(served, item["title"], shown=False)


def _until(served: Served, title: str, *, shown: bool) -> None:
    def is_so() -> bool:
        items = served.http.get("/feeds/news-line.json").json()["items"]
        return shown == any(item["title"] == title for item in items)

    eventually(is_so)


def polls(served: Served, agent: str) -> list[str]:
    """What the readers called `agent` asked for and how they were answered, in order: `/feeds/… 200`."""
    lines = [json.loads(line) for line in served.log.read_text().splitlines() if line.startswith('{"level"')]
    own = [line for line in lines if agent in line.get("agent", "")]
    return [line["message"].removeprefix("GET ") for line in own]


def address(served: Served, path: str) -> str:
    """The absolute address of a path of the site."""
    return urljoin(str(served.http.base_url), path)
