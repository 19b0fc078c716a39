"""What every page is made like: its head, its headers, and that it asks nothing of anyone else."""

import re
from collections.abc import Callable
from urllib.parse import urljoin, urlsplit

import httpx
import pytest
from conftest import Site
from web_tools import BASE, TYPES, page, raw, sql

pytestmark = pytest.mark.only("sqlite")  # none of it is the database's doing

PAGES = ["/", "/tags", "/tags/khankendi", "/articles/rain", "/articles/gone", "/nothing"]
POLICY = {
    "default-src": ["'none'"],
    "script-src": ["'self'"],
    "style-src": ["'self'"],
    "connect-src": ["'self'"],
    "img-src": ["'self'", "https:", "http:"],
    "media-src": ["https:", "http:"],
    "manifest-src": ["'self'"],
    "base-uri": ["'none'"],
    "form-action": ["'none'"],
    "frame-ancestors": ["'none'"],
}


@pytest.fixture
def published(make_site: Callable[..., Site]) -> Site:
    site = make_site(base_url=BASE, copyright="© News")
    site.publish(
        title="Rain",
        tags=["Khankendi"],
        image="https://images.example/rain.jpg",
        content_html='<p style="color:red" onclick="x()">It <script>x()</script>rained.</p>',
        attachments=[{"url": "https://media.example/rain.mp3", "mime_type": "audio/mpeg"}],
    )
    site.publish(id="tag:x,2024:9", title="Gone")
    site.retract("tag:x,2024:9")
    return site


@pytest.mark.parametrize("path", PAGES)
def test_a_page_has_nothing_inline_that_its_policy_forbids(published: Site, path: str) -> None:
    document = page(published.get(path))
    scripts = [script for script in document.iter("script") if script.get("type") != "application/ld+json"]
    assert all(script.get("src") and not script.text for script in scripts)
    assert list(document.iter("style")) == []
    assert document.xpath("//@style") == []
    assert document.xpath("//@*[starts-with(name(), 'on')]") == []
    assert document.xpath("//@href[starts-with(., 'javascript:')]") == []
    assert document.xpath("//form | //iframe | //object | //embed | //base") == []


@pytest.mark.parametrize("path", PAGES)
def test_a_page_fetches_nothing_from_elsewhere_but_what_an_article_shows(published: Site, path: str) -> None:
    document = page(published.get(path))
    named = document.xpath("//@src") + document.xpath("//link[@rel='stylesheet' or @rel='icon']/@href")
    fetched = {urljoin(BASE + path, address) for address in named}
    own = {address for address in fetched if address.startswith(f"{BASE}/assets/")}
    assert fetched - own <= {"https://images.example/rain.jpg"}
    assert len(own) >= 2
    assert {published.get(urlsplit(address).path).status_code for address in own} == {200}


def test_no_asset_fetches_anything_from_elsewhere(published: Site) -> None:
    styles = page(published.get("/")).find(".//link[@rel='stylesheet']").get("href")
    text = published.get(urlsplit(styles).path).text
    assert "@import" not in text
    assert [address for address in re.findall(r"url\(([^)]*)\)", text) if "//" in address] == []


def own_headers(response: httpx.Response) -> dict[str, list[str]]:
    directives = response.headers["content-security-policy"].split("; ")
    return {name: values for name, *values in (directive.split(" ") for directive in directives)}


@pytest.mark.parametrize("path", PAGES)
def test_a_page_is_sent_with_a_strict_policy(published: Site, path: str) -> None:
    response = published.get(path)
    assert response.headers["content-type"] == "text/html; charset=utf-8"
    assert own_headers(response) == POLICY
    assert "set-cookie" not in response.headers
    if response.status_code == 200:
        assert own_headers(published.get(path, if_none_match=response.headers["etag"])) == POLICY


@pytest.mark.parametrize(
    "path",
    ["/", "/feeds/news-line.rss", "/articles/gone", "/nothing", "/Tags", "/health", "/ready", "/assets/icon.svg"],
)
def test_every_answer_carries_the_fields_of_safety(published: Site, path: str) -> None:
    for method in ("GET", "HEAD", "OPTIONS", "POST"):
        headers = raw(published, path, method, b"" if method == "POST" else None).headers
        assert (method, headers.get("x-content-type-options")) == (method, "nosniff")
        assert (method, headers.get("referrer-policy")) == (method, "strict-origin-when-cross-origin")


def test_the_answers_to_a_reading_carry_the_fields_of_safety_too(published: Site) -> None:
    for site, article in (("same-origin", "rain"), ("cross-site", "rain"), ("same-origin", "gone")):
        response = published.http.post(f"/articles/{article}/reads", headers={"sec-fetch-site": site})
        assert response.headers.get("x-content-type-options") == "nosniff"


