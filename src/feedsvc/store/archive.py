"""The articles on file: found by guid, revised, retracted, restored."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, func, select, update

from feedsvc.copydesk import Article
from feedsvc.feed import Author, Correction, Media
from feedsvc.store import placements
from feedsvc.store.schema import NEWS_LINE, ArticleRow, SiteRow

# Left out of a row where they are 0, as rows are that version 0.2 has written.
_LATER = frozenset({"width", "height"})
_FILED = select(
    *(ArticleRow.id, ArticleRow.guid, ArticleRow.slug, ArticleRow.status, ArticleRow.digest),
    *(ArticleRow.published_at, ArticleRow.updated_at, ArticleRow.modified_at, ArticleRow.retracted_at),
    *(ArticleRow.tags, ArticleRow.corrections, ArticleRow.expires_at),
)


@dataclass(frozen=True, slots=True)
class Filed:
    """What must be known of an article on file to change it; `channels` are its tags', in order. Times are UTC."""

    number: int
    guid: str
    slug: str
    status: str
    digest: str
    published_at: datetime
    updated_at: datetime
    modified_at: datetime | None
    retracted_at: datetime | None
    channels: tuple[int, ...]
    corrections: tuple[Correction, ...]
    expires_at: datetime | None


def find(connection: Connection, guids: Collection[str]) -> dict[str, Filed]:
    """The articles on file under any of `guids`, by guid."""
    if not guids:
        return {}
    rows = connection.execute(_FILED.where(ArticleRow.guid.in_(guids))).all()
    return {row.guid: _filed(row) for row in rows}


def guids(connection: Connection, numbers: Collection[int]) -> dict[int, str]:
    """The guids of articles by their numbers."""
    found = select(ArticleRow.id, ArticleRow.guid).where(ArticleRow.id.in_(numbers))
    return {row.id: row.guid for row in connection.execute(found)}


def expired(connection: Connection, now: datetime, limit: int) -> list[Filed]:
    """The published articles that were to expire by `now` (UTC), at most `limit`."""
    due = _FILED.where(ArticleRow.expires_at <= now, ArticleRow.retracted_at.is_(None))
    return [_filed(row) for row in connection.execute(due.order_by(ArticleRow.expires_at).limit(limit))]


def next_expiry(connection: Connection) -> datetime | None:
    """When the next of them expires (UTC)."""
    waiting = ArticleRow.expires_at.is_not(None), ArticleRow.retracted_at.is_(None)
    return connection.execute(select(func.min(ArticleRow.expires_at)).where(*waiting)).scalar()


def _filed(row: Any) -> Filed:
    *known, tags, corrections, expires_at = row
    rest = {"channels": tuple(tags), "corrections": read_corrections(corrections), "expires_at": expires_at}
    return Filed(*known, **rest)


def read_corrections(rows: Sequence[Any]) -> tuple[Correction, ...]:
    """Corrections as an article's row has them."""
    return tuple(Correction(datetime.fromisoformat(row["at"]), row["text"]) for row in rows)


def changes(connection: Connection, filed: Filed, article: Article, channels: Sequence[int]) -> list[str]:
    """The columns that `revise` would change, but for dates and the digest."""
    values = _revision(article, channels)
    columns = ArticleRow.__table__.c
    before = connection.execute(select(*(columns[name] for name in values)).where(columns.id == filed.number)).one()
    return [name for name, value in values.items() if getattr(before, name) != value and name != "digest"]


def revise(
    connection: Connection,
    filed: Filed,
    article: Article,
    channels: Sequence[int],
    updated_at: datetime,
    modified_at: datetime | None,
) -> Filed:
    """Replace what readers get of a published article, with all its corrections; its guid, address and `published_at`
    stay."""
    values = _revision(article, channels)
    revised = replace(
        filed,
        digest=values["digest"],
        updated_at=updated_at,
        modified_at=modified_at,
        channels=tuple(channels),
        corrections=read_corrections(values["corrections"]),
        expires_at=article.expires,
    )
    values |= {"updated_at": revised.updated_at, "modified_at": revised.modified_at}
    connection.execute(update(ArticleRow).where(ArticleRow.id == filed.number).values(values))
    if revised.channels != filed.channels:
        placements.remove(connection, filed.number, filed.published_at, set(filed.channels) - set(channels))
        entered = [channel for channel in channels if channel not in filed.channels]
        placements.place(connection, placements.standing(filed.number, filed.published_at, entered))
    return revised


def retract(connection: Connection, filed: Filed, at: datetime, reason: str, status: str = "retracted") -> None:
    """Take a published article out of every channel; what was written stays on file, for the record."""
    connection.execute(
        update(ArticleRow)
        .where(ArticleRow.id == filed.number)
        .values(status=status, retracted_at=at, reason=reason, expires_at=None)
    )
    stood = filed.number, filed.published_at, [NEWS_LINE, *filed.channels]
    placements.remove(connection, *stood)
    placements.bury(connection, *stood)


def restore(connection: Connection, filed: Filed, at: datetime) -> None:
    """Put a retracted article back into its channels, as what was updated at `at` (UTC)."""
    values: dict[str, Any] = {
        "tags": list(filed.channels),
        "status": "published",
        "retracted_at": None,
        "reason": "",
        "updated_at": at,
    }
    connection.execute(update(ArticleRow).where(ArticleRow.id == filed.number).values(values))
    stands = filed.number, filed.published_at, [NEWS_LINE, *filed.channels]
    placements.unbury(connection, *stands)
    placements.place(connection, placements.standing(*stands))


def is_mark(connection: Connection, filed: Filed) -> bool:
    """Whether nothing is on file of an article but that it was retracted: what was published has a headline."""
    return connection.execute(select(ArticleRow.title).where(ArticleRow.id == filed.number)).scalar_one() == ""


def fingerprint(connection: Connection) -> str:
    """What all documents were last made with; empty before the first time."""
    return connection.execute(select(SiteRow.fingerprint)).scalar_one()


def set_fingerprint(connection: Connection, fingerprint: str) -> None:
    """Note what all documents are made with from now on."""
    connection.execute(update(SiteRow).values(fingerprint=fingerprint))


def set_changed(connection: Connection, at: datetime) -> None:
    """Note that all documents are others than they were before `at` (UTC)."""
    connection.execute(update(SiteRow).values(changed_at=at))


def content_of(article: Article) -> dict[str, Any]:
    """What readers get of an article with all its corrections, by column; and the digest of that."""
    media = [("image", article.image), *(("attachment", each) for each in article.attachments)]
    return {
        "language": article.language,
        "title": article.title,
        "summary": article.summary,
        "body": article.body,
        "source": article.source,
        "authors": [_fields(author) for author in article.authors],
        "media": [{"role": role, **_fields(each)} for role, each in media if each],
        "corrections": [{"at": at.isoformat(), "text": text} for at, text in article.corrections or () if at],
        "digest": article.digest(),
    }


def _revision(article: Article, channels: Sequence[int]) -> dict[str, Any]:
    return content_of(article) | {"tags": list(channels), "expires_at": article.expires}


def _fields(value: Author | Media) -> dict[str, Any]:
    # dataclasses.asdict looks for values within values, of which these have none.
    fields = {name: getattr(value, name) for name in value.__slots__}
    return {name: field for name, field in fields.items() if field or name not in _LATER}
