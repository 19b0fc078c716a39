"""feed2exec, the Debian feed reader for the shell, subscribes with its real command."""

import shlex
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest
from conftest import Served
from subscriptions import BRIDGE, HARVEST, ORCHARD, address, polls, publish, retract, revise

from feedsvc.item import read_item
from feedsvc.newsroom import Newsroom

AGENT = "feed2exec"
FEEDS = ("/feeds/news-line.rss", "/feeds/news-line.atom", "/feeds/tags/karabakh.rss", "/feeds/tags/karabakh.atom")
_FIELDS = "{feed.name} {item.id} {item.title} {item.link} {item.content[0][value]}"


@dataclass(frozen=True)
class Item:
    """What feed2exec handed to its output plugin."""

    feed: str
    id: str
    title: str
    link: str
    content: str


@dataclass
class Feed2exec:
    """The command, in a home of its own."""

    environment: dict[str, str]

    def run(self, *arguments: str) -> str:
        command = [sys.executable, "-m", "feed2exec", "--warnings", *arguments]
        done = subprocess.run(command, env=self.environment, capture_output=True, text=True, timeout=60, check=False)
        assert (done.returncode, done.stderr) == (0, "")
        return done.stdout

    def fetch(self) -> list[Item]:
        """Poll every feed; what was output for it."""
        words = shlex.split(self.run("fetch"))
        return [Item(*words[at : at + 5]) for at in range(0, len(words), 5)]


@pytest.fixture
def served(serve: Callable[..., Served], newsroom: Newsroom) -> Served:
    newsroom.accept([read_item(BRIDGE), read_item(ORCHARD)])
    # Its cache asks nobody while a copy is fresh, and five minutes are long for a test.
    return serve("--access-log", max_age=0)


@pytest.fixture
def feed2exec(served: Served, tmp_path: Path) -> Feed2exec:
    """A feed2exec that has subscribed, and fetched nothing yet."""
    home = {name: str(tmp_path / "home") for name in ("HOME", "XDG_CONFIG_HOME", "XDG_DATA_HOME", "XDG_CACHE_HOME")}
    command = Feed2exec(served.environment | home | {"PYTHONWARNINGS": "ignore"})
    for path in FEEDS:
        arguments = " ".join(shlex.quote(field) for field in _FIELDS.split())
        command.run("add", path, address(served, path), "--output", "echo", "--args", arguments)
    return command


def test_it_follows_every_feed_from_the_first_poll_to_a_retraction(
    feed2exec: Feed2exec, served: Served, newsroom: Newsroom
) -> None:
    first = feed2exec.fetch()
    for path in FEEDS:
        orchard, bridge = (item for item in first if item.feed == path)
        assert (orchard.id, orchard.title) == (ORCHARD["id"], ORCHARD["title"])
        assert (bridge.id, bridge.title) == (BRIDGE["id"], BRIDGE["title"])
        assert bridge.link == address(served, "/articles/bridge")
        assert "<strong>opened</strong> at noon &amp; crossed" in bridge.content
    assert polls(served, AGENT) == [f"{path} 200" for path in FEEDS]

    assert feed2exec.fetch() == []
    assert polls(served, AGENT)[4:] == [f"{path} 304" for path in FEEDS]

    publish(served, HARVEST)
    assert [(item.feed, item.title) for item in feed2exec.fetch()] == [(path, "Harvest begins") for path in FEEDS]
    assert polls(served, AGENT)[8:] == [f"{path} 200" for path in FEEDS]

    # It outputs an article once, and knows it by its id: were an edit a new item, it would be output again.
    revise(served, newsroom, BRIDGE | {"title": "Bridge opens late", "date_modified": "2026-01-08T00:00:00Z"})
    assert feed2exec.fetch() == []
    assert polls(served, AGENT)[12:] == [f"{path} 200" for path in FEEDS]

    retract(served, newsroom, ORCHARD)
    assert feed2exec.fetch() == []
    assert polls(served, AGENT)[16:] == [f"{path} 200" for path in FEEDS]
    again = feed2exec.run("parse", address(served, FEEDS[0]), "--output", "echo", "--args", "'{item.title}'")
    assert shlex.split(again) == []
