"""A newsroom in this process, at the database that servers under load read."""

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple

from articles import made_up

from feedsvc.config import Config
from feedsvc.item import read_item
from feedsvc.newsroom import Newsroom
from feedsvc.store import migration
from feedsvc.store.database import Database

SETTINGS = {
    "FEEDSVC_BASE_URL": "http://bench.example",
    # Exactly 50 entries in every feed, however many of them were published within two days.
    "FEEDSVC_FEED_HOURS": "0",
}
"""What every feedsvc that is measured is set to, besides its database; everything else is as it comes."""


class House(NamedTuple):
    """The parts of a feedsvc without its server."""

    config: Config
    database: Database
    newsroom: Newsroom

    def publish(self, items: Iterable[Mapping[str, Any]]) -> None:
        """Publish JSON Feed items in one transaction."""
        self.newsroom.accept([read_item(item) for item in items], mint=True)


def settings(url: str, **more: str) -> dict[str, str]:
    """The environment of a feedsvc at the database `url`; further settings by their names in capitals."""
    return SETTINGS | {"FEEDSVC_DATABASE_URL": url} | {f"FEEDSVC_{name}": value for name, value in more.items()}


ARTICLES = 1_000
"""What stands in a `news_line`."""


@contextmanager
def news_line(folder: Path) -> Iterator[House]:
    """A newsroom with a thousand made-up articles, in a file in `folder`: its News Line is 120 kB of RSS."""
    with house(f"sqlite:///{folder}/news-line.db") as founded:
        founded.publish(made_up(ARTICLES))
        yield founded


@contextmanager
def house(url: str) -> Iterator[House]:
    """A newsroom at the database `url`, which is set up if it is empty."""
    config = Config.load(settings(url))
    database = Database(config.database_url)
    try:
        migration.require_current(database, config.base_url)
        newsroom = Newsroom(database, config)
        newsroom.announce_settings()
        yield House(config, database, newsroom)
    finally:
        database.close()
