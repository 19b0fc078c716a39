"""An announcer: follows the journal for one target, and tells it of each change, in order."""

import logging
import random
import threading
import time
from collections import deque
from dataclasses import dataclass
from hashlib import sha256

from feedsvc import journal
from feedsvc.announcing.targets import Target
from feedsvc.bookmarks import Bookmark, Standing
from feedsvc.errors import FeedsvcError
from feedsvc.follower import CacheFollower
from feedsvc.journal import Backlog
from feedsvc.sending import Message, Undelivered, deliver
from feedsvc.store.database import Database

log = logging.getLogger(__name__)

_IDLE_SECONDS = 0.5
# A burst is told at once.
_GATHER_SECONDS = 0.1
_MOST_ROWS = 500
# A turn whose database connection is lost ends unnoticed, so none is kept for long.
_TURN_SECONDS = 30.0
_SHORTEST_PAUSE_SECONDS, _LONGEST_PAUSE_SECONDS = 0.5, 300.0


@dataclass(slots=True)
class _Round:
    """What is told from one standing of the bookmark, up to journal row `to`, and what of it was not accepted yet."""

    seq: int
    put_back: int
    to: int
    messages: deque[Message]


class Announcer:
    """Tells one target, in a thread of its own; of all processes with an announcer for it, one at a time is at work.

    The bookmark moves when everything up to it was accepted. What fails in between goes on where it was; a process that
    dies leaves its rows to the next: a target hears of a row once or more often, and never not at all. `delivered` and
    `failed` count the requests of this process.
    """

    def __init__(self, database: Database, follower: CacheFollower, target: Target) -> None:
        self.name = str(target)
        self.kind = target.kind
        self.delivered = 0
        self.failed = 0
        self._database = database
        self._follower = follower
        self._target = target
        self.bookmark = Bookmark(database, self.name)
        # It becomes part of a file's name.
        self._turn = f"{target.kind}-{sha256(self.name.encode()).hexdigest()[:8]}"
        self._stopping = threading.Event()
        self._thread: threading.Thread | None = None
        self._pause = _SHORTEST_PAUSE_SECONDS
        self._begun: _Round | None = None

    def start(self) -> None:
        """Begin, from the bookmark on."""
        self._stopping.clear()
        # A new one is put down before anything happens that would have to be told.
        self.bookmark.standing()
        self._thread = threading.Thread(target=self._run, name=f"{self.kind}-announcer", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """End the thread, and wait for it. What is not told by then is left to other processes, or to the next."""
        self._stopping.set()
        if self._thread is not None:
            self._thread.join()
            self._thread = None

    def backlog(self) -> Backlog:
        """What the target has not been told."""
        return self.bookmark.backlog()

    def _run(self) -> None:
        while not self._stopping.is_set():
            try:
                self._look()
            except FeedsvcError as error:
                self.failed += isinstance(error, Undelivered)
                log.warning("%s is not told: %s; trying again in %.1f s at most", self.name, error, self._pause)
                self._rest()
            except Exception:
                log.exception("%s is not told; trying again in %.1f s at most", self.name, self._pause)
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
            log.warning("the journal is shorter than what %s was told of: it is told from here on", self.name)
            self.bookmark.advance(standing, standing.head)
            return
        with self._database.turn(self._turn) as mine:
            if mine:
                self._tell()
        if not mine:
            self._stopping.wait(_IDLE_SECONDS)

    def _tell(self) -> None:
        """Tell what lies after the bookmark, until nothing is left or the turn is old."""
        until = time.monotonic() + _TURN_SECONDS
        while not self._stopping.wait(_GATHER_SECONDS) and time.monotonic() < until:
            standing = self.bookmark.standing()
            if standing.seq >= standing.head:
                return
            todo = self._round(standing)
            # What it then fetches, or anybody who hears of it, is to find the change.
            if not self._follower.wait_for(todo.to, _IDLE_SECONDS):
                return
            while todo.messages:
                # There may be thousands, and each takes as long as the target likes.
                if self._stopping.is_set() or time.monotonic() >= until:
                    return
                deliver(todo.messages[0])
                todo.messages.popleft()
                self._begun = todo
                self.delivered += 1
                self._pause = _SHORTEST_PAUSE_SECONDS
            self.bookmark.advance(standing, todo.to)
            self._begun = None

    def _round(self, standing: Standing) -> _Round:
        """What is to be told from here: what is left of it if some was accepted, and else with the newest."""
        begun = self._begun
        if begun and (begun.seq, begun.put_back) == (standing.seq, standing.put_back):
            return begun
        self._begun = None
        with self._database.read() as connection:
            changes = journal.changes_after(connection, standing.seq, _MOST_ROWS)
            messages = deque(self._target.write(connection, changes))
        return _Round(standing.seq, standing.put_back, changes[-1].seq, messages)
