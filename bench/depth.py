"""Part `depth`: a document of the archive that is in no memory, near the present and far from it."""

import random
import time
from collections.abc import Sequence

from archives import TAGS, sqlite_archive
from figures import Spread, rounded_up, table
from house import settings
from machine import SERVER_CORE, on_core, provenance
from section import Section

from feedsvc.catalogue import Catalogue
from feedsvc.config import Config
from feedsvc.formats import FORMATS
from feedsvc.representation import IDENTITY
from feedsvc.selection import Selection
from feedsvc.service import Service

_DEPTHS = (1, 100, 2_000, 20_000)
_NEAR = 5
_METHOD = """\
In one process on core 0, without a server: archive documents of the News Line as Atom, from an archive of {articles:,}
articles and {tags:,} tags, a SQLite file in the page cache of the system; feedsvc's own cache is emptied before each
render. Depth 1 is the document to which the feed leads, {deepest:,} the oldest. {renders} renders at each depth, turn
by turn, each of one of the {near} documents that lie there. Median (lowest–highest)."""


def measure(quick: bool) -> Section:
    """Milliseconds of an archive document by its depth."""
    articles, renders = (10_000, 5) if quick else (1_000_000, 100)
    service = Service(Config.load(settings(sqlite_archive(articles))))
    try:
        deepest = _deepest(service)
        depths = sorted({min(depth, deepest - _NEAR + 1) for depth in _DEPTHS})
        with on_core(SERVER_CORE):
            took = _render(service, depths, deepest, renders)
    finally:
        service.stop()
    first = took[depths[0]].median
    rows = [[f"{depth:,}", f"{of:.2f}", rounded_up(of.median / first, 2)] for depth, of in took.items()]
    method = _METHOD.format(articles=articles, tags=TAGS[articles], deepest=deepest, renders=renders, near=_NEAR)
    head = ("depth in documents", "render, ms", "against depth 1")
    facts = {"depth: deepest against first": took[depths[-1]].median / first}
    return Section("\n\n".join([provenance("depth"), method, table(head, rows)]), facts)


def _deepest(service: Service) -> int:
    """How many documents the archive of the News Line has."""
    with service.database.read() as connection:
        return Catalogue(service.config).channel(connection, Selection()).part - 1


def _render(service: Service, depths: Sequence[int], documents: int, renders: int) -> dict[int, Spread]:
    chance = random.Random(1987)
    took: dict[int, list[float]] = {depth: [] for depth in depths}
    # The first round is for what only the first render of a process pays.
    for turn in range(renders + 1):
        for depth in depths:
            part = documents + 1 - depth - chance.randrange(_NEAR)
            service.cache.forget_everything()
            began = time.perf_counter()
            service.press.feeds.archive(Selection(), part, FORMATS["atom"], IDENTITY)
            if turn:
                took[depth].append(1000 * (time.perf_counter() - began))
    return {depth: Spread(of) for depth, of in took.items()}
