"""The purging of one process: a purger for each front, and a watch over this process's own lapses."""

import logging
import threading
import time

from sqlalchemy.exc import SQLAlchemyError

from feedsvc import journal
from feedsvc.bookmarks import BEFORE_EVERYTHING
from feedsvc.config import Config
from feedsvc.follower import CacheFollower
from feedsvc.fronts import read_fronts
from feedsvc.purge.purger import Purger
from feedsvc.store.database import Database

log = logging.getLogger(__name__)

# Together, less than lies between the commit of a row and its last purge.
_LOOK_SECONDS, _LAPSE_SECONDS = 0.25, 0.5


class Purging:
    """Purges the configured fronts from `start()` to `stop()`; without any it does nothing at all.

    A process that cannot see the journal for a while, though others can, goes on serving what it has. A front that
    asks it then is given an old copy after the purge, and would keep it. So each process watches itself: after a lapse
    it has everything purged again that was committed during it.
    """

    def __init__(self, database: Database, follower: CacheFollower, config: Config) -> None:
        self._database = database
        self._follower = follower
        fronts = read_fronts(config.purge_urls)
        self.purgers = tuple(Purger(database, follower, front, config.purge_token) for front in fronts)
        self._stopping = threading.Event()
        self._thread: threading.Thread | None = None

    def start(self) -> None:
        """Start the purgers and the watch."""
        if not self.purgers:
            return
        self._stopping.clear()
        for purger in self.purgers:
            purger.start()
        self._thread = threading.Thread(target=self._watch, name="purge-watch", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """End all threads, and wait for them."""
        self._stopping.set()
        for purger in self.purgers:
            purger.stop()
        if self._thread is not None:
            self._thread.join()
            self._thread = None

    def _watch(self) -> None:
        known, blind = self._follower.position, False
        while not self._stopping.wait(_LOOK_SECONDS):
            began = time.monotonic()
            try:
                head = self._head()
                if head < known:
                    log.warning("the journal is shorter than it was: everything is purged")
                    self._go_back(BEFORE_EVERYTHING)
                elif not self._follower.wait_for(head, _LAPSE_SECONDS):
                    blind = True
                    continue
                elif head > known and (blind or time.monotonic() - began > _LAPSE_SECONDS):
                    log.warning("the journal was out of sight: what was committed after row %d is purged again", known)
                    self._go_back(known)
            except SQLAlchemyError:
                # The follower says so in the log.
                blind = True
                continue
            known, blind = head, False

    def _head(self) -> int:
        with self._database.observe() as connection:
            return journal.head(connection)

    def _go_back(self, to: int) -> None:
        for purger in self.purgers:
            purger.bookmark.go_back(to)
