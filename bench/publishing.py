"""Part `publish`: what publishing one article takes, in a large archive and in a small one, on both databases."""

import tempfile
import time
from collections.abc import Mapping
from contextlib import ExitStack

import articles
from archives import TAGS, fresh_archive, postgres_archive, sqlite_archive
from figures import Spread, rounded_up, table
from house import House, house
from machine import KEPT, LOAD_CORE, on_core, provenance
from postgres import empty_database, postgres, release
from section import Section

from feedsvc.item import read_item

_METHOD = """\
`Newsroom.publish` of one new article with five tags that exist, {times} times in each of the four databases, turn by
turn; until the commit has returned. SQLite is a file on disk with `synchronous = FULL`, PostgreSQL {release} has its
defaults (`fsync` and `synchronous_commit` on) and is reached by a socket on the same machine. The files of both are in
the page cache of the system to begin with. Milliseconds."""


def measure(quick: bool) -> Section:
    """Milliseconds of a publish, for either database and size of archive."""
    articles, times = (10_000, 10) if quick else (1_000_000, 300)
    KEPT.mkdir(parents=True, exist_ok=True)
    with ExitStack() as stack:
        folder = stack.enter_context(tempfile.TemporaryDirectory(dir=KEPT))
        server = stack.enter_context(postgres())
        small = stack.enter_context(empty_database(server))
        urls = {
            ("SQLite", articles): sqlite_archive(articles),
            ("SQLite", 1_000): fresh_archive(f"sqlite:///{folder}/small.db", 1_000),
            ("PostgreSQL", articles): postgres_archive(server, articles),
            ("PostgreSQL", 1_000): fresh_archive(small, 1_000),
        }
        houses = {kind: stack.enter_context(house(url)) for kind, url in urls.items()}
        stack.enter_context(on_core(LOAD_CORE))
        took = _publish(houses, times)
        method = _METHOD.format(times=times, release=release(server))
    facts, rows = {}, []
    for (database, size), of in took.items():
        facts[f"publish: {database} {'small' if size == 1_000 else 'large'}"] = of.median
        rows.append([f"{database}, {size:,} articles", f"{of:.2f}", rounded_up(of.percentile(99), 2)])
    head = ("", "median (lowest–highest)", "p99")
    return Section("\n\n".join([provenance("publish"), method, table(head, rows)]), facts)


def _publish(houses: Mapping[tuple[str, int], House], times: int) -> dict[tuple[str, int], Spread]:
    took: dict[tuple[str, int], list[float]] = {kind: [] for kind in houses}
    for turn in range(times + 5):
        for (database, size), founded in houses.items():
            article = read_item(articles.new(TAGS[size]))
            began = time.perf_counter()
            founded.newsroom.publish(article)
            if turn >= 5:
                took[database, size].append(1000 * (time.perf_counter() - began))
    return {kind: Spread(of) for kind, of in took.items()}
