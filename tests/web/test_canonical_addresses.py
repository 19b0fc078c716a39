"""Every document has one address; other spellings of it are sent there for good."""

import unicodedata
from collections.abc import Callable
from urllib.parse import quote

import pytest
from conftest import Served, Site
from web_tools import BASE, FEEDS, raw, redirects

pytestmark = pytest.mark.only("sqlite")  # none of it is the database's doing


@pytest.fixture
def published(make_site: Callable[..., Site]) -> Site:
    site = make_site(base_url=BASE)
    site.publish(title="Rain and wind", tags=["Great Return", "Café", "#Khankendi", "Straße"])
    return site


def test_other_spellings_of_a_feed_are_sent_to_the_one_address(published: Site) -> None:
    expected = {
        "/feeds/NEWS-LINE.rss": "/feeds/news-line.rss",
        "/feeds/news-line.RSS": "/feeds/news-line.rss",
        "/FEEDS/news-line.atom": "/feeds/news-line.atom",
        "/feeds/news-line.json/": "/feeds/news-line.json",
        "/feeds/tags/Khankendi.rss": "/feeds/tags/khankendi.rss",
        "/feeds/tags/%23Khankendi.rss": "/feeds/tags/khankendi.rss",
        "/feeds/TAGS/khankendi.rss": "/feeds/tags/khankendi.rss",
        "/feeds/tags/Great%20Return.atom": "/feeds/tags/great-return.atom",
        "/feeds/tags/great%20%20return.atom": "/feeds/tags/great-return.atom",
        "/feeds/tags/great/return.atom": "/feeds/tags/great-return.atom",
        f"/feeds/tags/{quote(unicodedata.normalize('NFD', 'café'))}.json": "/feeds/tags/caf%C3%A9.json",
        f"/feeds/tags/{quote('CAFÉ')}.json": "/feeds/tags/caf%C3%A9.json",
        f"/feeds/tags/{quote('Straße')}.json": "/feeds/tags/strasse.json",
        "/feeds/tags/STRASSE.json": "/feeds/tags/strasse.json",
    }
    assert redirects(published, list(expected)) == {old: (301, BASE + new) for old, new in expected.items()}


def test_other_spellings_of_a_page_are_sent_to_the_one_address(published: Site) -> None:
    expected = {
        "/tags/": "/tags",
        "/Tags": "/tags",
        "/tags/Khankendi": "/tags/khankendi",
        "/tags/khankendi/": "/tags/khankendi",
        "/tags/Great%20Return": "/tags/great-return",
        "/TAGS/great-return": "/tags/great-return",
        f"/tags/{quote(unicodedata.normalize('NFD', 'café'))}": "/tags/caf%C3%A9",
        "/articles/Rain-And-Wind": "/articles/rain-and-wind",
        "/articles/rain%20and%20wind": "/articles/rain-and-wind",
        "/articles/rain-and-wind/": "/articles/rain-and-wind",
        "/Articles/rain-and-wind": "/articles/rain-and-wind",
    }
    assert redirects(published, list(expected)) == {old: (301, BASE + new) for old, new in expected.items()}


def test_an_address_that_is_wrong_in_two_ways_is_mended_in_one_step(published: Site) -> None:
    expected = {
        "/Feeds/News-Line.RSS": "/feeds/news-line.rss",
        "/Feeds/tags/Great%20Return.rss/": "/feeds/tags/great-return.rss",
        "/tags/Great%20Return/": "/tags/great-return",
        "/Articles/Rain-And-Wind/": "/articles/rain-and-wind",
    }
    assert redirects(published, list(expected)) == {old: (301, BASE + new) for old, new in expected.items()}


def test_a_mended_address_keeps_the_page_that_was_asked_for(published: Site) -> None:
    expected = {
        "/tags/Khankendi?before=1": "/tags/khankendi?before=1",
        "/tags/khankendi/?before=1": "/tags/khankendi?before=1",
    }
    assert redirects(published, list(expected)) == {old: (301, BASE + new) for old, new in expected.items()}