@pytest.mark.parametrize("path", PAGES)
def test_a_page_has_one_heading_a_language_and_a_way_to_its_content(published: Site, path: str) -> None:
    document = page(published.get(path))
    assert len(list(document.iter("h1"))) == 1
    assert (document.get("lang"), document.get("dir")) == ("en", "ltr")
    assert document.find(".//meta[@charset='utf-8']") is not None
    assert document.find(".//meta[@name='viewport']") is not None
    assert document.find(".//main").get("id") == document.find(".//a[@class='skip']").get("href").removeprefix("#")
    assert all(image.get("alt") is not None for image in document.iter("img"))
    assert len(document.xpath("//@id")) == len(set(document.xpath("//@id")))


@pytest.mark.parametrize("path", PAGES)
def test_a_page_offers_the_feeds_that_fit_it_its_own_first(published: Site, path: str) -> None:
    links = page(published.get(path)).findall(".//link[@rel='alternate']")
    alternates = [link for link in links if not link.get("type").endswith("+oembed")]
    selections = {
        "/tags/khankendi": ["tags/khankendi", "news-line"],
        "/articles/rain": ["news-line", "tags/khankendi"],
    }.get(path, ["news-line"])
    expected = [(f"{BASE}/feeds/{name}.{form}", TYPES[form]) for name in selections for form in TYPES]
    assert [(link.get("href"), link.get("type")) for link in alternates] == expected
    assert len({link.get("title") for link in alternates}) == len(alternates)
    for link in alternates:
        feed = published.get(link.get("href").removeprefix(BASE))
        assert feed.status_code == 200
        assert feed.headers["content-type"].startswith(link.get("type"))


def test_a_page_names_its_canonical_address(published: Site) -> None:
    for path in ("/", "/tags", "/tags/khankendi", "/articles/rain"):
        links = page(published.get(f"{path}?utm_source=x")).findall(".//link[@rel='canonical']")
        assert [link.get("href") for link in links] == [BASE + path]
    for path in ("/articles/gone", "/nothing"):
        assert page(published.get(path)).findall(".//link[@rel='canonical']") == []


def test_every_link_within_the_site_leads_somewhere(published: Site) -> None:
    for path in PAGES:
        hrefs = page(published.get(path)).xpath("//a/@href")
        inside = {href.removeprefix(BASE) for href in hrefs if href.startswith(BASE)}
        assert inside
        assert {published.get(href).status_code for href in inside} == {200}


def test_browsers_ask_each_time_and_shared_caches_keep_a_page_as_long_as_a_feed(published: Site) -> None:
    for path in ("/", "/tags", "/tags/khankendi", "/articles/rain"):
        expected = "public, max-age=0, s-maxage=300, stale-while-revalidate=60, stale-if-error=86400"
        assert published.get(path).headers["cache-control"] == expected


def test_a_cdn_can_purge_a_page_by_what_it_is_made_of(published: Site) -> None:
    keys = {path: published.get(path).headers["surrogate-key"].split() for path in PAGES[:5]}
    assert keys == {
        "/": ["channel-0", "site"],
        "/tags": ["channel-0", "site"],
        "/tags/khankendi": ["channel-2", "site"],
        "/articles/rain": ["article-1", "site"],
        "/articles/gone": ["article-2", "site"],
    }


def test_assets_with_a_fingerprint_never_change_and_wrong_ones_are_not_found(published: Site) -> None:
    address = urlsplit(page(published.get("/")).find(".//link[@rel='stylesheet']").get("href")).path
    response = published.get(address)
    assert response.headers["content-type"] == "text/css; charset=utf-8"
    assert response.headers["cache-control"] == "public, max-age=31536000, immutable"
    plain = published.get("/assets/feedsvc.css")
    assert plain.content == response.content
    assert plain.headers["cache-control"] == "public, max-age=300, stale-while-revalidate=60, stale-if-error=86400"
    for wrong in (re.sub(r"\.[0-9a-f]{12}\.", ".000000000000.", address), "/assets/other.css", "/assets/../base.html"):
        assert raw(published, wrong).status == 404
    for held in (response, plain):
        again = published.get(urlsplit(str(held.url)).path, if_none_match=held.headers["etag"])
        assert (again.status_code, again.content) == (304, b"")
        assert again.headers["cache-control"] == held.headers["cache-control"]


def test_scripts_and_pictures_have_their_types(published: Site) -> None:
    kinds = {name: published.get(f"/assets/{name}").headers["content-type"] for name in ("reads.js", "icon.svg")}
    assert kinds == {"reads.js": "text/javascript; charset=utf-8", "icon.svg": "image/svg+xml"}


def test_a_page_that_fails_is_of_the_same_make(published: Site) -> None:
    sql(published, "DELETE FROM site")
    published.service.cache.evict(10**6, {"site"})
    response = published.get("/")
    assert response.status_code == 500
    assert own_headers(response) == POLICY
    document = page(response)
    assert len(list(document.iter("h1"))) == 1
    assert document.find(".//link[@rel='stylesheet']") is not None
