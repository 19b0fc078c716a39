"""The filing of articles: found by guid, filed many at once, revised, retracted; with their tags and placements."""

import hashlib
import uuid
from collections import Counter
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, bindparam, delete, func, insert, select, union_all, update

from feedsvc.copydesk import SLUG_LENGTH, Article, Label
from feedsvc.errors import Rejected
from feedsvc.feed import Author, Media
from feedsvc.slugs import slugify
from feedsvc.store.readings import portions
from feedsvc.store.schema import (
    NEWS_LINE,
    ArticleRow,
    ChannelRow,
    PlacementRow,
    RetiredSlugRow,
    SiteRow,
)

_TITLE_SLUG_LENGTH = 80
# Left out of a row where they are 0, as rows are that version 0.2 has written.
_LATER = frozenset({"width", "height"})
_COUNT = (
    update(ChannelRow.__table__)  # type: ignore[arg-type]  # a Table, which declarative classes do not promise
    .where(ChannelRow.__table__.c.id == bindparam("channel"))
    .values(articles=ChannelRow.__table__.c.articles + bindparam("change"))
)


@dataclass(frozen=True, slots=True)
class Filed:
    """What must be known of an article on file to change it; `channels` are its tags', in order. Times are UTC."""

    number: int
    guid: str
    slug: str
    digest: str
    published_at: datetime
    updated_at: datetime
    modified_at: datetime | None
    retracted_at: datetime | None
    channels: tuple[int, ...]


def find(connection: Connection, guids: Collection[str]) -> dict[str, Filed]:
    """The articles on file under any of `guids`, by guid."""
    if not guids:
        return {}
    rows = connection.execute(
        select(
            ArticleRow.id,
            ArticleRow.guid,
            ArticleRow.slug,
            ArticleRow.digest,
            ArticleRow.published_at,
            ArticleRow.updated_at,
            ArticleRow.modified_at,
            ArticleRow.retracted_at,
            ArticleRow.tags,
        ).where(ArticleRow.guid.in_(guids))
    ).all()
    return {
        row.guid: Filed(
            row.id,
            row.guid,
            row.slug,
            row.digest,
            row.published_at,
            row.updated_at,
            row.modified_at,
            row.retracted_at,
            tuple(row.tags),
        )
        for row in rows
    }


class Filing:
    """New articles of one transaction, numbered in order as they are added and written together by `write()`.

    The caller holds the journal, so that nobody else numbers articles or takes slugs meanwhile.
    """

    def __init__(self, connection: Connection, articles: Sequence[Article], now: datetime) -> None:
        self._connection = connection
        self._now = now
        self._authority = connection.execute(select(SiteRow.authority)).scalar_one()
        self._number = connection.execute(select(func.max(ArticleRow.id))).scalar() or 0
        self._channels = _channel_ids(connection, {label.slug for each in articles for label in each.labels})
        self._taken = _slugs_in_use(connection, {_wanted_slug(each) for each in articles})
        self._articles: list[dict[str, Any]] = []
        self._placements: list[dict[str, Any]] = []

    def channels(self, labels: Iterable[Label]) -> list[int]:
        """The channels of tags, in their order; a tag that is new is filed now, with its label as it is written."""
        return [self._channels.get(label.slug) or self._file_channel(label) for label in labels]

    def add(self, article: Article) -> Filed:
        """File a new article under its guid, or under one that is minted for it (RFC 4151), once and for ever."""
        self._number += 1
        guid = article.guid or f"tag:{self._authority}:article/{uuid.uuid4()}"
        slug = self._free_slug(article, guid)
        channels = self.channels(article.labels)
        published_at = article.published or self._now
        retraction = article.retraction
        retracted_at = (retraction.at or self._now) if retraction else None
        updated_at = max(article.updated or published_at, published_at)
        content = _content(article)
        self._articles.append(
            content
            | {
                "id": self._number,
                "guid": guid,
                "slug": slug,
                "status": "retracted" if retraction else "published",
                "published_at": published_at,
                "updated_at": updated_at,
                "modified_at": article.updated,
                "retracted_at": retracted_at,
                "reason": retraction.reason if retraction else "",
                "tags": channels,
            }
        )
        if not retraction:
            self._placements.extend(_placement_rows(self._number, published_at, [NEWS_LINE, *channels]))
        return Filed(
            self._number,
            guid,
            slug,
            content["digest"],
            published_at,
            updated_at,
            article.updated,
            retracted_at,
            tuple(channels),
        )

    def move(self, filed: Filed, slug: str) -> Filed:
        """Give an article on file the address `slug`; the old one will lead to it. Raises `Rejected` when another
        article has, or ever had, that address."""
        self.write()
        own = delete(RetiredSlugRow).where(RetiredSlugRow.slug == slug, RetiredSlugRow.article_id == filed.number)
        if not self._connection.execute(own).rowcount and _slugs_in_use(self._connection, {slug}):
            raise Rejected(f"another article has, or once had, the address {slug!r}", "/_feedsvc/slug")
        self._connection.execute(insert(RetiredSlugRow).values(slug=filed.slug, article_id=filed.number))
        self._connection.execute(update(ArticleRow).where(ArticleRow.id == filed.number).values(slug=slug))
        self._taken.add(slug)
        return replace(filed, slug=slug)

    def write(self) -> None:
        """Write what was added since the last time."""
        if self._articles:
            self._connection.execute(insert(ArticleRow), self._articles)
            self._articles.clear()
        _place(self._connection, self._placements)
        self._placements.clear()

    def _free_slug(self, article: Article, guid: str) -> str:
        base = _wanted_slug(article)
        slug, digest = base, hashlib.sha256(guid.encode()).hexdigest()
        for length in (6, 12, 24, 64):
            if slug not in self._taken:
                break
            slug = f"{base[: SLUG_LENGTH - length - 1]}-{digest[:length]}"
            self._taken |= _slugs_in_use(self._connection, {slug})
        self._taken.add(slug)
        return slug

    def _file_channel(self, label: Label) -> int:
        number = (self._connection.execute(select(func.max(ChannelRow.id))).scalar() or 0) + 1
        self._connection.execute(insert(ChannelRow).values(id=number, slug=label.slug, label=label.text, articles=0))
        self._channels[label.slug] = number
        return number


