"""Through a real Varnish that would keep a copy for five minutes, every change is seen within moments, and stays."""

import json
import os
import signal
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest
from conftest import Served, client_of, eventually, free_port
from in_front import Program, Recorder, family, varnish

from feedsvc.bookmarks import Bookmark
from feedsvc.config import Config
from feedsvc.item import read_item
from feedsvc.newsroom import Newsroom
from feedsvc.store.database import Database

FEED, SPORT, OTHER = "/feeds/news-line.json", "/feeds/tags/sport.json", "/feeds/tags/karabakh.json"


@dataclass
class Fronted:
    """A site with two workers, and the Varnish that it purges."""

    served: Served
    varnish: Program
    newsroom: Newsroom
    bookmark: Bookmark

    def publish(self, **item: object) -> str:
        """Publish as another process would, and return the article's id."""
        return self.newsroom.publish(read_item(item)).guid

    def titles(self, path: str) -> list[str]:
        """The headlines in a feed, as Varnish has it."""
        return titles(self.varnish.get(path))

    def warm(self) -> None:
        """Have Varnish keep every feed, after the last purge of what was published so far."""
        eventually(lambda: self.bookmark.backlog().pending == 0)
        for path in (FEED, SPORT, OTHER):
            self.varnish.get(path)
            assert self.varnish.get(path).headers["X-Cache"] == "hit"


def publish(served: Served, **item: object) -> str:
    """Publish in the shell, and return the article's id."""
    done = served.shell("publish", "-", stdin=json.dumps(item).encode())
    assert done.returncode == 0, done.stderr
    return done.stdout.decode().split()[-1]


def titles(response: httpx.Response) -> list[str]:
    return [item["title"] for item in response.json()["items"]]


@pytest.fixture
def fronted(serve: Callable[..., Served], database_url: str, tmp_path: Path) -> Iterator[Fronted]:
    port = free_port()
    front = f"varnish+http://127.0.0.1:{port}"
    served = serve("--workers", "2", purge_urls=front)
    database = Database(database_url)
    newsroom = Newsroom(database, Config.load(served.environment))
    with varnish(tmp_path / "varnish", port, served.http.base_url.port) as program:
        yield Fronted(served, program, newsroom, Bookmark(database, f"purge {front}"))
    database.close()


def test_what_is_published_and_retracted_is_seen_and_the_rest_stays_kept(fronted: Fronted) -> None:
    fronted.publish(title="On the hill", tags=["Karabakh"])
    fronted.publish(title="First game", tags=["Sport"])
    fronted.warm()
    assert "max-age=300" in fronted.varnish.get(FEED).headers["Cache-Control"]

    guid = publish(fronted.served, title="Second game", tags=["Sport"])
    committed = time.monotonic()
    eventually(lambda: fronted.titles(FEED)[0] == fronted.titles(SPORT)[0] == "Second game")
    print(f"visible through Varnish {time.monotonic() - committed:.3f} s after the shell said so")
    assert fronted.varnish.get(OTHER).headers["X-Cache"] == "hit"

    article = "/articles/second-game"
    assert fronted.varnish.get(article).status_code == 200
    fronted.warm()
    assert fronted.served.shell("retract", guid).returncode == 0
    eventually(lambda: fronted.varnish.get(article).status_code == 410)
    eventually(lambda: fronted.titles(FEED) == ["First game", "On the hill"])
    assert fronted.titles(SPORT) == ["First game"]
    kept = fronted.varnish.get(OTHER)
    assert (kept.headers["X-Cache"], titles(kept)) == ("hit", ["On the hill"])


def test_edits_under_load_never_leave_an_old_copy(fronted: Fronted) -> None:
    guid = fronted.publish(title="Version 0", tags=["Sport"])
    done = threading.Event()
    strange: list[httpx.Response] = []

    def read(coding: str) -> None:
        with client_of(str(fronted.varnish.http.base_url), headers={"Accept-Encoding": coding}) as client:
            while not done.is_set():
                for path in (FEED, SPORT):
                    response = client.get(path)
                    if response.status_code != 200 or not titles(response):
                        strange.append(response)

    readers = [threading.Thread(target=read, args=(coding,)) for coding in ("identity", "gzip", "br")]
    for reader in readers:
        reader.start()
    try:
        for version in range(1, 6):
            fronted.publish(id=guid, title=f"Version {version}", tags=["Sport"])
            eventually(lambda version=version: fronted.titles(FEED) == [f"Version {version}"])
        eventually(lambda: fronted.bookmark.backlog().pending == 0)
    finally:
        done.set()
        for reader in readers:
            reader.join()

    assert strange == []
    # What Varnish has now, it would have for five minutes.
    for path in (FEED, SPORT):
        for coding in ("identity", "gzip", "br"):
            assert titles(fronted.varnish.get(path, accept_encoding=coding)) == ["Version 5"]


def test_a_varnish_that_was_away_is_told_when_it_is_back(fronted: Fronted) -> None:
    fronted.publish(title="First", tags=["Karabakh", "Sport"])
    fronted.warm()
    fronted.varnish.stop()
    fronted.publish(title="Second")
    fronted.publish(title="Third")
    assert fronted.bookmark.backlog().pending == 2
    eventually(lambda: "cannot be reached" in fronted.served.log.read_text())
    fronted.varnish.start()
    eventually(lambda: fronted.bookmark.backlog().pending == 0)
    assert fronted.titles(FEED) == ["Third", "Second", "First"]


def test_a_purging_worker_that_is_killed_is_replaced_by_another(serve: Callable[..., Served]) -> None:
    killed: list[int] = []

    def kill_the_first(_number: int) -> int:
        if not killed:
            killed.append(process_at(front.peers[-1], family(served.process.pid)))
            os.kill(killed[0], signal.SIGKILL)
        return 200

    with Recorder(answer=kill_the_first).listening() as front:
        served = serve("--workers", "2", purge_urls=f"varnish+http://127.0.0.1:{front.port}")
        publish(served, title="First")
        eventually(lambda: len(front.told) == 3)
        publish(served, title="Second")
        eventually(lambda: len(front.told) == 5)

    assert killed != [served.process.pid]
    first, second = ([f"article-{number}", "articles-0", "channel-0", "channel-1"] for number in (1, 2))
    assert [told.keys for told in front.told] == [first, first, first, second, second]


def process_at(port: int, candidates: list[int]) -> int:
    """Which of the processes has a TCP connection from `port` of 127.0.0.1."""
    connections = [line.split() for line in Path("/proc/net/tcp").read_text().splitlines()[1:]]
    (inode,) = [fields[9] for fields in connections if fields[1] == f"0100007F:{port:04X}"]
    for pid in candidates:
        for descriptor in Path(f"/proc/{pid}/fd").iterdir():
            if descriptor.is_socket() and str(descriptor.readlink()) == f"socket:[{inode}]":
                return pid
    raise AssertionError(f"nobody has a connection from {port}")
