"""What is published now, read from one snapshot of the store as the values that feeds and pages are made of."""

import html
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any, TypeAlias
from urllib.parse import quote

from sqlalchemy import Connection, Select

from feedsvc.directory import Channel, Directory, require_storable
from feedsvc.errors import Moved, NotFound
from feedsvc.feed import Author, Entry, Media, Tag, Version
from feedsvc.languages import ranges
from feedsvc.slugs import slugify
from feedsvc.store import readings, selecting
from feedsvc.store.archive import read_corrections
from feedsvc.store.schema import ArticleRow
from feedsvc.text import rfc3339

_URI = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:[!#-;=?-Z_a-z~%\[\]]+")
_TAGS = readings.ENTRY.index(ArticleRow.__table__.c.tags)
EVER = datetime.min.replace(tzinfo=UTC)
"""Before anything was published."""


@dataclass(frozen=True, slots=True)
class Withdrawn:
    """An article that was retracted: its number, and since when (UTC)."""

    number: int
    retracted_at: datetime


_Tags: TypeAlias = Mapping[tuple[int, str], Tag]
"""Tags by the number of their channel, and by that and a language where they have a label in it."""


class Catalogue(Directory):
    """Readings of the store; every method takes the connection whose snapshot it is to read."""

    def headlines(self, connection: Connection, channel: Channel, limit: int, before: int | None = None) -> list[Entry]:
        """The newest entries of a channel, at most `limit`, without bodies; with `before`, those that follow article
        number `before`. Raises `NotFound` when there is no such article."""
        shape = channel.formula.shape
        wanted: dict[str, Any] = {**channel.formula.parameters, "limit": limit}
        if before is None:
            return self.entries(
                connection, connection.execute(selecting.placed(shape, readings.HEADLINE), wanted).all()
            )
        placed = connection.execute(readings.PUBLISHED_AT, {"article": before}).scalar()
        if placed is None:
            raise NotFound("There is no such page.")
        wanted |= {"last_published": placed, "last_article": before, "since": EVER}
        rows = connection.execute(selecting.placed_after(shape, readings.HEADLINE), wanted).all()
        return self.entries(connection, rows)

    def numbered(self, connection: Connection, numbers: Sequence[int], *, whole: bool = False) -> list[Entry]:
        """The published ones of the articles of `numbers`, in their order; without bodies, or `whole`, as feeds have
        them."""
        wanted = readings.WHOLE_BY_NUMBER if whole else readings.BY_NUMBER
        rows = {row.id: row for row in connection.execute(wanted, {"numbers": list(numbers)})}
        entries = self.entries(connection, [rows[number] for number in numbers if number in rows])
        return list(map(with_corrections, entries)) if whole else entries

    def article(self, connection: Connection, slug: str, elsewhere: Callable[[str], str]) -> Entry | Withdrawn:
        """The article of a slug. Raises `Moved` to the address that `elsewhere` gives for the slug it has now, and
        `NotFound` where there is none."""
        require_storable(slug)
        row = connection.execute(readings.ARTICLE, {"slug": slug}).one_or_none()
        if row is None:
            raise self._elsewhere(connection, slug, elsewhere)
        if row.retracted_at is not None:
            return Withdrawn(row.id, row.retracted_at)
        return self.entries(connection, [row])[0]

    def versions(self, connection: Connection, entry: Entry) -> list[Version]:
        """The published language versions of an article, by language, itself among them; none if it is the only one.
        Of several in one language it is itself that counts, the original, or the first that was accepted."""
        original = entry.translation_of or entry.guid
        found = connection.execute(readings.VERSIONS, {"original": original}).all()
        versions: dict[str, Version] = {}
        for language, slug, guid in sorted(found, key=lambda row: (row.guid != entry.guid, row.guid != original)):
            versions.setdefault(language, Version(language, self._urls.article(slug), guid == original))
        return sorted(versions.values()) if len(versions) > 1 else []

    def reads(self, connection: Connection, article: int) -> tuple[int, datetime | None]:
        """How often an article was read, and when that was last counted (UTC)."""
        row = connection.execute(readings.READS, {"article": article}).one_or_none()
        return (row.total, row.counted_at) if row else (0, None)

    def _elsewhere(self, connection: Connection, slug: str, elsewhere: Callable[[str], str]) -> Moved | NotFound:
        spellings = [slug, slugify(slug, len(slug) + 1)]
        now = connection.execute(readings.ELSEWHERE, {"spellings": spellings}).scalar()
        return Moved(elsewhere(now)) if now else NotFound("There is no article at this address.")

    def entries(self, connection: Connection, rows: Sequence[Sequence[Any]], *, retired: bool = False) -> list[Entry]:
        """The entries of rows that begin with `readings.ENTRY`, in their order; for editors with `retired` tags too,
        and all by their usual labels, by which they are known when the article comes in again."""
        if not rows:
            return []
        authority = connection.execute(readings.AUTHORITY).scalar_one()
        return self.entries_of(connection, rows, authority, readings.EVERY_TAG if retired else readings.TAGS)

    def entries_of(
        self, connection: Connection, rows: Sequence[Sequence[Any]], authority: str, found: Select[Any] = readings.TAGS
    ) -> list[Entry]:
        """The same, by who knows the tagging authority already."""
        tags = self._tags_by_number(connection, {number for row in rows for number in row[_TAGS]}, found)
        return [self._entry(row, tags, authority) for row in rows]

    def _tags_by_number(self, connection: Connection, numbers: set[int], found: Select[Any]) -> _Tags:
        tags: dict[tuple[int, str], Tag] = {}
        for some in readings.portions(numbers):
            # Filled up, so that there are few different statements to prepare.
            filled = some + some[-1:] * (-len(some) % 50)
            for number, label, slug, language, translated in connection.execute(found, {"numbers": filled}).all():
                tags[number, ""] = self._tag(label, slug)
                if language:
                    tags[number, language] = self._tag(translated, slug)
        return tags

    def _entry(self, row: Sequence[Any], tags: _Tags, authority: str) -> Entry:
        # A row is unpacked faster than it is asked for each column by name.
        number, guid, slug, language, title, summary, source, authors, media, *rest = row[:15]
        published, updated, own, notes, original, body = rest
        return Entry(
            number=number,
            guid=guid,
            uri=uri_of(guid, authority),
            url=self._urls.article(slug),
            slug=slug,
            title=title,
            summary=summary,
            body=body,
            language=language,
            published=published,
            updated=updated,
            authors=tuple(Author(**fields) for fields in authors),
            tags=tuple(_tags_of(own, language, tags)),
            image=next((_media(**fields) for fields in media if fields["role"] == "image"), None),
            attachments=tuple(_media(**fields) for fields in media if fields["role"] == "attachment"),
            source=source,
            corrections=read_corrections(notes) if notes else (),
            translation_of=original or "",
        )


def _tags_of(own: Sequence[int], language: str, tags: _Tags) -> Iterator[Tag]:
    for number in own:
        tag = tags.get((number, ""))
        if tag is not None:
            # The label of a language is that of its dialects, if they have none of their own.
            yield next((tags[number, each] for each in ranges(language) if (number, each) in tags), tag)


def with_corrections(entry: Entry) -> Entry:
    """The entry as feeds have it: its corrections are a part of its content."""
    if not entry.corrections:
        return entry
    notes = [
        f'<p><em><time datetime="{rfc3339(each.at)}">{each.at:%Y-%m-%d}</time>: {html.escape(each.text, quote=False)}'
        "</em></p>"
        for each in entry.corrections
    ]
    return replace(entry, body="\n".join([entry.body, *notes]), corrections=())


def _media(role: str, **fields: Any) -> Media:  # noqa: ARG001 - it says which of them it is
    return Media(**fields)


def uri_of(guid: str, authority: str) -> str:
    """The guid as an absolute URI (RFC 4287 section 4.2.6)."""
    # An imported guid need not be a URI, and Atom wants one; the same guid always gives the same.
    return guid if _URI.fullmatch(guid) else f"tag:{authority}:guid/{quote(guid, safe='')}"
