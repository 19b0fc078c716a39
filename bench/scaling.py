"""Part `workers`: what a second worker adds, on a machine with no more than two cores."""

import tempfile
from collections.abc import Sequence
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
_METHOD = """\
There are two cores, and the load needs one. So the load shares the cores: one worker and one thread of wrk together on
one core, then two workers and two threads of wrk together on two. If nothing stood between the workers, twice as much
would be answered, and a request would cost as much CPU as before. Both are measured: the requests a second, and the
requests for each CPU-second of the workers, times their number. The lower of the two ratios counts. {rounds}
alternating rounds of {seconds} s. Median (lowest–highest)."""


def measure(quick: bool) -> Section:
    """The ratio of two workers to one, by what is answered and by what it costs."""
    require("wrk", "taskset")
    rounds, seconds = (1, 1) if quick else (5, 2)
    with tempfile.TemporaryDirectory() as name, news_line(Path(name)) as house, ExitStack() as stack:
        url = house.config.database_url
        servers = {
            1: stack.enter_context(contenders.feedsvc(settings(url, WORKERS="1"), SERVER_CORE)),
            2: stack.enter_context(contenders.feedsvc(settings(url, WORKERS="2"), BOTH_CORES)),
        }
        runs: dict[tuple[Case, int], list[Run]] = {}
        for case in (GZIP, NOT_MODIFIED):
            for workers, server in servers.items():
                saturate(server, _request(server, case), 1, cores=BOTH_CORES, threads=workers)
            for _ in range(rounds):
                for workers, server in servers.items():
                    cores = SERVER_CORE if workers == 1 else BOTH_CORES
                    run = saturate(server, _request(server, case), seconds, cores=cores, threads=workers)
                    runs.setdefault((case, workers), []).append(run)
    facts: dict[str, float] = {}
    rows = []
    for case in (GZIP, NOT_MODIFIED):
        answered, paid = _ratios(runs[case, 1], runs[case, 2])
        facts[f"workers: {case.name}"] = min(answered, paid)
        rows += [_row(case, workers, runs[case, workers]) for workers in servers]
        rows.append([f"{case.title}: 2 workers to 1", *(f"**{rounded_down(ratio, 2)}**" for ratio in (answered, paid))])
    method = _METHOD.format(rounds=rounds, seconds=seconds)
    head = ("", "requests/s", "requests for a CPU-second, × workers")
    return Section("\n\n".join([provenance("workers", "wrk"), method, table(head, rows)]), facts)


def _request(server: Server, case: Case) -> Request:
    fields = dict(case.headers)
    if case is NOT_MODIFIED:
        fields["If-None-Match"] = server.ask(_PATH, fields).headers["etag"]
    return Request(_PATH, fields)


def _ratios(one: Sequence[Run], two: Sequence[Run]) -> tuple[float, float]:
    answered = Spread(run.rate for run in two).median / Spread(run.rate for run in one).median
    paid = 2 * Spread(run.cost for run in one).median / Spread(run.cost for run in two).median
    return answered, paid


def _row(case: Case, workers: int, runs: Sequence[Run]) -> list[str]:
    paid = Spread(1000 * workers / run.cost for run in runs)
    return [f"{case.title}: {workers}", f"{Spread(run.rate for run in runs):,.0f}", f"{paid:,.0f}"]
