"""The fast path in front of Flask: it answers what is in memory, and nobody can tell it from Flask by the answer."""

import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from itertools import product
from types import SimpleNamespace
from typing import Any

import httpx
import pytest
from conftest import Site, eventually, free_port
from flask import Flask
from web_tools import FEEDS, Raw, age, raw
from werkzeug.serving import make_server

from feedsvc.app import create_app
from feedsvc.config import Config
from feedsvc.web.fastpath import FastPath

CODINGS = ["", "gzip", "br;q=0.4, zstd", "gzip;q=0, br;q=0", "*", "identity;q=0", "x" * 600]
PAGES = ["/", "/tags", "/tags/khankendi", "/articles/rain", "/articles/gone", "/assets/feedsvc.css"]


@contextmanager
def listening(application: Any) -> Iterator[SimpleNamespace]:
    """An application over real HTTP, as `raw` takes it."""
    port = free_port()
    server = make_server("127.0.0.1", port, application, threaded=True)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield SimpleNamespace(http=SimpleNamespace(base_url=f"http://127.0.0.1:{port}"))
    server.shutdown()
    thread.join()
    server.server_close()


class Twins:
    """One service behind two doors: with the fast path, and without."""

    def __init__(self, stack: ExitStack, app: Flask) -> None:
        assert isinstance(app.wsgi_app, FastPath)
        self.service = app.extensions["feedsvc"]
        self.fast = stack.enter_context(listening(app))
        self.plain = stack.enter_context(listening(app.wsgi_app.beyond))

    def hits(self) -> int:
        """How many answers came from memory so far."""
        totals = self.service.traffic.totals()
        return sum(number for answered, number in totals.items() if answered.outcome == "hit")

    def differences(self, target: str, method: str = "GET", body: bytes | None = None, **headers: str) -> list[str]:
        """In what the two answers to one request differ; nothing is what is hoped for."""
        fast, plain = (_shown(raw(door, target, method, body, **headers)) for door in (self.fast, self.plain))
        return [] if fast == plain else [f"{method} {target} {headers}: {fast} is not {plain}"]


def _shown(answer: Raw) -> Any:
    # Which second it is says nothing about the way an answer took.
    return answer.status, [field for field in answer.fields if field[0] != "date"], answer.body


@pytest.fixture
def twins(site: Site) -> Iterator[Twins]:
    age(site, 7200)
    site.publish(title="Rain", tags=["Khankendi", "Ağdam"], content_text="It rained. " * 200)
    site.retract(site.publish(title="Gone", tags=["Khankendi"]).guid)
    age(site, 3600)
    with ExitStack() as stack:
        app = create_app(Config.load({"FEEDSVC_DATABASE_URL": site.config.database_url}))
        stack.callback(app.extensions["feedsvc"].stop)
        yield Twins(stack, app)


def fill(twins: Twins, paths: list[str]) -> None:
    """Have every document made in every coding."""
    for path, coding in product(paths, CODINGS):
        raw(twins.fast, path, Accept_Encoding=coding)


def test_a_kept_document_is_answered_in_front_of_the_application(twins: Twins) -> None:
    paths = [*FEEDS, *PAGES, "/feeds/tags/a%C4%9Fdam.atom", "/tags/a%C4%9Fdam"]
    fill(twins, paths)
    before = twins.hits()
    for path, coding in product(paths, CODINGS):
        raw(twins.fast, path, Accept_Encoding=coding)
    assert twins.hits() == before + len(paths) * len(CODINGS)


def test_both_ways_give_the_same_bytes_for_every_condition(twins: Twins) -> None:
    paths = [FEEDS[0], FEEDS[4], *PAGES]
    fill(twins, paths)
    differences = []
    before = twins.hits()
    asked = 0
    for path in paths:
        held = raw(twins.fast, path, Accept_Encoding="gzip")
        etag = held.headers["etag"]
        opaque = etag.strip('"').removesuffix("-gzip")
        modified = held.headers["last-modified"]
        tags = [None, etag, f'W/{etag}, "x"', "*", f'"{opaque}-deflate"', '"other"', "", ",,", "W/", f'"{opaque}']
        tags.append(f'"{"y" * 300}", {etag}')
        dates = [
            None,
            modified,
            "Thu, 01 Jan 1970 00:00:00 GMT",
            "Fri, 01 Jan 2100 00:00:00 GMT",
            "nonsense",
            "z" * 300,
        ]
        for method, tag, date in product(("GET", "HEAD"), tags, dates):
            headers = {"If_None_Match": tag, "If_Modified_Since": date}
            sent = {name: value for name, value in headers.items() if value is not None}
            differences += twins.differences(path, method, Accept_Encoding="gzip", **sent)
            asked += 1
    assert differences == []
    assert twins.hits() == before + asked + len(paths)


