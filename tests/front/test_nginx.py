"""Our nginx configuration: a copy for a second, in each coding, and for as long as we are away."""

import os
import signal
from collections.abc import Callable, Iterator
from pathlib import Path

import httpx
import pytest
from conftest import Served, Site, eventually, free_port
from in_front import Program, family, nginx, raw

from feedsvc.item import read_item

FEED = "/feeds/news-line.rss"
PAGE = "/articles/bridge-opens"


@pytest.fixture
def site(make_site: Callable[..., Site]) -> Site:
    site = make_site(trusted_proxies=1)
    site.publish(title="Bridge opens", tags=["Xankəndi"], content_text="At noon. " * 200)
    return site


@pytest.fixture
def front(site: Site, tmp_path: Path) -> Iterator[Program]:
    with nginx(tmp_path / "nginx", free_port(), site.config.port) as program:
        yield program


def twice(front: Program, path: str, **headers: str) -> tuple[httpx.Response, httpx.Response]:
    """Two answers of which the second is a copy; a second goes by quickly on a busy machine."""

    def attempt() -> tuple[httpx.Response, httpx.Response] | None:
        first, second = front.get(path, **headers), front.get(path, **headers)
        return (first, second) if second.headers["X-Cache"] == "HIT" else None

    return eventually(attempt)


def test_a_document_is_kept_as_it_was_made(site: Site, front: Program) -> None:
    for path in (FEED, "/feeds/tags/xank%C9%99ndi.json", "/", "/articles/bridge-opens"):
        for coding in ("identity", "gzip", "br", "zstd"):
            origin = site.get(path, accept_encoding=coding)
            for response in twice(front, path, accept_encoding=coding):
                assert response.status_code == origin.status_code
                for name in set(origin.headers) - {"surrogate-control", "surrogate-key", "cache-tag"}:
                    if name not in ("date", "server", "connection"):
                        assert response.headers[name] == origin.headers[name]
                assert "Surrogate-Key" not in response.headers
            assert raw(front.http, path, coding) == raw(site.http, path, coding)


def test_many_spellings_are_four_copies(front: Program) -> None:
    for asked, coding in (
        ("gzip, deflate, br, zstd", "br"),
        ("zstd;q=0.9, BR;q=1.0", "br"),
        ("gzip, deflate, br;q=0, zstd", "zstd"),
        ("GZIP", "gzip"),
        ("gzip;q=0.5, br; q=0.000", "gzip"),
        ("br;q=0.5", "br"),
        ("br;q=0, gzip;q=0", ""),
        ("deflate, x-br2", ""),
    ):
        response = front.get(FEED, accept_encoding=asked)
        assert response.headers.get("Content-Encoding", "") == coding, asked


@pytest.mark.parametrize("coding", ["identity", "br"])
def test_a_reader_who_has_it_is_told_so(front: Program, coding: str) -> None:
    kept = front.get(FEED, accept_encoding=coding)
    tag = kept.headers["ETag"]
    for validator in (tag, f"W/{tag}", f'"other", {tag}', "*"):
        response = front.get(FEED, accept_encoding=coding, if_none_match=validator)
        assert (response.status_code, response.content) == (304, b"")
        for name in ("ETag", "Cache-Control", "Vary", "Last-Modified", "Access-Control-Allow-Origin"):
            assert response.headers[name] == kept.headers[name]
    assert front.get(FEED, accept_encoding=coding, if_none_match='"other"').status_code == 200
    # Two changes within one second have one Last-Modified, and nginx does not know of it.
    assert front.get(FEED, if_modified_since=kept.headers["Last-Modified"]).status_code == 200


def test_a_change_is_seen_when_the_second_is_over(site: Site, front: Program) -> None:
    twice(front, FEED)
    site.service.newsroom.publish(read_item({"title": "Second"}))
    eventually(lambda: "Second" in front.get(FEED).text)
    assert site.get("/feeds/tags/nowhere.rss").status_code == front.get("/feeds/tags/nowhere.rss").status_code == 404
    site.publish(title="Third", tags=["Nowhere"])
    assert front.get("/feeds/tags/nowhere.rss").status_code == 200


def test_what_has_not_changed_is_asked_for_by_its_tag(serve: Callable[..., Served], tmp_path: Path) -> None:
    served = serve("--access-log")
    with nginx(tmp_path / "nginx", free_port(), served.http.base_url.port) as front:
        eventually(lambda: front.get(FEED).headers["X-Cache"] == "REVALIDATED")
        eventually(lambda: f"GET {FEED} 304" in served.log.read_text())


def test_only_what_makes_another_answer_makes_another_copy(site: Site, front: Program) -> None:
    site.publish(title="Second")

    def is_kept(path: str, first: str, **headers: str) -> bool:
        front.get(first)
        return front.get(path, **headers).headers["X-Cache"] == "HIT"

    eventually(lambda: is_kept(f"{FEED}?utm_source=mail", FEED, host="other.example", cookie="a=b"))
    eventually(lambda: is_kept("/?x=1&before=2", "/?before=2"))
    eventually(lambda: is_kept(*["/embed/news-line?count=1&theme=dark"] * 2))
    eventually(lambda: is_kept("/embed/news-line?x=1&theme=dark&count=1", "/embed/news-line?count=1&theme=dark"))
    assert 'data-theme="dark"' in front.get("/embed/news-line?count=1&theme=dark").text
    assert front.get(f"/oembed?url={site.config.base_url}/&format=xml").headers["content-type"].startswith("text/xml")
    assert front.get("/?before=2").text != front.get("/").text


def test_what_is_not_for_everybody_stays_behind(front: Program) -> None:
    assert front.get("/metrics").status_code == 404
    assert front.get("/ready").status_code == 200
    assert front.http.request("PURGE", "/", headers={"Surrogate-Key": "site"}).status_code == 403
    reads = "/articles/bridge-opens/reads"
    assert [front.http.post(reads).json()["reads"] for _ in range(2)] == [1, 2]


def test_what_is_kept_is_served_when_feedsvc_is_killed(serve: Callable[..., Served], tmp_path: Path) -> None:
    served = serve()
    assert served.shell("publish", "-", stdin=b'{"title": "Bridge opens"}').returncode == 0
    with nginx(tmp_path / "nginx", free_port(), served.http.base_url.port) as front:
        for path in (FEED, PAGE):
            eventually(lambda path=path: "Bridge opens" in front.get(path).text)
        for pid in family(served.process.pid):
            os.kill(pid, signal.SIGKILL)
        served.process.wait(30)
        for path in (FEED, PAGE):
            stale = eventually(lambda path=path: _if_stale(front.get(path)))
            assert (stale.status_code, "Bridge opens" in stale.text) == (200, True)
        assert front.get("/feeds/news-line.atom").status_code == 502


def _if_stale(response: httpx.Response) -> httpx.Response | None:
    return response if response.headers["X-Cache"] == "STALE" else None


def test_a_question_reaches_the_search(front: Program) -> None:
    eventually(lambda: "<h3><a" in front.get("/search?x=1&q=bridge").text)
    assert front.get("/feeds/search.json?q=bridge&x=1").json()["feed_url"].endswith("/feeds/search.json?q=bridge")
    assert "<h3><a" not in front.get("/search?q=nowhere").text
