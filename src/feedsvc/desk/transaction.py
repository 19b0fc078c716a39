"""One transaction of the newsroom: its moment, its journal rows, the lines of its log."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection

from feedsvc.audit import LogWriter
from feedsvc.errors import Forbidden
from feedsvc.journal import SITE, JournalWriter
from feedsvc.store import archive
from feedsvc.store.schema import NEWS_LINE


@dataclass(frozen=True, slots=True)
class Actor:
    """Who acts, by the name that the log has; one who does not publish changes nothing that readers see."""

    name: str
    publishes: bool = True


SHELL = Actor("shell")
"""Whoever acts in a shell, on the machine itself."""

SCHEDULE = Actor("schedule")
"""What publishes and takes back when the time has come."""


class Transaction:
    """The right to change anything, from construction to `close()`, which the commit has to follow; `at` is UTC.

    Whatever readers see raises `Forbidden` for an actor who does not publish.
    """

    def __init__(self, connection: Connection, now: datetime, actor: Actor) -> None:
        self.connection = connection
        self.journal = JournalWriter(connection, now)
        self.at = self.journal.at
        self.log = LogWriter(connection, self.at, actor.name)
        self._actor = actor

    @property
    def seq(self) -> int:
        """The number of the newest row of the journal, with those of this transaction."""
        return self.journal.seq

    def tell(self, kind: str, article: int, channels: Iterable[int]) -> None:
        """Tell every follower of a change that the News Line and `channels` show."""
        self.append(kind, article, [NEWS_LINE, *channels])

    def append(self, kind: str, article: int | None, channels: Iterable[int] = ()) -> None:
        """Tell them of a change that no more than `channels` show."""
        self.require_publisher()
        self.journal.append(kind, article, channels)

    def require_publisher(self) -> None:
        """Raise `Forbidden` for an actor who does not publish."""
        if not self._actor.publishes:
            raise Forbidden(f"{self._actor.name} may draft, but not change what is or will be published.")

    def tell_everything(self) -> None:
        """Tell every follower that what all documents are made with has changed."""
        archive.set_changed(self.connection, self.at)
        self.append(SITE, None)

    def close(self) -> None:
        """Write the journal and the log."""
        self.journal.close()
        self.log.close()