def revise(
    connection: Connection, filed: Filed, article: Article, channels: Sequence[int], updated_at: datetime
) -> Filed:
    """Replace what readers get of a published article; its guid, address and `published_at` stay."""
    content = _content(article)
    revised = replace(
        filed,
        digest=content["digest"],
        updated_at=updated_at,
        modified_at=article.updated or updated_at,
        channels=tuple(channels),
    )
    other = {"updated_at": revised.updated_at, "modified_at": revised.modified_at, "tags": list(channels)}
    connection.execute(update(ArticleRow).where(ArticleRow.id == filed.number).values(content | other))
    if revised.channels != filed.channels:
        _remove(connection, filed, set(filed.channels) - set(channels))
        entered = [channel for channel in channels if channel not in filed.channels]
        _place(connection, _placement_rows(filed.number, filed.published_at, entered))
    return revised


def retract(connection: Connection, filed: Filed, at: datetime, reason: str) -> None:
    """Take a published article out of every channel; what was written stays on file, for the record."""
    connection.execute(
        update(ArticleRow)
        .where(ArticleRow.id == filed.number)
        .values(status="retracted", retracted_at=at, reason=reason)
    )
    _remove(connection, filed, {NEWS_LINE, *filed.channels})


def fingerprint(connection: Connection) -> str:
    """What all documents were last made with; empty before the first time."""
    return connection.execute(select(SiteRow.fingerprint)).scalar_one()


def set_fingerprint(connection: Connection, fingerprint: str, at: datetime) -> None:
    """Note what all documents are made with from `at` (UTC) on."""
    connection.execute(update(SiteRow).values(fingerprint=fingerprint, changed_at=at))


def _content(article: Article) -> dict[str, Any]:
    media = [("image", article.image), *(("attachment", each) for each in article.attachments)]
    return {
        "language": article.language,
        "title": article.title,
        "summary": article.summary,
        "body": article.body,
        "source": article.source,
        "authors": [_fields(author) for author in article.authors],
        "media": [{"role": role, **_fields(each)} for role, each in media if each],
        "digest": article.digest(),
    }


def _fields(value: Author | Media) -> dict[str, Any]:
    # dataclasses.asdict looks for values within values, of which these have none.
    fields = {name: getattr(value, name) for name in value.__slots__}
    return {name: field for name, field in fields.items() if field or name not in _LATER}


def _wanted_slug(article: Article) -> str:
    return article.slug or slugify(article.title, _TITLE_SLUG_LENGTH) or "article"


def _slugs_in_use(connection: Connection, slugs: set[str]) -> set[str]:
    used = union_all(
        select(ArticleRow.slug).where(ArticleRow.slug.in_(slugs)),
        select(RetiredSlugRow.slug).where(RetiredSlugRow.slug.in_(slugs)),
    )
    return {row[0] for row in connection.execute(used)}


def _channel_ids(connection: Connection, slugs: set[str]) -> dict[str, int]:
    known = {}
    for some in portions(slugs):
        rows = connection.execute(select(ChannelRow.slug, ChannelRow.id).where(ChannelRow.slug.in_(some)))
        known.update({row.slug: row.id for row in rows})
    return known


def _placement_rows(article: int, published_at: datetime, channels: Iterable[int]) -> list[dict[str, Any]]:
    return [{"channel_id": each, "published_at": published_at, "article_id": article} for each in channels]


def _place(connection: Connection, placements: list[dict[str, Any]]) -> None:
    if placements:
        connection.execute(insert(PlacementRow), placements)
        _count(connection, Counter(placement["channel_id"] for placement in placements))


def _remove(connection: Connection, filed: Filed, channels: set[int]) -> None:
    connection.execute(
        delete(PlacementRow).where(
            PlacementRow.channel_id.in_(channels),
            PlacementRow.published_at == filed.published_at,
            PlacementRow.article_id == filed.number,
        )
    )
    _count(connection, Counter(dict.fromkeys(channels, -1)))


def _count(connection: Connection, changes: Counter[int]) -> None:
    if changes:
        rows = [{"channel": channel, "change": change} for channel, change in sorted(changes.items())]
        connection.execute(_COUNT, rows)
