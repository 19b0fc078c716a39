"""A site to which every vector of `vectors` was sent through the API, and a browser that notes when one strikes."""

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import quote

import httpx
from conftest import client_of, eventually, free_port
from databases import founded_database
from playwright.sync_api import BrowserContext, Dialog, Page, Route
from vectors import VECTORS
from visits import Visit, open_page

from feedsvc.keys import Keys
from feedsvc.store.database import Database

# What a page of ours may ask of anybody, as its Content-Security-Policy has it; and what only looks for an icon.
_AT_ONCE = 9
_HARMLESS = {"image", "media", "texttrack", "other"}

# Does what a visitor might, and more: sends every element each event that it has a handler for, follows each address
# that is not one of the web, and tells what it has found.
_PROVOKE = """() => {
    const safe = ["http:", "https:", "mailto:", "tel:", "feed:"];
    // A form gives its own fields for its attributes, if they are called so.
    const attributes = Object.getOwnPropertyDescriptor(Element.prototype, "attributes").get;
    const addresses = /^(href|xlink:href|src|action|formaction|data|poster|cite|background|ping|values|to|from)$/;
    const found = [];
    const provoke = (root) => {
        for (const element of root.querySelectorAll("*")) {
            for (const {name, value} of [...attributes.call(element)]) {
                if (name.startsWith("on")) {
                    element.dispatchEvent(new Event(name.slice(2)));
                    found.push(`${element.localName} ${name}=${value}`);
                } else if (addresses.test(name) && URL.canParse(value, element.baseURI)) {
                    if (safe.includes(new URL(value, element.baseURI).protocol)) continue;
                    element.dispatchEvent(new MouseEvent("click", {bubbles: true, cancelable: true}));
                    found.push(`${element.localName} ${name}=${value}`);
                }
            }
            if (element.shadowRoot) provoke(element.shadowRoot);
            if (element.localName === "template") provoke(element.content);
            if (element.srcdoc) provoke(element.contentDocument);
        }
    };
    provoke(document);
    return found;
}"""


@dataclass
class Watched:
    """A tab of the browser, and what struck in it: what called the witness, asked the attacker, or opened a dialog."""

    visit: Visit
    strikes: list[str] = field(default_factory=list)

    @property
    def page(self) -> Page:
        """The tab."""
        return self.visit.page

    def provoked(self) -> list[str]:
        """Provoke whatever stands in the page and its frames; what was found there that could strike."""
        # Those that the page has written itself are looked into from there.
        frames = [frame for frame in self.page.frames if frame.url != "about:srcdoc"]
        found: list[str] = [line for frame in frames for line in frame.evaluate(_PROVOKE)]
        return found

    def refused(self) -> list[str]:
        """What only the page's policy has kept from happening."""
        return [line for line in self.visit.complaints if "Content Security Policy" in line]

    def require_quiet(self, where: str) -> None:
        """Fail if anything of what was opened since the last time has struck, or could have."""
        assert self.provoked() == [], where
        assert self.strikes == [], where
        assert self.refused() == [], where
        assert [line for line in self.visit.complaints if line.startswith("error")] == [], where


def watch(context: BrowserContext, base: str) -> Watched:
    """A new tab in which a vector is noticed, whatever it does."""
    watched = Watched(open_page(context, base))
    strike = watched.strikes.append
    context.expose_binding("struck", lambda source, *numbers: strike(f"{numbers} on {source['page'].url}"))

    def dismiss(dialog: Dialog) -> None:
        strike(f"a dialog: {dialog.message}")
        dialog.dismiss()

    watched.page.on("dialog", dismiss)
    watched.page.on("popup", lambda popup: strike(f"a window: {popup.url}"))

    def answer(route: Route) -> None:
        if route.request.resource_type not in _HARMLESS:
            strike(f"{route.request.resource_type} {route.request.url}")
        route.fulfill(status=204)

    # Nobody else is there, and nobody is to be asked.
    context.route(lambda url: not url.startswith("http://127.0.0.1:"), answer)
    return watched


