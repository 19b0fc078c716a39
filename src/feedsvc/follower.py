"""The cache follower: within moments of every commit, evicts exactly what the new journal rows touch."""

import logging
import threading
import time

from sqlalchemy import Connection, text
from sqlalchemy.exc import SQLAlchemyError

from feedsvc import journal
from feedsvc.cache import RepresentationCache
from feedsvc.journal import Backlog
from feedsvc.store.database import Database

log = logging.getLogger(__name__)

# A look is a pragma that takes microseconds on SQLite and a one-row query on PostgreSQL.
_LOOK_SECONDS = {True: 0.01, False: 0.05}
_LONGEST_PAUSE_SECONDS = 5.0
# On a machine with more to do than cores, a thread may wait this long for its turn.
_LATE_SECONDS = 0.05


class CacheFollower:
    """Follows the journal from where it stood at `start()`, in a thread of its own, until `stop()`."""

    def __init__(self, database: Database, cache: RepresentationCache) -> None:
        self._database = database
        self._cache = cache
        self._stopping = threading.Event()
        self._thread: threading.Thread | None = None
        self._moved = threading.Condition()
        self._catching_up = threading.Lock()
        self._looked = time.monotonic()
        self.position = 0
        self._look = self._pause = _LOOK_SECONDS[database.is_sqlite]

    def start(self) -> None:
        """Take the journal's head as the position and follow from there; what is cached before that is dropped."""
        with self._database.read() as connection:
            self.position = journal.head(connection)
        self._cache.evict(self.position, {journal.SITE_KEY})
        self._stopping.clear()
        self._thread = threading.Thread(target=self._follow, name="cache-follower", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """End the thread, and wait for it."""
        self._stopping.set()
        if self._thread is not None:
            self._thread.join()
            self._thread = None

    def wait_for(self, seq: int, seconds: float) -> bool:
        """Wait until journal row `seq` has been followed, at most `seconds`; whether it has."""
        with self._moved:
            return self._moved.wait_for(lambda: self.position >= seq, seconds)

    def backlog(self) -> Backlog:
        """What this process has not followed yet. Raises `SQLAlchemyError` when the database is away."""
        with self._database.observe() as connection:
            return journal.backlog(connection, self.position)

    def keep_up(self) -> None:
        """For whoever is about to serve: look now, if the thread has been kept from looking for too long."""
        if time.monotonic() - self._looked < _LATE_SECONDS:
            return
        self._looked = time.monotonic()
        try:
            with self._database.observe() as connection:
                self._catch_up(connection)
        except SQLAlchemyError:
            log.warning("the journal cannot be looked at; what is cached is served", exc_info=True)

    def _follow(self) -> None:
        while not self._stopping.is_set():
            try:
                self._watch()
            except Exception:
                # Whatever it was, a process that stopped following would serve the past for ever. While the database
                # is away, cached documents go on being served: they are as new as its last commit.
                log.exception("the journal cannot be followed; trying again in %.2f s", self._pause)
                self._stopping.wait(self._pause)
                self._pause = min(self._pause * 2, _LONGEST_PAUSE_SECONDS)

    def _watch(self) -> None:
        with self._database.observe() as connection:
            seen = None
            while not self._stopping.is_set():
                version = self._version(connection)
                if version != seen:
                    self._catch_up(connection)
                    seen = version
                self._pause = self._look
                self._looked = time.monotonic()
                self._stopping.wait(self._look)

    def _restart(self, connection: Connection) -> None:
        log.warning("the journal is shorter than it was: another database stands in its place")
        self.position = journal.head(connection)
        self._cache.forget_everything()

    def _version(self, connection: Connection) -> int:
        if self._database.is_sqlite:
            return int(connection.execute(text("PRAGMA data_version")).scalar_one())
        return journal.head(connection)  # pragma: no cover - PostgreSQL

    def _catch_up(self, connection: Connection) -> None:
        with self._catching_up:
            self._evict_what_changed(connection)

    def _evict_what_changed(self, connection: Connection) -> None:
        if journal.head(connection) < self.position:
            self._restart(connection)
        while changes := journal.changes_after(connection, self.position):
            newest = changes[-1].seq
            self._cache.evict(newest, {name for change in changes for name in change.names()})
            with self._moved:
                self.position = newest
                self._moved.notify_all()
