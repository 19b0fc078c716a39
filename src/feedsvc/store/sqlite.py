"""SQLite: how a file is opened, whose turn it is with it, and how it tells that somebody has committed."""

import fcntl
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import URL, Connection, Engine, create_engine, event, text

from feedsvc.errors import ConfigError
from feedsvc.store.decoding import decode

MODE = "feedsvc_mode"
"""The execution option that says how a transaction begins: `DEFERRED`, `IMMEDIATE`, or not at all (`NONE`)."""

# WAL with NORMAL: a power cut can take back the last commits, never tear one; FULL would wait for the disk each time
# and is worth it for a newsroom, whose publishes are few and whose acknowledgements are promises.
_PRAGMAS = (
    "PRAGMA journal_mode = WAL",
    "PRAGMA synchronous = FULL",
    "PRAGMA foreign_keys = ON",
    "PRAGMA busy_timeout = 10000",
    # For each connection; what is read again lies in the pages that the system keeps for all.
    "PRAGMA cache_size = -1024",
)
_LOOK_SECONDS = 0.01
_DATA_VERSION = text("PRAGMA data_version")


class Watch:
    """Looks whether another connection has committed: a pragma that takes microseconds."""

    def __init__(self, connection: Connection) -> None:
        self.connection = connection
        # It is kept for as long as the process lives, and is not to be one less for all others.
        connection.detach()
        self._version = self._look()

    def wait(self) -> bool:
        """Wait for a moment; whether there may be something new."""
        time.sleep(_LOOK_SECONDS)
        before, self._version = self._version, self._look()
        return self._version != before

    def _look(self) -> int:
        return int(self.connection.execute(_DATA_VERSION).scalar_one())


def open_engine(url: URL, connections: int, wait_seconds: float) -> Engine:
    """The pool of at most `connections`; its folder is made. Raises `ConfigError` where that cannot be."""
    if url.database:
        _make_folder(Path(url.database).parent)
        pool = {"pool_size": connections, "max_overflow": 0, "pool_timeout": wait_seconds}
    else:
        pool = {}  # a database in memory has one connection
    engine = create_engine(url, connect_args={"check_same_thread": False}, json_deserializer=decode, **pool)
    event.listen(engine, "connect", _prepare)
    event.listen(engine, "begin", _begin)
    return engine


@contextmanager
def turn(url: URL, name: str) -> Iterator[bool]:
    """A lock on a file beside the database, which ends with the process that holds it."""
    # The file stays: whoever removed it would leave two processes with a lock each, on files of one name.
    with Path(f"{url.database}-{name}").open("a") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            yield False
        else:
            try:
                yield True
            finally:
                # To close it would not do: a process that was forked meanwhile has it open too.
                fcntl.flock(file, fcntl.LOCK_UN)


def _make_folder(folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        reason = (error.strerror or str(error)).lower()
        raise ConfigError(f"Setting 'database_url': the folder {folder} cannot be made: {reason}.") from None


def _prepare(connection: Any, _record: Any) -> None:
    # The driver would begin transactions by itself, and only before a write: too late for a snapshot.
    connection.isolation_level = None
    for pragma in _PRAGMAS:
        connection.execute(pragma)


def _begin(connection: Connection) -> None:
    # A writer that began as a reader cannot become one when another wrote meanwhile; so it says so at once.
    mode = connection.get_execution_options().get(MODE, "DEFERRED")
    if mode != "NONE":
        connection.exec_driver_sql(f"BEGIN {mode}")
