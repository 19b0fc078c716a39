"""The drafts on file: articles that were never published, as the items they are to be published from."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, delete, func, insert, select, update

from feedsvc.store.readings import portions
from feedsvc.store.schema import DraftRow


@dataclass(frozen=True, slots=True)
class Draft:
    """A draft: its guid, its status (`draft`, `scheduled`, `retracted`), the item, when it is released, if ever."""

    guid: str
    status: str
    item: dict[str, Any]
    release_at: datetime | None
    changed_at: datetime


_DRAFT = select(DraftRow.guid, DraftRow.status, DraftRow.item, DraftRow.release_at, DraftRow.changed_at)


def find(connection: Connection, guids: Collection[str]) -> dict[str, Draft]:
    """The drafts under any of `guids`, by guid."""
    found = {}
    for some in portions(guids):
        rows = connection.execute(_DRAFT.where(DraftRow.guid.in_(some)))
        found.update({row.guid: Draft(*row) for row in rows})
    return found


def due(connection: Connection, now: datetime, limit: int) -> list[Draft]:
    """The scheduled drafts whose time has come (UTC), at most `limit`, in the order of their times."""
    waiting = _DRAFT.where(DraftRow.release_at <= now).order_by(DraftRow.release_at, DraftRow.guid)
    return [Draft(*row) for row in connection.execute(waiting.limit(limit))]


def next_release(connection: Connection) -> datetime | None:
    """When the next of them is released (UTC)."""
    return connection.execute(select(func.min(DraftRow.release_at))).scalar()


def file(connection: Connection, draft: Draft) -> None:
    """Put a draft in its place, new or not."""
    values = {
        "status": draft.status,
        "item": draft.item,
        "release_at": draft.release_at if draft.status == "scheduled" else None,
        "changed_at": draft.changed_at,
    }
    if not connection.execute(update(DraftRow).where(DraftRow.guid == draft.guid).values(values)).rowcount:
        new = values | {"guid": draft.guid, "accepted_at": draft.changed_at}
        connection.execute(insert(DraftRow).values(new))


def discard(connection: Connection, guid: str) -> None:
    """Take a draft away that is published now."""
    connection.execute(delete(DraftRow).where(DraftRow.guid == guid))
