"""The schedule: what comes due is done at its moment, in some process, with nobody asking for it."""

import logging
import threading
from datetime import UTC, datetime, timedelta

from feedsvc.errors import DatabaseAway
from feedsvc.newsroom import Newsroom

log = logging.getLogger(__name__)

# What another process schedules for the next moment is noticed within this time.
_LOOK_SECONDS = 0.25
# Clients are told that a request can be sent again under its key for a day.
_REMEMBERED = timedelta(days=2)
_TIDY_EVERY = timedelta(hours=1)


class Releasing:
    """Releases in a thread of its own, from `start()` to `stop()`. As many processes as like may do so: the first to
    hold the journal finds what is due, and the others find nothing."""

    def __init__(self, newsroom: Newsroom) -> None:
        self._newsroom = newsroom
        self.released = 0
        """How many were published, or expired, by this process."""
        self.late_seconds = 0.0
        """How long after its moment the last of them was."""

    def start(self) -> None:
        """Begin, at once with what came due while nobody served."""
        self._stopping = threading.Event()
        self._tidied = datetime.min.replace(tzinfo=UTC)
        self._thread = threading.Thread(target=self._go, name="releasing", daemon=True)
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
                pause = _LOOK_SECONDS
            except Exception:
                log.exception("what has come due cannot be released")
                pause = _LOOK_SECONDS

    def _round(self) -> float:
        now = datetime.now(UTC)
        if now - self._tidied > _TIDY_EVERY:
            self._newsroom.forget_retries(now - _REMEMBERED)
            self._tidied = now
        due = self._newsroom.next_due()
        if due is not None and due <= now:
            if released := self._newsroom.release_due():
                self.released += released
                self.late_seconds = (datetime.now(UTC) - due).total_seconds()
            return 0.0
        left = (due - now).total_seconds() if due else _LOOK_SECONDS
        return min(left, _LOOK_SECONDS)
