"""Which articles a selection is of, as the store knows them: by the channels that they stand in."""

from collections.abc import Container
from dataclasses import dataclass
from typing import NamedTuple


class Term(NamedTuple):
    """The articles that stand in all the channels `within`, and in none of those `without`."""

    within: tuple[int, ...]
    without: tuple[int, ...] = ()

    def holds(self, channels: Container[int]) -> bool:
        """Whether it is true of an article that stands in `channels`."""
        return all(each in channels for each in self.within) and not any(each in channels for each in self.without)

    def beside(self, channel: int) -> "Term":
        """The same for articles that are known to stand in a channel."""
        return self._replace(within=tuple(each for each in self.within if each != channel))


Shape = tuple[tuple[int, int], ...]
"""How many channels each term of a formula is within, and without: formulas of one shape have the same statements."""


@dataclass(frozen=True, slots=True)
class Formula:
    """The articles of which any of `terms` is true; each is within one channel at least, the first of them the one with
    the fewest articles. All of them stand in the channel `pivot`, whose parts are those of the archive."""

    terms: tuple[Term, ...]
    pivot: int

    def holds(self, channels: Container[int]) -> bool:
        """Whether it is true of an article that stands in `channels`."""
        return any(term.holds(channels) for term in self.terms)

    @property
    def channel(self) -> int | None:
        """The one channel whose articles these are; None where it takes more to tell."""
        return self.pivot if self.terms == (Term((self.pivot,)),) else None

    @property
    def shape(self) -> Shape:
        """What the statements about it depend on."""
        return tuple((len(term.within), len(term.without)) for term in self.terms)

    @property
    def beside(self) -> "Formula":
        """The same for articles that are known to stand in the pivot."""
        return Formula(tuple(term.beside(self.pivot) for term in self.terms), self.pivot)

    @property
    def parameters(self) -> dict[str, int]:
        """The channels, as statements name them."""
        named = {"pivot": self.pivot}
        for number, term in enumerate(self.terms):
            named |= {f"in{number}_{n}": channel for n, channel in enumerate(term.within)}
            named |= {f"out{number}_{n}": channel for n, channel in enumerate(term.without)}
        return named

    @property
    def spelling(self) -> str:
        """The formula by the numbers of its channels, which never change: `3+5-7,9`."""
        terms = (f"{'+'.join(map(str, sorted(within)))}{_without(without)}" for within, without in self.terms)
        return ",".join(sorted(terms))


def of_channel(channel: int) -> Formula:
    """The articles of one channel."""
    return Formula((Term((channel,)),), channel)


def _without(channels: tuple[int, ...]) -> str:
    return "".join(f"-{each}" for each in sorted(channels))
