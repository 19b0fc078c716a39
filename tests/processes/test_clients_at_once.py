"""Twenty editors at one desk: whatever they were told is done is there, once, and everybody sees the same of it."""

import os
import random
import re
import threading
import time
from collections import Counter, defaultdict
from collections.abc import Callable
from typing import Any

from clients import ask_afresh, in_threads, workers
from conftest import Served, Site, eventually
from editors import UNBOUNDED, Editor, Mirror, Told, address, make_key
from ledger import assert_books_balance, newsroom_at

SECONDS = float(os.environ.get("FEEDSVC_TEST_SECONDS", "1"))
EDITORS = 20
ARTICLES = 100
# So few that editors meet at them all the time.
_BUSY = 5
_TAGS: tuple[list[str], ...] = (["Karabakh"], ["Karabakh", "Sport"], ["Sport"], ["Culture", "Karabakh"], [])
_SELECTIONS = ("news-line", "tags/karabakh", "tags/sport", "tags/culture")


class Crowd:
    """Editors who all write the same articles, and what they were told.

    Whoever appends a mark to an article writes the title and tags that belong to so many marks with it.
    """

    def __init__(self, served: Served, token: str) -> None:
        self._editor = Editor(served, token)
        self._lock = threading.Lock()
        self.guids: dict[int, set[str]] = defaultdict(set)
        self.marks: dict[int, list[str]] = defaultdict(list)
        self.deeds: Counter[tuple[str, str]] = Counter()
        self.statuses: Counter[int] = Counter()
        self.mirror = Mirror(self._editor)

    def run(self, seconds: float) -> None:
        """Let them write for so long, while a mirror follows."""
        working = set(range(EDITORS))

        def work(number: int) -> None:
            if number == EDITORS:
                while working:
                    self.mirror.catch_up(wait=1)
                self.mirror.catch_up()
                return
            try:
                self._write(number, seconds)
            finally:
                working.discard(number)

        in_threads(EDITORS + 1, work)

    def _write(self, number: int, seconds: float) -> None:
        dice = random.Random(number)
        for article in range(number % 10, ARTICLES, 10):  # two editors make each article
            self._create(article)
        deadline, marks = time.monotonic() + seconds, 0
        while time.monotonic() < deadline:
            article = dice.randrange(_BUSY if dice.random() < 0.5 else ARTICLES)
            deed = dice.choices(("append", "retract", "restore", "create"), (12, 2, 2, 1))[0]
            if not self.guids[article] or deed == "create":
                self._create(article)
            elif deed == "append":
                marks += 1
                self._append(article, f"{number}-{marks}", replace=dice.random() < 0.3)
            else:
                self._move(article, deed)

    def _create(self, article: int) -> None:
        if article % 2:
            guid = f"desk/{article}"
            told = self._ask("PUT", address(guid), content(article, []), 201, 412, If_None_Match="*")
            if told.status == 201:
                self._note(guid, "put")
        else:
            told = self._ask("POST", "articles", content(article, []), 201, Idempotency_Key=f"article {article}")
            guid = told.body["id"]
        with self._lock:
            self.guids[article].add(guid)

    def _append(self, article: int, mark: str, *, replace: bool) -> None:
        guid = self._guid(article)
        while True:
            seen = self._ask("GET", address(guid), None, 200)
            if seen.body["_feedsvc"]["status"] == "retracted":
                self._move(article, "restore")
                continue
            marks = [*marks_of(seen.body), mark]
            if replace:
                item = {name: value for name, value in seen.body.items() if name != "summary"}
                told = self._ask("PUT", address(guid), item | content(article, marks), 200, 412, If_Match=seen.etag)
            else:
                told = self._ask("PATCH", address(guid), content(article, marks), 200, 412, If_Match=seen.etag)
            if told.status == 200:
                self._note(guid, "append")
                with self._lock:
                    self.marks[article].append(mark)
            if told.status != 412:
                return

    def _move(self, article: int, deed: str) -> None:
        guid = self._guid(article)
        told = self._ask("POST", address(guid, deed), None, 200, 409)
        if told.status == 200:
            self._note(guid, deed)

    def _guid(self, article: int) -> str:
        with self._lock:
            return min(self.guids[article])

    def _ask(self, method: str, path: str, item: Any, *expected: int, **headers: str) -> Told:
        while True:
            told = self._editor.ask(method, path, item, **headers)
            with self._lock:
                self.statuses[told.status] += 1
            # 503: there were too many at once, and nothing was done.
            if told.status != 503:
                assert told.status in expected, told
                return told

    def _note(self, guid: str, deed: str) -> None:
        with self._lock:
            self.deeds[guid, deed] += 1