@pytest.mark.parametrize("method", ["GET", "HEAD"])
def test_both_ways_give_the_same_bytes_for_every_coding_range_and_query(twins: Twins, method: str) -> None:
    fill(twins, [FEEDS[0], "/", "/?before=2", "/tags/khankendi"])
    queries = [
        "",
        "?",
        "?utm_source=x&y",
        "?before=2",
        "?before=2&x=1",
        "?x=before",
        "?%62efore=2",
        "?before=",
        "?before",
    ]
    queries += [
        "?before=02",
        "?before=-1",
        "?before=99",
        "?a=%00",
        "?before=%32",
        "?before=2&before=1",
        "?" + "q" * 3000,
    ]
    differences = []
    for coding, query, path in product(CODINGS, queries, [FEEDS[0], "/", "/tags/khankendi"]):
        differences += twins.differences(path + query, method, Accept_Encoding=coding)
    for value in ("bytes=0-10", "bytes=-1", "nonsense"):
        differences += twins.differences(FEEDS[0], method, Range=value, If_Range='"x"')
    assert differences == []


def test_both_ways_give_the_same_answer_to_odd_paths_and_methods(twins: Twins) -> None:
    fill(twins, [*FEEDS, *PAGES])
    odd = ["//", "/feeds//news-line.rss", "/FEEDS/news-line.rss", "/feeds/News-Line.RSS", "/feeds/news-line.rss/"]
    odd += ["/feeds/news-line%2Erss", "/feeds/news-line.rss%3Fbefore=2", "/%3Fbefore=2", "/tags/khankendi%3Fbefore=2"]
    odd += [
        "/tags/%FF",
        "/feeds/tags/%C3.rss",
        "/feeds/news-line.rss%00",
        "/./feeds/news-line.rss",
        "/..",
        "/%2F",
        "/nope",
    ]
    odd += ["/tags/Khankendi", "/tags/kh%61nkendi", "/feeds/tags/nobody.rss", "/articles/Rain", "/assets/nothing.js"]
    differences = [line for path, method in product(odd, ("GET", "HEAD")) for line in twins.differences(path, method)]
    for headers in ({"Host": ".."}, {"Host": "x" * 70}, {"Connection": "Upgrade", "Upgrade": "websocket"}):
        differences += twins.differences(FEEDS[0], **headers)
    for method in ("OPTIONS", "POST", "PUT", "DELETE", "get", "BREW"):
        differences += twins.differences(FEEDS[0], method)
    assert differences == []


def test_a_request_with_a_body_is_judged_by_the_application(twins: Twins) -> None:
    fill(twins, [FEEDS[0]])
    before = twins.hits()
    assert twins.differences(FEEDS[0], body=b"x") == []
    assert twins.differences(FEEDS[0], body=b"x" * 70_000) == []
    assert raw(twins.fast, FEEDS[0], body=b"x" * 70_000).status == 413
    assert twins.hits() == before


def test_every_answer_is_counted_by_what_it_was(site: Site) -> None:
    site.publish(title="Rain", tags=["Khankendi"])
    etag = site.get(FEEDS[0]).headers["etag"]
    for _ in range(3):
        site.get(FEEDS[0])
    site.get(FEEDS[0], if_none_match=etag)
    site.http.head(FEEDS[0])
    site.get("/articles/rain")
    site.get("/articles/rain")
    site.get("/tags/khankendi")
    site.get("/nope")
    site.http.request("BREW", "/")
    site.http.post("/articles/rain/reads")
    assert {tuple(answered): number for answered, number in site.service.traffic.totals().items()} == {
        ("feed", "GET", 200, "miss"): 1,
        ("feed", "GET", 200, "hit"): 3,
        ("feed", "GET", 304, "hit"): 1,
        ("feed", "HEAD", 200, "hit"): 1,
        ("article", "GET", 200, "miss"): 1,
        ("article", "GET", 200, "hit"): 1,
        ("tag", "GET", 200, "miss"): 1,
        ("other", "GET", 404, "none"): 1,
        ("other", "other", 405, "none"): 1,
        ("reads", "POST", 200, "none"): 1,
    }
    assert site.service.traffic.totals() == site.service.traffic.totals()  # to look is not to count


