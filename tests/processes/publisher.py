"""Publishes numbered articles from a process of its own, which nothing holds up, and tells when each was committed."""

import json
import time
from contextlib import closing, suppress
from multiprocessing.connection import Connection
from typing import Self

import programs
from programs import FORKS

from feedsvc.config import Config
from feedsvc.item import read_item
from feedsvc.newsroom import Newsroom
from feedsvc.store import migration
from feedsvc.store.database import Database


class Publisher:
    """Publishes "Article 0", "Article 1", …, all about Karabakh; `committed` has the time of each commit."""

    def __init__(self, environment: dict[str, str]) -> None:
        self._environment = environment
        self.committed: list[float] = []
        self.guids: list[str] = []

    def __enter__(self) -> Self:
        self._line, theirs = FORKS.Pipe()
        self._process = programs.fork(_publish, theirs, self._environment)
        theirs.close()
        return self

    def __exit__(self, *_failure: object) -> None:
        self._line.close()
        assert self._process.wait(30) == 0

    def publish(self, count: int = 1) -> None:
        """Publish the next articles, as fast as they are taken."""
        first = len(self.committed)
        for number in range(count):
            self._line.send(_article(first + number))
        for _ in range(count):
            self._note(*self._line.recv())

    def publish_by_shell(self) -> None:
        """Publish the next article with `feedsvc publish`."""
        item = json.dumps(_article(len(self.committed))).encode()
        done = programs.run(self._environment, "publish", "-", stdin=item)
        assert done.returncode == 0, done.stderr
        self._note(time.monotonic(), done.stdout.decode().split()[-1])

    def _note(self, committed: float, guid: str) -> None:
        self.committed.append(committed)
        self.guids.append(guid)


def _article(number: int) -> dict[str, object]:
    text = f"What happened, told in {number} words & <more>. " * 20
    return {"title": f"Article {number}", "content_text": text, "tags": ["Karabakh"]}


def _publish(asked: Connection, environment: dict[str, str]) -> None:
    """Publish what is asked for, until nobody asks any more; answer with the time right after the commit (monotonic
    seconds, the same clock in every process of a machine) and the article's id."""
    config = Config.load(environment)
    reached = config.database_url, config.database_pool, config.statement_timeout
    with suppress(EOFError), closing(Database(*reached)) as database:
        migration.require_current(database, config.base_url)
        newsroom = Newsroom(database, config)
        while True:
            outcome = newsroom.publish(read_item(asked.recv()))
            asked.send((time.monotonic(), outcome.guid))
