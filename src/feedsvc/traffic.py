"""How often what was answered: cheap enough to be counted for every request, read when somebody asks."""

import threading
from collections.abc import Callable, Mapping
from itertools import count
from typing import NamedTuple

_METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})


class Answered(NamedTuple):
    """What is told apart: the kind of address, the method, the status, and what the cache had to do with it.

    `outcome` is `hit` (from memory, in front of the application), `miss` (a document that the application was asked
    for) or `none` (no document).
    """

    route: str
    method: str
    status: int
    outcome: str


class Traffic:
    """The answers of one process since it began; safe to use from many threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._tallies: dict[Answered, _Tally] = {}

    def counter(self, route: str, method: str, status: int, outcome: str) -> Callable[[], object]:
        """What counts one answer of a kind each time it is called. A method nobody knows is counted as `other`:
        there are as many kinds as we have, not as many as clients think of."""
        answered = Answered(route, method if method in _METHODS else "other", status, outcome)
        with self._lock:
            return self._tallies.setdefault(answered, _Tally()).add

    def totals(self) -> Mapping[Answered, int]:
        """How many answers of each kind there were."""
        with self._lock:
            return {answered: tally.value() for answered, tally in self._tallies.items()}


class _Tally:
    """A number that many threads add one to. `add()` is a step of an iterator in C: no lock, and no step is lost."""

    def __init__(self) -> None:
        self._steps = count()
        self._looks = 0
        self.add: Callable[[], object] = self._steps.__next__

    def value(self) -> int:
        """The number; to be asked for by one thread at a time, since a look is a step that is not counted."""
        steps = next(self._steps) - self._looks
        self._looks += 1
        return steps