@pytest.mark.parametrize("path", FEEDS)
def test_the_canonical_address_answers_and_a_redirect_of_it_leads_there(published: Site, path: str) -> None:
    assert published.get(path).status_code == 200
    moved = raw(published, path.upper().replace("/FEEDS/", "/feeds/"), "HEAD")
    assert (moved.status, moved.headers["location"]) == (301, BASE + path)


def test_slashes_too_many_are_taken_away_and_lead_to_no_other_site(
    published: Site, serve: Callable[..., Served]
) -> None:
    targets = [
        "//evil.example/",
        "//evil.example/%2e%2e",
        "///evil.example",
        "/%2F/evil.example/",
        "/%5C/evil.example/",
        "/\\evil.example/",
        "//evil.example/feeds/news-line.rss",
        "/feeds/%0d%0aLocation:%20https:%2F%2Fevil.example/",
        "/tags//evil.example",
        "/articles/%2F%2Fevil.example/",
        "/@evil.example/",
    ]
    served = serve(base_url=BASE)
    for server in (published, served):
        answers = {target: raw(server, target) for target in targets}
        assert {answer.status for answer in answers.values()} <= {301, 404}
        locations = [value for answer in answers.values() for name, value in answer.fields if name == "location"]
        assert all(location.startswith(f"{BASE}/") for location in locations)
        assert len(locations) == sum(answer.status == 301 for answer in answers.values())
    # The server that `published` runs under takes away a second slash at the beginning by itself.
    mended = {"//": "/", "//feeds/news-line.json": "/feeds/news-line.json", "//?before=1": "/?before=1"}
    assert redirects(served, list(mended)) == {old: (301, BASE + new) for old, new in mended.items()}


def test_a_spelling_of_what_does_not_exist_is_not_found(published: Site) -> None:
    targets = ["/tags/Nobody", "/feeds/tags/Nobody.rss", "/articles/Nobody", "/tags/%21", "/articles/%21", "/tags/a/b"]
    assert redirects(published, targets) == dict.fromkeys(targets, (404, None))


def test_a_redirect_follows_the_base_url_and_not_the_host(make_site: Callable[..., Site]) -> None:
    site = make_site(base_url="https://example.org/press/")
    moved = raw(site, "/feeds/news-line.RSS", Host="evil.example")
    assert moved.headers["location"] == "https://example.org/press/feeds/news-line.rss"
    moved = raw(site, "/tags/", Host="evil.example")
    assert moved.headers["location"] == "https://example.org/press/tags"


def test_a_redirect_may_be_cached_and_read_from_anywhere(published: Site) -> None:
    moved = raw(published, "/feeds/news-line.RSS")
    assert moved.headers["cache-control"] == "public, max-age=300"
    assert moved.headers["access-control-allow-origin"] == "*"
    assert moved.body == b""


def test_a_post_is_not_redirected(published: Site) -> None:
    assert raw(published, "/articles/rain-and-wind/reads/", "POST", b"").status == 404


def test_unknown_query_keys_make_no_new_cache_entry(published: Site) -> None:
    paths = [*FEEDS, "/", "/tags", "/tags/khankendi", "/articles/rain-and-wind"]
    usual = {path: published.get(path) for path in paths}
    renders, size = published.service.cache.renders, published.service.cache.size
    for path, expected in usual.items():
        for query in ("utm_source=x", "x=1&y=2", "", "format=atom", "%FF=%00"):
            response = published.get(f"{path}?{query}")
            assert (response.status_code, response.content) == (200, expected.content)
            assert response.headers["etag"] == expected.headers["etag"]
    assert published.service.cache.renders == renders
    assert published.service.cache.size == size


def test_other_spellings_make_no_new_cache_entry(published: Site) -> None:
    published.get("/feeds/tags/great-return.rss", accept_encoding="identity")
    size = published.service.cache.size
    for target in ("/feeds/tags/Great%20Return.rss", "/feeds/tags/nobody.rss", "/tags/nobody", "/articles/x", "/%F0"):
        raw(published, target)
    assert published.service.cache.size == size
