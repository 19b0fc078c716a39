"""One running feedsvc: everything a process needs to serve, put together, started and stopped."""

import os
from multiprocessing.util import Finalize

from feedsvc.cache import RepresentationCache
from feedsvc.config import Config
from feedsvc.follower import CacheFollower
from feedsvc.newsroom import Newsroom
from feedsvc.pages import Pages
from feedsvc.press import Press
from feedsvc.reads import ReadCounter
from feedsvc.store import migration
from feedsvc.store.database import Database
from feedsvc.traffic import Traffic
from feedsvc.urls import Urls


class Service:
    """The parts of one serving process; started when made. Raises `SchemaError` for a database of another schema."""

    def __init__(self, config: Config) -> None:
        self.config = config
        self.database = Database(config.database_url)
        migration.require_current(self.database, config.base_url)
        self.newsroom = Newsroom(self.database, config)
        self.newsroom.announce_settings()
        self.cache = RepresentationCache(config.cache_bytes)
        self.traffic = Traffic()
        self.urls = Urls(config.base_url)
        self.pages = Pages(config)
        self.press = Press(self.database, config, self.cache, self.pages)
        self.start()
        # Threads do not survive a fork, and a server may load us before it forks its workers.
        os.register_at_fork(after_in_child=self._start_again)

    def start(self) -> None:
        """Follow the journal and write the reads, until `stop()`, which the end of the process calls by itself."""
        self.reads = ReadCounter(self.database, self.config.workers)
        self.follower = CacheFollower(self.database, self.cache)
        self.follower.start()
        self.reads.start()
        self._running = True
        # atexit is not run in a child of multiprocessing, which a Granian worker is; this is, there and everywhere.
        self._finalizer = Finalize(self, self.stop, exitpriority=10)

    def stop(self) -> None:
        """Write what is counted, stop following, and close the database."""
        self._running = False
        self._finalizer.cancel()
        self.follower.stop()
        self.reads.stop()
        self.database.close()

    def _start_again(self) -> None:  # pragma: no cover - after a fork
        if self._running:
            self.database.forget_connections()
            self.start()
