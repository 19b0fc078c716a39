"""Part `mix`: a thousand feeds by Zipf's law, and each hundredth request for a feed that is not in memory."""

import random
import tempfile
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from itertools import accumulate
from pathlib import Path

import contenders
from archives import TAGS, sqlite_archive
from figures import Spread, rounded_up, table
from house import settings
from machine import provenance, require
from section import Section
from servers import Server
from wrk import Request, Run, saturate

OURS, BEYOND, FILES = "feedsvc", "feedsvc without the fast path", "nginx, static files, no misses"
_GZIP = {"Accept-Encoding": "gzip"}
_METHOD = """\
Of an archive of {articles:,} articles and {tags:,} tags, the feeds of the {hot:,} commonest tags are in memory; they
are asked for with Zipf popularity (the n-th as often as 1/n), in gzip. Each hundredth request is for another tag, which
was not asked for before: a miss, that is read, rendered and compressed. The share of misses is counted by feedsvc
itself (the documents that `/ready` says were rendered, against the requests). nginx has the {hot:,} feeds as files.
{rounds} alternating rounds of {seconds} s, servers on core 0, wrk on core 1. Median (lowest–highest)."""


def measure(quick: bool) -> Section:
    """Requests a second of feedsvc with and without its fast path, and of nginx."""
    require("wrk", "nginx", "taskset")
    articles, hot, rounds, seconds = (10_000, 100, 1, 1) if quick else (1_000_000, 1_000, 5, 2)
    archive = settings(sqlite_archive(articles), CACHE_BYTES=str(1024**3))
    paths = [f"/feeds/tags/subject-{number}.rss" for number in range(1, TAGS[articles] + 1)]
    chance = random.Random(1987)
    runs: dict[str, list[Run]] = {OURS: [], BEYOND: [], FILES: []}
    misses: dict[str, list[float]] = {OURS: [], BEYOND: []}
    with tempfile.TemporaryDirectory() as name, ExitStack() as stack:
        ours = stack.enter_context(contenders.feedsvc(archive))
        beyond = stack.enter_context(contenders.feedsvc_without_fast_path(archive))
        _warm(ours, paths[:hot])
        files = stack.enter_context(_files(Path(name), beyond, paths[:hot]))
        for number in range(rounds):
            cold = paths[hot + number :: rounds]
            for who, server in ((OURS, ours), (BEYOND, beyond)):
                mixture = _mixture(Path(name), chance, paths[:hot], cold)
                before = contenders.ready(server).rendered
                runs[who].append(saturate(server, Request("/", _GZIP, paths=mixture), seconds))
                misses[who].append((contenders.ready(server).rendered - before) / runs[who][-1].requests)
            mixture = _mixture(Path(name), chance, paths[:hot], [])
            runs[FILES].append(saturate(files, Request("/", _GZIP, paths=mixture), seconds))
    method = _METHOD.format(articles=articles, tags=TAGS[articles], hot=hot, rounds=rounds, seconds=seconds)
    facts = {f"mix: {who}": Spread(run.rate for run in of).median for who, of in runs.items()}
    return Section("\n\n".join([provenance("mix", "wrk", "nginx"), method, _table(runs, misses)]), facts)


def _warm(server: Server, paths: Sequence[str]) -> list[bytes]:
    return [answer.body for answer in server.ask_each(paths, _GZIP)]


def _files(folder: Path, server: Server, paths: Sequence[str]) -> Server:
    """nginx with what `server` answers as files."""
    for path, body in zip(paths, _warm(server, paths), strict=True):
        file = folder / "files" / path[1:]
        file.parent.mkdir(parents=True, exist_ok=True)
        file.touch()
        file.with_name(f"{file.name}.gz").write_bytes(body)
    folder.chmod(0o755)
    return contenders.nginx(folder)


def _mixture(folder: Path, chance: random.Random, hot: Sequence[str], cold: Sequence[str]) -> Path:
    """A file of 90,000 paths to ask for; every hundredth is the next of `cold`, if there are any."""
    popularity = list(accumulate(1 / rank for rank in range(1, len(hot) + 1)))
    mixture = chance.choices(hot, cum_weights=popularity, k=90_000)
    if cold:
        for turn, place in enumerate(range(99, len(mixture), 100)):
            mixture[place] = cold[turn % len(cold)]
    file = folder / "paths"
    file.write_text("\n".join(mixture), "utf-8")
    return file


def _table(runs: Mapping[str, Sequence[Run]], misses: Mapping[str, Sequence[float]]) -> str:
    rows = [
        [
            who,
            f"{Spread(run.rate for run in of):,.0f}",
            f"{Spread(misses[who]):.2%}" if who in misses else "–",
            rounded_up(Spread(run.cost for run in of).median, 4),
            rounded_up(Spread(run.p50 for run in of).median, 2),
            rounded_up(Spread(run.p99 for run in of).median, 2),
        ]
        for who, of in runs.items()
    ]
    return table(("", "requests/s", "misses", "CPU-s for 1,000", "p50, ms", "p99, ms"), rows)
