"""One transaction of the newsroom: its moment, its journal rows, the lines of its log."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection

from feedsvc.audit import LogWriter
from feedsvc.errors import Forbidden
from feedsvc.journal import SITE, JournalWriter
from feedsvc.store import archive, rankings
from feedsvc.store.archive import Filed, Move
from feedsvc.store.placements import Places


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

    def __init__(self, connection: Connection, now: datetime, actor: Actor, part_size: int = 50) -> None:
        """`part_size` is how many articles fill a part of a channel's archive."""
        self.connection = connection
        self.places = Places(connection, part_size)
        self.journal = JournalWriter(connection, now)
        self.at = self.journal.at
        self.log = LogWriter(connection, self.at, actor.name)
        self._actor = actor
        self._rankings: Mapping[int, list[int]] | None = None

    @property
    def seq(self) -> int:
        """The number of the newest row of the journal, with those of this transaction."""
        return self.journal.seq

    def tell(self, kind: str, move: Move) -> None:
        """Tell every follower of a change of an article, and of the rankings it stands in."""
        self.require_publisher()
        if self._rankings is None:
            self._rankings = rankings.listing(self.connection)
        ranked = dict.fromkeys(self._rankings.get(move.filed.number, ()), 0)
        before, after = {**move.before, **ranked}, {**move.after, **ranked}
        self.journal.append(kind, move.filed.number, before, after, self.places.opened)

    def tell_versions(self, *changed: Filed) -> None:
        """Tell them of the other language versions of an article, whose pages name it; `changed` is what it was before
        and what it is now."""
        # What is a translation itself may have translations of its own.
        originals = {guid for filed in changed for guid in (filed.guid, filed.translation_of) if guid}
        for number in archive.versions(self.connection, originals):
            if number not in {filed.number for filed in changed}:
                self.append("translate", number)

    def append(self, kind: str, article: int | None, channels: Iterable[int] = ()) -> None:
        """Tell them of a change that `channels` show, and in which nothing moves."""
        self.require_publisher()
        stood = dict.fromkeys(channels, 0)
        self.journal.append(kind, article, stood, stood)

    def require_publisher(self) -> None:
        """Raise `Forbidden` for an actor who does not publish."""
        if not self._actor.publishes:
            raise Forbidden(f"{self._actor.name} may draft, but not change what is or will be published.")

    def tell_everything(self) -> None:
        """Tell every follower that what all documents are made with has changed."""
        archive.set_changed(self.connection, self.at)
        self.append(SITE, None)

    def close(self) -> None:
        """Write the places, the journal and the log."""
        self.places.write()
        self.journal.close()
        self.log.close()
