"""The rankings of what is read most: made at every full hour, in some process, with nobody asking for it."""

import logging
import threading
from datetime import UTC, datetime, timedelta

from feedsvc.errors import DatabaseAway
from feedsvc.newsroom import Newsroom
from feedsvc.store.database import Database

log = logging.getLogger(__name__)

_HOUR = timedelta(hours=1)
# A clock may be set; and whoever had the turn may have died with it.
_LONGEST_PAUSE_SECONDS = 60.0
_AGAIN_SECONDS = 1.0


class Ranking:
    """Ranks in a thread of its own, from `start()` to `stop()`. Of all processes one at a time does so, and an hour
    that another has dealt with is done."""

    def __init__(self, database: Database, newsroom: Newsroom) -> None:
        self._database = database
        self._newsroom = newsroom

    def start(self) -> None:
        """Begin, at once with the hour that is over."""
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._go, name="ranking", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """End the thread, and wait for it."""
        self._stopping.set()
        self._thread.join()

    def _go(self) -> None:
        pause = 0.0
        while not self._stopping.wait(pause):
            try:
                pause = self._round()
            except DatabaseAway:
                # Whoever follows the journal says so.
                pause = _AGAIN_SECONDS
            except Exception:
                log.exception("what is read most cannot be ranked")
                pause = _AGAIN_SECONDS

    def _round(self) -> float:
        hour = datetime.now(UTC).replace(minute=0, second=0, microsecond=0)
        with self._database.turn("ranking") as mine:
            if mine:
                self._newsroom.rank(hour)
        left = (hour + _HOUR - datetime.now(UTC)).total_seconds()
        return min(max(left, 0.0), _LONGEST_PAUSE_SECONDS)
