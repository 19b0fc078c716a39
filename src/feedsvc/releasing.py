"""The schedule: what comes due is done at its moment, in some process, with nobody asking for it."""

from datetime import UTC, datetime, timedelta

from feedsvc.newsroom import Newsroom
from feedsvc.rounds import Rounds, Trouble

# What another process schedules for the next moment is noticed within this time.
_LOOK_SECONDS = 0.25
_TROUBLE = Trouble("what has come due cannot be released", _LOOK_SECONDS, _LOOK_SECONDS)
# Clients are told that a request can be sent again under its key for a day.
_REMEMBERED = timedelta(days=2)
_TIDY_EVERY = timedelta(hours=1)


class Releasing(Rounds):
    """Releases from `start()` to `stop()`. As many processes as like may do so: the first to
    hold the journal finds what is due, and the others find nothing."""

    def __init__(self, newsroom: Newsroom) -> None:
        super().__init__("releasing", self._release, _TROUBLE)
        self._newsroom = newsroom
        self._tidied = datetime.min.replace(tzinfo=UTC)
        self.released = 0
        """How many were published, or expired, by this process."""
        self.late_seconds = 0.0
        """How long after its moment the last of them was."""

    def _release(self) -> float:
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
