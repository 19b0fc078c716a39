"""Shifts: a dispatcher claims rows under a name that ends with it, so that others know at once what it left undone."""

import itertools
import logging
import secrets
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any

import psycopg
from sqlalchemy import select, update

from feedsvc.store import postgres
from feedsvc.store.database import Database
from feedsvc.store.push_tables import DeliveryRow, IntentRow

log = logging.getLogger(__name__)

# What a living dispatcher claims is mostly done by then, and need not be looked into.
_QUESTIONABLE = timedelta(seconds=0.3)


class Shift:
    """The right to claim under `name`, from `begin` to the end of the process at the latest.

    A name is a number, of which the living have one each (a turn), and a token that tells its holder from
    those who had the number before. Numbers are used again, as each leaves a file beside a SQLite database.
    """

    def __init__(self, database: Database, number: int, holds: Callable[[], bool]) -> None:
        """`holds` is whether the number is held still."""
        self._database = database
        self._number = number
        self._holds = holds
        self.name = f"{number}.{secrets.token_hex(8)}"

    def is_over(self) -> bool:
        """Whether somebody else has the number now, or could: the database has lost the connection that held it."""
        return not self._holds()

    def release_the_dead(self, *, at_once: bool = False) -> int:
        """Give back what dispatchers had claimed that are no more; returns how many rows. What was claimed a moment
        ago is only looked into `at_once`."""
        with self._database.read() as connection:
            before = datetime.now(UTC) - (timedelta() if at_once else _QUESTIONABLE)
            names = {
                str(name)
                for table in (DeliveryRow, IntentRow)
                for (name,) in connection.execute(
                    select(table.claimed_by).where(table.claimed_by.is_not(None), table.claimed_at <= before).distinct()
                )
            }
        dead = [name for name in names - {self.name} if self._is_dead(name)]
        released = self._release(dead) if dead else 0
        if dead:
            log.warning("a dispatcher is gone; %d of its claims are taken up by others", released)
        return released

    def release_its_own(self) -> None:
        """Give back what is claimed under this name, at the end of an orderly shift."""
        self._release([self.name])

    def _release(self, names: list[str]) -> int:
        released = 0
        with self._database.write() as connection:
            for table in (DeliveryRow, IntentRow):
                free = update(table).where(table.claimed_by.in_(names)).values(claimed_by=None, claimed_at=None)
                released += connection.execute(free).rowcount
        return released

    def _is_dead(self, name: str) -> bool:
        number = int(name.partition(".")[0])
        if number == self._number:
            # It is of somebody before us; or after us, if we are the ones that are over.
            return not self.is_over()
        with self._database.turn(_turn(number)) as free:
            return free


@contextmanager
def shift(database: Database) -> Iterator[Shift]:
    """A shift under the first number that is free, until the end of the block."""
    for number in itertools.count():
        with _held(database, _turn(number)) as holds:
            if holds is not None:
                yield Shift(database, number, holds)
                return


@contextmanager
def _held(database: Database, turn: str) -> Iterator[Callable[[], bool] | None]:
    """A turn as of `Database.turn`: how to ask from any thread whether it lasts, or None if it is another's."""
    if database.is_sqlite:
        # A file lock is lost with its process alone.
        with database.turn(turn) as mine:
            yield (lambda: True) if mine else None
        return
    with database.observe() as connection:
        # SQLAlchemy's connection would quietly be another after a failure, and is for one thread.
        session: Any = connection.connection.driver_connection
        with postgres.turn(connection, turn) as mine:
            yield partial(_holds, session) if mine else None


def _holds(session: Any) -> bool:
    """Whether a session, which has but one advisory lock, has it still."""
    own = "SELECT 1 FROM pg_locks WHERE locktype = 'advisory' AND granted AND pid = pg_backend_pid()"
    try:
        return session.execute(own).fetchone() is not None
    except psycopg.Error:
        return False


def _turn(number: int) -> str:
    return f"push-{number}"
