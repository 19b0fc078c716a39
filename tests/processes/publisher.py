"""Publishes numbered articles from a process of its own, which nothing holds up, and tells when each was committed.

As a program: for every line with a JSON Feed item on stdin, publishes it, and prints the time right after the commit
(monotonic seconds, the same clock in every process of a machine) and the article's id.
"""

import json
import os
import subprocess
import sys
import time
from contextlib import closing
from typing import Self

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
        self._process = subprocess.Popen(
            [sys.executable, __file__], stdin=subprocess.PIPE, stdout=subprocess.PIPE, env=self._environment, text=True
        )
        return self

    def __exit__(self, *_failure: object) -> None:
        self._process.communicate(timeout=30)

    def publish(self, count: int = 1) -> None:
        """Publish the next articles, as fast as they are taken."""
        first = len(self.committed)
        assert self._process.stdin
        assert self._process.stdout
        self._process.stdin.writelines(json.dumps(_article(first + number)) + "\n" for number in range(count))
        self._process.stdin.flush()
        for _ in range(count):
            committed, guid = self._process.stdout.readline().split()
            self._note(float(committed), guid)

    def publish_by_shell(self) -> None:
        """Publish the next article with `feedsvc publish`."""
        done = subprocess.run(
            [sys.executable, "-m", "feedsvc", "publish", "-"],
            input=json.dumps(_article(len(self.committed))),
            env=self._environment,
            capture_output=True,
            text=True,
            check=True,
        )
        self._note(time.monotonic(), done.stdout.split()[-1])

    def _note(self, committed: float, guid: str) -> None:
        self.committed.append(committed)
        self.guids.append(guid)


def _article(number: int) -> dict[str, object]:
    text = f"What happened, told in {number} words & <more>. " * 20
    return {"title": f"Article {number}", "content_text": text, "tags": ["Karabakh"]}


def main() -> None:
    config = Config.load(os.environ)
    with closing(Database(config.database_url)) as database:
        migration.require_current(database, config.base_url)
        newsroom = Newsroom(database, config)
        for line in sys.stdin:
            outcome = newsroom.publish(read_item(json.loads(line)))
            print(time.monotonic(), outcome.guid, flush=True)


if __name__ == "__main__":
    main()
