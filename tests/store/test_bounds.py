"""What anybody may have looked for ends in time."""

from collections.abc import Iterator
from contextlib import closing

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from feedsvc.errors import DatabaseAway, DatabaseBusy
from feedsvc.store.bounds import bounded
from feedsvc.store.database import Database

ENDLESS = text("WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT count(*) FROM n")


@pytest.fixture
def database(database_url: str) -> Iterator[Database]:
    with closing(Database(database_url)) as database:
        yield database


def test_what_would_take_too_long_is_ended_and_the_connection_is_as_good_as_before(database: Database) -> None:
    with pytest.raises(DatabaseBusy), database.read() as connection, bounded(connection, 0.05):
        connection.execute(ENDLESS)
    with database.read() as connection:
        assert connection.execute(text("SELECT count(*) FROM article")).scalar_one() == 0


def test_what_fails_otherwise_is_told_as_it_is(database: Database) -> None:
    with pytest.raises((DBAPIError, DatabaseAway), match="nowhere"), database.read() as connection:  # noqa: SIM117 - on one line it is too long
        with bounded(connection, 60):
            connection.execute(text("SELECT * FROM nowhere"))
