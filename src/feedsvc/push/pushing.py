"""The push of one process: a planner and a dispatcher, and what is known of the whole."""

from collections import Counter
from collections.abc import Callable, Mapping
from datetime import UTC, datetime

from feedsvc.catalogue import Catalogue
from feedsvc.config import Config
from feedsvc.follower import CacheFollower
from feedsvc.push import deliveries, subscriptions
from feedsvc.push.dispatcher import Dispatcher
from feedsvc.push.letters import Letters, Subscribed
from feedsvc.push.planner import Planner
from feedsvc.push.shiftwork import Tools
from feedsvc.push.topics import Topics
from feedsvc.push.verifier import Verifier
from feedsvc.store.database import Database
from feedsvc.urls import Urls


class Pushing:
    """Tells subscribers of what has changed, from `start()` to `stop()`. `outcomes` counts what became of deliveries
    and verifications in this process, by kind and verdict."""

    def __init__(
        self,
        database: Database,
        follower: CacheFollower,
        document: Subscribed,
        config: Config,
        delivered: Callable[[float], None] = lambda _seconds: None,
    ) -> None:
        """`delivered` is told how long after the commit each delivery was made, in seconds."""
        self._database = database
        topics = Topics(Catalogue(config), Urls(config.base_url))
        verifier = Verifier(database, topics, config.push_host_subscriptions)
        tools = Tools(database, Letters(document, follower, topics), verifier, config, delivered)
        self.outcomes: Counter[tuple[str, str]] = tools.outcomes
        self.dispatcher = Dispatcher(tools)
        self.planner = Planner(database, follower, topics, self.dispatcher.wake)

    def start(self) -> None:
        """Plan, deliver and verify."""
        self.planner.start()
        self.dispatcher.start()

    def stop(self) -> None:
        """End both, and wait for them."""
        self.planner.stop()
        self.dispatcher.stop()


def count_all(database: Database) -> Mapping[str, float]:
    """What there is in all: `subscriptions`, wishes (`pending`), `deliveries` that wait, and how long the oldest of
    them has (`lag_seconds`). Raises `DatabaseAway`."""
    now = datetime.now(UTC)
    with database.read() as connection:
        waiting = deliveries.waiting(connection)
        return {
            "subscriptions": subscriptions.subscribed(connection, now),
            "pending": subscriptions.pending(connection),
            "deliveries": waiting.deliveries,
            "lag_seconds": max(0.0, (now - waiting.since).total_seconds()) if waiting.since else 0.0,
        }
