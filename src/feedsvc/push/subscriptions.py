"""Subscriptions: what was asked for, what is verified, and until when."""

import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Any, Literal, TypeAlias

from sqlalchemy import Connection, Select, delete, func, select, update
from sqlalchemy.dialects import postgresql, sqlite

from feedsvc.push import claims
from feedsvc.push.claims import Claimant
from feedsvc.push.strangers import Callback
from feedsvc.store.push_tables import IntentRow, SubscriptionRow

Mode: TypeAlias = Literal["subscribe", "unsubscribe", "denied"]

_I, _S = IntentRow, SubscriptionRow
_intents: Select[*tuple[Any, ...]] = select(
    *(_I.id.label("key"), _I.asked, _I.mode, _I.topic, _I.callback, _I.host),
    *(_I.secret, _I.lease_seconds, _I.reason, _I.attempts),
)


@dataclass(frozen=True, slots=True)
class Intent:
    """What was asked for, once claimed; `asked` tells it from what was asked before for the same topic and callback."""

    id: str
    asked: str
    mode: Mode
    topic: str
    callback: str
    host: str
    secret: str
    lease_seconds: int
    reason: str
    attempts: int


@dataclass(frozen=True, slots=True)
class Wish:
    """What somebody asks for. `secret` is empty for none, and `reason` but for what is `denied`."""

    mode: Mode
    topic: str
    callback: Callback
    secret: str = ""
    lease_seconds: int = 0
    reason: str = ""

    @property
    def id(self) -> str:
        """The subscription that it is about: a hash of topic and callback."""
        return sha256(f"{self.topic} {self.callback.url}".encode()).hexdigest()[:32]


def ask(connection: Connection, wish: Wish, now: datetime) -> None:
    """Have a wish verified (or a denial told), in place of what was asked before for the same topic and callback. What
    is subscribed stays as it is until then."""
    fields = {
        **{"id": wish.id, "asked": secrets.token_hex(8), "mode": wish.mode, "topic": wish.topic},
        **{"callback": wish.callback.url, "host": wish.callback.host, "secret": wish.secret},
        **{"lease_seconds": wish.lease_seconds, "reason": wish.reason, "attempts": 0, "due_at": now},
        **{"claimed_by": None, "claimed_at": None},
    }
    _replace(connection, IntentRow.__table__, fields)


def pending(connection: Connection, host: str = "") -> int:
    """How many wishes wait to be verified, of one callback host or of all."""
    waiting = select(func.count()).select_from(_I)
    return connection.execute(waiting.where(_I.host == host) if host else waiting).scalar_one()


def subscribed(connection: Connection, now: datetime, host: str = "") -> int:
    """How many subscriptions there are, of one callback host or of all."""
    living = select(func.count()).select_from(_S).where(_S.expires_at > now)
    return connection.execute(living.where(_S.host == host) if host else living).scalar_one()


def is_subscribed(connection: Connection, id_: str, now: datetime) -> bool:
    """Whether there is a subscription."""
    return connection.execute(select(_S.id).where(_S.id == id_, _S.expires_at > now)).first() is not None


def dismiss(connection: Connection, topic: str, callback: Callback, reason: str, now: datetime) -> None:
    """End a subscription to what is no more, and have its callback told so."""
    denied = Wish("denied", topic, callback, reason=reason)
    end(connection, denied.id)
    ask(connection, denied, now)


def topics(connection: Connection, now: datetime) -> list[str]:
    """What anybody is subscribed to."""
    return list(connection.execute(select(_S.topic).where(_S.expires_at > now).distinct()).scalars())


def is_one_more_topic(connection: Connection, topic: str, now: datetime, most: int) -> bool:
    """Whether nobody is subscribed to a topic, and there are `most` of them or more."""
    living = _S.expires_at > now
    if connection.execute(select(_S.id).where(_S.topic == topic, living).limit(1)).first() is not None:
        return False
    return connection.execute(select(func.count(_S.topic.distinct())).where(living)).scalar_one() >= most


def are_due(connection: Connection, now: datetime) -> bool:
    """Whether there is a wish to claim."""
    due = select(_I.id).where(_I.claimed_by.is_(None), _I.due_at <= now).limit(1)
    return connection.execute(due).first() is not None


def claim(connection: Connection, claimant: Claimant) -> list[Intent]:
    """Claim the wishes that are due, as much as there is room for."""
    due = (
        _intents.where(_I.claimed_by.is_(None), _I.due_at <= claimant.now)
        .where(_I.host.not_in(claimant.room.full_hosts))
        .order_by(_I.due_at)
    )
    return [Intent(*row) for row in claims.claim(connection, _I, due, "verify", claimant)]


def grant(connection: Connection, intent: Intent, now: datetime) -> bool:
    """Do what was verified: begin or renew the subscription, or end it; whether it was the newest that was asked."""
    if not drop(connection, intent):
        return False
    if intent.mode == "unsubscribe":
        end(connection, intent.id)
    else:
        fields = {
            **{"id": intent.id, "topic": intent.topic, "callback": intent.callback, "host": intent.host},
            **{"secret": intent.secret, "verified_at": now, "troubled": False},
            "expires_at": now + timedelta(seconds=intent.lease_seconds),
        }
        _replace(connection, SubscriptionRow.__table__, fields)
    return True


def drop(connection: Connection, intent: Intent) -> bool:
    """Forget an intent, unless something newer was asked; whether it was the newest."""
    mine = delete(_I).where(_I.id == intent.id, _I.asked == intent.asked)
    return connection.execute(mine).rowcount == 1


def put_off(connection: Connection, intent: Intent, until: datetime, attempts: int) -> None:
    """Have an intent be tried again at `until` (UTC), unless something newer was asked."""
    later = update(_I).where(_I.id == intent.id, _I.asked == intent.asked)
    connection.execute(later.values(due_at=until, attempts=attempts, claimed_by=None, claimed_at=None))


def end(connection: Connection, id_: str) -> None:
    """End a subscription, and what it was yet to be told."""
    connection.execute(delete(_S).where(_S.id == id_))


def forget_expired(connection: Connection, now: datetime) -> None:
    """Forget the subscriptions whose lease has ended."""
    connection.execute(delete(_S).where(_S.expires_at <= now))


def every(connection: Connection, now: datetime, limit: int) -> list[Any]:
    """The subscriptions there are, at most `limit`, by topic and callback."""
    columns = _S.callback, _S.topic, _S.verified_at, _S.expires_at, _S.troubled, (_S.secret != "").label("signed")
    living = select(*columns).where(_S.expires_at > now)
    return list(connection.execute(living.order_by(_S.topic, _S.callback).limit(limit)))


def _replace(connection: Connection, table: Any, fields: dict[str, Any]) -> None:
    dialect = sqlite if connection.dialect.name == "sqlite" else postgresql
    new: Any = dialect.insert(table).values(fields)
    connection.execute(new.on_conflict_do_update(index_elements=["id"], set_=fields))
