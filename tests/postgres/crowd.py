"""Readers of a site and a publisher, who go on whatever happens to the database, and what they were told."""

import hashlib
import http.client
import itertools
import json
import threading
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from itertools import pairwise

from conftest import Served

from feedsvc.config import Config
from feedsvc.errors import DatabaseAway
from feedsvc.item import read_item
from feedsvc.newsroom import Newsroom
from feedsvc.store.database import Database

BUSY, QUIET, COLD = "/feeds/news-line.json", "/feeds/tags/quiet.json", "/feeds/tags/nobody-{}.json"


def ask(port: int, path: str) -> tuple[int, http.client.HTTPMessage, bytes]:
    """One request on a connection of its own, so that any worker may take it; the body as long as was announced."""
    with closing(http.client.HTTPConnection("127.0.0.1", port, timeout=30)) as connection:
        connection.request("GET", path, headers={"Accept-Encoding": "identity", "Connection": "close"})
        response = connection.getresponse()
        return response.status, response.headers, response.read()


@dataclass
class Crowd:
    """What the readers saw and the publisher did; `wrong` holds a sentence for each answer that should not be."""

    port: int
    newsroom: Newsroom
    done: threading.Event = field(default_factory=threading.Event)
    statuses: Counter[tuple[str, int]] = field(default_factory=Counter)
    wrong: list[str] = field(default_factory=list)
    acknowledged: list[str] = field(default_factory=list)
    refusals: int = 0

    def read(self, path: str) -> None:
        """Ask for a feed, at most a hundred times a second, until it is over."""
        for number in itertools.takewhile(lambda _: not self.done.is_set(), itertools.count()):
            status, headers, body = ask(self.port, path.format(number))
            self.statuses[path, status] += 1
            if fault := _fault(path, status, headers, body):
                self.wrong.append(f"{path}: {fault}")
            self.done.wait(0.01)

    def publish(self) -> None:
        """Publish one article after the other until it is over, each until it is acknowledged."""
        for number in itertools.takewhile(lambda _: not self.done.is_set(), itertools.count(len(self.acknowledged))):
            item = read_item({"id": f"id {number}", "title": str(number), "tags": ["Busy"]})
            while not self.done.is_set():
                try:
                    self.newsroom.publish(item)
                except DatabaseAway:
                    self.refusals += 1
                    self.done.wait(0.05)
                else:
                    self.acknowledged.append(item.id or "")
                    break
            self.done.wait(0.03)

    def newest(self) -> int:
        """The number of the newest article that some worker shows now; -1 while it shows none."""
        status, _, body = ask(self.port, BUSY)
        titles = [item["title"] for item in json.loads(body)["items"]] if status == 200 else []
        return int(titles[0]) if titles and titles[0] != "Quiet" else -1

    def seen(self, path: str, status: int) -> int:
        """How often a path was answered with a status so far."""
        return self.statuses[path, status]


@contextmanager
def crowd(served: Served) -> Iterator[Crowd]:
    """Four readers and a publisher in threads, stopped at the end; raises what one of them raised."""
    config = Config.load({name: value for name, value in served.environment.items() if name.startswith("FEEDSVC_")})
    with closing(Database(config.database_url)) as database, ThreadPoolExecutor(5) as pool:
        newsroom = Newsroom(database, config)
        newsroom.publish(read_item({"id": "quiet", "title": "Quiet", "tags": ["Quiet"]}))
        crowd = Crowd(served.http.base_url.port or 0, newsroom)
        for _ in range(64):  # every worker keeps it, and nobody touches it from now on
            ask(crowd.port, QUIET)
        tasks: list[Future[None]] = [pool.submit(crowd.read, path) for path in (BUSY, QUIET, QUIET, COLD)]
        tasks.append(pool.submit(crowd.publish))
        try:
            yield crowd
        finally:
            crowd.done.set()
        for task in tasks:
            task.result(60)


def _fault(path: str, status: int, headers: http.client.HTTPMessage, body: bytes) -> str:
    if status == 503 and path != QUIET:
        return "" if headers["Retry-After"] == "5" else "503 without Retry-After"
    if status != (404 if path == COLD else 200):
        return f"status {status}"
    if status == 404:
        return ""
    opaque, _, edition = headers["ETag"].strip('"').partition(".")
    if opaque != hashlib.sha256(body).hexdigest()[:32] or len(edition) != 8:
        return "the ETag is not that of the body"
    titles = [item["title"] for item in json.loads(body)["items"]]
    if path == QUIET:
        return "" if titles == ["Quiet"] else f"{titles}"
    numbers = [int(title) for title in titles if title != "Quiet"]
    in_a_row = all(newer == older + 1 for newer, older in pairwise(numbers))
    return "" if in_a_row else f"{titles} are not the newest in a row"
