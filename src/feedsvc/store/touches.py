"""Which journal rows touch a selection: statements, built once for all formulas of a shape."""

from collections.abc import Callable, Iterator
from typing import Any, TypeAlias

from sqlalchemy import (
    BindParameter,
    ColumnElement,
    FromClause,
    ScalarSelect,
    Select,
    Table,
    and_,
    bindparam,
    exists,
    func,
    literal_column,
    or_,
    select,
    true,
    union,
    union_all,
)

from feedsvc.store.formulas import Shape
from feedsvc.store.schema import JournalRow, TouchRow, UtcDateTime
from feedsvc.store.selecting import Stands, meets, meets_any

BEFORE, AFTER, OPENED = 1, 2, 4
"""That an article stood in a channel before a change, stands in it after that, and has opened its part of it by that,
as the touches say it."""

Bound: TypeAlias = ScalarSelect[Any] | None
Newest: TypeAlias = Callable[[Bound], Select[Any]]
"""Finds the number of the newest row, of those before a number if one is given."""

_ONE_CHANNEL = ((1, 0),)
# As the index has it, word for word: with a parameter in its place no database would know that it can be used.
_ZERO: ColumnElement[int] = literal_column("0")
_journal = JournalRow.__table__.c
_touch: Table = TouchRow.__table__  # type: ignore[assignment]  # which declarative classes do not promise


def newest(shape: Shape) -> Newest:
    """The newest row that touches a formula. If it takes more than one channel to tell, also what opened the part that
    is `:part` of `:pivot`, which is where its archive ends."""

    def find(bound: Bound) -> Select[Any]:
        found = [_last(row, here, bound) for row, here in _terms(shape)]
        if shape != _ONE_CHANNEL:
            found.append(_opening(0, bound))
        return _highest(found)

    return find


def newest_in_part(beside: Shape) -> Newest:
    """The newest row that touches a formula in `:part` of `:pivot`, or opens one of the two parts that follow, by which
    the archive document of the part comes to be, and to have another after it."""

    def find(bound: Bound) -> Select[Any]:
        row = _touch.alias("row")
        here = and_(row.c.channel_id == bindparam("pivot"), row.c.part == bindparam("part"), row.c.part != _ZERO)
        if (0, 0) not in beside:
            here = and_(here, _before_or_after(row, lambda stands: meets_any(beside, stands)))
        return _highest([_last(row, here, bound), _opening(1, bound), _opening(2, bound)])

    return find


def since(shape: Shape) -> Select[Any]:
    """Article and time of the rows that touch a formula and are not older than `:since`, in order, at most `:limit`."""
    first = select(func.min(_journal.seq)).where(_journal.at >= bindparam("since", type_=UtcDateTime()))
    found = [select(row.c.seq).where(here, row.c.seq >= first.scalar_subquery()) for row, here in _terms(shape)]
    touched = found[0].subquery() if len(found) == 1 else union(*found).subquery()
    rows = select(_journal.article_id, _journal.at).join(touched, touched.c.seq == _journal.seq)
    return rows.order_by(_journal.seq).limit(bindparam("limit"))


def _terms(shape: Shape) -> Iterator[tuple[FromClause, ColumnElement[bool]]]:
    """For each term of a formula, touches of its first channel, and when the change is one of the term's articles."""
    for number in range(len(shape)):
        row = _touch.alias(f"row{number}")
        yield row, and_(row.c.channel_id == bindparam(f"in{number}_0"), _met(row, shape, number))


def _met(row: FromClause, shape: Shape, number: int) -> ColumnElement[bool]:
    if shape[number] == (1, 0):
        return true()
    return _before_or_after(row, lambda stands: meets(shape, number, stands))


def _before_or_after(row: FromClause, condition: Callable[[Stands], ColumnElement[bool]]) -> ColumnElement[bool]:
    """That an article met a condition before a change, or meets it after."""

    def at(bit: int) -> ColumnElement[bool]:
        def stands(channel: BindParameter[Any]) -> ColumnElement[bool]:
            other = _touch.alias()
            same = other.c.seq == row.c.seq, other.c.channel_id == channel
            return exists().where(*same, other.c.stood.bitwise_and(bit) != 0)

        return and_(row.c.stood.bitwise_and(bit) != 0, condition(stands))

    return or_(at(BEFORE), at(AFTER))


def _last(row: FromClause, here: ColumnElement[bool], bound: Bound) -> Select[Any]:
    # Not a join, which PostgreSQL may walk from the journal's end: back to the day on which a tag was last used.
    bounded = here if bound is None else and_(here, row.c.seq < bound)
    return select(row.c.seq).where(bounded).order_by(row.c.seq.desc()).limit(1)


def _opening(following: int, bound: Bound) -> Select[Any]:
    """The row that opened the part of `:pivot` which is so many after `:part`. There is none of a part that came to be
    with a merged tag, or was numbered afterwards: then all documents are younger than that."""
    row = _touch.alias(f"opening{following}")
    here = row.c.channel_id == bindparam("pivot"), row.c.part == bindparam("part") + following, row.c.part != _ZERO
    opened = select(func.min(row.c.seq).label("seq")).where(*here, row.c.stood.bitwise_and(OPENED) != 0).subquery()
    return select(opened.c.seq) if bound is None else select(opened.c.seq).where(opened.c.seq < bound)


def _highest(found: list[Select[Any]]) -> Select[Any]:
    if len(found) == 1:
        return found[0]
    together = union_all(*(select(each.subquery()) for each in found)).subquery()
    return select(func.max(together.c.seq))
