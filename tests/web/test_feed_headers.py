"""The header fields that every feed carries, whoever asks and whatever is in the cache."""

import json
from collections.abc import Callable

import pytest
from conftest import Site
from lxml import etree
from web_tools import BASE, CORS, FEEDS, TYPES, raw

pytestmark = pytest.mark.only("sqlite")  # none of it is the database's doing

LINK = "{http://www.w3.org/2005/Atom}link"


@pytest.fixture
def published(make_site: Callable[..., Site]) -> Site:
    site = make_site(base_url=BASE)
    site.publish(title="Rain", tags=["Khankendi"], content_text="It rained.")
    return site


def field(site: Site, name: str) -> dict[str, str | None]:
    """The value of one header field of each feed, by the feed's path."""
    return {path: site.get(path).headers.get(name) for path in FEEDS}


def own_address(path: str, body: bytes) -> str:
    """The address that a feed's body gives as its own."""
    if path.endswith(".json"):
        return str(json.loads(body)["feed_url"])
    return next(link.get("href") for link in etree.fromstring(body).iter(LINK) if link.get("rel") == "self")


def test_each_format_has_its_content_type(published: Site) -> None:
    expected = {path: f"{TYPES[path.rpartition('.')[2]]}; charset=utf-8" for path in FEEDS}
    assert field(published, "content-type") == expected


def test_caches_are_told_how_long_to_keep_a_feed(published: Site) -> None:
    shared = "max-age=300, stale-while-revalidate=60, stale-if-error=86400"
    assert field(published, "cache-control") == dict.fromkeys(FEEDS, f"public, {shared}")
    assert field(published, "surrogate-control") == dict.fromkeys(FEEDS, shared)


def test_a_feed_varies_by_content_coding_alone(published: Site) -> None:
    assert field(published, "vary") == dict.fromkeys(FEEDS, "Accept-Encoding")


@pytest.mark.parametrize("name", ["set-cookie", "expires", "pragma"])
def test_a_feed_never_sets_a_cookie_or_expires(published: Site, name: str) -> None:
    published.http.headers["cookie"] = "session=1"
    assert field(published, name) == dict.fromkeys(FEEDS)


def test_settings_change_how_long_a_feed_is_kept_in_header_and_body(make_site: Callable[..., Site]) -> None:
    site = make_site(max_age=1800, stale_while_revalidate=7, stale_if_error=8)
    response = site.get("/feeds/news-line.rss")
    assert response.headers["cache-control"] == "public, max-age=1800, stale-while-revalidate=7, stale-if-error=8"
    assert etree.fromstring(response.content).findtext("channel/ttl") == "30"


def test_ttl_agrees_with_the_default_max_age(site: Site) -> None:
    assert etree.fromstring(site.get("/feeds/news-line.rss").content).findtext("channel/ttl") == "5"


def test_a_cdn_can_purge_a_feed_by_what_it_is_made_of(published: Site) -> None:
    keys = {path: "channel-2 site" if "/tags/" in path else "channel-0 site" for path in FEEDS}
    assert field(published, "surrogate-key") == keys
    assert field(published, "cache-tag") == {path: names.replace(" ", ",") for path, names in keys.items()}


def test_the_link_header_names_the_same_address_as_the_body(published: Site) -> None:
    for path in FEEDS:
        response = published.get(path)
        address = own_address(path, response.content)
        assert address == BASE + path
        assert response.headers["link"] == f'<{address}>; rel="self", <{BASE}/hub>; rel="hub"'


@pytest.mark.parametrize("path", FEEDS)
def test_a_page_of_another_origin_may_read_every_answer(published: Site, path: str) -> None:
    first, hit = published.get(path), published.get(path)
    not_modified = published.get(path, if_none_match=hit.headers["etag"])
    refused = published.http.post(path)
    moved = published.get(path.replace("/feeds/", "/Feeds/"))
    unknown = published.get(path.replace("news-line", "old-line").replace("khankendi", "nobody"))
    answers = [first, hit, not_modified, refused, moved, unknown]
    assert [each.status_code for each in answers] == [200, 200, 304, 405, 301, 404]
    for each in answers:
        assert {name: each.headers[name] for name in CORS} == CORS


