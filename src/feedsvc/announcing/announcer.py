"""An announcer: follows the journal for one target, and tells it of each change, in order."""

import logging
from collections import deque
from dataclasses import dataclass
from hashlib import sha256

from feedsvc import journal
from feedsvc.announcing.targets import Target
from feedsvc.bookmarks import Bookmark, Standing
from feedsvc.duties import IDLE_SECONDS, Duty
from feedsvc.follower import CacheFollower
from feedsvc.rounds import Trouble
from feedsvc.sending import Message, Sender, Undelivered
from feedsvc.store.database import Database

log = logging.getLogger(__name__)

# A burst is told at once.
_GATHER_SECONDS = 0.1
_MOST_ROWS = 500
# Who answers with these would do so again: it is the request that is wrong, and not the hour or the key.
_REFUSALS = {400, 413, 414, 422}
_MOST_SHOWN = 200


@dataclass(slots=True)
class _Round:
    """What is told from one standing of the bookmark, up to journal row `to`, and what of it was not accepted yet."""

    seq: int
    put_back: int
    to: int
    messages: deque[Message]


class Announcer(Duty):
    """Tells one target, from `start()` to `stop()`.

    The bookmark moves when everything up to it was accepted. What fails in between goes on where it was; a process that
    dies leaves its rows to the next: a target hears of a row once or more often, and never not at all; but what one
    that is choosy refuses is passed over, and logged. `name` is the target's kind and address.
    """

    def __init__(self, database: Database, follower: CacheFollower, target: Target) -> None:
        self.name = str(target)
        self.sender = Sender()
        self._target = target
        self._begun: _Round | None = None
        # It becomes part of a file's name.
        turn = f"{target.kind}-{sha256(self.name.encode()).hexdigest()[:8]}"
        trouble = Trouble(f"{self.name} is not told", 0.5, 300.0)
        super().__init__(database, follower.wait_for, Bookmark(database, self.name), turn, trouble)

    def work(self) -> None:
        """Tell what lies after the bookmark, until nothing is left or the turn is old."""
        while not self.rest(_GATHER_SECONDS) and not self.is_over:
            standing = self.bookmark.standing()
            if standing.seq >= standing.head:
                return
            todo = self._round(standing)
            # What it then fetches, or anybody who hears of it, is to find the change.
            if not self.wait_for(todo.to, IDLE_SECONDS):
                return
            while todo.messages:
                # There may be thousands, and each takes as long as the target likes.
                if self.is_over:
                    return
                self._tell(todo.messages[0])
                todo.messages.popleft()
                self._begun = todo
                self.recover()
            self.bookmark.advance(standing, todo.to)
            self._begun = None

    def _tell(self, message: Message) -> None:
        try:
            self.sender.send(message)
        except Undelivered as error:
            # Otherwise a hub that takes no JSON Feed, say, would never be told of anything again.
            if not (self._target.choosy and error.status in _REFUSALS):
                raise
            what = message.body[:_MOST_SHOWN].decode(errors="replace")
            log.warning("%s is not told again of what it refuses: %s: %s", self.name, error, what)

    def _round(self, standing: Standing) -> _Round:
        """What is to be told from here: what is left of it if some was accepted, and else with the newest."""
        begun = self._begun
        if begun and (begun.seq, begun.put_back) == (standing.seq, standing.put_back):
            return begun
        self._begun = None
        with self.database.read() as connection:
            changes = journal.changes_after(connection, standing.seq, _MOST_ROWS)
            messages = deque(self._target.write(connection, changes))
        return _Round(standing.seq, standing.put_back, changes[-1].seq, messages)
