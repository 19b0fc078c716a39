"""Part `disturbed`: the latency of a server that is half busy, quiet and with a publish a second."""

import subprocess
import tempfile
import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import articles
import contenders
from figures import Spread, table
from house import House, news_line, settings
from machine import LOAD_CORE, on_core, provenance, require
from section import Section
from servers import Server
from wrk import Request, saturate

_CLIENTS = 64
_PATH = "/feeds/news-line.rss"
_GZIP = {"Accept-Encoding": "gzip"}
_METHOD = """\
The most that wrk is answered is {most:,.0f} requests a second (median of {tries} runs). h2load asks for half of it,
the News Line in gzip, over {clients} connections, each at a steady pace. Meanwhile nothing else happens, or once a
second an article is published, which evicts just this feed. {rounds} alternating rounds of {seconds} s. The server is
on core 0, h2load and the publisher on core 1. Median (lowest–highest) of the rounds, in milliseconds.

A connection that waits for an answer does not send, so that h2load leaves out what would have waited longest
(coordinated omission). In “as seen by all” each answer that took longer than the pace of its connection ({pace:.2f} ms)
stands also for the requests that were due meanwhile, each with the time it would have waited, as HdrHistogram corrects
it. These are the figures that count."""


def measure(quick: bool) -> Section:
    """Milliseconds of the median and of the slowest hundredth, quiet and disturbed."""
    require("wrk", "h2load", "taskset")
    rounds, seconds, tries = (1, 3, 1) if quick else (3, 8, 3)
    found: dict[str, list[list[float]]] = {"quiet": [], "one publish a second": []}
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        house = stack.enter_context(news_line(folder))
        server = stack.enter_context(contenders.feedsvc(settings(house.config.database_url)))
        most = Spread(saturate(server, Request(_PATH, _GZIP), 2).rate for _ in range(tries)).median
        pace = _CLIENTS / (most / 2)
        for _ in range(rounds):
            found["quiet"].append(_pace(server, pace, seconds, folder / "log"))
            with _publishing(house):
                found["one publish a second"].append(_pace(server, pace, seconds, folder / "log"))
    rows, facts = [], {}
    for title, logs in found.items():
        raw = [Spread(log) for log in logs]
        corrected = [Spread(_with_omitted(log, 1000 * pace)) for log in logs]
        facts[f"disturbed: {title}"] = Spread(of.percentile(99) for of in corrected).median
        shown = [(of, percent) for of in (raw, corrected) for percent in (50, 99)]
        cells = [Spread(log.percentile(percent) for log in of) for of, percent in shown]
        rows.append([title, f"{Spread(map(len, logs)).median:,.0f}", *(f"{cell:.3f}" for cell in cells)])
    method = _METHOD.format(most=most, tries=tries, clients=_CLIENTS, rounds=rounds, seconds=seconds, pace=1000 * pace)
    head = ("", "answers", "p50, as sent", "p99, as sent", "p50, as seen by all", "p99, as seen by all")
    return Section("\n\n".join([provenance("disturbed", "wrk", "h2load"), method, table(head, rows)]), facts)


def _pace(server: Server, pace: float, seconds: int, log: Path) -> list[float]:
    """The latency of every answer, in milliseconds. Raises `RuntimeError` for an answer that is an error."""
    log.unlink(missing_ok=True)
    command = [
        *("taskset", "-c", LOAD_CORE, "h2load", "--h1", "-c", str(_CLIENTS), "-D", str(seconds)),
        *("--rps", f"{1 / pace:.3f}", "--log-file", str(log), "-H", "Accept-Encoding: gzip"),
        f"http://127.0.0.1:{server.port}{_PATH}",
    ]
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL, timeout=seconds + 60)
    rows = [line.split("\t") for line in log.read_text("utf-8").splitlines()]
    if not rows or any(status != "200" for _, status, _ in rows):
        raise RuntimeError("h2load was answered with errors")
    return [int(microseconds) / 1000 for _, _, microseconds in rows]


def _with_omitted(latencies: list[float], pace: float) -> Iterator[float]:
    for latency in latencies:
        waited = latency
        while waited > 0:
            yield waited
            waited -= pace


@contextmanager
def _publishing(house: House) -> Iterator[None]:
    """Publish an article every second, on the core of the load."""
    enough = threading.Event()

    def publish() -> None:
        while not enough.wait(1):
            house.publish([articles.new()])

    with on_core(LOAD_CORE):
        publisher = threading.Thread(target=publish)
        publisher.start()
        try:
            yield
        finally:
            enough.set()
            publisher.join()
