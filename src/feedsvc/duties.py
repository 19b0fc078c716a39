"""Duties: what has to be done about each row of the journal, by one of all processes at a time."""

import logging
import time
from abc import ABC, abstractmethod
from collections.abc import Callable

from feedsvc.bookmarks import Bookmark, Standing
from feedsvc.journal import Backlog
from feedsvc.rounds import Rounds, Trouble
from feedsvc.store.database import Database

log = logging.getLogger(__name__)

IDLE_SECONDS = 0.5
"""How long to wait for something to do, or for the turn, before looking again."""

BREATH_SECONDS = 0.02
"""How long to pause at least when there was nothing: whoever is waited for may have been stopped, and waits no more."""

# A turn whose database connection is lost ends unnoticed, so none is kept for long.
_TURN_SECONDS = 30.0


class Duty(Rounds, ABC):
    """Does its `work` in rounds, when something lies after its bookmark and it is this process's turn.

    The bookmark moves when that is done. A process that dies leaves the rest to the others, or to the next.
    """

    def __init__(
        self,
        database: Database,
        wait_for: Callable[[int, float], bool],
        bookmark: Bookmark,
        turn: str,
        trouble: Trouble,
    ) -> None:
        """`wait_for` waits for a journal row, for so many seconds at most; `turn` names the turn, the thread,
        and on SQLite a file."""
        super().__init__(turn, self._look, trouble)
        self.database = database
        self.wait_for = wait_for
        self.bookmark = bookmark
        self.turn = turn
        self._until = 0.0

    @abstractmethod
    def work(self) -> None:
        """Do what lies after the bookmark and move it, until nothing is left or the turn `is_over`."""

    def find_shorter(self, standing: Standing) -> None:
        """Deal with a journal that ends before the bookmark: go on from where it ends."""
        log.warning("the journal is shorter than what %s was told of: it goes on from here", self.bookmark.follower)
        self.bookmark.advance(standing, standing.head)

    def start(self) -> None:
        """Begin, from the bookmark on."""
        # A new one is put down before anything happens that would have to be dealt with.
        self.bookmark.standing()
        super().start()

    def backlog(self) -> Backlog:
        """What is not dealt with yet."""
        return self.bookmark.backlog()

    @property
    def is_over(self) -> bool:
        """Whether the rest is to be left to others."""
        return self.stopping or time.monotonic() >= self._until

    def _look(self) -> float:
        standing = self.bookmark.standing()
        if standing.seq == standing.head:
            return 0.0 if self.wait_for(standing.head + 1, IDLE_SECONDS) else BREATH_SECONDS
        if standing.seq > standing.head:
            self.find_shorter(standing)
            return 0.0
        with self.database.turn(self.turn) as mine:
            if mine:
                self._until = time.monotonic() + _TURN_SECONDS
                self.work()
        return 0.0 if mine else IDLE_SECONDS
