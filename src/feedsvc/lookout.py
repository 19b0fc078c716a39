"""The lookout: once a second, whether the database answers and how far each follower of the journal is behind."""

import math
import time
from collections.abc import Callable, Mapping

from sqlalchemy.exc import SQLAlchemyError

from feedsvc import journal
from feedsvc.errors import DatabaseAway
from feedsvc.journal import Backlog
from feedsvc.rounds import Rounds
from feedsvc.store.database import Database

LOOK_SECONDS = 1.0
# A look that takes longer than this is one that a database does not answer.
_SILENT_SECONDS = 5.0


class Lookout:
    """What the last look at the database has shown. It has a thread of its own, since a look may take long."""

    def __init__(
        self,
        database: Database,
        followers: Mapping[str, Callable[[], Backlog]],
        count: Callable[[], Mapping[str, float]] = dict,
    ) -> None:
        self._database = database
        self._followers = followers
        self._count = count
        self._answered = -math.inf
        self._rounds = Rounds.every(LOOK_SECONDS, "lookout", self.look)
        self.head = 0
        """The number of the journal's newest row, as far as is known."""
        self.backlogs: Mapping[str, Backlog] = {}
        """What each follower had before it, by its name."""
        self.counts: Mapping[str, float] = {}
        """What else there was, as `count` has counted it."""

    @property
    def database_answers(self) -> bool:
        """Whether the database answered the last look, and lately."""
        return time.monotonic() - self._answered < _SILENT_SECONDS

    def start(self) -> None:
        """Look now and every second."""
        self.look()
        self._rounds.start()

    def stop(self) -> None:
        """Look no more."""
        self._rounds.stop()

    def look(self) -> None:
        """Look now. While the database is away, what was known of the journal stays."""
        try:
            with self._database.observe() as connection:
                self.head = journal.head(connection)
            self.backlogs = {name: backlog() for name, backlog in self._followers.items()}
            self.counts = self._count()
        except (DatabaseAway, SQLAlchemyError):
            self._answered = -math.inf
            return
        self._answered = time.monotonic()
