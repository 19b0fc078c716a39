"""Rounds: something that is done again and again, in a thread of its own, from `start()` to `stop()`."""

import logging
import random
import threading
from collections.abc import Callable
from typing import NamedTuple

from feedsvc.errors import DatabaseAway, DatabaseStillAway, FeedsvcError

log = logging.getLogger(__name__)


class Trouble(NamedTuple):
    """What is said of a failure, and how long to pause after it, in seconds: at first, and at most. Each further one,
    until something has succeeded, doubles that."""

    sentence: str
    shortest: float
    longest: float


class Rounds:
    """Does `work` again and again, whatever it raises. May be started anew, also by the child of a fork.

    `work` returns how many seconds to pause before the next round. That the database is away is said once, if whoever
    watches it has not said so already; nobody waits any longer for that.
    """

    def __init__(self, name: str, work: Callable[[], float], trouble: Trouble, first: float = 0.0) -> None:
        """`first` is the pause before the first round, in seconds."""
        self._name = name
        self._work = work
        self._trouble = trouble
        self._first = first
        self._again = trouble.shortest
        self._is_away = False
        self._stopping = threading.Event()
        self._thread: threading.Thread | None = None

    @staticmethod
    def every(seconds: float, name: str, work: Callable[[], object]) -> "Rounds":
        """Rounds with `seconds` before each."""

        def do() -> float:
            work()
            return seconds

        return Rounds(name, do, Trouble(f"a round of {name} has failed", seconds, seconds), seconds)

    @property
    def stopping(self) -> bool:
        """Whether the round under way is the last."""
        return self._stopping.is_set()

    def start(self) -> None:
        """Begin."""
        self._stopping = threading.Event()
        self._again = self._trouble.shortest
        self._thread = threading.Thread(target=self._go, name=self._name, daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """End the thread, and wait for it."""
        self._stopping.set()
        if self._thread is not None:
            self._thread.join()
            self._thread = None

    def rest(self, seconds: float) -> bool:
        """For `work`: pause amid it, but not beyond `stop()`; returns whether it is to end."""
        return self._stopping.wait(seconds)

    def recover(self) -> None:
        """For `work`: something has succeeded, so a failure after it is the first."""
        self._again = self._trouble.shortest

    def _go(self) -> None:
        pause = self._first
        while not self._stopping.wait(pause):
            try:
                pause = self._work()
                self._is_away = False
            except DatabaseAway as error:
                if not self._is_away and not isinstance(error, DatabaseStillAway):
                    log.warning("%s: %s", self._trouble.sentence, error)
                self._is_away = True
                pause = self._trouble.shortest
            except Exception as error:
                foreseen = isinstance(error, FeedsvcError)
                log.log(
                    logging.WARNING if foreseen else logging.ERROR,
                    "%s%s; trying again in %.1f s at most",
                    *(self._trouble.sentence, f": {error}" if foreseen else "", self._again),
                    exc_info=None if foreseen else error,
                )
                # Not all processes again at the same moment.
                pause = self._again * random.uniform(0.5, 1)  # noqa: S311 - no secret
                self._again = min(self._again * 2, self._trouble.longest)
