"""One running feedsvc: everything a process needs to serve, put together, started and stopped."""

import logging
import os
import threading
from collections.abc import Callable
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
from feedsvc.rounds import Rounds, Trouble
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
        self._going_on = Rounds("going-on", self._try_to_go_on, Trouble("a process that has forked waits", 1.0, 10.0))
        self.start()
        # A server may load us before it forks its workers. Threads do not survive that, and what they hold at that
        # moment is never let go in the child: SQLite has a lock for all who open a file.
        os.register_at_fork(
            before=_while_it_lives(self._pause),
            after_in_parent=_while_it_lives(self._go_on),
            after_in_child=_while_it_lives(self._start_again),
        )

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
        self._going_on.stop()
        self._end()
        self.room.close()

    def _end(self) -> None:
        self._finalizer.cancel()
        self.releasing.stop()
        self.ranking.stop()
        self.key_uses.stop()
        self.room.stop()
        self.indexer.stop()
        self.reads.stop()
        # Last, as it may wait for a front; and what is not purged by now, another process or the next one purges.
        self.purging.stop()

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

    def _pause(self) -> None:  # pragma: no cover - before a fork
        if self._running:
            self._going_on.stop()
            self._end()
            self.room.close()

    def _go_on(self) -> None:  # pragma: no cover - after a fork
        if self._running:
            self._going_on.start()

    def _try_to_go_on(self) -> float:  # pragma: no cover - after a fork
        """Start, as soon as the database lets us: whoever has forked may serve as well."""
        self._end()
        self.database.is_away = False
        self.start()
        return threading.TIMEOUT_MAX

    def _start_again(self) -> None:  # pragma: no cover - after a fork
        if self._running:
            try:
                self.room.forget_connections()
                self.start()
            except Exception:
                # It would serve the past for ever. Whoever has forked it will fork another.
                log.exception("a worker cannot begin")
                os._exit(1)


def _while_it_lives(method: Callable[[], None]) -> Callable[[], None]:
    """Calls a method of an object that others may let go meanwhile: what is registered at forks is so for good."""
    weak = WeakMethod(method)
    return lambda: (call := weak()) and call()
