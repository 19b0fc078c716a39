"""One running feedsvc: everything a process needs to serve, put together, started and stopped."""

import logging
import os
from multiprocessing.util import Finalize
from weakref import WeakMethod

from feedsvc import __version__
from feedsvc.cache import RepresentationCache
from feedsvc.catalogue import Catalogue
from feedsvc.config import Config
from feedsvc.follower import CacheFollower
from feedsvc.formats import left_out
from feedsvc.keys import Keys
from feedsvc.lookout import Lookout
from feedsvc.metrics import Metrics
from feedsvc.newsroom import Newsroom
from feedsvc.pages.templates import Templates
from feedsvc.press.press import Press
from feedsvc.purge.purging import Purging
from feedsvc.reads import ReadCounter
from feedsvc.records import Records
from feedsvc.releasing import Releasing
from feedsvc.rounds import Rounds
from feedsvc.snapshots import PATIENCE_SECONDS, Snapshots
from feedsvc.store import migration
from feedsvc.store.database import Database
from feedsvc.traffic import Traffic
from feedsvc.urls import Urls

log = logging.getLogger(__name__)

_KEY_USES_SECONDS = 30.0


class Service:
    """The parts of one serving process; started when made. Raises `SchemaError` for a database of another schema."""

    def __init__(self, config: Config) -> None:
        self.config = config
        reached = config.database_pool, config.statement_timeout
        self.database = Database(config.database_url, *reached)
        migration.require_current(self.database, config.base_url)
        self.newsroom = Newsroom(self.database, config)
        self.newsroom.announce_settings()
        self.keys = Keys(self.database)
        self.records = Records(Catalogue(config))
        self.metrics = Metrics()
        self.cache = RepresentationCache(config.cache_bytes, self.metrics.filled)
        self.traffic = Traffic()
        self.urls = Urls(config.base_url)
        self.templates = Templates(config)
        replica = Database(config.replica_url, *reached, PATIENCE_SECONDS) if config.replica_url else None
        self.snapshots = Snapshots(self.database, replica, lambda: self.follower.followed)
        self.press = Press(self.database, self.snapshots, config, self.cache, self.templates)
        self._instrument()
        self.start()
        # Threads do not survive a fork, and a server may load us before it forks its workers. What is registered is so
        # for good, which nobody who stopped us and let us go has in mind.
        again = WeakMethod(self._start_again)
        os.register_at_fork(after_in_child=lambda: (start := again()) and start())

    def start(self) -> None:
        """Follow the journal, release what is due, purge, write the reads, keep the metrics, until `stop()`.

        The end of the process calls that by itself.
        """
        self.reads = ReadCounter(self.database, self.config.workers)
        self.follower = CacheFollower(self.database, self.cache)
        self.key_uses = Rounds("key-uses", _KEY_USES_SECONDS, self.keys.note_uses)
        self.releasing = Releasing(self.newsroom)
        self.purging = Purging(self.database, self.follower, self.config)
        purges = {purger.bookmark.follower: purger.backlog for purger in self.purging.purgers}
        self.lookout = Lookout(self.database, {"cache": self.follower.backlog, **purges})
        self.follower.start()
        self.reads.start()
        self.releasing.start()
        self.key_uses.start()
        self.purging.start()
        if self.config.metrics:
            self.lookout.start()
            self.metrics.start()
        self._running = True
        # atexit is not run in a child of multiprocessing, which a Granian worker is; this is, there and everywhere.
        self._finalizer = Finalize(self, self.stop, exitpriority=10)

    def stop(self) -> None:
        """Write what is counted, stop releasing, following and purging, and close the database."""
        self._running = False
        self._finalizer.cancel()
        self.releasing.stop()
        self.key_uses.stop()
        self.follower.stop()
        self.reads.stop()
        if self.config.metrics:
            self.lookout.stop()
            self.metrics.stop()
        # Last, as it may wait for a front; and what is not purged by now, another process or the next one purges.
        self.purging.stop()
        self.snapshots.close()
        self.database.close()

    def _instrument(self) -> None:
        """Say what can be known of this process from outside; docs/monitoring.md says what it is good for."""
        count, measure = self.metrics.count, self.metrics.measure
        count("requests", "Answers given.", ("route", "method", "status", "cache"), self.traffic.totals)
        count(
            "cache_evictions",
            "Documents the cache dropped.",
            ("reason",),
            lambda: {(reason,): dropped for reason, dropped in self.cache.evictions.items()},
        )
        count("entries_left_out", "Entries that no format could carry.", (), lambda: {(): left_out.value})
        count(
            "purges",
            "Requests that told a cache in front what to forget.",
            ("front", "outcome"),
            lambda: {
                (purger.name, outcome): number
                for purger in self.purging.purgers
                for outcome, number in (("accepted", purger.delivered), ("failed", purger.failed))
            },
        )
        measure("cache_bytes", "What is in a worker's cache.", "liveall", lambda: {(): self.cache.size})
        measure("cache_max_bytes", "The bound of a worker's cache.", "liveall", lambda: {(): self.config.cache_bytes})
        measure("cache_documents", "Documents in a worker's cache.", "liveall", lambda: {(): self.cache.kept})
        measure("reads_pending", "Readings counted and not yet written.", "livesum", lambda: {(): self.reads.pending})
        count(
            "releases",
            "Scheduled articles published, and expired ones taken out.",
            (),
            lambda: {(): self.releasing.released},
        )
        measure(
            "release_late_seconds",
            "How long after its moment the last of them was.",
            "livemax",
            lambda: {(): self.releasing.late_seconds},
        )
        measure("database_up", "1 if the database answers.", "livemin", lambda: {(): self.lookout.database_answers})
        measure("journal_head", "The number of the newest change.", "livemax", lambda: {(): self.lookout.head})
        measure(
            "journal_position",
            "The number of the newest change that was followed.",
            "livemin",
            lambda: {("cache",): self.follower.position},
            ("follower",),
        )
        measure(
            "journal_pending",
            "Changes that were not followed yet.",
            "livemax",
            lambda: {(name,): backlog.pending for name, backlog in self.lookout.backlogs.items()},
            ("follower",),
        )
        measure(
            "journal_lag_seconds",
            "How old the oldest change is that was not followed yet.",
            "livemax",
            lambda: {(name,): backlog.lag_seconds for name, backlog in self.lookout.backlogs.items()},
            ("follower",),
        )
        measure("build_info", "The version that runs.", "livemax", lambda: {(__version__,): 1}, ("version",))

    def _start_again(self) -> None:  # pragma: no cover - after a fork
        if self._running:
            try:
                self.cache.forget_everything()
                self.database.forget_connections()
                self.snapshots.forget_connections()
                self.start()
            except Exception:
                # It would serve the past for ever. Whoever has forked it will fork another.
                log.exception("a worker cannot begin")
                os._exit(1)
