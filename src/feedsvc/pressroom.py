"""The pressroom: what a process needs to make documents, to keep them true, and to tell the world of them."""

from collections.abc import Callable, Mapping

from feedsvc.announcing.announcers import announcers
from feedsvc.cache import RepresentationCache
from feedsvc.config import Config
from feedsvc.follower import CacheFollower
from feedsvc.journal import Backlog
from feedsvc.lookout import Lookout
from feedsvc.metrics import Metrics
from feedsvc.newsroom import Newsroom
from feedsvc.pages.templates import Templates
from feedsvc.press.press import Press
from feedsvc.push.pushing import Pushing, count_all
from feedsvc.snapshots import PATIENCE_SECONDS, Snapshots
from feedsvc.store import migration
from feedsvc.store.database import Database
from feedsvc.urls import Urls

_LAG_SECONDS = (0.05, 0.1, 0.2, 0.3, 0.5, 0.75, 1.0, 1.5, 2.0, 3.0, 5.0, 10.0, 30.0, 60.0, 600.0, 3600.0, 86400.0)


class Pressroom:
    """The parts, made but not started. Raises `SchemaError` for a database of another schema.

    Without `push`, subscribers and others are told of changes by another process.
    """

    def __init__(self, config: Config, *, push: bool) -> None:
        self.config = config
        self.push = push
        reached = config.database_pool, config.statement_timeout
        self.database = Database(config.database_url, *reached)
        migration.require_current(self.database, config.base_url)
        self.newsroom = Newsroom(self.database, config)
        self.newsroom.announce_settings()
        self.metrics = Metrics()
        self.cache = RepresentationCache(config.cache_bytes, self.metrics.filled)
        self.urls = Urls(config.base_url)
        self.templates = Templates(config)
        replica = Database(config.replica_url, *reached, PATIENCE_SECONDS) if config.replica_url else None
        self.snapshots = Snapshots(self.database, replica, lambda: self.follower.followed)
        self.press = Press(self.database, self.snapshots, config, self.cache, self.templates)
        self._note_lag = self.metrics.distribution(
            "push_lag_seconds", "How long after the commit a subscriber had been told of a change.", _LAG_SECONDS
        )

    def set_up(self) -> None:
        """Make what does not survive a fork."""
        self.follower = CacheFollower(self.database, self.cache)
        self.pushing = Pushing(self.database, self.follower, self.press.subscribed, self.config, self._note_lag)
        self.announcers = announcers(self.database, self.follower, self.config) if self.push else ()

    def look_out(self, others: Mapping[str, Callable[[], Backlog]]) -> Lookout:
        """Have an eye on the journal, on those here who follow it, and on `others` who do, by name."""
        followers = {"cache": self.follower.backlog}
        if self.push:
            followers |= {"push": self.pushing.planner.bookmark.backlog}
            followers |= {announcer.name: announcer.backlog for announcer in self.announcers}
        self.lookout = Lookout(self.database, {**followers, **others}, lambda: count_all(self.database))
        return self.lookout

    def start(self) -> None:
        """Follow the journal and tell of what changes, until `stop()`."""
        self.follower.start()
        if self.push:
            self.pushing.start()
        for announcer in self.announcers:
            announcer.start()
        if self.config.metrics:
            self.lookout.start()
            self.metrics.start()

    def stop(self) -> None:
        """Stop all of that."""
        # First, so that nobody waits for what it would follow.
        self.follower.stop()
        for announcer in self.announcers:
            announcer.stop()
        if self.push:
            self.pushing.stop()
        if self.config.metrics:
            self.lookout.stop()
            self.metrics.stop()

    def close(self) -> None:
        """Close every connection to the databases."""
        self.snapshots.close()
        self.database.close()

    def forget_connections(self) -> None:  # pragma: no cover - after a fork
        """After a fork: leave the parent's connections to the parent, and what it had made."""
        self.cache.forget_everything()
        self.database.forget_connections()
        self.snapshots.forget_connections()
