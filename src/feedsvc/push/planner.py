"""The planner: follows the journal, and notes a delivery for each subscription to what has changed."""

import logging
from collections.abc import Callable
from datetime import UTC, datetime

from feedsvc import journal
from feedsvc.bookmarks import Bookmark, Standing
from feedsvc.duties import BREATH_SECONDS, IDLE_SECONDS
from feedsvc.follower import CacheFollower
from feedsvc.push import deliveries, subscriptions
from feedsvc.push.topics import Topics
from feedsvc.rounds import Rounds, Trouble
from feedsvc.store.database import Database

log = logging.getLogger(__name__)

_MOST_ROWS = 1_000
_TROUBLE = Trouble("what has changed cannot be planned for subscribers", 0.5, 0.5)


class Planner(Rounds):
    """Plans from `start()` to `stop()`. There may be one in each process: all of them look at each commit, and whoever
    is first notes what it found, in one transaction with the bookmark. The others then know that it is done as well."""

    def __init__(
        self, database: Database, follower: CacheFollower, topics: Topics, planned: Callable[[], None]
    ) -> None:
        """`planned` is called when deliveries may have been noted, here or elsewhere."""
        super().__init__("push-planner", self._look, _TROUBLE)
        self._database = database
        self._follower = follower
        self._topics = topics
        self._planned = planned
        self.bookmark = Bookmark(database, "push")

    def start(self) -> None:
        """Begin, from the bookmark on."""
        self.bookmark.standing()
        super().start()

    def _look(self) -> float:
        standing = self.bookmark.standing()
        behind = standing.seq != standing.head
        if not behind and not self._follower.wait_for(standing.head + 1, IDLE_SECONDS):
            return BREATH_SECONDS
        self._plan(standing)
        return 0.0

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
                if self.bookmark.move(connection, standing, changes[-1].seq):
                    deliveries.note(connection, touched, changes[-1].seq, now)
        elif standing.seq > standing.head:
            log.warning("the journal is shorter than what subscribers were told of: they are told from here on")
            self.bookmark.advance(standing, standing.head)
        self._planned()