def test_an_answer_from_memory_has_the_log_line_of_any_other(make_site: Any, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("INFO", "feedsvc.access")
    site = make_site(access_log=True, trusted_proxies=1)
    site.publish(title="Rain", tags=["Ağdam"])
    path = "/feeds/tags/a%C4%9Fdam.rss"
    headers = {"x_forwarded_for": "192.0.2.7", "user_agent": "Reader", "x_request_id": "ours-1"}
    etag = site.get(path, **headers).headers["etag"]
    site.get(path, **headers)
    site.get(path, if_none_match=etag, **headers)

    def written() -> list[dict[str, Any]]:
        return [vars(record) for record in caplog.records if record.name == "feedsvc.access"]

    lines = eventually(lambda: len(written()) == 3 and written())
    seen = [[line["message"], line["client"], line["agent"], line["bytes"] is None] for line in lines]
    assert seen == [
        [f"GET /feeds/tags/ağdam.rss {status}", "192.0.2.7", "Reader", status == 304] for status in (200, 200, 304)
    ]
    assert lines[0]["bytes"] == lines[1]["bytes"] > 0
    assert all(line["milliseconds"] >= 0 for line in lines)


def test_what_is_used_stays_when_room_is_made(make_site: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("feedsvc.cache._USED_SECONDS", 0.0)  # so that each use is told, not one a second
    site = make_site(cache_bytes=1_000_000)
    site.publish(title="Rain", tags=[f"Tag {n}" for n in range(40)], content_text="It rained. " * 4_000)
    cache = site.service.cache
    hot = "/feeds/tags/tag-0.rss"
    renders = []
    for number in range(1, 40):
        site.get(hot, accept_encoding="identity")
        site.get(f"/feeds/tags/tag-{number}.rss", accept_encoding="identity")
        before = cache.renders
        site.get(hot, accept_encoding="identity")
        renders.append(cache.renders - before)
    assert sum(renders) == 0
    assert cache.size <= 1_000_000


def test_a_document_that_has_outlived_its_lifetime_is_not_at_hand(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("feedsvc.press.pages.READS_SHOWN_SECONDS", 0.05)
    site.publish(title="Rain")
    site.get("/articles/rain")
    renders = site.service.cache.renders
    assert eventually(lambda: site.get("/articles/rain").status_code == 200 and site.service.cache.renders > renders)


def test_an_article_is_gone_from_memory_when_it_is_retracted(site: Site) -> None:
    guid = site.publish(title="Rain").guid
    assert [site.get("/articles/rain").status_code for _ in range(2)] == [200, 200]
    site.retract(guid)
    assert [site.get("/articles/rain").status_code for _ in range(3)] == [410, 410, 410]
    assert httpx.codes.GONE in {answered.status for answered in site.service.traffic.totals()}


def test_what_is_remembered_of_requests_is_bounded(twins: Twins, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("feedsvc.web.fastpath._REMEMBERED", 5)
    paths = [*FEEDS, *PAGES]
    fill(twins, paths)
    before = twins.hits()
    for path in paths * 2:
        raw(twins.fast, path, Accept_Encoding="gzip")
        raw(twins.fast, path, Accept_Encoding="gzip" + " " * 5_000)
        raw(twins.fast, path, Accept_Encoding="gzip", If_None_Match='"another"')
    assert twins.hits() == before + 2 * 3 * len(paths)


def test_a_request_that_was_answered_from_memory_finds_what_has_changed_since(site: Site) -> None:
    site.publish(title="Rain")
    etag = site.get(FEEDS[0]).headers["etag"]
    assert [site.get(FEEDS[0], if_none_match=etag).status_code for _ in range(3)] == [304, 304, 304]
    site.publish(title="Wind")
    answers = [site.get(FEEDS[0], if_none_match=etag) for _ in range(3)]
    assert [(answer.status_code, "Wind" in answer.text) for answer in answers] == [(200, True)] * 3
