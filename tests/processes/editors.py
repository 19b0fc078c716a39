"""Editors: clients of the API of a site in other processes, and mirrors of all that they write."""

import json
import os
import signal
from collections import Counter, defaultdict
from collections.abc import Iterator
from contextlib import closing, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlencode

from clients import connect, workers
from conftest import Served, eventually, run_shell
from databases import run_sql

UNBOUNDED = {"api_rate": "999999999 per minute"}
"""Settings under which no editor is too quick."""


@dataclass(frozen=True, slots=True)
class Told:
    """An answer of the API: its status, ETag, and JSON."""

    status: int
    etag: str
    body: Any


@dataclass(frozen=True, slots=True)
class Editor:
    """Somebody with a key; each request is on a connection of its own, so that any worker may take it."""

    served: Served
    token: str

    def ask(self, method: str, path: str, item: Any = None, /, **headers: str) -> Told:
        """One request to a path below `/api/`; header names are written with underscores."""
        body = None if item is None else json.dumps(item).encode()
        fields = {name.replace("_", "-"): value for name, value in headers.items()}
        fields |= {"Authorization": f"Bearer {self.token}", "Connection": "close"}
        if body is not None:
            fields["Content-Type"] = "application/json"
        with closing(connect(self.served)) as connection:
            connection.request(method, f"/api/{path}", body, fields)
            response = connection.getresponse()
            return Told(response.status, response.headers.get("ETag", ""), json.loads(response.read()))

    def imports(self, items: list[dict[str, Any]]) -> Iterator[dict[str, Any]]:
        """Import items as NDJSON; what became of each, as soon as it is told."""
        body = "".join(f"{json.dumps(item)}\n" for item in items).encode()
        fields = {"Authorization": f"Bearer {self.token}", "Content-Type": "application/x-ndjson"}
        with closing(connect(self.served)) as connection:
            connection.request("POST", "/api/import", body, fields)
            response = connection.getresponse()
            assert response.status == 200, response.read()
            while (line := response.readline()).endswith(b"\n"):
                yield json.loads(line)

    def articles(self, **query: str) -> dict[str, dict[str, Any]]:
        """All articles that a query wants, by id, read a page at a time; fails if one is listed twice."""
        found: dict[str, dict[str, Any]] = {}
        path = f"articles?{urlencode({'limit': '200'} | query)}"
        while path:
            page = self.ask("GET", path)
            assert page.status == 200, page
            ids = [item["id"] for item in page.body["items"]]
            assert len({*ids, *found}) == len(ids) + len(found), "an article is listed twice"
            found |= zip(ids, page.body["items"], strict=True)
            path = page.body.get("next", "").partition("/api/")[2]
        return found


class Follower:
    """Whoever reads the journal from number `after` on, and what it told of each article."""

    def __init__(self, editor: Editor, after: int = 0) -> None:
        self._editor = editor
        self._position = after
        self.seqs: list[int] = []
        self.kinds: dict[str, Counter[str]] = defaultdict(Counter)
        self.last: dict[str, str] = {}

    def catch_up(self, limit: int = 1000, wait: int = 0) -> None:
        """Follow the journal to where its end is now, so many rows at a time."""
        while True:
            told = self._editor.ask("GET", f"journal?after={self._position}&limit={limit}&wait={wait}")
            assert told.status == 200, told
            rows = told.body["changes"]
            for row in rows:
                self._position = row["seq"]
                self.seqs.append(self._position)
                if row["kind"] != "site":
                    self.kinds[row["id"]][row["kind"]] += 1
                    self.last[row["id"]] = row["kind"]
            self.take({row["id"] for row in rows if row["kind"] != "site"})
            if len(rows) < limit:
                return

    def take(self, changed: set[str]) -> None:
        """What it does with articles that have changed, by their ids."""


class Mirror(Follower):
    """A copy of every article that was ever published, made of nothing but the journal and the articles it names."""

    def __init__(self, editor: Editor) -> None:
        super().__init__(editor)
        self.articles: dict[str, dict[str, Any]] = {}

    def take(self, changed: set[str]) -> None:
        for guid in changed:
            told = self._editor.ask("GET", address(guid))
            assert told.status == 200, told
            self.articles[guid] = told.body


def address(guid: str, deed: str = "") -> str:
    """Where an article is in the API, or where a deed is done to it."""
    return f"articles/{quote(guid, safe='')}{deed and f'/{deed}'}"


def make_key(environment: dict[str, str]) -> str:
    """The token of a new key that may publish."""
    made = run_shell(environment, "key", "create", "Night desk", "--scope", "publish")
    assert made.returncode == 0, made.stderr
    return made.stdout.decode().split()[-1]


def kill(served: Served, database_url: str) -> None:
    """End every process of a server at once, as a power cut would, and wait until nothing of them is left."""
    # The parent first, which would replace a worker.
    pids = [served.process.pid, *workers(served)]
    for pid in pids:
        os.kill(pid, signal.SIGKILL)
    assert served.process.wait(30) == -signal.SIGKILL
    eventually(lambda: not any(map(_runs, pids)))
    if database_url.startswith("postgresql"):
        # A server goes on with what a client sent before it died.
        others = "datname = current_database() AND pid <> pg_backend_pid()"
        eventually(lambda: run_sql(database_url, f"SELECT count(*) FROM pg_stat_activity WHERE {others}") == [(0,)])


def _runs(pid: int) -> bool:
    with suppress(OSError):
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] not in "ZX"
    return False
