"""How far in the journal a follower has come whose work outlives its process: a bookmark, kept in the database."""

from typing import NamedTuple

from sqlalchemy import select, update
from sqlalchemy.dialects import postgresql, sqlite

from feedsvc import journal
from feedsvc.journal import Backlog
from feedsvc.store.database import Database
from feedsvc.store.schema import BookmarkRow

BEFORE_EVERYTHING = -1
"""Where a bookmark stands when its follower knows nothing about what happened: before row 1, and not just before it."""


class Standing(NamedTuple):
    """A bookmark beside the end of the journal, in one snapshot."""

    seq: int
    head: int


class Bookmark:
    """The place of the `follower` of that name; a new one is put at the journal's head. For use by many processes."""

    def __init__(self, database: Database, follower: str) -> None:
        self._database = database
        self.follower = follower
        self._place = select(BookmarkRow.seq).where(BookmarkRow.follower == follower)

    def standing(self) -> Standing:
        """Where it stands, and where the journal ends."""
        with self._database.read() as connection:
            head, place = journal.head(connection), connection.execute(self._place).scalar()
        return Standing(self._begin() if place is None else place, head)

    def advance(self, seq: int, to: int) -> bool:
        """Move it from `seq` to `to`; whether it stood there. If it did not, somebody else has moved it."""
        here = BookmarkRow.follower == self.follower, BookmarkRow.seq == seq
        with self._database.write() as connection:
            return connection.execute(update(BookmarkRow).where(*here).values(seq=to)).rowcount == 1

    def go_back(self, to: int) -> None:
        """Put it back to `to` if it is further than that."""
        further = BookmarkRow.follower == self.follower, BookmarkRow.seq > to
        with self._database.write() as connection:
            connection.execute(update(BookmarkRow).where(*further).values(seq=to))

    def backlog(self) -> Backlog:
        """What lies between it and the end of the journal; of everything, that is the newest row."""
        seq, head = self.standing()
        with self._database.read() as connection:
            return journal.backlog(connection, seq if 0 <= seq <= head else max(head - 1, 0))

    def _begin(self) -> int:
        dialect = sqlite if self._database.is_sqlite else postgresql
        with self._database.write() as connection:
            at_head = dialect.insert(BookmarkRow).values(follower=self.follower, seq=journal.head(connection))
            # Of processes that begin at once, the first decides.
            connection.execute(at_head.on_conflict_do_nothing())
            return connection.execute(self._place).scalar_one()