@pytest.mark.parametrize("path", ["/feeds/news-line.json", "/feeds/tags/nobody.rss", "/feeds/", "/feeds/a/b/c"])
def test_a_preflight_is_answered_with_each_field_once(site: Site, path: str) -> None:
    answer = raw(site, path, "OPTIONS", Origin="https://reader.example", Access_Control_Request_Method="GET")
    assert answer.headers["access-control-allow-origin"] == "*"
    assert answer.headers["access-control-allow-methods"] == "GET, HEAD"
    assert answer.headers["access-control-allow-headers"] == "If-None-Match, If-Modified-Since, A-IM"
    assert answer.headers["access-control-max-age"] == "86400"
    names = [name for name, _ in answer.fields]
    assert sorted(names) == sorted(set(names))


def test_a_preflight_of_a_feed_succeeds(site: Site) -> None:
    answer = raw(site, "/feeds/news-line.json", "OPTIONS", Origin="https://reader.example")
    assert answer.status == 200
    assert set(answer.headers["allow"].split(", ")) == {"GET", "HEAD", "OPTIONS"}


def test_a_page_gives_other_origins_no_preflight(site: Site) -> None:
    assert "access-control-allow-origin" not in raw(site, "/", "OPTIONS").headers


def without_date(fields: list[tuple[str, str]]) -> list[tuple[str, str]]:
    return [(name, value) for name, value in fields if name != "date"]


def test_head_has_the_headers_of_get_and_no_body(published: Site) -> None:
    for path in [*FEEDS, "/", "/articles/rain"]:
        for coding in ("identity", "gzip"):
            head = raw(published, path, "HEAD", Accept_Encoding=coding)
            renders = published.service.cache.renders
            got = raw(published, path, Accept_Encoding=coding)
            assert (head.status, head.body) == (200, b"")
            assert without_date(head.fields) == without_date(got.fields)
            assert int(head.headers["content-length"]) == len(got.body)
            assert published.service.cache.renders == renders


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "PATCH"])
def test_other_methods_are_refused_with_those_that_are_allowed(published: Site, method: str) -> None:
    for path in [*FEEDS, "/", "/tags", "/articles/rain", "/health"]:
        response = published.http.request(method, path)
        assert response.status_code == 405, path
        assert set(response.headers["allow"].split(", ")) == {"GET", "HEAD", "OPTIONS"}


def test_a_range_is_ignored(published: Site) -> None:
    for path in FEEDS:
        whole = published.get(path, accept_encoding="identity")
        part = published.get(path, accept_encoding="identity", range="bytes=0-9")
        assert (part.status_code, part.content) == (200, whole.content)
        assert "content-range" not in part.headers


def test_the_host_a_client_names_changes_nothing(published: Site) -> None:
    usual = {path: raw(published, path) for path in FEEDS}
    renders = published.service.cache.renders
    for path, expected in usual.items():
        for header in ("host", "x-forwarded-host", "x-forwarded-proto", "forwarded"):
            names = {header: "evil.example", "accept-encoding": "identity"}
            spoofed = published.http.get(path, headers=names)
            assert spoofed.content == expected.body
            assert spoofed.headers["etag"] == expected.headers["etag"]
            assert b"evil.example" not in spoofed.content
    assert published.service.cache.renders == renders


def test_what_is_no_feed_is_not_found(published: Site) -> None:
    nothing = [
        "/feeds/tags/nobody.rss",
        "/feeds/tags/nobody.atom",
        "/feeds/tags/nobody.json",
        "/feeds/news-line.xml",
        "/feeds/news-line",
        "/feeds/news-line.",
        "/feeds/old-line.rss",
        "/feeds/tags/.rss",
        "/feeds/tags/%21%21.rss",
        "/feeds/tags/%FF.rss",
        "/feeds/labels/khankendi.rss",
        "/feeds/tags/khankendi",
        "/feeds/rss",
    ]
    answers = {path: raw(published, path) for path in nothing}
    assert {path: answer.status for path, answer in answers.items()} == dict.fromkeys(nothing, 404)
    assert {answer.headers["cache-control"] for answer in answers.values()} == {"no-cache"}
