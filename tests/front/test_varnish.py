"""Our Varnish configuration: what it keeps and for how long, in which codings, and what it does when we are away."""

import os
import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from conftest import Served, Site, eventually, free_port
from in_front import Program, family, raw, varnish

FEED = "/feeds/news-line.rss"
PAGE = "/articles/bridge-opens"


@pytest.fixture
def site(make_site: Callable[..., Site]) -> Site:
    site = make_site(trusted_proxies=1)
    site.publish(title="Bridge opens", tags=["Karabakh"], content_text="At noon. " * 200)
    return site


@pytest.fixture
def front(site: Site, tmp_path: Path) -> Iterator[Program]:
    with varnish(tmp_path / "varnish", free_port(), site.config.port) as program:
        yield program


def test_a_document_is_kept_and_what_was_for_a_surrogate_stays_there(site: Site, front: Program) -> None:
    origin, first, second = site.get(FEED, accept_encoding="identity"), front.get(FEED), front.get(FEED)
    assert (first.headers["X-Cache"], second.headers["X-Cache"]) == ("miss", "hit")
    assert origin.content == first.content == second.content
    gone = {"surrogate-control", "surrogate-key", "cache-tag"}
    assert gone <= set(origin.headers)
    assert not gone & set(second.headers)
    own = {"date", "server", "connection"}
    for name in set(origin.headers) - gone - own:
        assert second.headers[name] == origin.headers[name]


def test_each_coding_is_kept_as_the_origin_made_it(site: Site, front: Program) -> None:
    for coding in ("identity", "gzip", "br", "zstd"):
        origin = site.get(FEED, accept_encoding=coding)
        for outcome in ("miss", "hit"):
            response = front.get(FEED, accept_encoding=coding)
            assert response.headers["X-Cache"] == outcome
            for name in ("Content-Encoding", "Content-Length", "ETag", "Vary"):
                assert response.headers.get(name) == origin.headers.get(name)
            assert raw(front.http, FEED, coding) == raw(site.http, FEED, coding)


def test_many_spellings_are_four_copies(front: Program) -> None:
    for asked, coding in (
        ("br", "br"),
        ("zstd", "zstd"),
        ("gzip", "gzip"),
        ("identity", ""),
        ("gzip, deflate, br, zstd", "br"),
        ("zstd;q=0.9, BR;q=1.0", "br"),
        ("gzip, deflate, br;q=0, zstd", "zstd"),
        ("GZIP", "gzip"),
        ("gzip;q=0.5, br; q=0.000", "gzip"),
        ("br;q=0, gzip;q=0", ""),
        ("deflate, x-br", ""),
    ):
        response = front.get(FEED, accept_encoding=asked)
        assert response.headers.get("Content-Encoding", "") == coding
        assert response.headers["X-Cache"] == ("miss" if asked in ("br", "zstd", "gzip", "identity") else "hit")


@pytest.mark.parametrize("coding", ["identity", "br"])
def test_a_reader_who_has_it_is_told_so(front: Program, coding: str) -> None:
    kept = front.get(FEED, accept_encoding=coding)
    tag = kept.headers["ETag"]
    zstd = f'{tag[:33]}-zstd"'
    for validator in (tag, f"W/{tag}", f'"other", {tag}', f'W/"other",{tag}', "*", zstd):
        response = front.get(FEED, accept_encoding=coding, if_none_match=validator)
        assert (response.status_code, response.content) == (304, b"")
        for name in ("ETag", "Cache-Control", "Vary", "Last-Modified", "Access-Control-Allow-Origin"):
            assert response.headers[name] == kept.headers[name]
    assert front.get(FEED, accept_encoding=coding, if_none_match='"other"').status_code == 200
    since = kept.headers["Last-Modified"]
    assert front.get(FEED, accept_encoding=coding, if_none_match='"other"', if_modified_since=since).status_code == 200


