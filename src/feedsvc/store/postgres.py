"""PostgreSQL: how a server is reached and how long it is waited for, whose turn it is, and how it tells of commits."""

import select
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing, contextmanager, suppress
from typing import Any, TypeVar

import psycopg
from psycopg.abc import PQGen
from sqlalchemy import URL, Connection, Engine, create_engine, event, text
from sqlalchemy.engine import ExceptionContext
from sqlalchemy.exc import DBAPIError

from feedsvc.store.decoding import decode

COMMITTED = "feedsvc_journal"
"""The channel on which a transaction tells, when it commits, that it wrote in the journal."""

# A server that is gone without a word is noticed within about 15 s, by us and by it, whatever the network does.
_REACHING = {
    "connect_timeout": 3,
    "keepalives_idle": 5,
    "keepalives_interval": 5,
    "keepalives_count": 2,
    "tcp_user_timeout": 15_000,
}
_BEING_REACHED = (
    "SET tcp_keepalives_idle = 5",
    "SET tcp_keepalives_interval = 5",
    "SET tcp_keepalives_count = 2",
    "SET tcp_user_timeout = 15000",
)
_LOOK_SECONDS = 0.05
_POLL_SECONDS = 0.5
# A watcher asks for one row. A server that has no word for it in this time has none for anybody.
_PATIENCE_SECONDS = 1.5


Result = TypeVar("Result")


class _Line(psycopg.Connection[Any]):
    """A connection whose every wait ends when there is no hope: a server that is stopped, and not gone, would hold
    whoever asks it anything for ever, and no timeout of its own would run."""

    is_hopeless: Callable[[float], bool] = staticmethod(lambda silence: silence > _PATIENCE_SECONDS)
    """Whether to give up after so many seconds of silence. A new one has to be given the time to prove itself."""

    def wait(self, gen: PQGen[Result], interval: float = 0.1, timeout: float | None = None) -> Result:
        return super().wait(self._while_there_is_hope(gen), interval, timeout)

    def _while_there_is_hope(self, gen: PQGen[Result]) -> PQGen[Result]:
        heard = time.monotonic()
        try:
            wanted = next(gen)
            while True:
                # Nothing is what psycopg says when nothing came within the interval.
                if ready := (yield wanted):
                    heard = time.monotonic()
                elif self.is_hopeless(time.monotonic() - heard):
                    self.pgconn.finish()
                    raise psycopg.OperationalError("it is silent")
                wanted = gen.send(ready)
        except StopIteration as done:
            result: Result = done.value
            return result


class Watch:
    """Hears of commits by LISTEN, and wakes twice a second in case that something was not heard, or nobody is there to
    tell. Its connection is its own, and gives up a server that is silent."""

    def __init__(self, connection: Connection) -> None:
        self.connection = connection
        driver: Any = connection.connection.driver_connection
        connection.detach()
        self._driver = driver
        # Whether a server that was given up is back is for this one to find out.
        driver.is_hopeless = _Line.is_hopeless
        connection.exec_driver_sql(f"LISTEN {COMMITTED}")
        self._woken = time.monotonic()
        # Not select(): it knows no descriptor above 1,023, and pollers keep thousands open.
        self._poll = select.poll()
        self._poll.register(driver, select.POLLIN)

    def wait(self) -> bool:
        """Wait for a commit, for a moment; whether there may be something new."""
        # What came in the middle of a query has been taken off the socket.
        if not self._heard():
            self._poll.poll(_LOOK_SECONDS * 1000)
            if not self._heard() and time.monotonic() - self._woken < _POLL_SECONDS:
                return False
        self._woken = time.monotonic()
        return True

    def _heard(self) -> bool:
        return bool(list(self._driver.notifies(timeout=0)))


def open_engine(
    url: URL, connections: int, wait_seconds: float, statement_seconds: float, is_hopeless: Callable[[float], bool]
) -> Engine:
    """The pool of at most `connections`, in which a statement ends after `statement_seconds` (0: when it is done)."""
    engine = create_engine(
        url,
        connect_args={name: value for name, value in _REACHING.items() if name not in url.query},
        pool_size=connections,
        max_overflow=0,
        pool_timeout=wait_seconds,
        pool_pre_ping=True,
        json_deserializer=decode,
    )
    # By statements, not by options of the connection, which poolers in between refuse.
    settings = "; ".join([f"SET statement_timeout = {round(statement_seconds * 1000)}", *_BEING_REACHED])

    def connect(_dialect: Any, _record: Any, arguments: list[Any], options: dict[str, Any]) -> _Line:
        with ExitStack() as failing:
            line = failing.enter_context(closing(_Line.connect(*arguments, **options)))
            line.autocommit = True
            line.execute(settings)
            line.autocommit = False
            failing.pop_all()
        line.is_hopeless = is_hopeless
        return line

    event.listen(engine, "do_connect", connect)
    event.listen(engine, "handle_error", _leave_a_standby)
    return engine


@contextmanager
def turn(connection: Connection, name: str) -> Iterator[bool]:
    """An advisory lock of a session of its own, which ends with it."""
    connection.detach()
    # Of all programs that share the database, nobody else hashes this.
    lock = text("SELECT pg_try_advisory_lock(hashtextextended(:name, 0))")
    mine = connection.execute(lock, {"name": f"feedsvc {name}"}).scalar_one()
    try:
        yield mine
    finally:
        # Its end would free the lock too, a moment later. A session that was lost has lost its lock with it.
        with suppress(DBAPIError):
            connection.execute(text("SELECT pg_advisory_unlock_all()"))


def line_up(connection: Connection, name: str) -> None:
    """Wait for a turn that lasts as long as the transaction; whoever has waited longest is next.

    A row's lock keeps no such order: it goes to whoever asks first when it is free, and one of many may never be.
    """
    connection.execute(text("SELECT pg_advisory_xact_lock(hashtextextended(:name, 0))"), {"name": f"feedsvc {name}"})


def wait_for_turn(connection: Connection, name: str) -> None:
    """The same, for however long it takes."""
    connection.execute(text("SET LOCAL statement_timeout = 0"))
    line_up(connection, name)


def is_read_only(error: BaseException | None) -> bool:
    """Whether the server takes no change now, as a standby does."""
    return isinstance(error, psycopg.errors.ReadOnlySqlTransaction)


def _leave_a_standby(context: ExceptionContext) -> None:
    # After a failover, the pool may hold connections to what was the primary and still answers. The next are made anew.
    if is_read_only(context.original_exception):
        context.is_disconnect = True
