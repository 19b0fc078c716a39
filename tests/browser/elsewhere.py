"""A server of the tests' own on another origin: a partner's site with our embed on its pages, or a feed gone wrong."""

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from playwright.sync_api import Locator, Page

SCRIPT = "/embed.js"
PLAIN = {"Content-Type": "text/html; charset=utf-8"}
OPEN = {
    "Content-Type": "application/feed+json",
    "Access-Control-Allow-Origin": "*",
    "Access-Control-Expose-Headers": "Retry-After",
}

# An embed sets its timer anew when it has done, and has none while it asks, unless it is woken meanwhile.
_NOTE_WAITING = """
    window.waiting = false;
    const set = setTimeout, clear = clearTimeout;
    window.setTimeout = (call, time) => {
        waiting = true;
        return set(() => { waiting = false; call(); }, time);
    };
    window.clearTimeout = (timer) => {
        waiting = false;
        clear(timer);
    };
"""


@dataclass(frozen=True)
class Reply:
    """What is answered at an address; while `held`, nothing is."""

    body: str | bytes = ""
    status: int = 200
    headers: dict[str, str] = field(default_factory=lambda: PLAIN)
    held: threading.Event | None = None


@dataclass
class Elsewhere:
    """A running server: what it answers by path, and the paths it was asked for."""

    base: str
    replies: dict[str, Reply] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)

    def write(self, site: str, *body: str, root: str = 'lang="en"', **headers: str) -> str:
        """Put a page with the script of `site` onto the server; returns its address."""
        script = f'<script type="module" src="{site}{SCRIPT}"></script>'
        head = f'<!doctype html><html {root}><meta charset="utf-8"><title>Elsewhere</title>{script}'
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        path = f"/page-{len(self.replies)}"
        self.replies[path] = Reply("\n".join((head, *body)), headers=PLAIN | named)
        return self.base + path


def widget(src: str, text: str = "Inside", **attributes: str) -> str:
    """The element, with a link inside it for when nothing else can be shown."""
    more = "".join(f' {name}="{value}"' for name, value in attributes.items())
    return f'<feedsvc-headlines src="{src}"{more}><a href="https://news.example/">{text}</a></feedsvc-headlines>'


def feed(*titles: str) -> str:
    """A JSON Feed of these headlines, all of years ago."""
    items = [{"url": f"https://a.example/{title}", "title": title, "date_published": "2023-05-20"} for title in titles]
    return json.dumps({"title": "A feed", "home_page_url": "https://a.example/", "items": items})


def links(page: Page | Locator) -> Locator:
    """The headlines that are shown; Playwright looks into open shadow roots by itself."""
    return page.locator("li a[href]")


def open_with_clock(page: Page, address: str) -> None:
    """Open a page with one embed, whose clock the test moves on."""
    page.clock.install()
    page.add_init_script(_NOTE_WAITING)
    page.goto(address)


def await_timer(page: Page) -> None:
    """Wait until the embed has done with its answer, and has set its timer for the next. The browser reports a request
    as finished before that."""
    page.wait_for_function("waiting")


@contextmanager
def running() -> Iterator[Elsewhere]:
    """A server on a port of its own."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            here.asked.append(self.path)
            reply = here.replies.get(self.path, Reply("Not here.", 404 if self.path != "/favicon.ico" else 204))
            if reply.held:
                reply.held.wait(30)
            body = reply.body.encode() if isinstance(reply.body, str) else reply.body
            self.send_response(reply.status)
            fields = {"Content-Length": str(len(body)), "Cache-Control": "no-store"} | reply.headers
            for name, value in fields.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - http.server names it
            """Say nothing: the tests read what was asked."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    here = Elsewhere(f"http://127.0.0.1:{server.server_port}")
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield here
    for reply in here.replies.values():
        if reply.held:
            reply.held.set()
    server.shutdown()
    thread.join()
    server.server_close()
