"""A copy of a database in an empty one: of one snapshot, gone on with if it was stopped, verified in the end."""

import hashlib
from collections.abc import Generator, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import islice, zip_longest
from typing import Any, Literal, TypeAlias

from sqlalchemy import Connection, Row, Table, func, select, text
from sqlalchemy.exc import IntegrityError

from feedsvc.errors import CopyError
from feedsvc.store import claim, migration, rows
from feedsvc.store.database import Database
from feedsvc.store.schema import Base

_Deed: TypeAlias = Literal["checked", "copied", "verified"]
_Progress: TypeAlias = Iterator[tuple[Table, int]]


@dataclass(frozen=True, slots=True)
class Step:
    """`rows` rows of `table` were dealt with, which makes `done` of `total` in all tables.

    "checked" is what the target had, and is without what has vanished from the source; "copied" is in the target as
    it is in the source, and "verified" was read again on both sides.
    """

    deed: _Deed
    table: str
    rows: int
    done: int
    total: int


def copy(source: Database, target: Database) -> Generator[Step]:
    """Make of `target`, an empty database, what `source` is now: every row of every table, ids and journal included.

    Whatever stopped a run, the next one goes on: it compares what the target has, and changes or deletes there what
    was changed or deleted in the source since. Until the end the target is claimed, and of no use to anyone else.
    Memory is flat in the number of rows. Raises `CopyError` when the target is not empty and no unfinished copy of
    this source, or when it is not the same in the end; `SchemaError` when a schema is not that of this program.
    """
    run, resumed = _begin(source, target)
    work = _Work(target, run)
    with source.read() as reading:
        # Not in a snapshot, which would keep a database from tidying up behind the writer for as long as it lasts.
        with target.observe() as looking:
            if resumed:
                yield from _counted("checked", looking, work.remove_vanished(reading, looking))
            yield from _counted("copied", reading, work.bring(reading, looking))
        yield from _counted("verified", reading, work.finish(reading))


def _begin(source: Database, target: Database) -> tuple[str, bool]:
    """Claim the target; returns the name of this run, and whether there was one before."""
    if source.place == target.place:
        raise CopyError("Both addresses are of the same database.")
    if migration.current(source) is None:
        raise CopyError(f"{source.place} is empty: there is nothing to copy.")
    migration.require_current(source, "")
    found = migration.current(target)
    with target.write() as connection:
        if found is None:
            migration.lay_tables(connection)
            claim.lay(connection, source.place)
        begun = claim.source_of(connection)
        if begun is None:
            raise CopyError(f"{target.place} is in use by feedsvc already: a copy needs an empty database.")
        if begun != source.place:
            raise CopyError(f"{target.place} holds an unfinished copy of {begun}: finish that one, or empty it.")
        if found not in (None, migration.head()):
            raise CopyError(f"{target.place} holds a copy that another version of feedsvc has begun: empty it.")
        return claim.take(connection), found is not None


class _Work:
    """What one run does to its target, a batch in a transaction, as long as the claim is its own."""

    def __init__(self, target: Database, run: str) -> None:
        self._target = target
        self._run = run

    def remove_vanished(self, reading: Connection, looking: Connection) -> _Progress:
        """Delete what the source no longer has; first of all, since it may hold a value that another row has now."""
        for table in reversed(Base.metadata.sorted_tables):
            here, there = (rows.keyed(each, table, only_keys=True) for each in (looking, reading))
            for batch in _batches(rows.matched(here, there)):
                if vanished := [key for key, still in batch if still is None]:
                    with self._writing() as connection:
                        rows.remove(connection, table, vanished)
                yield table, len(batch)

    def bring(self, reading: Connection, looking: Connection) -> _Progress:
        """Write what the target does not have, or has otherwise."""
        for table in Base.metadata.sorted_tables:
            for batch in _batches(rows.matched(rows.keyed(reading, table), rows.keyed(looking, table))):
                new = [row for row, other in batch if other is None]
                changed = [row for row, other in batch if other is not None and other != row]
                if new or changed:
                    with self._writing() as connection:
                        rows.change(connection, table, changed)
                        rows.add(connection, table, new)
                yield table, len(batch)

    def finish(self, reading: Connection) -> _Progress:
        """Compare both sides, and drop the claim if they are the same."""
        different = []
        with self._writing() as connection:
            for table in Base.metadata.sorted_tables:
                there, here = _Digest(), _Digest()
                for page, other in zip_longest(rows.pages(reading, table), rows.pages(connection, table), fillvalue=()):
                    there.add(page)
                    here.add(other)
                    yield table, len(page)
                if there.value() != here.value():
                    different.append(f"{table.name} ({there.rows:,} rows in the source, {here.rows:,} in the copy)")
            if different:
                raise CopyError(f"The copy differs in {', '.join(different)}: run the same again, which will mend it.")
            claim.drop(connection)
            if not self._target.is_sqlite:
                # Otherwise the planner would take the tables for small until the server looks at them by itself.
                connection.execute(text("ANALYZE"))

    @contextmanager
    def _writing(self) -> Iterator[Connection]:
        try:
            with self._target.write() as connection:
                claim.require(connection, self._run)
                yield connection
        except IntegrityError as error:
            # A unique value went from one row to another since the last run, say, and back.
            raise CopyError(
                f"{self._target.place} has rows that are in the way of what the source has now: empty it, "
                f"and begin again ({error.orig})"
            ) from error


class _Digest:
    """How many rows there are in a table, and a hash of them in their order."""

    def __init__(self) -> None:
        self.rows = 0
        self._hash = hashlib.sha256()

    def add(self, page: Iterable[Row[Any]]) -> None:
        for row in page:
            self.rows += 1
            self._hash.update(repr(tuple(row)).encode())

    def value(self) -> tuple[int, bytes]:
        return self.rows, self._hash.digest()


def _batches(pairs: Iterator[Any]) -> Iterator[list[Any]]:
    return iter(lambda: list(islice(pairs, rows.PAGE)), [])


def _counted(deed: _Deed, connection: Connection, progress: _Progress) -> Iterator[Step]:
    tables = Base.metadata.sorted_tables
    total = sum(connection.execute(select(func.count()).select_from(table)).scalar_one() for table in tables)
    done = 0
    for table, count in progress:
        done += count
        yield Step(deed, table.name, count, done, total)
