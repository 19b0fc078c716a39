"""Rounds: something that is done again and again, in a thread of its own, from `start()` to `stop()`."""

import logging
import threading
from collections.abc import Callable

log = logging.getLogger(__name__)


class Rounds:
    """Calls `work` every `seconds`, whatever it raises. May be started anew, also by the child of a fork."""

    def __init__(self, name: str, seconds: float, work: Callable[[], None]) -> None:
        self._name = name
        self._seconds = seconds
        self._work = work

    def start(self) -> None:
        """Begin, with the first call after one interval."""
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._go, name=self._name, daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """End the thread, and wait for it."""
        self._stopping.set()
        self._thread.join()

    def _go(self) -> None:
        while not self._stopping.wait(self._seconds):
            try:
                self._work()
            except Exception:
                log.exception("a round of %s has failed", self._name)
