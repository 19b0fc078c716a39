"""A crowd of readers while articles are published, and everything they were told, judged afterwards."""

import gzip
import hashlib
import itertools
import json
import re
import threading
import time
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass

from clients import FEEDS, ask, connect, in_threads
from conftest import Served
from lxml import etree
from publisher import Publisher

_REQUESTS_PER_CONNECTION = 10
_TITLES = {"rss": "//item/title", "atom": "//*[local-name()='entry']/*[local-name()='title']"}


@dataclass(frozen=True, slots=True)
class Seen:
    """One answer: when it was asked for (monotonic seconds), for what, and the key of the body it had."""

    asked_at: float
    path: str
    etag: str


class Load:
    """Clients that loop over feeds, formats and codings while articles are published."""

    def __init__(self, served: Served, publisher: Publisher) -> None:
        self._served = served
        self._publisher = publisher
        self._done = threading.Event()
        self._seen: list[Seen] = []
        self._bodies: dict[tuple[str, str], bytes] = {}
        self.wrong: list[str] = []
        self._lags: list[float] = []

    def run(self, *, clients: int, rounds: int, articles: int) -> None:
        """Let `clients` read while in each round `articles` are published at full speed, and one more by the shell."""

        def work(number: int) -> None:
            if number == clients:
                self._publish(rounds, articles)
            else:
                self._read(number)

        in_threads(clients + 1, work)
        numbers = {key: self.numbers(*key) for key in self._bodies}
        for seen in self._seen:
            first_missing = max(numbers[seen.path, seen.etag], default=-1) + 1
            overdue = self._publisher.committed[first_missing : first_missing + 1]
            if overdue and seen.asked_at > overdue[0]:
                self._lags.append(seen.asked_at - overdue[0])
        self._lags.sort()

    @property
    def worst_lag(self) -> float:
        """The longest time (seconds) after the commit of an article that a feed was asked for and came without it."""
        return max(self._lags, default=0.0)

    def report(self) -> str:
        """One line on how late articles were seen."""
        ranks = {share: int(share * (len(self._lags) - 1)) for share in (0.5, 0.9, 0.99, 1)} if self._lags else {}
        late = ", ".join(f"{share:.0%} {self._lags[rank] * 1000:.1f} ms" for share, rank in ranks.items())
        return (
            f"{len(self._seen)} answers, {len(self._bodies)} different, {len(self._lags)} behind by: {late or 'none'}"
        )

    def faults(self) -> list[str]:
        """What is wrong with any body that was sent: each has to be whole, in order, and named by its ETag."""
        return [*self.wrong, *itertools.chain.from_iterable(self._judge(*key) for key in self._bodies)]

    def numbers(self, path: str, etag: str) -> list[int]:
        """The numbers of the articles in one body, in its order."""
        body, form = self._plain(path, etag), path.rpartition(".")[2]
        if form == "json":
            titles = [item["title"] for item in json.loads(body)["items"]]
        else:
            titles = [title.text for title in etree.fromstring(body).xpath(_TITLES[form])]
        return [int(re.fullmatch(r"Article (\d+)", title)[1]) for title in titles]

    def _publish(self, rounds: int, articles: int) -> None:
        try:
            for _ in range(rounds):
                self._publisher.publish(articles)
                self._publisher.publish_by_shell()
        finally:
            self._done.set()

    def _read(self, number: int) -> None:
        feeds = itertools.cycle((path, coding) for path in FEEDS for coding in ("gzip", "identity"))
        for _ in range(number):
            next(feeds)
        while not self._done.is_set():
            with closing(connect(self._served)) as connection:
                for path, coding in itertools.islice(feeds, _REQUESTS_PER_CONNECTION):
                    asked_at = time.monotonic()
                    answer = ask(connection, path, accept_encoding=coding)
                    if answer.status != 200 or answer.headers.get("Content-Encoding", "identity") != coding:
                        self.wrong.append(f"{answer.status} for {path} in {coding}")
                        continue
                    etag = answer.headers["ETag"]
                    self._seen.append(Seen(asked_at, path, etag))
                    if self._bodies.setdefault((path, etag), answer.body) != answer.body:
                        self.wrong.append(f"{path}: two bodies with the ETag {etag}")

    def _plain(self, path: str, etag: str) -> bytes:
        body = self._bodies[path, etag]
        return gzip.decompress(body) if etag.endswith('-gzip"') else body

    def _judge(self, path: str, etag: str) -> Iterator[str]:
        numbers = self.numbers(path, etag)
        if numbers and numbers != list(range(numbers[0], numbers[0] - len(numbers), -1)):
            yield f"{path}: articles {numbers} are not the newest in a row"
        if len(numbers) < min(50, numbers[0] + 1 if numbers else 0):
            yield f"{path}: only {len(numbers)} articles"
        opaque = hashlib.sha256(self._plain(path, etag)).hexdigest()[:32]
        if not re.fullmatch(rf'"{opaque}(\.[0-9a-f]{{8}})?(-gzip)?"', etag):
            yield f"{path}: {etag} is not the ETag of its body"
