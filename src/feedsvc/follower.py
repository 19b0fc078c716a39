"""The cache follower: within moments of every commit, evicts exactly what the new journal rows touch."""

import logging
import math
import threading
import time
from datetime import UTC, datetime

from sqlalchemy import Connection

from feedsvc import journal
from feedsvc.cache import RepresentationCache
from feedsvc.errors import DatabaseAway, DatabaseBusy
from feedsvc.journal import Backlog
from feedsvc.store.database import Database

log = logging.getLogger(__name__)

_SHORTEST_PAUSE_SECONDS = 0.05
_LONGEST_PAUSE_SECONDS = 2.0
# On a machine with more to do than cores, a thread may wait this long for its turn.
_LATE_SECONDS = 0.05
# A connection that breaks may have been cut by itself. One that broke after such a silence was given up.
_SILENCE_SECONDS = 1.0
_MOST_ROWS = 1_000


class CacheFollower:
    """Follows the journal from where it stood at `start()`, in a thread of its own, until `stop()`.

    While it cannot, what is cached is as new as the last commit it heard of and goes on being served, and the database
    is marked as away, so that nobody waits for it.
    """

    def __init__(self, database: Database, cache: RepresentationCache) -> None:
        self._database = database
        self._cache = cache
        self._stopping = threading.Event()
        self._thread: threading.Thread | None = None
        self._moved = threading.Condition()
        self._catching_up = threading.Lock()
        # A request may look at a file. It asks no server, which could keep it waiting.
        self._late = _LATE_SECONDS if database.is_sqlite else math.inf
        self._note_look()
        self.followed = 0, datetime.min.replace(tzinfo=UTC)
        """The number and time (UTC) of the newest row that was followed: together they tell it from a row of another
        journal that is as long."""

    @property
    def position(self) -> int:
        """The number of the newest row that was followed."""
        return self.followed[0]

    def start(self) -> None:
        """Take the journal's head as the position and follow from there; what is cached before that is dropped."""
        with self._database.read() as connection:
            self._move(*journal.newest(connection))
        self._cache.evict(self.position, {journal.SITE_KEY})
        self._stopping.clear()
        self._thread = threading.Thread(target=self._follow, name="cache-follower", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """End the thread, and wait for it; nobody else waits any longer."""
        self._stopping.set()
        with self._moved:
            self._moved.notify_all()
        if self._thread is not None:
            self._thread.join()
            self._thread = None

    def wait_for(self, seq: int, seconds: float) -> bool:
        """Wait until journal row `seq` has been followed, at most `seconds`, or until `stop()`; whether it has."""
        with self._moved:
            self._moved.wait_for(lambda: self.position >= seq or self._stopping.is_set(), seconds)
            return self.position >= seq

    def backlog(self) -> Backlog:
        """What this process has not followed yet. Raises `DatabaseAway`."""
        with self._database.observe() as connection:
            return journal.backlog(connection, self.position)

    def keep_up(self) -> None:
        """For whoever is about to serve: look now, if the thread has been kept from looking for too long."""
        if time.monotonic() > self.due:
            self._look_in_passing()

    def _note_look(self) -> None:
        self._looked = time.monotonic()
        self.due = self._looked + self._late
        """When whoever is about to serve is to call `keep_up` (`time.monotonic()`, seconds)."""

    def _look_in_passing(self) -> None:
        if self._database.is_away or not self._catching_up.acquire(blocking=False):
            return
        try:
            self._note_look()
            with self._database.observe() as connection:
                self._evict_what_changed(connection)
        except DatabaseBusy:
            pass  # with us; the thread has a connection of its own
        except Exception as error:
            self._lose(error)
        finally:
            self._catching_up.release()

    def _follow(self) -> None:
        pause, failures = 0.0, 0
        while not self._stopping.wait(pause):
            try:
                with self._database.watch() as watch:
                    # A server that dies may take its last commits with it, and somebody may have read them before.
                    self._cache.forget_after(self.position)
                    self._catch_up(watch.connection)
                    while not self._stopping.is_set():
                        if watch.wait() or self._database.is_away:
                            self._catch_up(watch.connection)
                        self._note_look()
                        pause, failures = 0.0, 0
            except Exception as error:
                # Whatever it was, a process that stopped following would serve the past for ever.
                failures += 1
                # Otherwise a connection was cut: it is made anew, and nobody has to know.
                if failures > 1 or time.monotonic() - self._looked > _SILENCE_SECONDS:
                    self._lose(error)
                    pause = min(max(pause * 2, _SHORTEST_PAUSE_SECONDS), _LONGEST_PAUSE_SECONDS)

    def _lose(self, error: Exception) -> None:
        if not self._database.is_away:
            self._database.is_away = True
            # One line, however long it lasts; what nobody has foreseen with its traceback.
            unforeseen = None if isinstance(error, DatabaseAway) else error
            reason = str(error).partition("\n")[0]
            log.warning("the journal cannot be followed; what is cached is served: %s", reason, exc_info=unforeseen)

    def _catch_up(self, connection: Connection) -> None:
        with self._catching_up:
            self._evict_what_changed(connection)
        if self._database.is_away:
            self._database.is_away = False
            log.warning("the journal is followed again, from row %d", self.position)

    def _evict_what_changed(self, connection: Connection) -> None:
        while True:
            seq, at = self.followed
            # From the row that is known on: if it is not there as it was, another journal stands in the place of ours.
            rows = journal.changes_after(connection, max(seq - 1, 0), _MOST_ROWS)
            changes = rows[1:] if seq else rows
            if seq and (not rows or rows[0].at != at):
                self._begin_anew(connection)
            elif changes:
                newest = changes[-1]
                self._cache.follow(changes)
                self._move(newest.seq, newest.at)
            if len(rows) < _MOST_ROWS:
                return

    def _begin_anew(self, connection: Connection) -> None:
        log.warning("the journal is not the one that was followed: another database stands in its place")
        self._move(*journal.newest(connection))
        self._cache.forget_everything()

    def _move(self, seq: int, at: datetime) -> None:
        with self._moved:
            self.followed = seq, at
            self._moved.notify_all()
