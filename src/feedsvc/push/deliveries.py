"""Deliveries: what is to be sent to whom, as rows that no process can take with it when it dies."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from operator import itemgetter
from typing import Any, Literal, NamedTuple, TypeAlias

from sqlalchemy import Connection, bindparam, delete, exists, func, literal, select, update
from sqlalchemy.dialects import postgresql, sqlite

from feedsvc.journal import Change
from feedsvc.push import claims
from feedsvc.push.claims import Claimant
from feedsvc.push.lanes import Lane
from feedsvc.store.push_tables import DeliveryRow, SubscriptionRow
from feedsvc.store.readings import portions
from feedsvc.store.schema import JournalRow

Verdict: TypeAlias = Literal["delivered", "failed", "given_up", "gone", "released"]


@dataclass(frozen=True, slots=True)
class Delivery:
    """One delivery that was claimed: the journal row that is to be in it, since when the callback should have been
    told (UTC), how often, and since when, that has failed, and whether it was slow or failed the last time."""

    id: str
    topic: str
    callback: str
    host: str
    secret: str
    seq: int
    since: datetime
    attempts: int
    failing_since: datetime | None
    troubled: bool


@dataclass(frozen=True, slots=True)
class Settled:
    """What became of a delivery: `delivered` or `given_up`, up to journal row `revision`; `failed`, and to be tried
    again at `due_at` (UTC); `gone`, with its subscription; or `released` to whoever takes it next. `troubled` is
    whether it was slow or failed; None if that is as it was the last time."""

    id: str
    verdict: Verdict
    due_at: datetime
    revision: int = 0
    error: str = ""
    troubled: bool | None = None


class Waiting(NamedTuple):
    """How many deliveries wait, and since when the oldest does (UTC)."""

    deliveries: int
    since: datetime | None


_D, _S = DeliveryRow, SubscriptionRow
_delivery: Any = DeliveryRow.__table__
_subscription: Any = SubscriptionRow.__table__
_own = _delivery.c.subscription_id == bindparam("key"), _delivery.c.claimed_by == bindparam("name")
_FREE = {"claimed_by": None, "claimed_at": None}
_NEXT = select(func.min(JournalRow.at)).where(JournalRow.seq > bindparam("reached")).scalar_subquery()

_DONE = delete(_delivery).where(*_own, _delivery.c.seq <= bindparam("reached"))
# Something came while it was under way.
_GONE_ON = update(_delivery).where(*_own).values(attempts=0, failing_since=None, error="", since=_NEXT, **_FREE)
_FAILED = (
    update(_delivery)
    .where(*_own)
    .values(
        attempts=_delivery.c.attempts + 1,
        failing_since=func.coalesce(_delivery.c.failing_since, bindparam("now")),
        error=bindparam("reason"),
        due_at=bindparam("due"),
        **_FREE,
    )
)
_RELEASED = update(_delivery).where(*_own).values(due_at=bindparam("due"), **_FREE)
_CLAIMED = exists().where(*_own)
_GONE = delete(_subscription).where(_subscription.c.id == bindparam("key"), _CLAIMED)
_TROUBLED = update(_subscription).where(_subscription.c.id == bindparam("key")).values(troubled=bindparam("trouble"))


def note(connection: Connection, touched: Mapping[str, Change], seq: int, now: datetime) -> None:
    """Note a delivery of each subscription to a topic that was `touched`, up to journal row `seq`. One that waits
    already takes the change along, and waits no longer for it."""
    dialect = sqlite if connection.dialect.name == "sqlite" else postgresql
    together: dict[datetime, list[str]] = {}
    for topic, change in touched.items():
        together.setdefault(change.at, []).append(topic)
    columns = ["subscription_id", "seq", "since", "attempts", "error", "due_at"]
    for since, topics in together.items():
        fields = literal(seq), literal(since, _D.since.type), literal(0), literal(""), literal(now, _D.due_at.type)
        for some in portions(topics):
            subscribed = select(_S.id, *fields).where(_S.topic.in_(some), _S.expires_at > now).order_by(_S.id)
            # A subscription that is being ended is waited for, and then passed over.
            kept = subscribed.with_for_update(read=True, key_share=True)
            new: Any = dialect.insert(_delivery).from_select(columns, kept)
            connection.execute(
                new.on_conflict_do_update(index_elements=["subscription_id"], set_={"seq": new.excluded.seq})
            )


def are_due(connection: Connection, now: datetime) -> bool:
    """Whether there is anything to claim; a look that keeps nobody from writing."""
    return (
        connection.execute(select(_D.seq).where(_D.claimed_by.is_(None), _D.due_at <= now).limit(1)).first() is not None
    )


def claim(connection: Connection, claimant: Claimant, *, troubled: bool) -> list[Delivery]:
    """Claim what is due, as much as there is room for: of subscriptions that were `troubled` the last time, or not."""
    columns = _S.topic, _S.callback, _S.host, _S.secret, _D.seq, _D.since, _D.attempts, _D.failing_since, _S.troubled
    due = (
        select(_D.subscription_id.label("key"), *columns)
        .join(_S, _S.id == _D.subscription_id)
        .where(_D.claimed_by.is_(None), _D.due_at <= claimant.now, _S.troubled.is_(troubled))
        .where(_S.host.not_in(claimant.room.full_hosts))
        .order_by(_D.due_at)
    )
    lane: Lane = "slow" if troubled else "quick"
    return [Delivery(*row) for row in claims.claim(connection, _D, due, lane, claimant)]


def settle(connection: Connection, name: str, now: datetime, outcomes: Iterable[Settled]) -> None:
    """Write down what became of deliveries that `name` has claimed; what it has no more is left alone."""
    by: dict[Verdict, list[dict[str, Any]]] = {}
    turned = []
    for each in outcomes:
        values = {"key": each.id, "name": name, "reached": each.revision, "reason": each.error}
        by.setdefault(each.verdict, []).append(values | {"due": each.due_at, "now": now})
        if each.troubled is not None:
            turned.append({"key": each.id, "trouble": each.troubled})
    # Who ends a subscription locks it first and its delivery after it, so this is the order here as well.
    if turned:
        _execute(connection, _TROUBLED, sorted(turned, key=itemgetter("key")))
    if gone := by.pop("gone", []):
        _execute(connection, _GONE, sorted(gone, key=itemgetter("key")))
    done = by.pop("delivered", []) + by.pop("given_up", [])
    if done and _execute(connection, _DONE, done) != len(done):
        _execute(connection, _GONE_ON, done)
    for verdict, rows in by.items():
        _execute(connection, _STATEMENTS[verdict], rows)


_STATEMENTS: dict[Verdict, Any] = {"failed": _FAILED, "released": _RELEASED}


def _execute(connection: Connection, statement: Any, rows: list[dict[str, Any]]) -> int:
    """Execute a statement for each row, with what it knows of the row's values; returns how many it has met."""
    known = statement.compile().params
    return connection.execute(statement, [{name: row[name] for name in row if name in known} for row in rows]).rowcount


def retry(connection: Connection, now: datetime, host: str = "") -> int:
    """Have what failed be tried again now, of one callback host or of all; returns how many there are."""
    failed = update(_D).where(_D.claimed_by.is_(None), _D.due_at > now)
    if host:
        failed = failed.where(_D.subscription_id.in_(select(_S.id).where(_S.host == host)))
    return connection.execute(failed.values(due_at=now)).rowcount


def waiting(connection: Connection) -> Waiting:
    """How many deliveries there are, and since when the oldest should have been made."""
    return Waiting(*connection.execute(select(func.count(), func.min(_D.since)).select_from(_D)).one())


def every(connection: Connection, limit: int) -> list[Any]:
    """The deliveries that wait, at most `limit`, those that have waited longest first."""
    columns = _S.callback, _S.topic, _D.since, _D.attempts, _D.due_at, _D.error, _D.claimed_by
    return list(
        connection.execute(select(*columns).join(_S, _S.id == _D.subscription_id).order_by(_D.since).limit(limit))
    )
