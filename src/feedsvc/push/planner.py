"""The planner: follows the journal, and notes a delivery for each subscription to what has changed."""

import logging
import threading
from collections.abc import Callable
from datetime import UTC, datetime

from feedsvc import journal
from feedsvc.bookmarks import Bookmark, Standing
from feedsvc.errors import DatabaseAway
from feedsvc.follower import CacheFollower
from feedsvc.journal import Backlog
from feedsvc.push import deliveries, subscriptions
from feedsvc.push.topics import Topics
from feedsvc.store.database import Database

log = logging.getLogger(__name__)

_IDLE_SECONDS, _PAUSE_SECONDS = 0.5, 0.5
_MOST_ROWS = 1_000


class Planner:
    """Plans in a thread of its own. There may be one in each process: all of them look at each commit, and whoever is
    first notes what it found, in one transaction with the bookmark. The others then know that it is done as well."""

    def __init__(
        self, database: Database, follower: CacheFollower, topics: Topics, planned: Callable[[], None]
    ) -> None:
        """`planned` is called when deliveries may have been noted, here or elsewhere."""
        self._database = database
        self._follower = follower
        self._topics = topics
        self._planned = planned
        self._bookmark = Bookmark(database, "push")
        self._stopping = threading.Event()
        self._thread: threading.Thread | None = None

    def start(self) -> None:
        """Begin, from the bookmark on."""
        self._stopping.clear()
        self._bookmark.standing()
        self._thread = threading.Thread(target=self._run, name="push-planner", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """End the thread, and wait for it."""
        self._stopping.set()
        if self._thread is not None:
            self._thread.join()
            self._thread = None

    def backlog(self) -> Backlog:
        """What is not planned yet."""
        return self._bookmark.backlog()

    def _run(self) -> None:
        while not self._stopping.is_set():
            try:
                standing = self._bookmark.standing()
                behind = standing.seq != standing.head
                if behind or self._follower.wait_for(standing.head + 1, _IDLE_SECONDS):
                    self._plan(standing)
            except DatabaseAway:
                # Whoever follows the journal says so.
                self._stopping.wait(_PAUSE_SECONDS)
            except Exception:
                log.exception("what has changed cannot be planned for subscribers; trying again")
                self._stopping.wait(_PAUSE_SECONDS)

    def _plan(self, standing: Standing) -> None:
        now = datetime.now(UTC)
        # There may be thousands of topics to look at, and whoever publishes is not to wait for that.
        with self._database.read() as connection:
            changes = journal.changes_after(connection, standing.seq, _MOST_ROWS)
            topics = subscriptions.topics(connection, now) if changes else []
            touched = self._topics.touched(connection, topics, changes)
        if changes:
            with self._database.write() as connection:
                # If not, somebody has noted it. Who has subscribed since the snapshot, did so after these changes.
                if self._bookmark.move(connection, standing, changes[-1].seq):
                    deliveries.note(connection, touched, changes[-1].seq, now)
        elif standing.seq > standing.head:
            log.warning("the journal is shorter than what subscribers were told of: they are told from here on")
            self._bookmark.advance(standing, standing.head)
        self._planned()
