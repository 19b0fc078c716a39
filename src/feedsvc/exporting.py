"""Giving everything out again, as the items that import reads."""

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from sqlalchemy import select

from feedsvc.catalogue import Catalogue
from feedsvc.config import Config
from feedsvc.errors import NotFound
from feedsvc.formats.jsonfeed import item, rfc3339
from feedsvc.store import readings
from feedsvc.store.database import Database
from feedsvc.store.schema import ArticleRow, JournalRow, PlacementRow

_CHUNK = 500
_COLUMNS: tuple[Any, ...] = (*readings.ENTRY, ArticleRow.retracted_at, ArticleRow.reason)


def export_all(
    database: Database, config: Config, tag: str | None = None, since: datetime | None = None
) -> Iterator[dict[str, Any]]:
    """Every article as a JSON Feed item, in the order they were accepted; a retracted one as its mark alone.

    `tag` (any spelling) leaves only what is published under it, `since` (UTC) only what was published, revised or
    retracted here from then on. Raises `NotFound` for an unknown tag. Memory is flat in the number of articles.
    """
    catalogue = Catalogue(config)
    wanted = select(*_COLUMNS).order_by(ArticleRow.id).limit(_CHUNK)
    with database.read() as connection:
        if tag is not None:
            selection = catalogue.canonical(connection, tag)
            channel = catalogue.channel(connection, selection)
            placed = select(PlacementRow.article_id).where(PlacementRow.channel_id == channel.number)
            wanted = wanted.where(ArticleRow.id.in_(placed))
        if since is not None:
            wanted = wanted.where(ArticleRow.id.in_(select(JournalRow.article_id).where(JournalRow.at >= since)))
        last = 0
        while rows := connection.execute(wanted.where(ArticleRow.id > last)).all():
            last = rows[-1].id
            for entry, row in zip(catalogue.entries(connection, rows), rows, strict=True):
                yield item(entry) if row.retracted_at is None else _tombstone(row)


def export_one(database: Database, config: Config, guid: str) -> tuple[dict[str, Any], int]:
    """One article whole, as an item, with how often it was read; a retracted one with its mark.

    Raises `NotFound` for an unknown id.
    """
    catalogue = Catalogue(config)
    with database.read() as connection:
        row = connection.execute(select(*_COLUMNS).where(ArticleRow.guid == guid)).one_or_none()
        if row is None:
            raise NotFound(f"There is no article with the id {guid}.")
        found = item(catalogue.entries(connection, [row])[0])
        if row.retracted_at is not None:
            found["_feedsvc"] |= _tombstone(row)["_feedsvc"]
        return found, catalogue.reads(connection, row.id)[0]


def _tombstone(row: Any) -> dict[str, Any]:
    # What was retracted is not handed on: only that it was, so that a mirror takes it back too.
    return {
        "id": row.guid,
        "content_text": "",
        "date_published": rfc3339(row.published_at),
        "_feedsvc": {
            "slug": row.slug,
            "status": "retracted",
            "retracted": rfc3339(row.retracted_at),
            "reason": row.reason,
        },
    }
