"""One running feedsvc: everything a process needs to serve, put together, started and stopped."""

import logging
import os
from multiprocessing.util import Finalize
from weakref import WeakMethod

from feedsvc.catalogue import Catalogue
from feedsvc.config import Config
from feedsvc.instruments import instrument
from feedsvc.keys import Keys
from feedsvc.pressroom import Pressroom
from feedsvc.purge.purging import Purging
from feedsvc.push.hub import Hub
from feedsvc.push.topics import Topics
from feedsvc.ranking import Ranking
from feedsvc.reads import ReadCounter
from feedsvc.records import Records
from feedsvc.releasing import Releasing
from feedsvc.rounds import Rounds
from feedsvc.search.indexing import FOLLOWER, Indexer
from feedsvc.traffic import Traffic

log = logging.getLogger(__name__)

_KEY_USES_SECONDS = 30.0


class Service:
    """The parts of one serving process; started when made. Raises `SchemaError` for a database of another schema."""

    def __init__(self, config: Config) -> None:
        self.config = config
        self.room = Pressroom(config, push=config.push)
        self.database, self.newsroom, self.cache = self.room.database, self.room.newsroom, self.room.cache
        self.metrics, self.snapshots, self.press = self.room.metrics, self.room.snapshots, self.room.press
        self.urls, self.templates = self.room.urls, self.room.templates
        self.keys = Keys(self.database)
        self.records = Records(Catalogue(config))
        self.hub = Hub(self.database, Topics(Catalogue(config), self.urls), config)
        self.traffic = Traffic()
        instrument(self.room)
        self._instrument()
        self.start()
        # Threads do not survive a fork, and a server may load us before it forks its workers. What is registered is so
        # for good, which nobody who stopped us and let us go has in mind.
        again = WeakMethod(self._start_again)
        os.register_at_fork(after_in_child=lambda: (start := again()) and start())

    def start(self) -> None:
        """Follow the journal, release and rank what is due, push, purge, index, write the reads, keep the metrics.

        That ends with `stop()`, which the end of the process calls by itself.
        """
        self.reads = ReadCounter(self.database, self.config.workers)
        self.key_uses = Rounds.every(_KEY_USES_SECONDS, "key-uses", self.keys.note_uses)
        self.releasing = Releasing(self.newsroom)
        self.room.set_up()
        self.follower, self.pushing = self.room.follower, self.room.pushing
        self.ranking = Ranking(self.database, self.newsroom)
        self.purging = Purging(self.database, self.follower, self.config)
        self.indexer = Indexer(self.database, self.follower.wait_for)
        purges = {purger.bookmark.follower: purger.backlog for purger in self.purging.purgers}
        self.lookout = self.room.look_out({FOLLOWER: self.indexer.backlog, **purges})
        self.room.start()
        self.reads.start()
        self.releasing.start()
        self.ranking.start()
        self.key_uses.start()
        self.purging.start()
        self.indexer.start()
        self._running = True
        # atexit is not run in a child of multiprocessing, which a Granian worker is; this is, there and everywhere.
        self._finalizer = Finalize(self, self.stop, exitpriority=10)

    def stop(self) -> None:
        """Write what is counted, stop releasing, following, pushing and purging, and close the database."""
        self._running = False
        self._finalizer.cancel()
        self.releasing.stop()
        self.ranking.stop()
        self.key_uses.stop()
        self.room.stop()
        self.indexer.stop()
        self.reads.stop()
        # Last, as it may wait for a front; and what is not purged by now, another process or the next one purges.
        self.purging.stop()
        self.room.close()

    def _instrument(self) -> None:
        """Say what can be known of serving from outside; docs/monitoring.md says what it is good for."""
        count, measure = self.metrics.count, self.metrics.measure
        count("requests", "Answers given.", ("route", "method", "status", "cache"), self.traffic.totals)
        count(
            "purges",
            "Requests that told a cache in front what to forget.",
            ("front", "outcome"),
            lambda: {
                (purger.name, outcome): number
                for purger in self.purging.purgers
                for outcome, number in purger.sender.outcomes.items()
            },
        )
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

    def _start_again(self) -> None:  # pragma: no cover - after a fork
        if self._running:
            try:
                self.room.forget_connections()
                self.start()
            except Exception:
                # It would serve the past for ever. Whoever has forked it will fork another.
                log.exception("a worker cannot begin")
                os._exit(1)
