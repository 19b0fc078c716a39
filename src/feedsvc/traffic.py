"""How often what was answered: cheap enough to be counted for every request, read when somebody asks."""

import threading
from collections import Counter
from collections.abc import Mapping
from typing import NamedTuple


class Answered(NamedTuple):
    """What is told apart: the kind of address, the method, the status, and what the cache had to do with it."""

    route: str
    method: str
    status: int
    outcome: str


class Traffic:
    """The answers of one process since it began; safe to use from many threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._counts: Counter[Answered] = Counter()

    def count(self, answered: Answered) -> None:
        """Count one answer."""
        with self._lock:
            self._counts[answered] += 1

    def totals(self) -> Mapping[Answered, int]:
        """How many answers of each kind there were."""
        with self._lock:
            return dict(self._counts)
