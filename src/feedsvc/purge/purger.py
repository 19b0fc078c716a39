"""A purger: follows the journal for one front, and has it forget what each commit has changed, twice."""

import logging
import time
from hashlib import sha256

from feedsvc import journal
from feedsvc.bookmarks import BEFORE_EVERYTHING, Bookmark, Standing
from feedsvc.duties import BREATH_SECONDS, IDLE_SECONDS, Duty
from feedsvc.follower import CacheFollower
from feedsvc.fronts import Front
from feedsvc.purge.messages import Purge, messages
from feedsvc.rounds import Trouble
from feedsvc.sending import Sender
from feedsvc.store.database import Database

log = logging.getLogger(__name__)

# A burst is one purge, and by the time it is sent every worker has looked at the journal.
_GATHER_SECONDS = 0.05
# A copy that a worker handed out before it had looked, or that was under way, is purged by the second purge.
_AGAIN_SECONDS = 0.75
# While commits go on and on, they are purged this many seconds apart: each purge costs the front something.
_PACE_SECONDS = 0.25
# Above these, to look for what need not be purged costs more than to purge everything.
_MOST_ROWS, _MOST_KEYS = 10_000, 1_024


class Purger(Duty):
    """Purges one front, from `start()` to `stop()`.

    The bookmark moves when both purges of a row were accepted. A process that dies in between leaves the row to the
    next one, so a front hears of a row twice or more often, and never not at all. `name` is the front's kind and
    address.
    """

    def __init__(self, database: Database, follower: CacheFollower, front: Front, token: str) -> None:
        self.name = str(front)
        self.sender = Sender()
        self._follower = follower
        self._front = front
        self._token = token
        # It becomes part of a file's name.
        turn = f"purge-{sha256(self.name.encode()).hexdigest()[:8]}"
        trouble = Trouble(f"{self.name} is not purged", 0.25, 10.0)
        super().__init__(database, follower.wait_for, Bookmark(database, f"purge {front}"), turn, trouble)

    def find_shorter(self, _standing: Standing) -> None:
        """Purge everything, since anything may have changed."""
        log.warning("the journal is shorter than what %s was told of: everything is purged", self.name)
        self.bookmark.go_back(BEFORE_EVERYTHING)

    def work(self) -> None:
        """Purge what lies after the bookmark, and what comes meanwhile, until nothing is left or the turn is old.

        Rows up to `done` have been told twice, up to `told` once; those up to `marked` are about to be told again.
        """
        standing = self.bookmark.standing()
        done = standing.seq
        told = self._tell_next(done, IDLE_SECONDS, _GATHER_SECONDS)
        while told > done:
            marked, again_at = told, time.monotonic() + _AGAIN_SECONDS
            while (left := again_at - time.monotonic()) > 0 and not self.stopping:
                told = self._tell_next(told, left, _PACE_SECONDS)
            if self.stopping:
                return
            self._tell(done, marked)
            if not self.bookmark.advance(standing, marked) or self.is_over:
                return
            standing, done = standing._replace(seq=marked), marked

    def _tell_next(self, told: int, seconds: float, gather_seconds: float) -> int:
        """Wait up to `seconds` for rows after `told`, gather what follows them, and tell; returns the last row told."""
        followed = self.wait_for(told + 1, seconds)
        if self.rest(gather_seconds if followed else BREATH_SECONDS) or not followed:
            return told
        newest = self._follower.position
        self._tell(told, newest)
        return newest

    def _tell(self, after: int, upto: int) -> None:
        purge = Purge(max(after, 0) + 1, upto, tuple(sorted(self._keys(after, upto))))
        for message in messages(self._front, self._token, purge):
            self.sender.send(message)
        self.recover()

    def _keys(self, after: int, upto: int) -> set[str]:
        keys: set[str] = set()
        with self.database.read() as connection:
            while 0 <= after < upto <= after + _MOST_ROWS and len(keys) <= _MOST_KEYS:
                changes = journal.changes_after(connection, after, min(upto - after, 1_000))
                if not changes:  # pragma: no cover - another database stands in the place of the one that had them
                    return {journal.SITE_KEY}
                keys.update(name for change in changes for name in change.names())
                after = changes[-1].seq
        return keys if 0 < len(keys) <= _MOST_KEYS else {journal.SITE_KEY}
