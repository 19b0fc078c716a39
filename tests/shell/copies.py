"""Copies of databases, as the tests of them make, watch and spoil them."""

import contextlib
from collections.abc import Iterator
from contextlib import closing

from inside import feedsvc
from sqlalchemy import text

from feedsvc.store import copying
from feedsvc.store.database import Database


def copied(environment: dict[str, str], source: str, target: str) -> str:
    """What a copy says that must succeed, on both streams."""
    result = feedsvc(environment, "db", "copy", source, target)
    assert result.exit_code == 0, result.output
    return result.output


def at(environment: dict[str, str], url: str) -> dict[str, str]:
    """An environment with the database at `url`."""
    return environment | {"FEEDSVC_DATABASE_URL": url}


def execute(url: str, *statements: str) -> None:
    """Do what nobody should, in one transaction."""
    with closing(Database(url)) as database, database.write() as connection:
        for statement in statements:
            connection.execute(text(statement))


@contextlib.contextmanager
def running(source: str, target: str) -> Iterator[Iterator[copying.Step]]:
    """A copy in this process, which goes on as far as its steps are asked for."""
    with (
        closing(Database(source)) as old,
        closing(Database(target)) as new,
        closing(copying.copy(old, new)) as steps,
    ):
        yield steps


def begin(source: str, target: str) -> None:
    """Leave a copy that is begun and not finished."""
    with running(source, target) as steps:
        next(steps)
