"""The database: how it is opened, how a reader gets a snapshot and a writer the right to write."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Self

from sqlalchemy import URL, Connection, Engine, create_engine, event, make_url

from feedsvc.errors import ConfigError

# WAL with NORMAL: a power cut can take back the last commits, never tear one; FULL would wait for the disk each time
# and is worth it for a newsroom, whose publishes are few and whose acknowledgements are promises.
_PRAGMAS = (
    "PRAGMA journal_mode = WAL",
    "PRAGMA synchronous = FULL",
    "PRAGMA foreign_keys = ON",
    "PRAGMA busy_timeout = 10000",
    "PRAGMA cache_size = -16384",
)
_MODE = "feedsvc_mode"


class Database:
    """One SQLite file or PostgreSQL database, opened lazily; safe to use from many threads."""

    def __init__(self, url: str) -> None:
        self.url = make_url(url)
        self.is_sqlite = self.url.get_backend_name() == "sqlite"
        self.engine = self._open()

    @classmethod
    def existing(cls, url: str) -> Self:
        """A database that is there: a SQLite file that is not is never made. Raises `ConfigError`."""
        database = make_url(url)
        if database.get_backend_name() == "sqlite" and not Path(database.database or "").is_file():
            raise ConfigError(f"There is no database {database.database}.")
        return cls(url)

    @property
    def place(self) -> str:
        """Where the database is, whoever asks and however it is spelled: without user and password."""
        if self.is_sqlite:
            return f"sqlite:///{Path(self.url.database or '').resolve()}"
        host, port = self.url.host, self.url.port or 5432
        return str(URL.create("postgresql", host=host, port=port, database=self.url.database, query=self.url.query))

    @contextmanager
    def read(self) -> Iterator[Connection]:
        """A transaction that sees one snapshot of the database from its first query to its end."""
        level = {} if self.is_sqlite else {"isolation_level": "REPEATABLE READ", "postgresql_readonly": True}
        with self.engine.connect().execution_options(**level) as connection:
            yield connection

    @contextmanager
    def write(self) -> Iterator[Connection]:
        """A transaction that may write, committed at the end of the block and rolled back by an exception."""
        with self.engine.connect().execution_options(**{_MODE: "IMMEDIATE"}) as connection, connection.begin():
            yield connection

    @contextmanager
    def observe(self) -> Iterator[Connection]:
        """A connection without a transaction: each query sees the newest commit."""
        # SQLAlchemy's AUTOCOMMIT would hand the connection back to the pool with the driver's own transactions on.
        options = {_MODE: "NONE"} if self.is_sqlite else {"isolation_level": "AUTOCOMMIT"}
        with self.engine.connect().execution_options(**options) as connection:
            yield connection

    def close(self) -> None:
        """Close every pooled connection."""
        self.engine.dispose()

    def forget_connections(self) -> None:
        """After a fork: leave the parent's connections to the parent, and open new ones on demand."""
        self.engine.dispose(close=False)

    def _open(self) -> Engine:
        if not self.is_sqlite:  # pragma: no cover - PostgreSQL
            return create_engine(self.url, pool_pre_ping=True)
        if self.url.database:
            _make_folder(Path(self.url.database).parent)
        engine = create_engine(self.url, connect_args={"check_same_thread": False})
        event.listen(engine, "connect", _prepare_sqlite)
        event.listen(engine, "begin", _begin_sqlite)
        return engine


def _make_folder(folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        reason = (error.strerror or str(error)).lower()
        raise ConfigError(f"Setting 'database_url': the folder {folder} cannot be made: {reason}.") from None


def _prepare_sqlite(connection: Any, _record: Any) -> None:
    # The driver would begin transactions by itself, and only before a write: too late for a snapshot.
    connection.isolation_level = None
    for pragma in _PRAGMAS:
        connection.execute(pragma)


def _begin_sqlite(connection: Connection) -> None:
    # A writer that began as a reader cannot become one when another wrote meanwhile; so it says so at once.
    mode = connection.get_execution_options().get(_MODE, "DEFERRED")
    if mode != "NONE":
        connection.exec_driver_sql(f"BEGIN {mode}")
