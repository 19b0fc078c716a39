"""Subscribers: a server whose callbacks confirm what they are asked, write down what they are told, or do worse."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email.message import Message
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Self
from urllib.parse import parse_qs, urlsplit

from conftest import Site, eventually, free_port
from sqlalchemy import select

from feedsvc.store.push_tables import IntentRow, SubscriptionRow

LINE = "/feeds/news-line.rss"


@dataclass(frozen=True, slots=True)
class Asked:
    """One question that a callback was asked: its path, and the parameters by name, each once."""

    path: str
    query: dict[str, str]

    @property
    def mode(self) -> str:
        return self.query["hub.mode"]


@dataclass(frozen=True, slots=True)
class Given:
    """One delivery that a callback was given, and the status that it answered."""

    path: str
    headers: Message
    body: bytes
    status: int


@dataclass
class Subscribers:
    """Callbacks on one port: `confirm` says with what a question is answered, `take` with which status a delivery is,
    both given the path; a status of 0 is no answer at all, before `release` is set. If `short`, bodies end too soon."""

    host: str = "127.0.0.1"
    port: int = field(default_factory=free_port)
    confirm: Callable[[Asked], tuple[int, str]] = lambda asked: (200, asked.query.get("hub.challenge", ""))
    take: Callable[[str], int] = lambda _path: 204
    more: dict[str, str] = field(default_factory=dict)
    short: bool = False
    asked: list[Asked] = field(default_factory=list)
    given: list[Given] = field(default_factory=list)
    peers: list[int] = field(default_factory=list)
    release: threading.Event = field(default_factory=threading.Event)

    def hold(self, status: int) -> tuple[threading.Event, threading.Event]:
        """Have deliveries wait before they are answered with a status: two events say that one has come, and are to
        say that all may go on."""
        come, going = threading.Event(), threading.Event()

        def take(_path: str) -> int:
            come.set()
            going.wait(60)
            return status

        self.take = take
        return come, going

    def url(self, path: str = "/callback") -> str:
        """A callback."""
        return f"http://{self.host}:{self.port}{path}"

    @property
    def taken(self) -> list[Given]:
        """What was accepted."""
        return [given for given in self.given if 200 <= given.status < 300]

    def ask(self, site: Site, topic: str = LINE, path: str = "/callback", mode: str = "subscribe", **more: str) -> None:
        """Ask the site's hub, as a subscriber does, for what it takes."""
        form = {"hub.mode": mode, "hub.topic": f"{site.config.base_url}{topic}", "hub.callback": self.url(path)}
        answer = site.http.post("/hub", data=form | {f"hub.{name}": value for name, value in more.items()})
        assert answer.status_code == 202, answer.text

    def subscribe(self, site: Site, topic: str = LINE, path: str = "/callback", **more: str) -> None:
        """Subscribe, and wait until the hub has verified it."""
        self.ask(site, topic, path, **more)
        eventually(lambda: not wishes(site))
        assert (f"{site.config.base_url}{topic}", self.url(path)) in subscriptions(site)

    @contextmanager
    def listening(self) -> Iterator[Self]:
        """Let them be reached."""
        server = ThreadingHTTPServer((self.host, self.port), self._handler())
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            yield self
        finally:
            self.release.set()
            server.shutdown()
            thread.join()
            server.server_close()

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        subscribers = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self) -> None:
                query = {name: values[0] for name, values in parse_qs(urlsplit(self.path).query).items()}
                asked = Asked(urlsplit(self.path).path, query)
                subscribers.asked.append(asked)
                status, body = subscribers.confirm(asked)
                self._answer(status, body.encode())

            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                subscribers.peers.append(self.client_address[1])
                status = subscribers.take(self.path)
                subscribers.given.append(Given(self.path, self.headers, body, status))
                self._answer(status)

            def _answer(self, status: int, body: bytes = b"") -> None:
                if not status:
                    subscribers.release.wait(30)
                    self.close_connection = True
                    return
                self.send_response(status)
                for name, value in subscribers.more.items():
                    self.send_header(name, value)
                self.send_header("Content-Length", str(len(body) + subscribers.short))
                self.close_connection |= subscribers.short
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_arguments: object) -> None:
                pass

        return Handler


def subscriptions(site: Site) -> dict[tuple[str, str], SubscriptionRow]:
    """What is subscribed, by topic and callback."""
    with site.service.database.read() as connection:
        rows = connection.execute(select(SubscriptionRow)).all()
    return {(row.topic, row.callback): row for row in rows}  # type: ignore[misc]  # a row has what it has


def wishes(site: Site) -> int:
    """How many requests are not verified yet."""
    with site.service.database.read() as connection:
        return len(connection.execute(select(IntentRow.id)).all())
