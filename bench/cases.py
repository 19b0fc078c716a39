"""The requests whose answers are in memory, and those who answer them side by side, each checked before it is asked."""

import gzip
import json
import pickle
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from http import HTTPStatus
from pathlib import Path

import contenders
from house import news_line, settings
from servers import Answer, Server
from wrk import Request

OURS, BEYOND, FILES = "feedsvc", "feedsvc without the fast path", "nginx, static file"
CEILINGS = {"Granian, constant answer": contenders.THREADS, "Granian, constant answer, 1 thread": 1}
DJANGOS = {
    "Django `cache_page`, gunicorn": contenders.on_gunicorn,
    "Django `cache_page`, Granian": contenders.on_granian,
}
FLASKS = {"Flask-Caching, gunicorn": contenders.on_gunicorn, "Flask-Caching, Granian": contenders.on_granian}

_FEED = "/feeds/news-line.rss"
_ADDED_BY_SERVERS = {"date", "server", "connection"}


@dataclass(frozen=True, eq=False)
class Case:
    """One kind of request, and the answer it must have."""

    name: str
    title: str
    headers: Mapping[str, str]
    method: str = "GET"
    status: int = 200
    coding: str = ""


IDENTITY = Case("identity", "200, not compressed", {})
GZIP = Case("gzip", "200, gzip", {"Accept-Encoding": "gzip"}, coding="gzip")
BR = Case("br", "200, br", {"Accept-Encoding": "br"}, coding="br")
NOT_MODIFIED = Case("304", "304 to If-None-Match", {"Accept-Encoding": "gzip"}, status=304)
HEAD = Case("head", "HEAD, gzip", {"Accept-Encoding": "gzip"}, method="HEAD", coding="gzip")
ARTICLE = Case("article", "200, the page of an article, gzip", {"Accept-Encoding": "gzip"}, coding="gzip")
CASES = (IDENTITY, GZIP, BR, NOT_MODIFIED, HEAD, ARTICLE)


@dataclass(frozen=True)
class Contender:
    """A running server, and where it answers which case."""

    server: Server
    paths: Mapping[Case, str]

    def request(self, case: Case) -> Request:
        """What to ask it: with its own ETag where the case is a conditional request."""
        path, headers = self.paths[case], dict(case.headers)
        if case is NOT_MODIFIED:
            headers["If-None-Match"] = self.server.ask(self.paths[GZIP], case.headers).headers["etag"]
        return Request(path, headers, case.method)

    def answer(self, case: Case) -> Answer:
        """Its answer to the case. Raises `RuntimeError` when that is not what the case wants."""
        request = self.request(case)
        answer = self.server.ask(request.path, request.headers, request.method)
        coding = answer.headers.get("content-encoding", "")
        if (answer.status, coding) != (case.status, case.coding):
            raise RuntimeError(f"{request} was answered with {answer.status} {coding or 'not compressed'}")
        if bool(answer.body) != (case.status == 200 and case.method == "GET"):
            raise RuntimeError(f"{request} was answered with a body of {len(answer.body)} bytes")
        return answer


@contextmanager
def contestants(folder: Path) -> Iterator[dict[str, Contender]]:
    """Everyone, running on the server's core and with the answers in memory; what is written stands in `folder`."""
    with news_line(folder) as house, ExitStack() as stack:
        url = house.config.database_url
        ours = stack.enter_context(contenders.feedsvc(settings(url)))
        items = json.loads(ours.ask("/feeds/news-line.json").body)["items"]
        paths = dict.fromkeys(CASES, _FEED) | {ARTICLE: items[0]["url"].removeprefix(house.config.base_url)}
        found = {OURS: Contender(ours, paths)}
        beyond = stack.enter_context(contenders.feedsvc_without_fast_path(settings(url)))
        found[BEYOND] = Contender(beyond, paths)
        recorded = {case: found[OURS].answer(case) for case in CASES}
        found[FILES] = _files(stack, folder, paths, recorded)
        answers = _record(folder / "answers", recorded)
        for name, threads in CEILINGS.items():
            # Asked for the ETag, it has one only with the answers that are not conditional.
            server = stack.enter_context(contenders.constant(answers, threads))
            found[name] = Contender(server, {case: f"/{case.name}" for case in CASES})
        document = folder / "items.json"
        document.write_text(json.dumps(items), "utf-8")
        django = contenders.django_database(folder, document)
        for name, start in DJANGOS.items():
            server = stack.enter_context(start("peers.syndication:app", django))
            found[name] = Contender(server, dict.fromkeys((IDENTITY, GZIP, NOT_MODIFIED, HEAD), _FEED))
        for name, start in FLASKS.items():
            server = stack.enter_context(start("peers.plain:app", {"BENCH_ITEMS": str(document)}))
            found[name] = Contender(server, {IDENTITY: _FEED})
        _compare(found, recorded)
        yield found


def _files(stack: ExitStack, folder: Path, paths: Mapping[Case, str], recorded: Mapping[Case, Answer]) -> Contender:
    """nginx, with the bodies that feedsvc answered as files."""
    contents = {
        paths[IDENTITY]: recorded[IDENTITY].body,
        f"{paths[GZIP]}.gz": recorded[GZIP].body,
        "/br/news-line.rss": recorded[BR].body,
        paths[ARTICLE]: gzip.decompress(recorded[ARTICLE].body),
        f"{paths[ARTICLE]}.gz": recorded[ARTICLE].body,
    }
    for path, content in contents.items():
        file = folder / "files" / path[1:]
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(content)
    # nginx's worker is another user when root starts it.
    folder.chmod(0o755)
    return Contender(stack.enter_context(contenders.nginx(folder)), {**paths, BR: "/br/news-line.rss"})


def _record(file: Path, recorded: Mapping[Case, Answer]) -> Path:
    answers = {
        f"/{case.name}": (
            f"{answer.status} {HTTPStatus(answer.status).phrase}",
            [field for field in answer.headers.items() if field[0] not in _ADDED_BY_SERVERS],
            answer.body,
        )
        for case, answer in recorded.items()
    }
    file.write_bytes(pickle.dumps(answers))
    return file


def _compare(found: Mapping[str, Contender], recorded: Mapping[Case, Answer]) -> None:
    """Raise `RuntimeError` unless everyone answers the bytes that feedsvc does, or at least the same 50 entries."""
    for name, contender in found.items():
        for case in contender.paths:
            answer = contender.answer(case)
            if ARTICLE in contender.paths:
                same = answer.body == recorded[case].body
            else:
                body = gzip.decompress(answer.body) if case.coding and answer.body else answer.body
                same = not body or body.count(b"<item>") == 50
            if name in (BEYOND, *CEILINGS):
                same = same and _fields(answer) == _fields(recorded[case])
            if not same:
                raise RuntimeError(f"{name} answers {case.title} with something else than feedsvc")


def _fields(answer: Answer) -> set[tuple[str, str]]:
    return {field for field in answer.headers.items() if field[0] not in _ADDED_BY_SERVERS}
