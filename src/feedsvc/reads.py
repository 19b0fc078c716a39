"""Counting how often articles are read: at once in memory, within a second in the store, in one write for all."""

import logging
import threading
from collections import Counter
from contextlib import ExitStack
from datetime import UTC, datetime

from cachetools import TTLCache
from sqlalchemy import case, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.exc import SQLAlchemyError

from feedsvc.errors import DatabaseAway
from feedsvc.rounds import Rounds
from feedsvc.store import rankings
from feedsvc.store.database import Database
from feedsvc.store.schema import ReadsRow

log = logging.getLogger(__name__)

FLUSH_SECONDS = 1.0
# An office behind one address may well read an article ten times in ten minutes; a flood reads it a thousand times.
READS_PER_CLIENT = 10
CLIENT_MEMORY_SECONDS = 600
_CLIENTS = 50_000


class ReadCounter:
    """Counts readings, and writes them once a second from a thread of its own; `stop()` loses none."""

    def __init__(self, database: Database, processes: int = 1) -> None:
        self._database = database
        # Each of several processes sees a part of what a client does.
        self._share = max(1, READS_PER_CLIENT // processes)
        self._lock = threading.Lock()
        self._one_writer = threading.Lock()
        self._pending: Counter[int] = Counter()
        self._writing: Counter[int] = Counter()
        self._late = False
        self._clients: TTLCache[tuple[str, int], int] = TTLCache(_CLIENTS, CLIENT_MEMORY_SECONDS)
        self._rounds = Rounds.every(FLUSH_SECONDS, "read-counter", self.flush)

    def start(self) -> None:
        """Begin to write what is counted."""
        self._rounds.start()

    def stop(self) -> None:
        """Write what is counted and not written, and end the thread."""
        self._rounds.stop()
        self.flush()

    def count(self, article: int, client: str) -> int:
        """Count one reading of an article, unless `client` has had its share, and return how many there are now."""
        with self._lock:
            seen = self._clients.get((client, article), 0)
            if seen < self._share:
                self._clients[client, article] = seen + 1
                self._pending[article] += 1
            return self._total(article)

    @property
    def pending(self) -> int:
        """About how many readings are counted and not written."""
        # Without the lock, which is held while the database is asked: to copy a dictionary is one step.
        return sum(dict(self._pending).values()) + sum(dict(self._writing).values())

    def flush(self) -> None:
        """Write what is pending. What cannot be written stays pending, and is logged."""
        with self._one_writer:
            with self._lock:
                self._writing, self._pending = self._pending, Counter()
            if not self._writing:
                return
            try:
                self._write()
                self._late = False
            except (DatabaseAway, SQLAlchemyError) as error:
                # Said once, however long it lasts.
                if not self._late:
                    reason = str(error).partition("\n")[0]
                    log.warning("reads of %d articles cannot be written yet: %s", len(self._writing), reason)
                self._late = True
                with self._lock:
                    self._pending += self._writing
                    self._writing = Counter()

    def _total(self, article: int) -> int:
        """How many readings are known of here; those another process counted in the last second are not."""
        with self._database.read() as connection:
            written = connection.execute(select(ReadsRow.total).where(ReadsRow.article_id == article)).scalar() or 0
        return written + self._writing[article] + self._pending[article]

    def _write(self) -> None:
        dialect = sqlite if self._database.is_sqlite else postgresql
        insert = dialect.insert(ReadsRow)
        newest = insert.excluded.counted_at
        later = case((newest > ReadsRow.counted_at, newest), else_=ReadsRow.counted_at)
        upsert = insert.on_conflict_do_update(
            index_elements=[ReadsRow.article_id],
            set_={"total": ReadsRow.total + insert.excluded.total, "counted_at": later},
        )
        with ExitStack() as committed:
            with self._database.write() as connection:
                # Not before we hold the right to write: a change that we waited for is not to look newer than this.
                now = datetime.now(UTC)
                rows = [
                    {"article_id": article, "total": number, "counted_at": now}
                    for article, number in sorted(self._writing.items())
                ]
                connection.execute(upsert, rows)
                rankings.count(connection, now.replace(minute=0, second=0, microsecond=0), self._writing)
                # From the commit until they are forgotten here, nobody may add them to what is written. The wait
                # for other writers lies behind us: nobody waits long for this.
                committed.enter_context(self._lock)
            self._writing = Counter()
