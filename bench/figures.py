"""Figures: several runs as a median and a spread, and how they are written. Nothing is rounded in our favour."""

import math
import statistics
from collections.abc import Iterable, Sequence


class Spread:
    """The same figure from several runs."""

    def __init__(self, values: Iterable[float]) -> None:
        self.values = sorted(values)

    @property
    def median(self) -> float:
        """The run in the middle."""
        return statistics.median(self.values)

    def percentile(self, percent: int) -> float:
        """The smallest value that `percent` of them do not exceed: one that was seen, not one in between."""
        return self.values[max(0, math.ceil(len(self.values) * percent / 100) - 1)]

    def __format__(self, form: str) -> str:
        return f"{self.median:{form}} ({self.values[0]:{form}}–{self.values[-1]:{form}})"


def table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A Markdown table; columns after the first to the right."""
    lines = [head, ["---", *("---:" for _ in head[1:])], *rows]
    return "\n".join(f"| {' | '.join(cells)} |" for cells in lines)


def rounded_down(value: float, digits: int) -> str:
    """`value` as text with so many decimals, never more than it is."""
    return f"{math.floor(value * 10**digits) / 10**digits:,.{digits}f}"


def rounded_up(value: float, digits: int) -> str:
    """`value` as text with so many decimals, never less than it is."""
    return f"{math.ceil(value * 10**digits) / 10**digits:,.{digits}f}"
