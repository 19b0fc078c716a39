"""What is asked of the articles of a formula: statements, built once for all formulas of a shape."""

from collections.abc import Callable, Sequence
from functools import lru_cache
from typing import Any, TypeAlias

from sqlalchemy import (
    BindParameter,
    ColumnElement,
    FromClause,
    Select,
    Table,
    and_,
    bindparam,
    exists,
    not_,
    or_,
    select,
    true,
    tuple_,
    union,
)

from feedsvc.store.formulas import Shape
from feedsvc.store.schema import ArticleRow, PlacementRow, TombstoneRow, UtcDateTime

Columns: TypeAlias = tuple[ColumnElement[Any], ...]
Stands: TypeAlias = Callable[[BindParameter[Any]], ColumnElement[bool]]
"""That the article in question stands in a channel."""

_article = ArticleRow.__table__.c
_placement: Table = PlacementRow.__table__  # type: ignore[assignment]  # which declarative classes do not promise
_tombstone: Table = TombstoneRow.__table__  # type: ignore[assignment]  # as above
_remembered = lru_cache(maxsize=1024)


@_remembered
def placed(shape: Shape, columns: Columns) -> Select[Any]:
    """Columns of the articles that are published, newest first, at most `:limit`."""
    return _newest(shape, _placement, columns, lambda _: true())


@_remembered
def placed_after(shape: Shape, columns: Columns) -> Select[Any]:
    """The same of those that follow the article `:last_article` of `:last_published`, as far back as `:since`."""
    last = tuple_(_moment("last_published"), bindparam("last_article"))
    return _newest(
        shape, _placement, columns, lambda row: and_(tuple_(row.c.published_at, row.c.article_id) < last, _since(row))
    )


@_remembered
def buried(shape: Shape, columns: Columns) -> Select[Any]:
    """The same of those that were retracted, and had been published since `:since`."""
    return _newest(shape, _tombstone, columns, _since)


@_remembered
def placed_in_part(beside: Shape, columns: Columns) -> Select[Any]:
    """Columns of those that are published and stand in `:part` of `:pivot`, newest first."""
    return _in_part(beside, _placement, columns)


@_remembered
def buried_in_part(beside: Shape, columns: Columns) -> Select[Any]:
    """The same of those that stood there until they were retracted."""
    return _in_part(beside, _tombstone, columns)


def meets(shape: Shape, number: int, stands: Stands, *, known: int = 1) -> ColumnElement[bool]:
    """That an article meets a term of a formula, of which the first `known` channels are known."""
    within, without = shape[number]
    inside = (stands(bindparam(f"in{number}_{n}")) for n in range(known, within))
    outside = (not_(stands(bindparam(f"out{number}_{n}"))) for n in range(without))
    return and_(true(), *inside, *outside)


def meets_any(shape: Shape, stands: Stands) -> ColumnElement[bool]:
    """That an article meets any term of a formula, of which nothing is known."""
    return or_(*(meets(shape, number, stands, known=0) for number in range(len(shape))))


def _newest(
    shape: Shape, table: Table, columns: Columns, also: Callable[[FromClause], ColumnElement[bool]]
) -> Select[Any]:
    if len(shape) == 1:
        # One range of the key, walked from its end as far as is asked for.
        here = table.c.channel_id == bindparam("in0_0"), meets(shape, 0, _stands(table, table)), also(table)
        return _cut(_of_articles(columns, table).where(*here), table)
    terms = []
    for number in range(len(shape)):
        row = table.alias(f"row{number}")
        here = row.c.channel_id == bindparam(f"in{number}_0"), meets(shape, number, _stands(table, row)), also(row)
        terms.append(_cut(select(row.c.published_at, row.c.article_id).where(*here), row).subquery())
    found = union(*map(select, terms)).subquery()
    return _cut(_of_articles(columns, found), found)


def _in_part(beside: Shape, table: Table, columns: Columns) -> Select[Any]:
    here = table.c.channel_id == bindparam("pivot"), table.c.part == bindparam("part")
    wanted = _of_articles(columns, table).where(*here, meets_any(beside, _stands(table, table)))
    return wanted.order_by(table.c.published_at.desc(), table.c.article_id.desc())


def _of_articles(columns: Sequence[ColumnElement[Any]], row: FromClause) -> Select[Any]:
    return select(*columns).select_from(row).join(ArticleRow.__table__, row.c.article_id == _article.id)


def _cut(wanted: Select[Any], row: FromClause) -> Select[Any]:
    return wanted.order_by(row.c.published_at.desc(), row.c.article_id.desc()).limit(bindparam("limit"))


def _stands(table: Table, row: FromClause) -> Stands:
    def stands(channel: BindParameter[Any]) -> ColumnElement[bool]:
        other = table.alias()
        same = other.c.published_at == row.c.published_at, other.c.article_id == row.c.article_id
        return exists().where(other.c.channel_id == channel, *same)

    return stands


def _since(row: FromClause) -> ColumnElement[bool]:
    return row.c.published_at >= _moment("since")


def _moment(name: str) -> BindParameter[Any]:
    return bindparam(name, type_=UtcDateTime())
