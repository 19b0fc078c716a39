"""How fresh what was read is, by the journal: the newest change of a selection, an article, a part of all."""

import sys
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any

from sqlalchemy import Connection, Select, bindparam, func, select

from feedsvc.journal import span
from feedsvc.store import formulas, touches
from feedsvc.store.formulas import Formula
from feedsvc.store.schema import JournalHeadRow, JournalRow, SiteRow
from feedsvc.store.touches import Bound, Newest


@dataclass(frozen=True, slots=True)
class Freshness:
    """How fresh what was read is: `revision` is the journal's head in the same snapshot, `changed_at` (UTC) the
    newest change of the selection, and `crowded` whether another change of it fell into the same second."""

    revision: int
    changed_at: datetime
    crowded: bool


UNTOUCHED = Freshness(sys.maxsize, datetime(2020, 1, 1, tzinfo=UTC), crowded=True)
"""The freshness of what no change touches; its date tells nothing, so only its ETag validates."""

_journal = JournalRow.__table__.c
_site, _head = SiteRow.__table__.c, JournalHeadRow.__table__.c


def _freshness_by(newest_before: Newest) -> Select[Any]:
    """When the site changed and the number of its newest row; the time of the newest transaction that is found, and
    that of the one before; built once, as to build a statement takes longer than to run it."""
    newest = select(_journal.at).where(_journal.seq == newest_before(None).scalar_subquery()).cte("newest")
    begun = select(func.min(_journal.seq)).where(_journal.at == select(newest.c.at).scalar_subquery())
    earlier = select(_journal.at).where(_journal.seq == newest_before(begun.scalar_subquery()).scalar_subquery())
    return select(_site.changed_at, _head.seq, select(newest.c.at).scalar_subquery(), earlier.scalar_subquery()).where(
        _site.id == _head.id
    )  # of each there is one row, under the same number


def _by_journal(wanted: Select[Any]) -> Newest:
    def find(bound: Bound) -> Select[Any]:
        return wanted if bound is None else wanted.where(_journal.seq < bound)

    return find


# Out of journal_by_article, from the first number to the last: some 50,000 entries. Of `seq` by itself PostgreSQL would
# look for the highest backwards from the journal's end, past every article that was accepted since.
_in_part = select(func.max(_journal.seq + 0)).where(
    _journal.article_id >= bindparam("first"), _journal.article_id < bindparam("end")
)
_of_formula = lru_cache(maxsize=256)(lambda shape: _freshness_by(touches.newest(shape)))
_of_archive = lru_cache(maxsize=256)(lambda beside: _freshness_by(touches.newest_in_part(beside)))
_OF_ARTICLE = _freshness_by(
    _by_journal(
        select(_journal.seq).where(_journal.article_id == bindparam("number")).order_by(_journal.seq.desc()).limit(1)
    )
)
_OF_PART = _freshness_by(_by_journal(_in_part))
_OF_EVERYTHING = _freshness_by(_by_journal(select(func.max(_journal.seq))))
_OF_SITE = select(_site.changed_at, _head.seq).where(_site.id == _head.id)
_PART_CHANGED_AT = select(_journal.at).where(_journal.seq == _in_part.scalar_subquery())


def of_formula(connection: Connection, formula: Formula, part: int) -> Freshness:
    """The freshness of a selection whose archive ends before `part`: its newest change, or that of the whole site if it
    is later."""
    return _freshness(connection, _of_formula(formula.shape), **formula.parameters, part=part)


def of_channel(connection: Connection, channel: int) -> Freshness:
    """The same for all that stands in one channel."""
    return of_formula(connection, formulas.of_channel(channel), 0)


def of_archive(connection: Connection, formula: Formula, part: int) -> Freshness:
    """The freshness of an archive document of a selection."""
    beside = formula.beside
    return _freshness(connection, _of_archive(beside.shape), **beside.parameters, part=part)


def of_article(connection: Connection, article: int, counted_at: datetime | None) -> Freshness:
    """The freshness of an article's page, which shows the reads that were counted at `counted_at` (UTC) as well."""
    fresh = _freshness(connection, _OF_ARTICLE, number=article)
    if counted_at is None or counted_at.replace(microsecond=0) < fresh.changed_at.replace(microsecond=0):
        return fresh
    # Several processes count; that none of them counts in the same second again cannot be known.
    return Freshness(fresh.revision, max(counted_at, fresh.changed_at), crowded=True)


def of_part(connection: Connection, part: int) -> Freshness:
    """The freshness of a part of all articles, published or not; every change of one counts."""
    return _freshness(connection, _OF_PART, **span(part))


def of_everything(connection: Connection) -> Freshness:
    """The freshness of everything together: the newest row, whatever it tells of."""
    return _freshness(connection, _OF_EVERYTHING)


def of_site(connection: Connection) -> Freshness:
    """The freshness of what no article changes."""
    return _freshness(connection, _OF_SITE)


def part_changed_at(connection: Connection, part: int) -> datetime | None:
    """When any article of a part was changed last (UTC); None where there is none."""
    return connection.execute(_PART_CHANGED_AT, span(part)).scalar()


def _freshness(connection: Connection, statement: Select[Any], **named: int) -> Freshness:
    site, revision, *touched = connection.execute(statement, named).one()
    newest, *earlier = sorted([site, *(at for at in touched if at)], reverse=True)
    crowded = any(moment.replace(microsecond=0) == newest.replace(microsecond=0) for moment in earlier)
    return Freshness(revision, newest, crowded)
