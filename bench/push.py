"""How soon subscribers are told, while some are slow, some fail, some are gone, and dispatchers are killed.

    python bench/push.py --subscribers 1000 --kills 3 [--database postgresql+psycopg://…]

A site's database is made with as many subscriptions, two `feedsvc push` processes deliver, articles are published one
after the other, and a dispatcher is killed (kill -9) and started anew on the way. All callbacks are answered by one
process with one event loop, on as many addresses of 127/8 as there are hosts.
"""

import argparse
import asyncio
import os
import random
import resource
import signal
import statistics
import subprocess
import sys
import tempfile
import threading
import time
import zlib
from collections import Counter, defaultdict
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

from feedsvc.config import Config
from feedsvc.item import Item, read_item
from feedsvc.newsroom import Newsroom
from feedsvc.push import deliveries, subscriptions
from feedsvc.push.strangers import read_callback, read_networks
from feedsvc.push.subscriptions import Wish
from feedsvc.store import migration
from feedsvc.store.database import Database

_PORT = 18_423
_HOSTS = 250
_SLOW_SECONDS = 5.0
_TOPIC = "http://127.0.0.1:8000/feeds/news-line.rss"


def kind_of(number: int, options: argparse.Namespace) -> str:
    """What a subscriber is like, by its number: hosts are of one kind, as they mostly are."""
    share = (number % _HOSTS) / _HOSTS * 100
    for kind, percent in (("slow", options.slow), ("failing", options.failing), ("gone", options.gone)):
        if share < percent:
            return kind
        share -= percent
    return "healthy"


