"""The articles on file: found by guid, revised, retracted, restored."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import Connection, func, or_, select, update

from feedsvc.copydesk import Article
from feedsvc.feed import Author, Correction, Media
from feedsvc.store.placements import Parts, Places
from feedsvc.store.schema import NEWS_LINE, ArticleRow, SiteRow

# Left out of a row where they are 0, as rows are that version 0.2 has written.
_LATER = frozenset({"width", "height"})
_FOLLOWING = ("digest", "lines")
_FILED = select(
    *(ArticleRow.id, ArticleRow.guid, ArticleRow.slug, ArticleRow.status, ArticleRow.digest),
    *(ArticleRow.published_at, ArticleRow.updated_at, ArticleRow.modified_at, ArticleRow.retracted_at),
    *(ArticleRow.lines, ArticleRow.tags, ArticleRow.corrections, ArticleRow.expires_at, ArticleRow.translation_of),
)


@dataclass(frozen=True, slots=True)
class Filed:
    """What must be known of an article on file to change it; `channels` are its tags', in order, and `lines` those of
    its languages and authors. Times are UTC."""

    number: int
    guid: str
    slug: str
    status: str
    digest: str
    published_at: datetime
    updated_at: datetime
    modified_at: datetime | None
    retracted_at: datetime | None
    lines: tuple[int, ...]
    channels: tuple[int, ...]
    corrections: tuple[Correction, ...]
    expires_at: datetime | None
    translation_of: str | None

    @property
    def everywhere(self) -> tuple[int, ...]:
        """Every channel that it stands in while it is published."""
        return tuple(dict.fromkeys((NEWS_LINE, *self.lines, *self.channels)))


class Standing(NamedTuple):
    """The channels that an article is to stand in, beside the News Line: of its languages and authors, of its tags."""

    lines: Sequence[int]
    tags: Sequence[int]


class Dates(NamedTuple):
    """What readers are told of the last change, and the date it came with; both UTC."""

    updated_at: datetime
    modified_at: datetime | None


class Move(NamedTuple):
    """An article after it was changed, and where it stood before that and stands since."""

    filed: Filed
    before: Parts
    after: Parts


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
    filed = Filed(*row)
    corrections = read_corrections(row.corrections)
    return replace(filed, lines=tuple(filed.lines), channels=tuple(filed.channels), corrections=corrections)


def read_corrections(rows: Sequence[Any]) -> tuple[Correction, ...]:
    """Corrections as an article's row has them."""
    return tuple(Correction(datetime.fromisoformat(row["at"]), row["text"]) for row in rows)


def changes(connection: Connection, filed: Filed, article: Article, standing: Standing) -> list[str]:
    """The columns that `revise` would change, but for dates, the digest and what follows from other columns."""
    values = _revision(article, standing)
    columns = ArticleRow.__table__.c
    before = connection.execute(select(*(columns[name] for name in values)).where(columns.id == filed.number)).one()
    return [name for name, value in values.items() if getattr(before, name) != value and name not in _FOLLOWING]


def revise(
    connection: Connection, places: Places, filed: Filed, article: Article, standing: Standing, dates: Dates
) -> Move:
    """Replace what readers get of a published article, with all its corrections; its guid, address and `published_at`
    stay."""
    values = _revision(article, standing)
    revised = replace(
        filed,
        digest=values["digest"],
        updated_at=dates.updated_at,
        modified_at=dates.modified_at,
        lines=tuple(standing.lines),
        channels=tuple(standing.tags),
        corrections=read_corrections(values["corrections"]),
        expires_at=article.expires,
        translation_of=article.translation_of or None,
    )
    values |= {"updated_at": revised.updated_at, "modified_at": revised.modified_at}
    connection.execute(update(ArticleRow).where(ArticleRow.id == filed.number).values(values))
    stood, stands = filed.everywhere, revised.everywhere
    before = places.standing(filed.number, filed.published_at, stood)
    places.leave(filed.number, filed.published_at, set(stood) - set(stands))
    entered = places.enter(filed.number, filed.published_at, [each for each in stands if each not in before])
    return Move(revised, before, {**{each: before[each] for each in stands if each in before}, **entered})


def retract(
    connection: Connection, places: Places, filed: Filed, at: datetime, reason: str, status: str = "retracted"
) -> Move:
    """Take a published article out of every channel; what was written stays on file, for the record."""
    connection.execute(
        update(ArticleRow)
        .where(ArticleRow.id == filed.number)
        .values(status=status, retracted_at=at, reason=reason, expires_at=None)
    )
    before = places.leave(filed.number, filed.published_at, filed.everywhere)
    places.bury(filed.number, filed.published_at, before)
    return Move(replace(filed, status=status, retracted_at=at, expires_at=None), before, {})


def restore(connection: Connection, places: Places, filed: Filed, at: datetime) -> Move:
    """Put a retracted article back to where it stood, as what was updated at `at` (UTC)."""
    values: dict[str, Any] = {
        "tags": list(filed.channels),
        "status": "published",
        "retracted_at": None,
        "reason": "",
        "updated_at": at,
    }
    connection.execute(update(ArticleRow).where(ArticleRow.id == filed.number).values(values))
    back = places.exhume(filed.number, filed.published_at, filed.everywhere)
    places.put(filed.number, filed.published_at, back)
    # What came in as retracted never stood anywhere.
    entered = places.enter(filed.number, filed.published_at, [each for each in filed.everywhere if each not in back])
    return Move(replace(filed, status="published", retracted_at=None, updated_at=at), {}, {**back, **entered})


def translated(connection: Connection, guids: Collection[str]) -> set[str]:
    """Those of `guids` of which there are translations, published or not."""
    found = select(ArticleRow.translation_of).where(ArticleRow.translation_of.in_(guids)).distinct()
    return {guid for guid in connection.execute(found).scalars() if guid}


def versions(connection: Connection, originals: Collection[str]) -> list[int]:
    """The numbers of the published articles with one of the guids `originals`, and of all their translations."""
    of_them = or_(ArticleRow.guid.in_(originals), ArticleRow.translation_of.in_(originals))
    found = select(ArticleRow.id).where(of_them, ArticleRow.retracted_at.is_(None)).order_by(ArticleRow.id)
    return list(connection.execute(found).scalars())


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


def _revision(article: Article, standing: Standing) -> dict[str, Any]:
    return content_of(article) | {
        "lines": list(standing.lines),
        "tags": list(standing.tags),
        "expires_at": article.expires,
        "translation_of": article.translation_of or None,
    }


def _fields(value: Author | Media) -> dict[str, Any]:
    # dataclasses.asdict looks for values within values, of which these have none.
    fields = {name: getattr(value, name) for name in value.__slots__}
    return {name: field for name, field in fields.items() if field or name not in _LATER}
