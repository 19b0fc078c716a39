"""Articles as their editors get them: each one item, drafted, scheduled, published or retracted, with its ETag."""

import hashlib
import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Select, func, or_, select

from feedsvc.catalogue import Catalogue
from feedsvc.errors import NotFound
from feedsvc.formats.jsonfeed import item
from feedsvc.slugs import slugify
from feedsvc.store import channels, drafts, readings
from feedsvc.store.drafts import Draft
from feedsvc.store.schema import ArticleRow, DraftRow, JournalRow, PlacementRow
from feedsvc.text import rfc3339

_CURSOR = re.compile(r"draft:.+|article:\d{1,18}", re.ASCII | re.DOTALL)
COLUMNS: tuple[Any, ...] = (
    *readings.ENTRY,
    *(ArticleRow.status, ArticleRow.retracted_at, ArticleRow.reason, ArticleRow.expires_at),
)
"""What a record of a published or retracted article is made of."""


@dataclass(frozen=True, slots=True)
class Record:
    """An article on file: its guid, its item with `_feedsvc.status`, and its number, which a draft has not."""

    guid: str
    status: str
    item: dict[str, Any]
    number: int | None = None

    @property
    def etag(self) -> str:
        """What changes when anything of the item does (RFC 9110 section 8.8.3), without quotation marks."""
        return hashlib.sha256(json.dumps(self.item, sort_keys=True).encode()).hexdigest()[:32]


@dataclass(frozen=True, slots=True)
class Query:
    """Which articles are wanted; what is None does not matter. `text` is looked for in titles, `since` is UTC."""

    status: str | None = None
    tag: str | None = None
    language: str | None = None
    since: datetime | None = None
    text: str | None = None


class Records:
    """Readings of every article there is; each method takes the connection whose snapshot it is to read."""

    def __init__(self, catalogue: Catalogue) -> None:
        self._catalogue = catalogue

    def find(self, connection: Connection, guid: str) -> Record | None:
        """The article of a guid; None where there is none."""
        row = connection.execute(select(*COLUMNS).where(ArticleRow.guid == guid)).one_or_none()
        if row is not None:
            return self.of_rows(connection, [row])[0]
        draft = drafts.find(connection, [guid]).get(guid)
        return of_draft(draft) if draft else None

    def require(self, connection: Connection, guid: str) -> Record:
        """The article of a guid. Raises `NotFound`."""
        if "\0" in guid or (record := self.find(connection, guid)) is None:
            raise NotFound(f"There is no article with the id {guid}.")
        return record

    def of_rows(self, connection: Connection, rows: Sequence[Any]) -> list[Record]:
        """The records of rows of `COLUMNS`, in their order."""
        entries = self._catalogue.entries(connection, rows, retired=True)
        records = []
        for entry, row in zip(entries, rows, strict=True):
            found = item(entry)
            found["_feedsvc"] |= {"status": row.status} | state(row)
            records.append(Record(row.guid, row.status, found, row.id))
        return records

    def page(self, connection: Connection, query: Query, after: str, limit: int) -> tuple[list[Record], str]:
        """At most `limit` articles that `query` wants, after the cursor `after` (empty: from the first on), and the
        cursor of the next page, empty where there is none. Drafts come first, by guid, and then the others, the last
        accepted first. Raises `NotFound` for what is no cursor of ours."""
        kind, _, place = after.partition(":")
        if after and not _CURSOR.fullmatch(after):
            raise NotFound("There is no such page; take `next` as it was given.")
        found: list[Record] = []
        if kind != "article":
            found = [of_draft(draft) for draft in self._drafts(connection, query, place, limit + 1)]
        if len(found) <= limit and query.status not in ("draft", "scheduled"):
            wanted = self._articles(connection, query, int(place) if kind == "article" else None)
            rows = connection.execute(wanted.limit(limit + 1 - len(found))).all()
            found += self.of_rows(connection, rows)
        page = found[:limit]
        return page, _cursor(page[-1]) if len(found) > limit else ""

    def _articles(self, connection: Connection, query: Query, before: int | None) -> Select[Any]:
        wanted = select(*COLUMNS).order_by(ArticleRow.id.desc())
        if before is not None:
            wanted = wanted.where(ArticleRow.id < before)
        if query.status is not None:
            wanted = wanted.where(ArticleRow.status == query.status)
            if query.status in ("retracted", "expired"):
                wanted = wanted.where(ArticleRow.retracted_at.is_not(None))  # of which there is an index
        if query.language is not None:
            wanted = wanted.where(ArticleRow.language == query.language)
        if query.text:
            # SQLite folds no letters but the English ones; of others, what is written alike is found.
            folded = func.lower(ArticleRow.title).contains(query.text.lower(), autoescape=True)
            wanted = wanted.where(or_(folded, ArticleRow.title.contains(query.text, autoescape=True)))
        if query.tag is not None:
            tag = channels.find(connection, slugify(query.tag))
            placed = select(PlacementRow.article_id).where(PlacementRow.channel_id == (tag.number if tag else -1))
            wanted = wanted.where(ArticleRow.id.in_(placed))
        if query.since is not None:
            wanted = wanted.where(ArticleRow.id.in_(select(JournalRow.article_id).where(JournalRow.at >= query.since)))
        return wanted

    def _drafts(self, connection: Connection, query: Query, after: str, limit: int) -> Iterator[Draft]:
        if query.status not in (None, "draft", "scheduled", "retracted"):
            return
        wanted = select(DraftRow).order_by(DraftRow.guid).where(DraftRow.guid > after)
        if query.status is not None:
            wanted = wanted.where(DraftRow.status == query.status)
        if query.since is not None:
            wanted = wanted.where(DraftRow.changed_at >= query.since)
        slugs = None
        if query.tag is not None:
            tag = channels.find(connection, slugify(query.tag))
            slugs = {slugify(query.tag), *([tag.slug] if tag else [])}
        left = limit
        for row in connection.execute(wanted, execution_options={"yield_per": 100}):
            draft = Draft(row.guid, row.status, row.item, row.release_at, row.changed_at)
            if left and _wanted(draft.item, query, slugs):
                left -= 1
                yield draft
            if not left:
                return


def of_draft(draft: Draft) -> Record:
    """A draft as a record."""
    extension = draft.item.get("_feedsvc", {}) | {"status": draft.status}
    return Record(draft.guid, draft.status, draft.item | {"_feedsvc": extension})


def state(row: Any) -> dict[str, Any]:
    """What `_feedsvc` says of a row of `COLUMNS` beside its status: until when it is lent, since when it is gone."""
    found = {"expires": rfc3339(row.expires_at)} if row.expires_at else {}
    if row.retracted_at is None:
        return found
    return found | {"retracted": rfc3339(row.retracted_at), **({"reason": row.reason} if row.reason else {})}


def _wanted(found: dict[str, Any], query: Query, slugs: set[str] | None) -> bool:
    if query.language is not None and found["language"] != query.language:
        return False
    if query.text and query.text.lower() not in found["title"].lower():
        return False
    return slugs is None or not slugs.isdisjoint(map(slugify, found.get("tags", [])))


def _cursor(record: Record) -> str:
    return f"draft:{record.guid}" if record.number is None else f"article:{record.number}"
