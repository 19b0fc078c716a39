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
from machine import BOTH_CORES, SERVER_CORE, provenance, require
from section import Section
from servers import Server
from wrk import Request, Run, saturate

_PATH = "/feeds/news-line.rss"
_ALONE, _APART, _TOGETHER = "one worker, one core", "two servers of one worker, two cores", "two workers, two cores"
_METHOD = """\
There are two cores, and the load needs one. So the load shares them with the workers: one worker and two threads of wrk
together on one core, then two workers and four threads of wrk together on two. If two cores were twice as fast as one,
and nothing stood between the workers, twice as much would be answered. But the cores of a virtual machine may be two
threads of one core, and who is asked from another core pays for the way; so what is to be had is measured as well: two
separate servers of one worker, each asked by two threads of a wrk of its own, all on the same two cores. The last
column is twice what is answered against these, who have nothing in common: what a second worker adds where the cores
are there. {rounds} alternating rounds of {seconds} s. Median (lowest–highest)."""

_Together = Sequence[tuple[Server, str, int]]
"""Servers that are asked at the same time, each by so many threads of wrk, which have the server's cores."""


def measure(quick: bool) -> Section:
    """What two workers answer against one, and against two servers that have nothing in common."""
    require("wrk", "taskset")
    rounds, seconds = (1, 1) if quick else (5, 2)
    with tempfile.TemporaryDirectory() as name, news_line(Path(name)) as house, ExitStack() as stack:
        url = house.config.database_url
        one = stack.enter_context(contenders.feedsvc(settings(url), SERVER_CORE))
        strangers = [stack.enter_context(contenders.feedsvc(settings(url), BOTH_CORES)) for _ in range(2)]
        two = stack.enter_context(contenders.feedsvc(settings(url, WORKERS="2"), BOTH_CORES))
        arrangements: dict[str, _Together] = {
            _ALONE: [(one, SERVER_CORE, 2)],
            _APART: [(stranger, BOTH_CORES, 2) for stranger in strangers],
            _TOGETHER: [(two, BOTH_CORES, 4)],
        }
        rates = {case: _rates(arrangements, case, rounds, seconds) for case in (GZIP, NOT_MODIFIED)}
    rows, facts = [], {}
    for case, of in rates.items():
        plain = of[_TOGETHER].median / of[_ALONE].median
        there = 2 * of[_TOGETHER].median / of[_APART].median
        facts |= {f"workers: {case.name} plain": plain, f"workers: {case.name}": there}
        ratios = {_TOGETHER: [rounded_down(plain, 2), rounded_down(there, 2)]}
        rows += [[f"{case.title}: {title}", f"{rate:,.0f}", *ratios.get(title, "––")] for title, rate in of.items()]
    head = ("", "requests/s", "against one", "where the cores are there")
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
