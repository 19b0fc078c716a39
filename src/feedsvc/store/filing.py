"""The filing of new articles: many at once, each with its number, its guid, its address and its tags."""

import hashlib
import uuid
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import Connection, delete, func, insert, select, union_all, update

from feedsvc.copydesk import SLUG_LENGTH, Article
from feedsvc.errors import Rejected
from feedsvc.selection import author_slug, language_slugs
from feedsvc.slugs import slugify
from feedsvc.store.archive import Filed, Move, Standing, content_of, read_corrections
from feedsvc.store.placements import Places
from feedsvc.store.readings import portions
from feedsvc.store.schema import (
    ArticleRow,
    ChannelRow,
    RetiredSlugRow,
    RetiredTagRow,
    SiteRow,
)

_TITLE_SLUG_LENGTH = 80


class _Channel(NamedTuple):
    """A channel as an article names it."""

    slug: str
    label: str
    kind: str


class Filing:
    """New articles of one transaction, numbered in order as they are added and written together by `write()`.

    The caller holds the journal, so that nobody else numbers articles or takes slugs meanwhile.
    """

    def __init__(self, connection: Connection, places: Places, articles: Sequence[Article], now: datetime) -> None:
        self._connection = connection
        self._places = places
        self._now = now
        self._authority = connection.execute(select(SiteRow.authority)).scalar_one()
        self._number = connection.execute(select(func.max(ArticleRow.id))).scalar() or 0
        self._channels = _channel_ids(connection, {new.slug for each in articles for new in _channels_of(each)})
        self._taken = _slugs_in_use(connection, {_wanted_slug(each) for each in articles})
        self._articles: list[dict[str, Any]] = []

    def standing(self, article: Article) -> Standing:
        """The channels of an article; one that is new is filed now, with its label as it is written."""
        return Standing(self._numbers(_lines_of(article)), self._numbers(_tags_of(article)))

    def mint(self) -> str:
        """An id that no article has, below the authority of this database (RFC 4151)."""
        return f"tag:{self._authority}:article/{uuid.uuid4()}"

    def add(self, article: Article) -> Move:
        """File a new article under its guid, or under one that is minted for it, once and for ever."""
        self._number += 1
        guid = article.guid or self.mint()
        slug = self._free_slug(article, guid)
        standing = self.standing(article)
        published_at = article.published or self._now
        retraction = article.retraction
        retracted_at = (retraction.at or self._now) if retraction else None
        updated_at = max(article.updated or published_at, published_at)
        article = article.corrected((), self._now)
        content = content_of(article)
        status = "published"
        if retraction:
            status = "expired" if article.status == "expired" else "retracted"
        filed = Filed(
            self._number,
            guid,
            slug,
            status,
            content["digest"],
            published_at,
            updated_at,
            article.updated,
            retracted_at,
            tuple(standing.lines),
            tuple(standing.tags),
            read_corrections(content["corrections"]),
            article.expires,
            article.translation_of or None,
        )
        self._articles.append(
            content
            | {
                "id": self._number,
                "guid": guid,
                "slug": slug,
                "status": status,
                "published_at": published_at,
                "updated_at": updated_at,
                "modified_at": article.updated,
                "retracted_at": retracted_at,
                "reason": retraction.reason if retraction else "",
                "lines": list(standing.lines),
                "tags": list(standing.tags),
                "expires_at": article.expires,
                "translation_of": filed.translation_of,
            }
        )
        after = {} if retraction else self._places.enter(filed.number, published_at, filed.everywhere)
        return Move(filed, {}, after)

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
        self._places.write()

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

    def _numbers(self, channels: Iterable[_Channel]) -> list[int]:
        # By names that it once had, one tag may be given twice.
        return list(dict.fromkeys(self._channels.get(each.slug) or self._file_channel(each) for each in channels))

    def _file_channel(self, channel: _Channel) -> int:
        number = (self._connection.execute(select(func.max(ChannelRow.id))).scalar() or 0) + 1
        values = {"slug": channel.slug, "label": channel.label, "kind": channel.kind}
        self._connection.execute(insert(ChannelRow).values(values | {"id": number, "articles": 0}))
        self._channels[channel.slug] = number
        return number


def _channels_of(article: Article) -> Iterator[_Channel]:
    yield from _lines_of(article)
    yield from _tags_of(article)


def _lines_of(article: Article) -> Iterator[_Channel]:
    for slug in language_slugs(article.language):
        yield _Channel(slug, slug[1:], "language")
    for author in article.authors:
        if slug := author_slug(author.name):
            yield _Channel(slug, author.name, "author")


def _tags_of(article: Article) -> Iterator[_Channel]:
    for label in article.labels:
        yield _Channel(label.slug, label.text, "tag")


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
        # By a name that it once had, a tag is known still.
        for column, number in ((RetiredTagRow.slug, RetiredTagRow.channel_id), (ChannelRow.slug, ChannelRow.id)):
            found = connection.execute(select(column, number).where(column.in_(some)))
            known.update({slug: channel for slug, channel in found})  # noqa: C416 - rows are no tuples to a type checker
    return known