@dataclass
class Callbacks:
    """All callbacks: when each was given which body, by number."""

    given: dict[int, list[tuple[float, int]]] = field(default_factory=lambda: defaultdict(list))

    async def serve(self, ready: threading.Event) -> None:
        server = await asyncio.start_server(self._converse, "0.0.0.0", _PORT, backlog=4096)
        ready.set()
        async with server:
            await server.serve_forever()

    async def _converse(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while True:
                head = await reader.readuntil(b"\r\n\r\n")
                line, *fields = head.decode().split("\r\n")
                lengths = (int(each[15:]) for each in fields if each.lower().startswith("content-length:"))
                body = await reader.readexactly(next(lengths, 0))
                _, kind, number = line.split()[1].split("/")
                status = await self._answer(kind, int(number), body)
                writer.write(f"HTTP/1.1 {status} OK\r\nContent-Length: 0\r\n\r\n".encode())
                await writer.drain()
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        finally:
            writer.close()

    async def _answer(self, kind: str, number: int, body: bytes) -> int:
        if kind == "gone":
            self.given[number].append((time.time(), 0))
            return 410
        if kind == "failing":
            return 503
        if kind == "slow":
            await asyncio.sleep(_SLOW_SECONDS)
        self.given[number].append((time.time(), zlib.crc32(body)))
        return 204


def subscribe(database: Database, options: argparse.Namespace) -> None:
    """Put the subscriptions where verification would have."""
    now, opened = datetime.now(UTC), read_networks("127.0.0.0/8")
    with database.write() as connection:
        for number in range(options.subscribers):
            host = f"127.1.{number % _HOSTS // 200}.{number % _HOSTS % 200 + 1}"
            url = f"http://{host}:{_PORT}/{kind_of(number, options)}/{number}"
            wish = Wish("subscribe", _TOPIC, read_callback(url, opened), f"secret {number}", 86_400)
            subscriptions.ask(connection, wish, now + timedelta(days=1))
            asked = subscriptions.find(connection, wish.id)
            assert asked is not None
            subscriptions.grant(connection, asked, now)


class Dispatchers:
    """`feedsvc push` processes; one may be killed, and comes back."""

    def __init__(self, environment: dict[str, str], count: int) -> None:
        self._environment = environment
        self._starting: list[subprocess.Popen[bytes]] = []
        self._processes = [self._begin() for _ in range(count)]
        self.kills = 0

    def _begin(self) -> "subprocess.Popen[bytes]":
        command = [sys.executable, "-m", "feedsvc", "push"]
        process = subprocess.Popen(command, env=self._environment, stdout=subprocess.PIPE)
        self._starting.append(process)
        return process

    def wait(self) -> None:
        """Wait until all push that have been started since the last time."""
        for process in self._starting:
            assert process.stdout is not None
            process.stdout.readline()
        self._starting.clear()

    def kill(self) -> None:
        """Kill one, and start another in its place."""
        number = self.kills % len(self._processes)
        self._processes[number].send_signal(signal.SIGKILL)
        self._processes[number].wait()
        self.kills += 1
        self._processes[number] = self._begin()

    def stop(self) -> None:
        for process in self._processes:
            process.terminate()
        for process in self._processes:
            process.wait(30)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--subscribers", type=int, default=1000)
    parser.add_argument("--kills", type=int, default=3)
    parser.add_argument("--publishes", type=int, default=10)
    parser.add_argument("--pause", type=float, default=3.0, help="seconds between two publishes")
    parser.add_argument("--dispatchers", type=int, default=2)
    parser.add_argument("--database", default="", help="an empty database; else a SQLite file in a temporary folder")
    for kind, percent in (("slow", 10), ("failing", 5), ("gone", 1)):
        parser.add_argument(f"--{kind}", type=float, default=percent, help=f"percent that are {kind}")
    with tempfile.TemporaryDirectory() as folder:
        measure(parser.parse_args(), Path(folder))


def measure(options: argparse.Namespace, folder: Path) -> None:
    environment = {name: value for name, value in os.environ.items() if not name.startswith("FEEDSVC_")}
    environment |= {
        "FEEDSVC_DATABASE_URL": options.database or f"sqlite:///{folder}/push.db",
        "FEEDSVC_PUSH_NETWORKS": "127.0.0.0/8",
        "FEEDSVC_LOG_LEVEL": "error",
    }
    config = Config.load(environment)
    database = Database(config.database_url)
    migration.require_current(database, config.base_url)
    newsroom = Newsroom(database, config)
    newsroom.announce_settings()
    newsroom.accept([article(f"old {number}") for number in range(50)])
    subscribe(database, options)

    callbacks, ready = Callbacks(), threading.Event()
    threading.Thread(target=lambda: asyncio.run(callbacks.serve(ready)), daemon=True).start()
    ready.wait()
    dispatchers = Dispatchers(environment, options.dispatchers)
    dispatchers.wait()
    time.sleep(1)
    committed = run(options, newsroom, dispatchers)
    wait_until_quiet(database)
    dispatchers.stop()
    report(options, callbacks, committed, dispatchers.kills)


def article(title: str) -> Item:
    """An article of some 2 kB, so that a feed of fifty has some 100."""
    return read_item({"title": title, "content_html": f"<p>{'A sentence of some words. ' * 80}</p>", "tags": ["Sport"]})


def run(options: argparse.Namespace, newsroom: Newsroom, dispatchers: Dispatchers) -> list[float]:
    """Publish, and kill within the first moments after some of the publishes; returns when each was committed."""
    dice, committed = random.Random(1), []
    with_a_kill = set(range(1, options.publishes, max(1, options.publishes // max(1, options.kills))))
    for number in range(options.publishes):
        dispatchers.wait()
        newsroom.publish(article(f"new {number}"))
        committed.append(time.time())
        if number in with_a_kill and dispatchers.kills < options.kills:
            time.sleep(dice.uniform(0.05, 0.6))
            dispatchers.kill()
        time.sleep(max(0.0, committed[-1] + options.pause - time.time()))
    return committed


def wait_until_quiet(database: Database) -> None:
    """Wait until nobody but the failing is yet to be told."""
    deadline = time.time() + 60
    while time.time() < deadline:
        with database.read() as connection:
            left = [each for each in deliveries.every(connection, 100_000) if "/failing/" not in each.callback]
        if not left:
            return
        time.sleep(0.2)
    print(f"after a minute, {len(left)} deliveries wait still")


def report(options: argparse.Namespace, callbacks: Callbacks, committed: list[float], kills: int) -> None:
    """Say what came of it. A kill ends a process between answers and writing them down, so some are told twice."""
    lags, lost, doubled = [], 0, 0
    for number in range(options.subscribers):
        if kind_of(number, options) != "healthy":
            continue
        given = callbacks.given[number]
        for at in committed:
            # A burst may be told as one, so a change is told by the first delivery after it.
            following = [moment for moment, _ in given if moment >= at - 0.05]
            if not following:
                lost += 1
            else:
                lags.append(max(0.0, min(following) - at))
        doubled += sum(count - 1 for count in Counter(body for _, body in given).values())
    lags.sort()
    gone = [callbacks.given[n] for n in range(options.subscribers) if kind_of(n, options) == "gone"]
    kinds = Counter(kind_of(number, options) for number in range(options.subscribers))
    print(f"subscribers: {dict(kinds)}; publishes: {len(committed)}; dispatchers killed: {kills}")
    print(f"told: {len(lags):,}; lost: {lost}; told twice: {doubled}; gone were asked {sum(map(len, gone))} times")
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    seconds, machine = (
        used.ru_utime + used.ru_stime,
        f"{os.cpu_count()} cores, load {os.getloadavg()[0]:.1f} at the end",
    )
    print(f"dispatchers used {seconds:.1f} s of processor; {machine}")
    quantiles = statistics.quantiles(lags, n=100)
    print(
        f"commit to delivered: p50 {quantiles[49]:.3f} s, p90 {quantiles[89]:.3f} s, p99 {quantiles[98]:.3f} s, "
        f"worst {lags[-1]:.3f} s"
    )


if __name__ == "__main__":
    main()