def test_two_changes_within_a_second_are_told_apart(site: Site, front: Program) -> None:
    front.get(FEED)
    for since in (
        front.get(FEED).headers["Last-Modified"],
        "Sat, 01 Jan 2050 00:00:00 GMT",
        "Sat, 01 Jan 2000 00:00:00 GMT",
    ):
        for coding in ("identity", "br"):
            ours = site.get(FEED, accept_encoding=coding, if_modified_since=since)
            theirs = front.get(FEED, accept_encoding=coding, if_modified_since=since)
            assert (theirs.status_code, theirs.content) == (ours.status_code, ours.content)
            assert theirs.headers["ETag"] == ours.headers["ETag"]


def test_only_what_makes_another_answer_makes_another_copy(site: Site, front: Program) -> None:
    site.publish(title="Second")
    front.get(FEED)
    assert front.get(f"{FEED}?utm_source=mail").headers["X-Cache"] == "hit"
    assert front.get(FEED, host="other.example", cookie="a=b", authorization="Basic eDp5").headers["X-Cache"] == "hit"
    assert front.get("/?before=2").status_code == 200
    for query in ("before=2&x=1", "x=1&before=2&y=2", "before=2&before=1"):
        assert front.get(f"/?{query}").headers["X-Cache"] == "hit"
    front.get("/embed/news-line?count=1&theme=dark")
    assert front.get("/embed/news-line?count=1&theme=dark").headers["X-Cache"] == "hit"
    assert 'data-theme="dark"' in front.get("/embed/news-line?count=1&theme=dark").text
    for query in ("x=1&count=1&theme=dark", "count=1&x=1&theme=dark&y", "theme=dark&x=&count=1"):
        assert front.get(f"/embed/news-line?{query}").headers["X-Cache"] == "hit"
    assert 'data-theme="auto"' in front.get("/embed/news-line?x=1").text
    assert front.get(f"/oembed?url={site.config.base_url}/&format=xml").headers["content-type"].startswith("text/xml")
    assert front.get("/?before=x").status_code == site.get("/?before=x").status_code == 404


def test_what_is_not_to_be_kept_is_not(site: Site, front: Program) -> None:
    for path in ("/nowhere", "/feeds/tags/nowhere.rss", "/ready", "/health"):
        for _ in range(2):
            response = front.get(path)
            assert response.headers["X-Cache"] == "miss"
        assert response.status_code == site.get(path).status_code
    assert [front.get(path).status_code for path in ("/metrics", "/%6Detrics", "/metric%73?x")] == [404] * 3
    reads = "/articles/bridge-opens/reads"
    assert [front.http.post(reads).json()["reads"] for _ in range(2)] == [1, 2]
    assert front.http.request("DELETE", FEED).status_code == 405


def test_only_feedsvc_itself_may_purge(front: Program) -> None:
    front.get(FEED)
    keys = {"Surrogate-Key": "site"}
    assert front.http.request("PURGE", "/", headers=keys | {"X-Forwarded-For": "192.0.2.1"}).status_code == 403
    assert front.http.request("PURGE", "/").status_code == 400
    assert front.http.request("PURGE", "/", headers={"Surrogate-Key": ".*"}).status_code == 400
    assert front.get(FEED).headers["X-Cache"] == "hit"
    assert front.http.request("PURGE", "/", headers=keys).status_code == 200
    assert front.get(FEED).headers["X-Cache"] == "miss"


@pytest.mark.parametrize("purge_by", ["ban", "xkey"])
def test_a_purge_takes_what_its_keys_name_and_nothing_else(site: Site, tmp_path: Path, purge_by: str) -> None:
    site.publish(title="First game", tags=["Sport"])
    paths = {"channel-0": FEED, "channel-2": "/feeds/tags/karabakh.rss", "article-2": "/articles/first-game"}
    with varnish(tmp_path / purge_by, free_port(), site.config.port, purge_by=purge_by) as front:
        for key, purged in paths.items():
            for path in paths.values():
                front.get(path)
            keys = f"channel-11 {key} article-22"
            assert front.http.request("PURGE", "/", headers={"Surrogate-Key": keys}).status_code == 200
            for path in paths.values():
                assert front.get(path).headers["X-Cache"] == ("miss" if path == purged else "hit")
        many = " ".join([f"article-{2**62 + number}" for number in range(255)] + ["channel-0"])
        assert front.http.request("PURGE", "/", headers={"Surrogate-Key": many}).status_code == 200
        assert front.get(FEED).headers["X-Cache"] == "miss"
        assert "xkey" not in front.get(FEED).headers


