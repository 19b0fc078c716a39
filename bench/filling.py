"""Part `memory`: what a worker takes when more is asked of it than its cache may keep."""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor

import contenders
from archives import TAGS, sqlite_archive
from figures import rounded_up, table
from house import settings
from machine import BOTH_CORES, provenance, require
from section import Section
from servers import Server, memory

BOUND = 256 * 1024 * 1024
_METHOD = """\
One worker with `cache_bytes = {bound}` on an archive of {articles:,} articles: the feeds of {feeds:,} tags, in gzip,
are asked for once each, by four clients. {sent:,.1f} MB were sent; the cache may keep what they were compressed from as
well. Resident memory of the worker, whose peak is the highest that the system ever saw."""


def measure(quick: bool) -> Section:
    """The cache's bytes and the worker's memory, before and after."""
    require("taskset")
    articles = 10_000 if quick else 1_000_000
    paths = [f"/feeds/tags/subject-{number}.rss" for number in range(1, TAGS[articles] + 1)]
    archive = settings(sqlite_archive(articles), CACHE_BYTES=str(BOUND))
    with contenders.feedsvc(archive, BOTH_CORES) as server:
        # The server's parent and its helpers serve nothing and have less.
        worker = max(server.workers(), key=lambda pid: memory(pid).now)
        before = memory(worker).now
        with ThreadPoolExecutor(4) as clients:
            sent = sum(clients.map(_ask, [server] * 4, [paths[start::4] for start in range(4)]))
        ready, after = contenders.ready(server), memory(worker)
    figures = {"bound": BOUND, "cached": ready.cached_bytes, "before": before, "after": after.now, "peak": after.peak}
    titles = {
        "bound": "the bound of the cache",
        "cached": "in the cache at the end, by `/ready`",
        "before": "resident before the first request",
        "after": "resident at the end",
        "peak": "resident at the most",
    }
    rows = [[titles[name], f"{value:,}", rounded_up(value / 1e6, 1)] for name, value in figures.items()]
    above = after.peak - BOUND
    rows.append(["the most above the bound", f"{above:,}", rounded_up(above / 1e6, 1)])
    method = _METHOD.format(bound=BOUND, articles=articles, feeds=len(paths), sent=sent / 1e6)
    facts = {f"memory: {name}": value for name, value in figures.items()}
    return Section("\n\n".join([provenance("memory"), method, table(("", "bytes", "MB"), rows)]), facts)


def _ask(server: Server, paths: Sequence[str]) -> int:
    """Ask for all of `paths`; how many bytes were answered."""
    return sum(len(answer.body) for answer in server.ask_each(paths, {"Accept-Encoding": "gzip"}))
