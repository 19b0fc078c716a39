"""Part `serving`: documents that are in memory, asked for as fast as they are answered, everyone side by side."""

import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path

from cases import BEYOND, CASES, CEILINGS, FILES, GZIP, NOT_MODIFIED, OURS, Case, Contender, contestants
from contenders import THREADS
from figures import Spread, rounded_down, rounded_up, table
from house import ARTICLES
from machine import provenance, require
from section import Section
from wrk import CONNECTIONS, Run, saturate

_COUNTING = (GZIP, NOT_MODIFIED)
"""The cases for which something must be reached; they are measured twice as long."""

_METHOD = """\
Servers on core 0, wrk with one thread and {connections} connections on core 1. {rounds} rounds; in each of them
everyone once for each kind of request, one after the other, for {seconds} s, and twice as long for 200 gzip and 304.
Median (lowest–highest). The latency is that under this load, which is the highest they bear. The document is the News
Line of {articles:,} articles as RSS: {sizes}.

HEAD is asked by a client in Python, as wrk would wait for a body: with it, the client is the limit of the fastest.

Granian has one worker with {threads} threads, as `feedsvc serve` starts it; its constant answers are those of feedsvc,
with the same header fields. “1 thread” is the same with one. nginx sends the same bodies, with the fields it has by
itself. Django and Flask show the same 50 entries; they have no br, and Flask neither gzip nor conditional requests
without further packages. Everyone's answers were checked before the first round: status, coding, bytes."""


def measure(quick: bool) -> Section:
    """Requests a second of everyone, for every case."""
    require("wrk", "nginx", "taskset")
    rounds, seconds = (1, 1) if quick else (5, 1)
    with tempfile.TemporaryDirectory() as name, contestants(Path(name)) as found:
        sizes = ", ".join(f"{len(found[OURS].answer(case).body):,} bytes {case.coding}".strip() for case in CASES[:3])
        runs = _run(found, rounds, seconds)
    method = _METHOD.format(
        connections=CONNECTIONS, rounds=rounds, seconds=seconds, articles=ARTICLES, sizes=sizes, threads=THREADS
    )
    parts = [f"### {case.title}\n\n{_table(of)}" for case, of in runs.items()]
    facts = {f"{case.name}: {who}": _rate(of) for case, everyone in runs.items() for who, of in everyone.items()}
    above = provenance("serving", "wrk", "nginx", "granian", "gunicorn", "django", "flask", "flask-caching")
    return Section("\n\n".join([above, method, *parts]), facts)


def _run(found: Mapping[str, Contender], rounds: int, seconds: int) -> dict[Case, dict[str, list[Run]]]:
    # Two of them look for news a hundred times a second; while others are measured, they are held.
    restless = [found[name].server for name in (OURS, BEYOND)]
    runs: dict[Case, dict[str, list[Run]]] = {case: {} for case in CASES}
    turns = [(case, name) for case in CASES for name, contender in found.items() if case in contender.paths]
    requests = {(case, name): found[name].request(case) for case, name in turns}
    for server in restless:
        server.pause()
    for _ in range(rounds):
        for (case, name), request in requests.items():
            server = found[name].server
            server.resume()
            longer = 2 if case in _COUNTING else 1
            runs[case].setdefault(name, []).append(saturate(server, request, seconds * longer))
            if server in restless:
                server.pause()
    return runs


def _rate(runs: Sequence[Run]) -> float:
    return Spread(run.rate for run in runs).median


def _table(runs: Mapping[str, Sequence[Run]]) -> str:
    """Everyone's runs of one case, the fastest first, and how many times slower than the two ceilings they are."""
    ceiling = max(_rate(runs[name]) for name in CEILINGS)
    rows = [
        [
            name,
            f"{Spread(run.rate for run in of):,.0f}",
            rounded_down(_rate(of) / _rate(runs[FILES]), 3),
            rounded_down(_rate(of) / ceiling, 3),
            rounded_up(Spread(run.cost for run in of).median, 4),
            rounded_up(Spread(run.p50 for run in of).median, 2),
            rounded_up(Spread(run.p99 for run in of).median, 2),
        ]
        for name, of in sorted(runs.items(), key=lambda pair: -_rate(pair[1]))
    ]
    head = ("", "requests/s", "× nginx", "× Granian", "CPU-s for 1,000", "p50, ms", "p99, ms")
    return table(head, rows)
