"""The database: a snapshot for a reader, the right to write for a writer, word of commits for a watcher."""

import math
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Self

import psycopg
from sqlalchemy import URL, Connection, make_url
from sqlalchemy.exc import DBAPIError, InterfaceError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolExhausted

from feedsvc.config import SECRETS
from feedsvc.errors import ConfigError, DatabaseAway, DatabaseBusy, DatabaseStillAway
from feedsvc.store import postgres, sqlite

Watch = sqlite.Watch | postgres.Watch

# Whoever finds all connections in use has met a crowd, and leaves before it is one.
_POOL_SECONDS = 2.0


class Database:
    """One SQLite file or PostgreSQL database, opened lazily; safe to use from many threads.

    All methods raise `DatabaseAway` when the database cannot be reached, is too busy, or takes no change now.
    """

    def __init__(
        self,
        url: str,
        connections: int = 10,
        statement_seconds: float = 10,
        patience_seconds: float = math.inf,
    ) -> None:
        self.url = make_url(url)
        self.is_sqlite = self.url.get_backend_name() == "sqlite"
        self.is_away = False
        """Set by whoever watches the database. While it is true, nobody waits for it, and those who do stop."""
        if self.is_sqlite:
            self.engine = sqlite.open_engine(self.url, connections, _POOL_SECONDS)
        else:
            self.engine = postgres.open_engine(
                self.url,
                connections,
                _POOL_SECONDS,
                statement_seconds,
                lambda silence: self.is_away or silence > patience_seconds,
            )

    @classmethod
    def existing(cls, url: str, statement_seconds: float = 10) -> Self:
        """A database that is there: a SQLite file that is not is never made. Raises `ConfigError`."""
        database = make_url(url)
        if database.get_backend_name() == "sqlite" and not Path(database.database or "").is_file():
            raise ConfigError(f"There is no database {database.database}.")
        return cls(url, statement_seconds=statement_seconds)

    @property
    def place(self) -> str:
        """Where the database is, whoever asks and however it is spelled: without user and password."""
        if self.is_sqlite:
            return f"sqlite:///{Path(self.url.database or '').resolve()}"
        host, port = self.url.host, self.url.port or 5432
        there = URL.create("postgresql", host=host, port=port, database=self.url.database, query=self.url.query)
        return str(there.difference_update_query(("user", *SECRETS)))

    @contextmanager
    def read(self) -> Iterator[Connection]:
        """A transaction that sees one snapshot of the database from its first query to its end."""
        level = {} if self.is_sqlite else {"isolation_level": "REPEATABLE READ", "postgresql_readonly": True}
        with self._reached(), self.engine.connect().execution_options(**level) as connection:
            yield connection

    @contextmanager
    def write(self) -> Iterator[Connection]:
        """A transaction that may write, committed at the end of the block and rolled back by an exception."""
        # Not a snapshot: who has waited for the right to write has to see what was written meanwhile.
        mode = {sqlite.MODE: "IMMEDIATE"} if self.is_sqlite else {"isolation_level": "READ COMMITTED"}
        with self._reached(), self.engine.connect().execution_options(**mode) as connection, connection.begin():
            yield connection

    @contextmanager
    def observe(self) -> Iterator[Connection]:
        """A connection without a transaction: each query sees the newest commit."""
        # SQLAlchemy's AUTOCOMMIT would hand the connection back to the pool with the driver's own transactions on.
        options = {sqlite.MODE: "NONE"} if self.is_sqlite else {"isolation_level": "AUTOCOMMIT"}
        with _in_words(), self.engine.connect().execution_options(**options) as connection:
            yield connection

    @contextmanager
    def watch(self) -> Iterator[Watch]:
        """A connection without a transaction, for one thread, that tells when somebody may have committed."""
        with self.observe() as connection:
            yield sqlite.Watch(connection) if self.is_sqlite else postgres.Watch(connection)

    @contextmanager
    def turn(self, name: str) -> Iterator[bool]:
        """Whether it is this block's turn to do what `name` stands for: of all blocks in all processes on all machines
        with this database, one at a time is told so. The others are told no, and do not wait.

        A turn ends with its block, and with its process. One whose connection is lost ends unnoticed: keep it for a
        round of work, and do nothing in it that must not be done twice.
        """
        if self.is_sqlite:
            with sqlite.turn(self.url, name) as mine:
                yield mine
        else:
            with self._reached(), self.observe() as connection, postgres.turn(connection, name) as mine:
                yield mine

    def close(self) -> None:
        """Close every pooled connection."""
        self.engine.dispose()

    def forget_connections(self) -> None:
        """After a fork: leave the parent's connections to the parent, and open new ones on demand."""
        self.is_away = False
        self.engine.dispose(close=False)

    @contextmanager
    def _reached(self) -> Iterator[None]:
        if self.is_away:
            raise DatabaseStillAway("The database does not answer.")
        with _in_words():
            yield


@contextmanager
def _in_words() -> Iterator[None]:
    """Tell of every way in which a database can be away in a sentence; what else goes wrong is ours."""
    try:
        yield
    except PoolExhausted as error:
        raise DatabaseBusy("All connections to the database are in use.") from error
    except DBAPIError as error:
        cause = error.orig
        if not isinstance(error, OperationalError | InterfaceError) and not postgres.is_read_only(cause):
            raise
        silent = isinstance(cause, psycopg.Error) and cause.sqlstate is None
        reason = str(cause).partition("\n")[0].strip()
        raise DatabaseAway(f"The database {'does not answer' if silent else 'refused'}: {reason}") from error