@dataclass
class Infested:
    """A running site, and what was sent to it: the paths of its articles by vector, those of articles that have
    several, the slugs of tags that have, and the members in which the API did not take each vector (JSON Pointers)."""

    base: str
    api: httpx.Client
    articles: list[str] = field(default_factory=list)
    crowded: list[str] = field(default_factory=list)
    crowded_tags: list[str] = field(default_factory=list)
    refused: set[str] = field(default_factory=set)

    def fill(self) -> None:
        """Send every vector in every field of an article and of a tag, and then some at once."""
        for number, vector in enumerate(VECTORS):
            item = self._put(f"vector/{number}", _item(vector, [vector, "Everything"]))
            self.articles.append(item["url"].removeprefix(self.base))
        for start in range(0, len(VECTORS), _AT_ONCE):
            some = VECTORS[start : start + _AT_ONCE]
            # As many tags as their names have room for.
            parts = {f"Some {start + n}": f"{start + n} {' '.join(some[n::3])}"[:200] for n in range(3)}
            item = _item("\n\n".join(some), [*parts, "Everything"])
            del item["content_html"]
            self.crowded.append(self._put(f"some/{start}", item)["url"].removeprefix(self.base))
            self.crowded_tags += [self._describe(tag, label, " ".join(some)) for tag, label in parts.items()]

    def _put(self, guid: str, item: dict[str, Any]) -> dict[str, Any]:
        """Put an article, without the members that the API takes no vector in; the article as it was taken."""
        while True:
            response = self.api.put(f"/api/articles/{quote(guid, safe='')}", json=item)
            if response.status_code == 201:
                taken: dict[str, Any] = response.json()
                return taken
            assert response.status_code == 422, response.text
            (fault,) = response.json()["errors"]
            self.refused.add(fault["pointer"])
            *folders, name = fault["pointer"].removeprefix("/").split("/")
            parent: Any = item
            for folder in folders:
                parent = parent[int(folder) if folder.isdigit() else folder]
            key = int(name) if name.isdigit() else name
            if name in ("url", "image"):
                parent[key] = f"https://struck.example/?{parent[key]}"
            else:
                del parent[key]

    def _describe(self, tag: str, label: str, description: str) -> str:
        told = {"title": label, "label": label, "description": description}
        response = self.api.patch(f"/api/tags/{quote(tag, safe='')}", json=told)
        assert response.status_code == 200, response.text
        slug: str = response.json()["slug"]
        return slug


def _item(vector: str, tags: list[str]) -> dict[str, Any]:
    caption = {"alt": vector, "credit": vector}
    media = {"title": vector, "mime_type": vector, "_feedsvc": caption}
    return {
        "title": vector,
        "summary": vector,
        "content_html": vector,
        "content_text": vector,
        "authors": [
            {"name": vector, "url": vector, "avatar": vector},
            {"name": f"{vector} ", "url": f"https://struck.example/{vector}"},
            {"name": f" {vector}", "url": f"mailto:{vector}"},
        ],
        "tags": tags,
        "image": vector,
        "banner_image": vector,
        "url": vector,
        "external_url": f"https://struck.example/{vector}",
        "language": vector,
        "attachments": [
            {"url": vector, **media},
            {"url": f"https://struck.example/{vector}", **media, "mime_type": "image/png"},
        ],
        "_feedsvc": {"slug": vector, "image": caption, "correction": vector},
    }


@contextmanager
def infested(folder: Path) -> Iterator[Infested]:
    """A server on a port and a database of its own, with all vectors in it."""
    port = free_port()
    with founded_database("sqlite", folder) as url, (folder / "log").open("wb") as log:
        settings = {
            "DATABASE_URL": url,
            "PORT": str(port),
            "FEED_ITEMS": "1000",
            "PAGE_SIZE": "500",
            "FEED_BYTES": "10000000",
            "API_RATE": "100000 per minute",
        }
        with closing(Database(url)) as database:
            token = Keys(database).create("desk", "publish")
        inherited = {name: value for name, value in os.environ.items() if not name.startswith("FEEDSVC_")}
        server = subprocess.Popen(
            [sys.executable, "-m", "feedsvc", "serve"],
            env=inherited | {f"FEEDSVC_{name}": value for name, value in settings.items()},
            stdout=log,
            stderr=subprocess.STDOUT,
        )
        base = f"http://127.0.0.1:{port}"
        with client_of(base, headers={"Authorization": f"Bearer {token}"}) as api:
            eventually(lambda: _answers(api))
            site = Infested(base, api)
            try:
                site.fill()
                yield site
            finally:
                server.terminate()
                assert server.wait(30) == 0


def _answers(client: httpx.Client) -> bool:
    try:
        return client.get("/ready").status_code == 200
    except httpx.TransportError:
        return False
