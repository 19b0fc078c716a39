"""The indexer: follows the journal, and keeps the index of search as the articles are, some moments behind."""

import time
from collections.abc import Callable

from feedsvc import journal
from feedsvc.bookmarks import Bookmark
from feedsvc.duties import Duty
from feedsvc.rounds import Trouble
from feedsvc.search.index import file_texts, read_texts
from feedsvc.store.database import Database

FOLLOWER = "search"
"""What its bookmark and its turn are called."""

# So that whoever publishes does not wait long for the right to write.
_AT_ONCE = 100
_TROUBLE = Trouble("the index of search is not kept", 0.25, 10.0)


class Indexer(Duty):
    """Indexes from `start()` to `stop()`; whom it waits for is to be stopped before it.

    The bookmark moves in the transaction that files what lies before it. On a database that search came to later, the
    bookmark begins at the beginning.
    """

    def __init__(self, database: Database, wait_for: Callable[[int, float], bool]) -> None:
        """`wait_for` waits for a journal row, for so many seconds at most."""
        super().__init__(database, wait_for, Bookmark(database, FOLLOWER), FOLLOWER, _TROUBLE)

    def work(self) -> None:
        """File what lies after the bookmark, until nothing is left or the turn is old."""
        while not self.is_over:
            standing = self.bookmark.standing()
            with self.database.read() as connection:
                changes = journal.changes_after(connection, standing.seq, _AT_ONCE)
                if not changes:
                    return
                texts = read_texts(connection, {change.article for change in changes if change.article is not None})
            began = time.monotonic()
            with self.database.write() as connection:
                # If not, somebody has filed what is newer.
                if self.bookmark.move(connection, standing, changes[-1].seq):
                    file_texts(connection, texts)
            self.recover()
            # Whoever waits to write goes first.
            self.rest(time.monotonic() - began)