def test_what_is_kept_is_served_when_feedsvc_is_killed(serve: Callable[..., Served], tmp_path: Path) -> None:
    served = serve(max_age=1, stale_if_error=600)
    assert served.shell("publish", "-", stdin=b'{"title": "Bridge opens"}').returncode == 0
    backend = served.http.base_url.port
    with varnish(tmp_path / "varnish", free_port(), backend, grace="0s") as front:
        for path in (FEED, PAGE):
            eventually(lambda path=path: "Bridge opens" in front.get(path).text)
        for child in family(served.process.pid):
            os.kill(child, signal.SIGKILL)
        served.process.wait(30)
        # Varnish finds out by itself, from the first request that has to be fetched on.
        for path in (FEED, PAGE):
            stale = eventually(lambda path=path: _older_than(front, 3, path))
            assert (stale.status_code, stale.headers["X-Cache"]) == (200, "hit")
            assert "Bridge opens" in stale.text
        absent = front.get("/feeds/news-line.atom")
        assert (absent.status_code, absent.headers["Retry-After"]) == (503, "5")
        assert absent.headers["Cache-Control"] == "no-store"


def test_a_server_error_hides_no_older_copy(tmp_path: Path) -> None:
    with origin() as backend, varnish(tmp_path / "varnish", free_port(), backend.port, grace="0s") as front:
        assert front.get("/a").text == "answer 1"
        eventually(lambda: front.get("/a").text == "answer 2")
        backend.status = 503
        stale = eventually(lambda: _older_than(front, 3, "/a"))
        assert (stale.status_code, stale.text) == (200, "answer 2")
        assert front.get("/b").status_code == 503
        backend.status = 200
        eventually(lambda: front.get("/a").text != "answer 2")
        assert front.get("/b").status_code == 200


def test_an_answer_that_was_long_under_way_is_kept_for_a_second_only(tmp_path: Path) -> None:
    with origin(max_age=300) as backend, varnish(tmp_path / "varnish", free_port(), backend.port) as front:
        assert front.get("/quick").text == front.get("/quick").text == "answer 1"
        backend.delay = 0.6
        slow = front.get("/slow").text
        backend.delay = 0
        assert eventually(lambda: front.get("/slow").text != slow)
        assert front.get("/quick").text == "answer 1"


class _Origin:
    """A server of documents that count themselves, some of them late, some of them failures."""

    def __init__(self, port: int, max_age: int) -> None:
        self.port = port
        self.max_age = max_age
        self.status = 200
        self.delay = 0.0
        self.answers = 0


@contextmanager
def origin(max_age: int = 1) -> Iterator[_Origin]:
    this = _Origin(free_port(), max_age)

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            threading.Event().wait(0 if self.path == "/health" else this.delay)
            this.answers += self.path != "/health"
            body = f"answer {this.answers}".encode()
            self.send_response(200 if self.path == "/health" else this.status)
            self.send_header("Surrogate-Control", f"max-age={this.max_age}, stale-if-error=600")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_arguments: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", this.port), Handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield this
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def _older_than(front: Program, seconds: int, path: str = FEED):
    response = front.get(path)
    return response if float(response.headers.get("Age", 0)) > seconds else None


def test_a_question_reaches_the_search(front: Program) -> None:
    eventually(lambda: "<h3><a" in front.get("/search?x=1&q=bridge").text)
    assert front.get("/feeds/search.json?q=bridge&x=1").json()["feed_url"].endswith("/feeds/search.json?q=bridge")
    assert "<h3><a" not in front.get("/search?q=nowhere").text
