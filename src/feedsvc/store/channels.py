"""The tags on file: found by any name they ever had, renamed, translated, merged, retired."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, bindparam, delete, func, insert, or_, select, update

from feedsvc.store.placements import Places, Table
from feedsvc.store.readings import portions
from feedsvc.store.schema import ArticleRow, ChannelRow, PlacementRow, RetiredTagRow, TagLabelRow, TombstoneRow

_AT_ONCE = 500


@dataclass(frozen=True, slots=True)
class FiledTag:
    """What is on file of a tag; `title` and `description` are empty where its feed has the usual ones."""

    number: int
    slug: str
    label: str
    title: str
    description: str
    retired_at: datetime | None
    articles: int


_TAG = select(
    *(ChannelRow.id, ChannelRow.slug, ChannelRow.label, ChannelRow.title, ChannelRow.description),
    *(ChannelRow.retired_at, ChannelRow.articles),
)


def find(connection: Connection, slug: str) -> FiledTag | None:
    """The tag that has, or once had, the slug; of one that was merged, the one it went into."""
    if not slug or "\0" in slug:
        return None
    number = connection.execute(select(ChannelRow.id).where(ChannelRow.slug == slug)).scalar()
    if number is None:
        number = connection.execute(select(RetiredTagRow.channel_id).where(RetiredTagRow.slug == slug)).scalar()
    return None if number is None else by_number(connection, number)


def by_number(connection: Connection, number: int) -> FiledTag:
    """The tag of a channel; of one that was merged, the one it went into."""
    return FiledTag(*connection.execute(_TAG.where(ChannelRow.id == current(connection, [number])[0])).one())


def current(connection: Connection, numbers: Sequence[int]) -> list[int]:
    """The channels that stand for `numbers` now, in their order, each once: those of merged tags are others'."""
    merged = select(ChannelRow.id, ChannelRow.merged_into).where(ChannelRow.id.in_(numbers))
    into = {row.id: row.merged_into for row in connection.execute(merged) if row.merged_into is not None}
    return list(dict.fromkeys(into.get(number, number) for number in numbers))


def used(connection: Connection) -> list[FiledTag]:
    """The tags that have a published article, by slug, and those that were retired."""
    in_use = or_(ChannelRow.articles > 0, ChannelRow.retired_at.is_not(None))
    wanted = _TAG.where(ChannelRow.kind == "tag", ChannelRow.merged_into.is_(None), in_use)
    return [FiledTag(*row) for row in connection.execute(wanted.order_by(ChannelRow.slug))]


def labels(connection: Connection, numbers: Collection[int]) -> dict[int, dict[str, str]]:
    """What the tags of `numbers` are called in languages (as addresses spell them), where that is not as usual."""
    found: dict[int, dict[str, str]] = {number: {} for number in numbers}
    for some in portions(numbers):
        wanted = select(TagLabelRow).where(TagLabelRow.channel_id.in_(some)).order_by(TagLabelRow.language)
        for row in connection.execute(wanted):
            found[row.channel_id][row.language] = row.label
    return found


def set_labels(connection: Connection, tag: FiledTag, values: Mapping[str, str]) -> None:
    """Call a tag otherwise in languages (as addresses spell them), or as usual where the label is empty."""
    named = TagLabelRow.channel_id == tag.number, TagLabelRow.language.in_(values)
    connection.execute(delete(TagLabelRow).where(*named))
    rows = [{"channel_id": tag.number, "language": each, "label": label} for each, label in values.items() if label]
    if rows:
        connection.execute(insert(TagLabelRow), rows)


def change(connection: Connection, tag: FiledTag, **values: Any) -> None:
    """Change columns of a tag."""
    connection.execute(update(ChannelRow).where(ChannelRow.id == tag.number).values(values))


def require_language(connection: Connection, language: str) -> None:
    """Have a channel of a language (as addresses spell it), whether any article is in it or not."""
    slug = f":{language}"
    if connection.execute(select(ChannelRow.id).where(ChannelRow.slug == slug)).first() is None:
        number = (connection.execute(select(func.max(ChannelRow.id))).scalar() or 0) + 1
        values = {"id": number, "slug": slug, "label": language, "kind": "language", "articles": 0}
        connection.execute(insert(ChannelRow).values(values))


def move(connection: Connection, tag: FiledTag, slug: str) -> None:
    """Give a tag another slug, which no other has; by the old one it is known still."""
    connection.execute(delete(RetiredTagRow).where(RetiredTagRow.slug == slug))
    connection.execute(insert(RetiredTagRow).values(slug=tag.slug, channel_id=tag.number))
    change(connection, tag, slug=slug)


def merge(connection: Connection, places: Places, tag: FiledTag, into: FiledTag) -> Iterator[tuple[int, Sequence[int]]]:
    """Put every article of a tag under another, which all its names lead to from then on; gives the number of each
    published article, and the tags it has since."""
    # Its slug is for somebody else to have, and this is one that no label makes.
    change(connection, tag, merged_into=into.number, slug=f"#{tag.number}")
    connection.execute(delete(TagLabelRow).where(TagLabelRow.channel_id == tag.number))
    connection.execute(insert(RetiredTagRow).values(slug=tag.slug, channel_id=into.number))
    names, merged = RetiredTagRow.channel_id == tag.number, ChannelRow.merged_into == tag.number
    connection.execute(update(RetiredTagRow).where(names).values(channel_id=into.number))
    connection.execute(update(ChannelRow).where(merged).values(merged_into=into.number))
    for table in (PlacementRow, TombstoneRow):
        while rows := connection.execute(_standing(table, tag)).all():
            standing = [
                {"channel_id": tag.number, "published_at": row.published_at, "article_id": row.id} for row in rows
            ]
            places.move(table, standing, into.number, [row.id for row in rows if into.number in row.tags])
            retagged = [{"number": row.id, "new": current(connection, row.tags)} for row in rows]
            connection.execute(_RETAG, retagged)
            if table is PlacementRow:
                yield from ((row["number"], row["new"]) for row in retagged)


_RETAG = (
    update(ArticleRow.__table__)  # type: ignore[arg-type]  # a Table, which declarative classes do not promise
    .where(ArticleRow.__table__.c.id == bindparam("number"))
    .values(tags=bindparam("new"))
)


def _standing(table: Table, tag: FiledTag) -> Any:
    # Each round takes away what it has found.
    return (
        select(ArticleRow.id, ArticleRow.published_at, ArticleRow.tags)
        .join(table, table.article_id == ArticleRow.id)
        .where(table.channel_id == tag.number)
        .order_by(table.published_at, table.article_id)
        .limit(_AT_ONCE)
    )
