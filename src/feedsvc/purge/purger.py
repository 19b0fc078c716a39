"""A purger: follows the journal for one front, and has it forget what each commit has changed, twice."""

import logging
import random
import threading
import time
from hashlib import sha256

from feedsvc import journal
from feedsvc.bookmarks import BEFORE_EVERYTHING, Bookmark
from feedsvc.errors import FeedsvcError
from feedsvc.follower import CacheFollower
from feedsvc.fronts import Front
from feedsvc.journal import Backlog
from feedsvc.purge.messages import Purge, messages
from feedsvc.sending import Undelivered, deliver
from feedsvc.store.database import Database

log = logging.getLogger(__name__)

# A burst is one purge, and by the time it is sent every worker has looked at the journal.
_GATHER_SECONDS = 0.05
# A copy that a worker handed out before it had looked, or that was under way, is purged by the second purge.
_AGAIN_SECONDS = 0.75
# While commits go on and on, they are purged this many seconds apart: each purge costs the front something.
_PACE_SECONDS = 0.25
# A turn whose database connection is lost ends unnoticed, so none is kept for long.
_TURN_SECONDS = 30.0
_IDLE_SECONDS = 0.5
_SHORTEST_PAUSE_SECONDS, _LONGEST_PAUSE_SECONDS = 0.25, 10.0
# Above these, to look for what need not be purged costs more than to purge everything.
_MOST_ROWS, _MOST_KEYS = 10_000, 1_024


class Purger:
    """Purges one front, in a thread of its own; of all processes with a purger for it, one at a time is at work.

    The bookmark moves when both purges of a row were accepted. A process that dies in between leaves the row to the
    next one, so a front hears of a row twice or more often, and never not at all. `name` is the front's kind and
    address, `turn` the name of the turn; `delivered` and `failed` count the requests of this process.
    """

    def __init__(self, database: Database, follower: CacheFollower, front: Front, token: str) -> None:
        self.name = str(front)
        self.delivered = 0
        self.failed = 0
        self._database = database
        self._follower = follower
        self._front = front
        self._token = token
        self.bookmark = Bookmark(database, f"purge {front}")
        # It becomes part of a file's name.
        self.turn = f"purge-{sha256(self.name.encode()).hexdigest()[:8]}"
        self._stopping = threading.Event()
        self._thread: threading.Thread | None = None
        self._pause = _SHORTEST_PAUSE_SECONDS

    def start(self) -> None:
        """Begin to purge, from the bookmark on."""
        self._stopping.clear()
        # A new one is put down before anything is served that would have to be purged.
        self.bookmark.standing()
        self._thread = threading.Thread(target=self._run, name="purger", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """End the thread, and wait for it. What is not purged by then is left to other processes, or to the next."""
        self._stopping.set()
        if self._thread is not None:
            self._thread.join()
            self._thread = None

    def backlog(self) -> Backlog:
        """What this front has not been told of twice."""
        return self.bookmark.backlog()

    def _run(self) -> None:
        while not self._stopping.is_set():
            try:
                self._look()
            except FeedsvcError as error:
                self.failed += isinstance(error, Undelivered)
                log.warning("%s is not purged: %s; trying again in %.1f s at most", self.name, error, self._pause)
                self._rest()
            except Exception:
                log.exception("%s is not purged; trying again in %.1f s at most", self.name, self._pause)
                self._rest()

    def _rest(self) -> None:
        # Not all processes again at the same moment.
        self._stopping.wait(self._pause * random.uniform(0.5, 1))  # noqa: S311 - no secret
        self._pause = min(self._pause * 2, _LONGEST_PAUSE_SECONDS)

    def _look(self) -> None:
        standing = self.bookmark.standing()
        if standing.seq == standing.head:
            self._follower.wait_for(standing.head + 1, _IDLE_SECONDS)
            return
        if standing.seq > standing.head:
            log.warning("the journal is shorter than what %s was told of: everything is purged", self.name)
            self.bookmark.go_back(BEFORE_EVERYTHING)
        with self._database.turn(self.turn) as mine:
            if mine:
                self._purge()
        if not mine:
            self._stopping.wait(_IDLE_SECONDS)

    def _purge(self) -> None:
        """Purge what lies after the bookmark, and what comes meanwhile, until nothing is left or the turn is old.

        Rows up to `done` have been told twice, up to `told` once; those up to `marked` are about to be told again.
        """
        until = time.monotonic() + _TURN_SECONDS
        standing = self.bookmark.standing()
        done = standing.seq
        told = self._tell_next(done, _IDLE_SECONDS, _GATHER_SECONDS)
        while told > done:
            marked, again_at = told, time.monotonic() + _AGAIN_SECONDS
            while (left := again_at - time.monotonic()) > 0 and not self._stopping.is_set():
                told = self._tell_next(told, left, _PACE_SECONDS)
            if self._stopping.is_set():
                return
            self._tell(done, marked)
            if not self.bookmark.advance(standing, marked) or time.monotonic() > until:
                return
            standing, done = standing._replace(seq=marked), marked

    def _tell_next(self, told: int, seconds: float, gather_seconds: float) -> int:
        """Wait up to `seconds` for rows after `told`, gather what follows them, and tell; returns the last row told."""
        if not self._follower.wait_for(told + 1, seconds) or self._stopping.wait(gather_seconds):
            return told
        newest = self._follower.position
        self._tell(told, newest)
        return newest

    def _tell(self, after: int, upto: int) -> None:
        purge = Purge(max(after, 0) + 1, upto, tuple(sorted(self._keys(after, upto))))
        for message in messages(self._front, self._token, purge):
            deliver(message)
            self.delivered += 1
        self._pause = _SHORTEST_PAUSE_SECONDS

    def _keys(self, after: int, upto: int) -> set[str]:
        keys: set[str] = set()
        with self._database.read() as connection:
            while 0 <= after < upto <= after + _MOST_ROWS and len(keys) <= _MOST_KEYS:
                changes = journal.changes_after(connection, after, min(upto - after, 1_000))
                if not changes:  # pragma: no cover - another database stands in the place of the one that had them
                    return {journal.SITE_KEY}
                keys.update(name for change in changes for name in change.names())
                after = changes[-1].seq
        return keys if 0 < len(keys) <= _MOST_KEYS else {journal.SITE_KEY}
