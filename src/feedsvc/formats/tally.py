"""Counting what went wrong, from any thread, for whoever measures the service."""

from threading import Lock


class Tally:
    """A number that only grows, and loses no count when threads add at once."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._value = 0

    def add(self, amount: int = 1) -> None:
        """Count `amount` more."""
        with self._lock:
            self._value += amount

    @property
    def value(self) -> int:
        """How many were counted since the process started."""
        return self._value
