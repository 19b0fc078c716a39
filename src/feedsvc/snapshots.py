"""Snapshots to make documents from: the replica's if it has all that this process has followed, else the primary's."""

import logging
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from datetime import datetime

from sqlalchemy import Connection
from sqlalchemy.exc import SQLAlchemyError

from feedsvc import journal
from feedsvc.errors import DatabaseAway
from feedsvc.store.database import Database

log = logging.getLogger(__name__)

PATIENCE_SECONDS = 2.0
"""How long a replica may be silent before it is given up: whoever waits could have asked the primary."""

_REST_SECONDS = 30.0
# Right after each commit a replica is behind for a moment. Told is who is behind all the time, and not all the time.
_BEHIND_SECONDS = 10.0
_QUIET_SECONDS = 60.0


class Snapshots:
    """Where renders read; safe to use from many threads. `from_replica` and `from_primary` say about how many.

    A document is never made of an older journal than the one that evicted its predecessor: the primary has all that
    this process has followed, and a replica is used if it has the newest row of that, as it was written.
    """

    def __init__(
        self, primary: Database, replica: Database | None, followed: Callable[[], tuple[int, datetime]]
    ) -> None:
        self._primary = primary
        self._replica = replica
        self._followed = followed
        self._is_away = False
        self._asked_again_at = 0.0
        self._used_at = self._quiet_until = time.monotonic()
        self.from_replica = 0
        self.from_primary = 0

    @contextmanager
    def read(self) -> Iterator[Connection]:
        """A transaction that sees one snapshot to its end. Raises `DatabaseAway` when nobody can give one."""
        with ExitStack() as stack:
            connection = self._read_replica(stack)
            if connection is None:
                self.from_primary += 1
                connection = stack.enter_context(self._primary.read())
            yield connection

    def close(self) -> None:
        """Close every connection to the replica."""
        if self._replica:
            self._replica.close()

    def forget_connections(self) -> None:  # pragma: no cover - after a fork
        """After a fork: leave the parent's connections to the parent, and open new ones on demand."""
        if self._replica:
            self._replica.forget_connections()

    def _read_replica(self, stack: ExitStack) -> Connection | None:
        now = time.monotonic()
        if self._replica is None or (self._is_away and now < self._asked_again_at):
            return None
        # Whoever asks first asks for all: the others are not to wait for what does not answer.
        self._asked_again_at = now + _REST_SECONDS
        try:
            with ExitStack() as attempt:
                connection = attempt.enter_context(self._replica.read())
                if not journal.has(connection, *self._followed()):
                    self._tell_that_it_is_behind(now)
                    return None
                stack.enter_context(attempt.pop_all())
        except (DatabaseAway, SQLAlchemyError) as error:
            if not self._is_away:
                log.warning("the replica cannot be read, and documents are made from the primary: %s", error)
            self._is_away = True
            return None
        if self._is_away:
            log.warning("the replica is read again")
        self._is_away = False
        self._used_at = now
        self.from_replica += 1
        return connection

    def _tell_that_it_is_behind(self, now: float) -> None:
        if now > self._used_at + _BEHIND_SECONDS and now > self._quiet_until:
            self._quiet_until = now + _QUIET_SECONDS
            log.warning("the replica is behind, and documents are made from the primary")
