"""The rows of any table in the order of its key, which is the same on every database: read, matched, written."""

from collections.abc import Iterable, Iterator, Sequence
from typing import Any, TypeAlias

import sqlalchemy as sa
from sqlalchemy import Column, ColumnElement, Connection, Row, Table, bindparam
from sqlalchemy.exc import DBAPIError

PAGE = 500
"""How many rows are read at once."""

Keyed: TypeAlias = tuple[tuple[Any, ...], Row[Any]]
"""A row, behind its key."""


def pages(connection: Connection, table: Table, *, only_keys: bool = False) -> Iterator[Sequence[Row[Any]]]:
    """The rows, or their keys, in order, at most `PAGE` at once; memory is flat in the number of rows."""
    key = [_ordered(connection, column) for column in table.primary_key]
    page = sa.select(*(table.primary_key if only_keys else table.columns)).order_by(*key).limit(PAGE)
    after = sa.tuple_(*(bindparam(f"after_{column.name}", type_=column.type) for column in table.primary_key))
    following = page.where(sa.tuple_(*key) > after)
    rows = connection.execute(page).all()
    while rows:
        yield rows
        last = rows[-1]._mapping
        reached = {f"after_{column.name}": last[column] for column in table.primary_key}
        rows = connection.execute(following, reached).all() if len(rows) == PAGE else []


def keyed(connection: Connection, table: Table, *, only_keys: bool = False) -> Iterator[Keyed]:
    """The rows, or their keys, in order, each behind its key."""
    columns = list(table.primary_key if only_keys else table.columns)
    places = [columns.index(column) for column in table.primary_key]
    for page in pages(connection, table, only_keys=only_keys):
        for row in page:
            yield tuple(row[place] for place in places), row


def matched(rows: Iterable[Keyed], others: Iterator[Keyed]) -> Iterator[tuple[Row[Any], Row[Any] | None]]:
    """Each of `rows` with the one of `others` that has its key, if there is one; both come in the order of the key."""
    other = next(others, None)
    for key, row in rows:
        while other is not None and other[0] < key:
            other = next(others, None)
        yield row, other[1] if other is not None and other[0] == key else None


def add(connection: Connection, table: Table, rows: Sequence[Row[Any]]) -> None:
    """Write rows that are new."""
    if rows and connection.dialect.name == "postgresql":
        _stream(connection, table, rows)
    elif rows:
        connection.execute(table.insert(), [row._asdict() for row in rows])


def change(connection: Connection, table: Table, rows: Sequence[Row[Any]]) -> None:
    """Write rows in the place of those that have their keys."""
    if rows:
        values: dict[str, Any] = {column.name: bindparam(f"new_{column.name}") for column in table.columns}
        found = sa.update(table).where(_is_row(table, "new_")).values(values)
        connection.execute(found, [{f"new_{name}": value for name, value in row._mapping.items()} for row in rows])


def remove(connection: Connection, table: Table, keys: Sequence[Row[Any]]) -> None:
    """Delete the rows that have one of `keys`, of which there is at least one."""
    connection.execute(sa.delete(table).where(_is_row(table, "")), [key._asdict() for key in keys])


def _ordered(connection: Connection, column: Column[Any]) -> ColumnElement[Any]:
    # By code points, as SQLite and Python order text; PostgreSQL would do it by the rules of some language.
    by_language = isinstance(column.type, sa.String) and connection.dialect.name == "postgresql"
    return column.collate("C") if by_language else column


def _is_row(table: Table, prefix: str) -> ColumnElement[bool]:
    return sa.and_(*(column == bindparam(f"{prefix}{column.name}") for column in table.primary_key))


def _stream(connection: Connection, table: Table, rows: Sequence[Row[Any]]) -> None:
    # PostgreSQL's COPY takes two to three times as many rows a second as INSERT, and SQLAlchemy has no word for it.
    dialect = connection.dialect
    form = dialect.identifier_preparer
    statement = f"COPY {form.format_table(table)} ({', '.join(map(form.format_column, table.columns))}) FROM STDIN"
    bind = [column.type.dialect_impl(dialect).bind_processor(dialect) for column in table.columns]
    driver: Any = connection.connection.driver_connection
    try:
        with driver.cursor() as cursor, cursor.copy(statement) as stream:
            for row in rows:
                stream.write_row([bound(value) if bound else value for bound, value in zip(bind, row, strict=True)])
    except dialect.loaded_dbapi.Error as error:
        raise DBAPIError.instance(statement, None, error, dialect.loaded_dbapi.Error, dialect=dialect) from error
