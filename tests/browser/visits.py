"""What a visitor finds on the test's site, and a tab of the browser that is watched while it is visited."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import count
from typing import Any, Literal
from urllib.parse import urlsplit

import httpx
from conftest import client_of, eventually
from playwright.sync_api import BrowserContext, Page, Response
from scrapes import Scrape

from feedsvc import journal
from feedsvc.item import read_item
from feedsvc.newsroom import Newsroom
from feedsvc.store.database import Database

_POSITION = "feedsvc_journal_position"

_WITNESS = """
    window.violations = [];
    addEventListener("securitypolicyviolation", (event) =>
        violations.push(`${event.violatedDirective} ${event.blockedURI}`));
    window.shifts = [];
    new PerformanceObserver((list) => shifts.push(...list.getEntries().map((entry) => entry.value)))
        .observe({type: "layout-shift", buffered: true});
"""
ENGLISH = {
    "title": "Bridge opens over the river",
    "content_text": "It was opened at noon.\n\nHundreds crossed it. " + "A long word follows: " + "x" * 90,
    "summary": "It took two years.",
    "image": "/assets/demo-01.svg",
    "authors": [{"name": "A. Reporter"}],
    "tags": ["Karabakh", "#Khankendi", "A tag of many words that goes on and on"],
    "_feedsvc": {"slug": "bridge", "image": {"credit": "A. Photographer", "alt": "The bridge at noon"}},
}
ARABIC = {
    "title": "افتتاح الجسر فوق النهر",
    "content_text": "افتتح الجسر عند الظهر.",
    "language": "ar",
    "tags": ["العودة الكبرى", "Karabakh"],
    "_feedsvc": {"slug": "jisr"},
}
ONE_WORD = ENGLISH | {"title": "Wide" * 30, "summary": "wide" * 60, "_feedsvc": {"slug": "one-word"}}
WITHDRAWN = {"id": "tag:feedsvc.example,2026:withdrawn", "title": "A claim", "_feedsvc": {"slug": "withdrawn"}}

PAGES = {
    "home": "/",
    "older headlines": "/?before=2",
    "tag": "/tags/karabakh",
    "tags": "/tags",
    "article": "/articles/bridge",
    "article from right to left": "/articles/jisr",
    "subscribe": "/subscribe/tags/karabakh",
    "search": "/search",
    "what was found": "/search?q=bridge",
    "what was found from right to left": "/search?q=%D8%A7%D9%84%D8%AC%D8%B3%D8%B1",
    "most read": "/most-read",
    "workbench": "/embed?tag=karabakh",
    "api": "/api/docs",
    "not found": "/articles/nowhere",
    "withdrawn": "/articles/withdrawn",
}
FRAMES = {
    "headlines": "/embed/news-line",
    "headlines in arabic": "/embed/tags/karabakh?lang=ar",
    "headlines in the dark": "/embed/news-line?theme=dark",
    "card": "/embed/articles/bridge",
    "withdrawn card": "/embed/articles/withdrawn",
}
"""What others show on their pages."""


@dataclass
class Pressroom:
    """The site that is visited, and the newsroom in this process that publishes on it."""

    base: str
    newsroom: Newsroom
    database: Database
    numbers: Iterator[int] = field(default_factory=count)

    def fill(self) -> None:
        """Publish what `PAGES` names."""
        for item in (ARABIC, ENGLISH):
            self._publish(item, item["_feedsvc"]["slug"])
        self.newsroom.publish(read_item(WITHDRAWN))
        self.newsroom.retract(WITHDRAWN["id"], "Not so.")

    def publish(self, item: dict[str, Any]) -> str:
        """Publish an item as another article of the same content; returns its path once the site has followed."""
        slug = f"{item['_feedsvc']['slug']}-{next(self.numbers)}"
        self._publish(item, slug)
        self._settle()
        return f"/articles/{slug}"

    def retract(self, path: str) -> None:
        """Retract the article at a path; returns once the site has followed."""
        self.newsroom.retract(path.rpartition("/")[2])
        self._settle()

    def is_ready(self) -> bool:
        """Whether it answers."""
        try:
            with client_of(self.base) as client:
                return client.get("/ready").status_code == 200
        except httpx.TransportError:
            return False

    def _settle(self) -> None:
        with self.database.read() as connection:
            newest = journal.head(connection)
        with client_of(self.base) as client:
            eventually(lambda: Scrape(client.get("/metrics").text).values(_POSITION, follower="cache") >= [newest])

    def _publish(self, item: dict[str, Any], slug: str) -> None:
        own = {"id": slug, "_feedsvc": item["_feedsvc"] | {"slug": slug}}
        if "image" in item:
            own["image"] = self.base + item["image"]
        self.newsroom.publish(read_item(item | own))


@dataclass
class Visit:
    """A page in the browser, and everything it asked for and complained of."""

    page: Page
    base: str
    complaints: list[str] = field(default_factory=list)
    requests: list[str] = field(default_factory=list)

    def go(self, path: str, until: Literal["load", "networkidle"] = "networkidle") -> Response:
        """Open a path of the site, and wait until nothing more is asked for, or only until it has been loaded."""
        response = self.page.goto(self.base + path, wait_until=until)
        assert response
        return response

    def posts(self) -> list[str]:
        """The paths posted to."""
        return [line.removeprefix("POST ") for line in self.requests if line.startswith("POST ")]

    def elsewhere(self) -> list[str]:
        """What was asked for from any other host, or from nowhere near one."""
        host = urlsplit(self.base).netloc
        return [line for line in self.requests if urlsplit(line.split()[1]).netloc not in ("", host)]

    def width(self) -> tuple[int, int]:
        """How wide the page is, and how wide the window (CSS pixels)."""
        wide: list[int] = self.page.evaluate("[document.documentElement.scrollWidth, innerWidth]")
        return wide[0], wide[1]


def open_page(context: BrowserContext, base: str) -> Visit:
    """A new tab, watched from before its first request."""
    context.add_init_script(_WITNESS)
    visit = Visit(context.new_page(), base)
    page, note = visit.page, visit.complaints.append
    page.on("console", lambda message: note(f"console {message.type}: {message.text}"))
    page.on("pageerror", lambda error: note(f"error: {error}"))
    page.on("requestfailed", lambda request: note(f"failed: {request.url} {request.failure}"))
    page.on("request", lambda request: visit.requests.append(f"{request.method} {request.url}"))
    page.on("response", lambda response: response.status >= 400 and note(f"{response.status}: {response.url}"))
    return visit
