"""Requests that must not be done twice, by a hash of who sent them under which key."""

from datetime import datetime
from typing import NamedTuple

from sqlalchemy import Connection, delete, insert, select

from feedsvc.store.schema import RetryRow


class Done(NamedTuple):
    """A request that was done: a hash of what it asked for, and the article it made."""

    fingerprint: str
    guid: str


def find(connection: Connection, digest: str) -> Done | None:
    """The request that was done under a key's `digest`."""
    row = connection.execute(select(RetryRow.fingerprint, RetryRow.guid).where(RetryRow.digest == digest)).one_or_none()
    return Done(*row) if row else None


def note(connection: Connection, digest: str, done: Done, at: datetime) -> None:
    """Keep in mind what was done, since `at` (UTC)."""
    connection.execute(insert(RetryRow).values(digest=digest, fingerprint=done.fingerprint, guid=done.guid, at=at))


def forget_before(connection: Connection, at: datetime) -> None:
    """Forget what was done before `at` (UTC)."""
    connection.execute(delete(RetryRow).where(RetryRow.at < at))