def content(article: int, marks: list[str]) -> dict[str, Any]:
    """What an article is that has so many marks."""
    return {
        "title": f"Article {article}, told {len(marks)} times",
        "content_html": "".join(f"<p>{mark}</p>" for mark in ["Told:", *marks]),
        "tags": _TAGS[len(marks) % len(_TAGS)],
    }


def marks_of(item: dict[str, Any]) -> list[str]:
    """The marks in an article's text."""
    return re.findall(r"<p>([\d-]+)</p>", item["content_html"])


def test_what_many_write_at_once_is_there_once_and_is_the_same_for_everybody(
    serve: Callable[..., Served],
    make_site: Callable[..., Site],
    shell_environment: dict[str, str],
    database_url: str,
) -> None:
    settings = {"base_url": "https://news.example"} | UNBOUNDED
    token = make_key(shell_environment)
    served = serve("--workers", "4", **settings)
    crowd = Crowd(served, token)

    crowd.run(SECONDS)

    print(f"{sum(crowd.statuses.values())} answers, by status {dict(crowd.statuses)}; {len(crowd.mirror.seqs)} changes")
    assert crowd.statuses[412], "no two editors ever met"
    assert len(workers(served)) == 4

    guids = {article: guid for article, (guid,) in crowd.guids.items()}
    assert len(guids) == len(set(guids.values())) == ARTICLES
    filed = Editor(served, token).articles(limit="35")
    assert set(filed) == set(guids.values())
    for article, guid in guids.items():
        marks = marks_of(filed[guid])
        assert sorted(marks) == sorted(crowd.marks[article]), "an update is lost, or there twice"
        written = content(article, marks)
        assert {name: filed[guid].get(name, []) for name in written} == written

    replayed = Mirror(Editor(served, token))
    replayed.catch_up(limit=250)
    assert replayed.articles == crowd.mirror.articles == filed
    assert replayed.seqs == crowd.mirror.seqs == list(range(1, len(replayed.seqs) + 1))
    for guid in filed:
        kinds = dict(replayed.kinds[guid])
        appended = kinds.pop("revise", 0) + kinds.pop("retag", 0)
        told = {deed: count for (subject, deed), count in crowd.deeds.items() if subject == guid}
        assert told.pop("put", 1) == kinds.pop("publish") == 1
        assert told.pop("append", 0) == appended
        assert told == kinds
        assert (filed[guid]["_feedsvc"]["status"] == "retracted") == (replayed.last[guid] == "retract")
    with newsroom_at(database_url, **settings) as newsroom:
        assert_books_balance(newsroom)

    assert_feeds_agree(served, make_site(**settings), len(replayed.seqs))


def assert_feeds_agree(served: Served, fresh: Site, head: int) -> None:
    """Every worker of a server, once it has followed the journal, sends of every feed what a fresh process makes."""
    followed = f"journal followed to {head},".encode()
    eventually(lambda: all(followed in ask_afresh(served, "/ready").body for _ in range(32)))
    for selection in _SELECTIONS:
        for form in ("rss", "atom", "json"):
            path = f"/feeds/{selection}.{form}"
            for coding in ("identity", "gzip"):
                made = ask_afresh(fresh, path, accept_encoding=coding)
                assert made.status == 200
                answers = [ask_afresh(served, path, accept_encoding=coding) for _ in range(8)]
                told = {(answer.body, answer.headers["ETag"]) for answer in answers}
                assert told == {(made.body, made.headers["ETag"])}
