"""What must be reached, beside what was seen: computed from unrounded figures, and never rounded in our favour."""

from collections.abc import Callable, Mapping
from typing import NamedTuple

from cases import CEILINGS, DJANGOS, FILES, OURS
from figures import rounded_down, rounded_up, table
from filling import BOUND
from peers.feedgenerator import FORMATS

from feedsvc.representation import ENCODERS

Facts = Mapping[str, float]


class Target(NamedTuple):
    """One line: what, the bound and whether it is a floor, how the facts tell what was seen, in which unit."""

    what: str
    bound: float
    seen: Callable[[Facts], float]
    floor: bool = False
    unit: str = "×"
    digits: int = 3

    def row(self, facts: Facts) -> list[str]:
        """Its line in the table; a part that was not measured holds nothing."""
        must = f"{'≥' if self.floor else '≤'} {self.bound:,.10g} {self.unit}"
        try:
            seen = self.seen(facts)
        except KeyError:
            return [self.what, must, "not measured", "✗"]
        show = rounded_down if self.floor else rounded_up
        held = seen >= self.bound if self.floor else seen <= self.bound
        return [self.what, must, f"{show(seen, self.digits)} {self.unit}", "✓" if held else "✗"]


def verdict(facts: Facts) -> str:
    """The table of all of them."""
    return table(("what", "must reach", "was seen", "held"), [target.row(facts) for target in TARGETS])


def _against(case: str, *others: str) -> Callable[[Facts], float]:
    """What feedsvc answers of a case against the best of the others."""
    return lambda facts: facts[f"{case}: {OURS}"] / max(facts[f"{case}: {other}"] for other in others)


def _ratio(name: str, other: str) -> Callable[[Facts], float]:
    return lambda facts: facts[name] / facts[other]


def _fact(name: str) -> Callable[[Facts], float]:
    return lambda facts: facts[name]


TARGETS = (
    Target("200 gzip against Granian's constant answer", 0.9, _against("gzip", *CEILINGS), floor=True),
    Target("304 against Granian's constant answer", 0.9, _against("304", *CEILINGS), floor=True),
    Target("200 gzip against nginx", 0.5, _against("gzip", FILES), floor=True),
    Target("304 against nginx", 0.35, _against("304", FILES), floor=True),
    Target("200 gzip against Django `cache_page`, the better server", 100, _against("gzip", *DJANGOS), floor=True),
    Target("304 against Django `cache_page`, the better server", 100, _against("304", *DJANGOS), floor=True),
    Target("two workers against one, where the cores are there, 200 gzip", 1.8, _fact("workers: gzip"), floor=True),
    Target("two workers against one, where the cores are there, 304", 1.8, _fact("workers: 304"), floor=True),
    *(
        Target(
            f"cold render of 50 entries at 1,000,000 articles against feedgen alone, {form}",
            2,
            _ratio(f"render: {form} large", f"render: {form} large feedgen"),
        )
        for form in FORMATS
    ),
    *(
        Target(
            f"the same against 1,000 articles, {form}", 1.2, _ratio(f"render: {form} large", f"render: {form} small")
        )
        for form in FORMATS
    ),
    *(
        Target(
            f"first answer in {coding} after an eviction, median",
            10,
            _fact(f"first: {coding}"),
            unit="ms",
        )
        for coding in ENCODERS
    ),
    Target(
        "publish at 1,000,000 articles against 1,000, SQLite, median",
        1.2,
        _ratio("publish: SQLite large", "publish: SQLite small"),
    ),
    Target(
        "publish at 1,000,000 articles against 1,000, PostgreSQL, median",
        1.2,
        _ratio("publish: PostgreSQL large", "publish: PostgreSQL small"),
    ),
    Target("publish at 1,000,000 articles, SQLite, median", 10, _fact("publish: SQLite large"), unit="ms"),
    Target("commit to visible in the slowest of 4 workers, SQLite, p99", 100, _fact("visible: SQLite"), unit="ms"),
    Target("the same, PostgreSQL, p99", 100, _fact("visible: PostgreSQL"), unit="ms"),
    Target(
        "import on SQLite",
        2_000,
        lambda facts: min(facts["import: small"], facts["import: large"]),
        floor=True,
        unit="articles/s",
        digits=0,
    ),
    Target(
        "memory of an import of six times as many articles",
        1.05,
        _ratio("import: large memory", "import: small memory"),
    ),
    Target("cache with 10,000 feeds asked for", BOUND, _fact("memory: cached"), unit="bytes", digits=0),
    Target("the worker's memory at the most", BOUND + 120_000_000, _fact("memory: peak"), unit="bytes", digits=0),
    Target(
        "p99 at half load with a publish a second against quiet",
        3,
        _ratio("disturbed: one publish a second", "disturbed: quiet"),
    ),
    Target(
        "an article on a slow phone, LCP, median", 1_000, _fact("pages: without a picture LCP"), unit="ms", digits=0
    ),
    Target("the same with a picture", 1_000, _fact("pages: with a picture LCP"), unit="ms", digits=0),
)
