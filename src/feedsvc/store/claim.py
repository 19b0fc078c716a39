"""The claim that a copy has on the database it is made into: until it is dropped, nobody else may use that database."""

from uuid import uuid4

from sqlalchemy import Column, Connection, MetaData, Table, Text, insert, inspect, select, update

from feedsvc.errors import CopyError

# Not one of the schema's tables: it is there while a copy is unfinished, and then no more.
_CLAIM = Table(
    "unfinished_copy", MetaData(), Column("source", Text, nullable=False), Column("run", Text, nullable=False)
)


def lay(connection: Connection, source: str) -> None:
    """Claim an empty database for a copy of `source`."""
    _CLAIM.create(connection)
    connection.execute(insert(_CLAIM).values(source=source, run=""))


def source_of(connection: Connection) -> str | None:
    """What the database is an unfinished copy of; None when it is not one."""
    if not inspect(connection).has_table(_CLAIM.name):
        return None
    return str(connection.execute(select(_CLAIM.c.source)).scalar_one())


def take(connection: Connection) -> str:
    """Hold the claim from now on, whoever held it before; returns the name of this run, for `require`."""
    run = uuid4().hex
    connection.execute(update(_CLAIM).values(run=run))
    return run


def require(connection: Connection, run: str) -> None:
    """Keep the claim until the end of the transaction. Raises `CopyError` when another run has taken or dropped it."""
    there = inspect(connection).has_table(_CLAIM.name)
    if not there or connection.execute(select(_CLAIM.c.run).with_for_update()).scalar_one() != run:
        raise CopyError("Another copy into the same database was started since, and has taken over.")


def drop(connection: Connection) -> None:
    """Give the database to whoever wants to use it."""
    _CLAIM.drop(connection)
