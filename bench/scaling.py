"""Part `workers`: what a second worker adds, on a machine with no more than two cores."""

import tempfile
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path

import contenders
from cases import GZIP, NOT_MODIFIED, Case
from figures import Spread, rounded_down, table
from house import news_line, settings
from machine import BOTH_CORES, LOAD_CORE, SERVER_CORE, provenance, require
from section import Section
from servers import Server
from wrk import Request, Run, saturate

_PATH = "/feeds/news-line.rss"
_ONE, _STRANGERS, _TWO = (
    f"{what}, one core, the load on the other" for what in ("one worker", "two servers of one worker", "two workers")
)
_ONE_AS_IT_COMES = "one worker and its load, one core"
_TWO_AS_IT_COMES = "two workers and their load, two cores"
_METHOD = """\
There are two cores, and the load needs one. So it is measured what stands between two workers, and nothing else: they
share a core, and so do two separate servers of one worker, which have nothing in common; the load, two threads of wrk,
is on the other. Twice the one against the other is what a second worker adds where the cores are there. “As it comes”
is what it adds here: the load shares the cores with the workers, first one with one, then two with two; and the threads
of a worker, which take turns, hand on to each other from core to core. {rounds} alternating rounds of {seconds} s.
Median (lowest–highest)."""

_Together = Sequence[tuple[Server, str, int]]
"""Servers that are asked at the same time, each by a load on such cores with so many threads."""


def measure(quick: bool) -> Section:
    """What two workers answer against two servers that have nothing in common, and against one."""
    require("wrk", "taskset")
    rounds, seconds = (1, 1) if quick else (5, 2)
    with tempfile.TemporaryDirectory() as name, news_line(Path(name)) as house, ExitStack() as stack:

        def server(cores: str, workers: int = 1) -> Server:
            of = settings(house.config.database_url, WORKERS=str(workers))
            return stack.enter_context(contenders.feedsvc(of, cores))

        one = server(SERVER_CORE)
        arrangements: dict[str, _Together] = {
            _ONE: [(one, LOAD_CORE, 2)],
            _STRANGERS: [(server(SERVER_CORE), LOAD_CORE, 1) for _ in range(2)],
            _TWO: [(server(SERVER_CORE, 2), LOAD_CORE, 2)],
            _ONE_AS_IT_COMES: [(one, SERVER_CORE, 1)],
            _TWO_AS_IT_COMES: [(server(BOTH_CORES, 2), BOTH_CORES, 2)],
        }
        rates = {case: _rates(arrangements, case, rounds, seconds) for case in (GZIP, NOT_MODIFIED)}
    rows, facts = [], {}
    for case, of in rates.items():
        there = 2 * of[_TWO].median / of[_STRANGERS].median
        plain = of[_TWO_AS_IT_COMES].median / of[_ONE_AS_IT_COMES].median
        facts[f"workers: {case.name}"] = there
        ratios = {
            _TWO: [rounded_down(there, 2), "–"],
            _TWO_AS_IT_COMES: ["–", rounded_down(plain, 2)],
        }
        rows += [[f"{case.title}: {title}", f"{rate:,.0f}", *ratios.get(title, "––")] for title, rate in of.items()]
    head = ("", "requests/s", "against one, where the cores are there", "against one, as it comes")
    method = _METHOD.format(rounds=rounds, seconds=seconds)
    return Section("\n\n".join([provenance("workers", "wrk"), method, table(head, rows)]), facts)


def _rates(arrangements: Mapping[str, _Together], case: Case, rounds: int, seconds: int) -> dict[str, Spread]:
    """Requests a second by arrangement; the first round only brings the feed into every worker's memory."""
    rates: dict[str, list[float]] = {title: [] for title in arrangements}
    for turn in range(rounds + 1):
        for title, servers in arrangements.items():
            rate = _rate(servers, case, seconds if turn else 1)
            if turn:
                rates[title].append(rate)
    return {title: Spread(of) for title, of in rates.items()}


def _rate(servers: _Together, case: Case, seconds: int) -> float:
    def run(asked: tuple[Server, str, int]) -> Run:
        server, cores, threads = asked
        return saturate(server, _request(server, case), seconds, cores=cores, threads=threads)

    with ThreadPoolExecutor(len(servers)) as loads:
        return sum(each.rate for each in loads.map(run, servers))


def _request(server: Server, case: Case) -> Request:
    fields = dict(case.headers)
    if case is NOT_MODIFIED:
        fields["If-None-Match"] = server.ask(_PATH, fields).headers["etag"]
    return Request(_PATH, fields)
