"""How far in the journal a follower has come whose work outlives its process: a bookmark, kept in the database."""

from typing import NamedTuple

from sqlalchemy import Connection, case, select, update
from sqlalchemy.dialects import postgresql, sqlite

from feedsvc import journal
from feedsvc.journal import Backlog
from feedsvc.store.database import Database
from feedsvc.store.schema import BookmarkRow

BEFORE_EVERYTHING = -1
"""Where a bookmark stands when its follower knows nothing about what happened: before row 1, and not just before it."""


class Standing(NamedTuple):
    """A bookmark, how often it was put back, and the end of the journal, in one snapshot."""

    seq: int
    put_back: int
    head: int


class Bookmark:
    """The place of the `follower` of that name; a new one is put at the journal's head. For use by many processes."""

    def __init__(self, database: Database, follower: str) -> None:
        self._database = database
        self.follower = follower
        self._place = select(BookmarkRow.seq, BookmarkRow.put_back).where(BookmarkRow.follower == follower)

    def standing(self) -> Standing:
        """Where it stands, and where the journal ends."""
        with self._database.read() as connection:
            head, place = journal.head(connection), connection.execute(self._place).one_or_none()
        return Standing(*(place or self._begin()), head)

    def advance(self, standing: Standing, to: int) -> bool:
        """Move it to `to` if it stands as in `standing`; if not, somebody has moved it or put it back since."""
        with self._database.write() as connection:
            return self.move(connection, standing, to)

    def move(self, connection: Connection, standing: Standing, to: int) -> bool:
        """The same, in the transaction of the work that it stands for."""
        here = BookmarkRow.seq == standing.seq, BookmarkRow.put_back == standing.put_back
        move = update(BookmarkRow).where(BookmarkRow.follower == self.follower, *here).values(seq=to)
        return connection.execute(move).rowcount == 1

    def go_back(self, to: int) -> None:
        """Put it back to `to` if it is further than that; whoever is about to advance it is not to."""
        seq = case((BookmarkRow.seq > to, to), else_=BookmarkRow.seq)
        put = update(BookmarkRow).where(BookmarkRow.follower == self.follower)
        with self._database.write() as connection:
            connection.execute(put.values(seq=seq, put_back=BookmarkRow.put_back + 1))

    def backlog(self) -> Backlog:
        """What lies between it and the end of the journal; of everything, that is the newest row."""
        seq, _, head = self.standing()
        with self._database.read() as connection:
            return journal.backlog(connection, seq if 0 <= seq <= head else max(head - 1, 0))

    def _begin(self) -> tuple[int, int]:
        dialect = sqlite if self._database.is_sqlite else postgresql
        with self._database.write() as connection:
            new = {"follower": self.follower, "seq": journal.head(connection), "put_back": 0}
            # Of processes that begin at once, the first decides.
            connection.execute(dialect.insert(BookmarkRow).values(new).on_conflict_do_nothing())
            seq, put_back = connection.execute(self._place).one()
            return seq, put_back
