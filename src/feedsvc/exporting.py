"""Giving everything out again, as the items that import reads."""

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from sqlalchemy import select

from feedsvc.catalogue import Catalogue
from feedsvc.config import Config
from feedsvc.errors import NotFound
from feedsvc.formats.jsonfeed import item
from feedsvc.records import COLUMNS, Records, state
from feedsvc.slugs import slugify
from feedsvc.store import channels
from feedsvc.store.database import Database
from feedsvc.store.schema import ArticleRow, JournalRow, PlacementRow
from feedsvc.text import rfc3339

_CHUNK = 500


def export_all(
    database: Database, config: Config, tag: str | None = None, since: datetime | None = None
) -> Iterator[dict[str, Any]]:
    """Every article as a JSON Feed item, in the order they were accepted; a retracted one as its mark alone.

    `tag` (any spelling) leaves only what is published under it, `since` (UTC) only what was published, revised or
    retracted here from then on. Raises `NotFound` for an unknown tag. Memory is flat in the number of articles.
    """
    catalogue = Catalogue(config)
    wanted = select(*COLUMNS).order_by(ArticleRow.id).limit(_CHUNK)
    with database.read() as connection:
        if tag is not None:
            found = channels.find(connection, slugify(tag))
            if found is None:
                raise NotFound(f"There is no tag “{tag}”.")
            placed = select(PlacementRow.article_id).where(PlacementRow.channel_id == found.number)
            wanted = wanted.where(ArticleRow.id.in_(placed))
        if since is not None:
            wanted = wanted.where(ArticleRow.id.in_(select(JournalRow.article_id).where(JournalRow.at >= since)))
        last = 0
        while rows := connection.execute(wanted.where(ArticleRow.id > last)).all():
            last = rows[-1].id
            for entry, row in zip(catalogue.entries(connection, rows, retired=True), rows, strict=True):
                yield _published(item(entry), row) if row.retracted_at is None else _tombstone(row)


def export_one(database: Database, config: Config, guid: str) -> tuple[dict[str, Any], int]:
    """One article whole, as an item with its status, and how often it was read.

    Raises `NotFound` for an unknown id.
    """
    catalogue = Catalogue(config)
    with database.read() as connection:
        record = Records(catalogue).require(connection, guid)
        reads = 0 if record.number is None else catalogue.reads(connection, record.number)[0]
    return record.item, reads


def _published(found: dict[str, Any], row: Any) -> dict[str, Any]:
    found["_feedsvc"] |= state(row)
    return found


def _tombstone(row: Any) -> dict[str, Any]:
    # What was retracted is not handed on: only that it was, so that a mirror takes it back too.
    return {
        "id": row.guid,
        "content_text": "",
        "date_published": rfc3339(row.published_at),
        "_feedsvc": {
            "slug": row.slug,
            "status": row.status,
            "retracted": rfc3339(row.retracted_at),
            "reason": row.reason,
        },
    }
