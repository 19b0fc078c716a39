"""The tables of push: who is subscribed to what, who has asked for it, and what is yet to be delivered.

A subscription is a topic and a callback (WebSub section 5.1). `id` is a hash of both, so that asking again renews it;
`host` is the callback's. `claimed_by` names the dispatcher that is at work on a row, and since when.
"""

from datetime import datetime

from sqlalchemy import ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from feedsvc.store.schema import Base

_CLUSTERED = {"sqlite_with_rowid": False}


class SubscriptionRow(Base):
    """A verified subscription; `troubled` is one whose last delivery failed, or took its time."""

    __tablename__ = "subscription"
    __table_args__ = (_CLUSTERED,)
    id: Mapped[str] = mapped_column(primary_key=True)
    topic: Mapped[str] = mapped_column(index=True)
    callback: Mapped[str]
    host: Mapped[str] = mapped_column(index=True)
    secret: Mapped[str]
    verified_at: Mapped[datetime]
    expires_at: Mapped[datetime] = mapped_column(index=True)
    troubled: Mapped[bool]


class IntentRow(Base):
    """What was asked for and is not verified yet, the newest for each topic and callback: to `subscribe`, to
    `unsubscribe`, or (by us) that the callback be told that it is `denied`, and why. `asked` tells it from those
    before it."""

    __tablename__ = "intent"
    __table_args__ = (_CLUSTERED,)
    id: Mapped[str] = mapped_column(primary_key=True)
    asked: Mapped[str]
    mode: Mapped[str]
    topic: Mapped[str]
    callback: Mapped[str]
    host: Mapped[str] = mapped_column(index=True)
    secret: Mapped[str]
    lease_seconds: Mapped[int]
    reason: Mapped[str]
    attempts: Mapped[int]
    due_at: Mapped[datetime] = mapped_column(index=True)
    claimed_by: Mapped[str | None]
    claimed_at: Mapped[datetime | None]


class DeliveryRow(Base):
    """That a subscription's topic has changed and the callback has not been told: the newest journal row that touched
    it, and when the oldest such row was committed. However many changes wait, it is one delivery; it ends with its
    subscription."""

    __tablename__ = "delivery"
    __table_args__ = (_CLUSTERED,)
    subscription_id: Mapped[str] = mapped_column(ForeignKey("subscription.id", ondelete="CASCADE"), primary_key=True)
    seq: Mapped[int]
    since: Mapped[datetime]
    attempts: Mapped[int]
    failing_since: Mapped[datetime | None]
    error: Mapped[str]
    due_at: Mapped[datetime] = mapped_column(index=True)
    claimed_by: Mapped[str | None]
    claimed_at: Mapped[datetime | None]
