"""The purging of one process: a purger for each front, and a watch over this process's own lapses."""

import logging
import time

from feedsvc import journal
from feedsvc.bookmarks import BEFORE_EVERYTHING
from feedsvc.config import Config
from feedsvc.follower import CacheFollower
from feedsvc.fronts import read_fronts
from feedsvc.purge.purger import Purger
from feedsvc.rounds import Rounds
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
        self._watch = Rounds.every(_LOOK_SECONDS, "purge-watch", self._look)
        self._known = 0
        self._blind = False
        # From the end of one look to that of the next, so that a pause of the whole process is a lapse as well.
        self._seen_at = time.monotonic()

    def start(self) -> None:
        """Start the purgers and the watch."""
        if not self.purgers:
            return
        self._known, self._blind, self._seen_at = self._follower.position, False, time.monotonic()
        for purger in self.purgers:
            purger.start()
        self._watch.start()

    def stop(self) -> None:
        """End all threads, and wait for them."""
        if not self.purgers:
            return
        for purger in self.purgers:
            purger.stop()
        self._watch.stop()

    def _look(self) -> None:
        """Whether this process sees the journal: `_known` is the last row when it did, `_blind` says that it did not
        since."""
        try:
            head = self._head()
            if head < self._known:
                log.warning("the journal is shorter than it was: everything is purged")
                self._go_back(BEFORE_EVERYTHING)
            elif not self._follower.wait_for(head, _LAPSE_SECONDS):
                self._lose_sight()
                return
            elif head > self._known and (self._blind or self._has_paused()):
                log.warning("the journal is in sight again: what came after row %d is purged again", self._known)
                self._go_back(self._known)
        except Exception:
            # Whatever it was, it is a lapse, and the follower tells of it in the log.
            self._lose_sight()
            return
        self._known, self._blind, self._seen_at = head, False, time.monotonic()

    def _has_paused(self) -> bool:
        return time.monotonic() - self._seen_at > _LOOK_SECONDS + _LAPSE_SECONDS

    def _lose_sight(self) -> None:
        if not self._blind:
            log.info("the journal is out of sight: what comes after row %d will be purged again", self._known)
        self._blind = True

    def _head(self) -> int:
        with self._database.observe() as connection:
            return journal.head(connection)

    def _go_back(self, to: int) -> None:
        for purger in self.purgers:
            purger.bookmark.go_back(to)
