"""What can be known of a pressroom from outside; docs/monitoring.md says what it is good for."""

from collections.abc import Mapping
from functools import partial

from feedsvc import __version__
from feedsvc.formats import left_out
from feedsvc.pressroom import Pressroom


def instrument(room: Pressroom) -> None:
    """Expose it by the room's metrics, under names and labels that others rely on."""
    _instrument_cache(room)
    _instrument_journal(room)
    _instrument_push(room)
    room.metrics.measure("build_info", "The version that runs.", "livemax", lambda: {(__version__,): 1}, ("version",))


def _instrument_cache(room: Pressroom) -> None:
    count, measure, cache = room.metrics.count, room.metrics.measure, room.cache
    count(
        "cache_evictions",
        "Documents the cache dropped.",
        ("reason",),
        lambda: {(reason,): dropped for reason, dropped in cache.evictions.items()},
    )
    count("entries_left_out", "Entries that no format could carry.", (), lambda: {(): left_out.value})
    measure("cache_bytes", "What is in a worker's cache.", "liveall", lambda: {(): cache.size})
    measure("cache_max_bytes", "The bound of a worker's cache.", "liveall", lambda: {(): room.config.cache_bytes})
    measure("cache_documents", "Documents in a worker's cache.", "liveall", lambda: {(): cache.kept})


def _instrument_journal(room: Pressroom) -> None:
    measure = room.metrics.measure
    measure("database_up", "1 if the database answers.", "livemin", lambda: {(): room.lookout.database_answers})
    measure("journal_head", "The number of the newest change.", "livemax", lambda: {(): room.lookout.head})
    measure(
        "journal_position",
        "The number of the newest change that was followed.",
        "livemin",
        lambda: {("cache",): room.follower.position},
        ("follower",),
    )
    measure(
        "journal_pending",
        "Changes that were not followed yet.",
        "livemax",
        lambda: {(name,): backlog.pending for name, backlog in room.lookout.backlogs.items()},
        ("follower",),
    )
    measure(
        "journal_lag_seconds",
        "How old the oldest change is that was not followed yet.",
        "livemax",
        lambda: {(name,): backlog.lag_seconds for name, backlog in room.lookout.backlogs.items()},
        ("follower",),
    )


def _instrument_push(room: Pressroom) -> None:
    count, measure = room.metrics.count, room.metrics.measure
    count(
        "push_outcomes",
        "What became of deliveries to subscribers, and of verifications.",
        ("kind", "outcome"),
        lambda: dict(room.pushing.outcomes),
    )
    count(
        "announcements",
        "Requests that told a hub, a search engine or a webhook of changes.",
        ("target", "outcome"),
        lambda: {
            (announcer.name, outcome): number
            for announcer in room.announcers
            for outcome, number in announcer.sender.outcomes.items()
        },
    )
    for name, meaning, counted in (
        ("push_subscriptions", "Subscriptions whose lease runs.", "subscriptions"),
        ("push_verifications_pending", "Requests that wait to be verified.", "pending"),
        (
            "push_deliveries_pending",
            "Deliveries that wait, those that failed and are tried again included.",
            "deliveries",
        ),
        ("push_oldest_delivery_seconds", "How long the oldest of them has waited.", "lag_seconds"),
    ):
        measure(name, meaning, "livemax", partial(_counted, room, counted))


def _counted(room: Pressroom, name: str) -> Mapping[tuple[()], float]:
    return {(): room.lookout.counts.get(name, 0)}
