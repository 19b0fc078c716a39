"""The indexer: follows the journal, and keeps the index of search as the articles are, some moments behind."""

import logging
import threading
import time
from collections.abc import Callable

from feedsvc import journal
from feedsvc.bookmarks import Bookmark
from feedsvc.errors import DatabaseAway
from feedsvc.journal import Backlog
from feedsvc.search.index import file_texts, read_texts
from feedsvc.store.database import Database

log = logging.getLogger(__name__)

FOLLOWER = "search"
"""What its bookmark and its turn are called."""

# So that whoever publishes does not wait long for the right to write.
_AT_ONCE = 100
# A turn whose database connection is lost ends unnoticed, so none is kept for long.
_TURN_SECONDS = 30.0
_IDLE_SECONDS = 0.5
_SHORTEST_PAUSE_SECONDS, _LONGEST_PAUSE_SECONDS = 0.25, 10.0


class Indexer:
    """Indexes in a thread of its own, from `start()` to `stop()`; of all processes with one, one at a time is at work.

    The bookmark moves in the transaction that files what lies before it. A process that dies leaves the rest to the
    next one. On a database that search came to later, the bookmark begins at the beginning.
    """

    def __init__(self, database: Database, wait_for: Callable[[int, float], bool]) -> None:
        """`wait_for` waits for a journal row, for so many seconds at most."""
        self._database = database
        self._wait_for = wait_for
        self._bookmark = Bookmark(database, FOLLOWER)
        self._stopping = threading.Event()
        self._thread: threading.Thread | None = None
        self._pause = _SHORTEST_PAUSE_SECONDS

    def start(self) -> None:
        """Begin, from the bookmark on."""
        self._stopping.clear()
        self._thread = threading.Thread(target=self._run, name="indexer", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """End the thread, and wait for it. Its follower is to be stopped before, for which it may be waiting."""
        self._stopping.set()
        if self._thread is not None:
            self._thread.join()
            self._thread = None

    def backlog(self) -> Backlog:
        """What is not in the index yet."""
        return self._bookmark.backlog()

    def _run(self) -> None:
        while not self._stopping.is_set():
            try:
                self._look()
                self._pause = _SHORTEST_PAUSE_SECONDS
            except DatabaseAway:
                # Whoever follows the journal says so.
                self._rest()
            except Exception:
                log.exception("the index of search is not kept; trying again in %.1f s", self._pause)
                self._rest()

    def _rest(self) -> None:
        self._stopping.wait(self._pause)
        self._pause = min(self._pause * 2, _LONGEST_PAUSE_SECONDS)

    def _look(self) -> None:
        standing = self._bookmark.standing()
        if standing.seq >= standing.head:
            self._wait_for(standing.head + 1, _IDLE_SECONDS)
            return
        with self._database.turn(FOLLOWER) as mine:
            if mine:
                self._index()
        if not mine:
            self._stopping.wait(_IDLE_SECONDS)

    def _index(self) -> None:
        """File what lies after the bookmark, until nothing is left or the turn is old."""
        until = time.monotonic() + _TURN_SECONDS
        while not self._stopping.is_set() and time.monotonic() < until:
            standing = self._bookmark.standing()
            with self._database.read() as connection:
                changes = journal.changes_after(connection, standing.seq, _AT_ONCE)
                if not changes:
                    return
                texts = read_texts(connection, {change.article for change in changes if change.article is not None})
            began = time.monotonic()
            with self._database.write() as connection:
                # If not, somebody has filed what is newer.
                if self._bookmark.move(connection, standing, changes[-1].seq):
                    file_texts(connection, texts)
            # Whoever waits to write goes first.
            self._stopping.wait(time.monotonic() - began)
