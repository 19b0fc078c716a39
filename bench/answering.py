"""Part `first`: the first answer after an eviction, in each coding."""

import tempfile
import time
from contextlib import closing
from http.client import HTTPConnection
from pathlib import Path

import articles
import contenders
from figures import Spread, rounded_up, table
from house import ARTICLES, House, news_line, settings
from machine import LOAD_CORE, on_core, provenance, require
from section import Section

from feedsvc.representation import ENCODERS, IDENTITY

_PATH = "/feeds/news-line.rss"
_PAUSE_SECONDS = 0.15
_METHOD = """\
The News Line of {articles:,} articles as RSS, {size:,} bytes. An article is published, which evicts the feed; {pause} s
later one client on core 1 asks the server on core 0, over a connection that it keeps. The time is from sending the
request to having read the answer: query, model, feedgen, compression and HTTP. {times} answers for each coding, turn by
turn; that each was rendered anew is seen from its ETag."""


def measure(quick: bool) -> Section:
    """Milliseconds of the first answer after an eviction, with every coding and without one."""
    require("taskset")
    times = 5 if quick else 50
    with tempfile.TemporaryDirectory() as name, news_line(Path(name)) as house:
        server = contenders.feedsvc(settings(house.config.database_url))
        with server, on_core(LOAD_CORE):
            size = len(server.ask(_PATH).body)
            took = _first_answers(house, server.port, times)
    method = _METHOD.format(articles=ARTICLES, size=size, pause=_PAUSE_SECONDS, times=times)
    rows = [[coding, f"{of:.2f}", rounded_up(of.percentile(99), 2)] for coding, of in took.items()]
    head = ("coding", "first answer, ms", "p99, ms")
    facts = {f"first: {coding}": of.median for coding, of in took.items()}
    return Section("\n\n".join([provenance("first"), method, table(head, rows)]), facts)


def _first_answers(house: House, port: int, times: int) -> dict[str, Spread]:
    codings = (IDENTITY, *ENCODERS)
    took: dict[str, list[float]] = {coding: [] for coding in codings}
    seen: set[str] = set()
    with closing(HTTPConnection("127.0.0.1", port)) as connection:
        for turn, coding in enumerate(codings * (times + 1)):
            house.publish([articles.new()])
            time.sleep(_PAUSE_SECONDS)
            began = time.perf_counter()
            connection.request("GET", _PATH, headers={"Accept-Encoding": coding})
            answer = connection.getresponse()
            answer.read()
            # The first round is for what only the first request of a process pays.
            if turn >= len(codings):
                took[coding].append(1000 * (time.perf_counter() - began))
            etag = answer.headers["ETag"]
            if answer.headers.get("Content-Encoding", IDENTITY) != coding or etag in seen:
                raise RuntimeError(f"The answer in {coding} was none, or was made before the eviction")
            seen.add(etag)
    return {coding: Spread(of) for coding, of in took.items()}
