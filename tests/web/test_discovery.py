"""What programs look for at the root of a site: robots.txt, icons, the manifest, and what is well known."""

import struct
from collections.abc import Callable
from datetime import UTC, datetime
from io import BytesIO
from urllib.parse import urlsplit
from urllib.robotparser import RobotFileParser

import pytest
from conftest import Site
from lxml import etree
from web_tools import BASE, age, identity, last_modified, page, raw, refresh

from feedsvc.config import Config
from feedsvc.errors import ConfigError

pytestmark = pytest.mark.only("sqlite")  # none of it is the database's doing

CONTACT = "mailto:security@news.example"
ROBOTS, MANIFEST = "/robots.txt", "/manifest.webmanifest"
HOST_META, SECURITY = "/.well-known/host-meta", "/.well-known/security.txt"
TYPES = {
    ROBOTS: "text/plain; charset=utf-8",
    MANIFEST: "application/manifest+json",
    HOST_META: "application/xrd+xml; charset=utf-8",
    SECURITY: "text/plain; charset=utf-8",
    "/favicon.ico": "image/vnd.microsoft.icon",
    "/apple-touch-icon.png": "image/png",
}
XRD = "{http://docs.oasis-open.org/ns/xri/xrd-1.0}"


@pytest.fixture
def known(make_site: Callable[..., Site]) -> Site:
    return make_site(base_url=BASE, security_contact=CONTACT)


def png_size(body: bytes) -> tuple[int, int]:
    """The size that a PNG says it has (PNG, section 11.2.1)."""
    assert body[:8] == b"\x89PNG\r\n\x1a\n"
    width, height = struct.unpack(">II", body[16:24])
    return width, height


def test_crawlers_may_fetch_everything_but_what_counts_a_reading(known: Site) -> None:
    lines = known.get(ROBOTS).text.splitlines()
    assert lines == [
        "User-agent: *",
        "Disallow: /articles/*/reads$",
        "",
        f"Sitemap: {BASE}/sitemap.xml",
        f"Sitemap: {BASE}/news-sitemap.xml",
    ]
    parser = RobotFileParser()
    parser.parse(lines)
    assert parser.site_maps() == [f"{BASE}/sitemap.xml", f"{BASE}/news-sitemap.xml"]
    for path in ("/", "/articles/rain", "/embed/news-line", "/oembed?url=x", "/headlines/news-line.html"):
        assert parser.can_fetch("Googlebot", f"{BASE}{path}")
    assert {known.get(urlsplit(address).path).status_code for address in parser.site_maps()} == {200}


def test_what_stands_below_a_folder_is_named_there(make_site: Callable[..., Site]) -> None:
    site = make_site(base_url="https://example.org/press", security_contact=CONTACT)
    robots = site.get(ROBOTS).text
    assert "Disallow: /press/articles/*/reads$" in robots
    assert "Sitemap: https://example.org/press/sitemap.xml" in robots
    assert site.get(MANIFEST).json()["scope"] == "https://example.org/press/"
    head = page(site.get("/")).find("head")
    assert head.find("link[@rel='manifest']").get("href") == "/press/manifest.webmanifest"


def test_the_manifest_tells_what_the_site_is_called_and_shows(make_site: Callable[..., Site]) -> None:
    site = make_site(base_url=BASE, title="السطر", language="ar", description="أخبار")
    manifest = site.get(MANIFEST).json()
    icons = manifest.pop("icons")
    assert manifest == {
        "id": f"{BASE}/",
        "name": "السطر",
        "short_name": "السطر",
        "description": "أخبار",
        "lang": "ar",
        "dir": "rtl",
        "start_url": f"{BASE}/",
        "scope": f"{BASE}/",
        "display": "browser",
        "theme_color": "#fffdf9",
        "background_color": "#fffdf9",
    }
    assert [(icon["sizes"], icon["type"], icon["purpose"]) for icon in icons] == [
        ("any", "image/svg+xml", "any"),
        ("192x192", "image/png", "any"),
        ("512x512", "image/png", "any"),
        ("512x512", "image/png", "maskable"),
    ]
    for icon in icons:
        answer = site.get(icon["src"].removeprefix(BASE), accept_encoding="identity")
        assert answer.headers["content-type"] == icon["type"]
        assert answer.headers["cache-control"] == "public, max-age=31536000, immutable"
        if icon["type"] == "image/png":
            assert "{}x{}".format(*png_size(answer.content)) == icon["sizes"]


def test_the_icon_at_the_root_has_three_sizes(known: Site) -> None:
    body = identity(known, "/favicon.ico")
    reserved, kind, count = struct.unpack("<HHH", body[:6])
    assert (reserved, kind) == (0, 1)
    sizes, end = [], 6 + 16 * count
    for number in range(count):
        width, height, _, _, planes, bits, length, offset = struct.unpack_from("<BBBBHHII", body, 6 + 16 * number)
        assert (planes, bits, offset) == (1, 32, end)
        assert png_size(body[offset : offset + length]) == (width, height)
        sizes.append(width)
        end += length
    assert (sizes, end) == ([16, 32, 48], len(body))
    assert png_size(identity(known, "/apple-touch-icon.png")) == (180, 180)


def test_every_page_names_its_icons_and_its_manifest(known: Site) -> None:
    links = {
        (link.get("rel"), link.get("sizes")): urlsplit(link.get("href")).path
        for link in page(known.get("/")).xpath("//head/link[@rel='icon' or @rel='apple-touch-icon' or @rel='manifest']")
    }
    assert links.keys() == {
        ("icon", "48x48 32x32 16x16"),
        ("icon", "any"),
        ("apple-touch-icon", None),
        ("manifest", None),
    }
    assert links["manifest", None] == MANIFEST
    for (rel, _), path in links.items():
        answer = known.get(path)
        assert answer.status_code == 200
        assert rel == "manifest" or answer.headers["cache-control"] == "public, max-age=31536000, immutable"


def test_the_host_tells_where_its_feeds_are(known: Site) -> None:
    root = etree.parse(BytesIO(identity(known, HOST_META))).getroot()
    assert root.tag == f"{XRD}XRD"
    assert [(link.get("rel"), link.get("type"), link.get("href"), link.findtext(f"{XRD}Title")) for link in root] == [
        ("alternate", "application/rss+xml", f"{BASE}/feeds/news-line.rss", "News Line (RSS)"),
        ("alternate", "application/atom+xml", f"{BASE}/feeds/news-line.atom", "News Line (Atom)"),
        ("alternate", "application/feed+json", f"{BASE}/feeds/news-line.json", "News Line (JSON Feed)"),
        ("outline", "text/x-opml", f"{BASE}/feeds.opml", "News Line"),
        ("hub", None, f"{BASE}/hub", "WebSub"),
    ]
    preflight = raw(known, HOST_META, "OPTIONS", Origin="https://elsewhere.example")
    assert preflight.headers["access-control-allow-headers"] == "If-None-Match, If-Modified-Since, A-IM"


def test_whoever_finds_a_weakness_is_told_whom_to_tell(known: Site) -> None:
    lines = known.get(SECURITY).text.splitlines()
    fields = dict(line.split(": ", 1) for line in lines)
    expires = datetime.fromisoformat(fields.pop("Expires"))
    assert fields == {
        "Contact": CONTACT,
        "Preferred-Languages": "en",
        "Canonical": f"{BASE}/.well-known/security.txt",
    }
    now = datetime.now(UTC)
    assert (expires.day, expires.hour, expires.minute, expires.second) == (1, 0, 0, 0)
    assert (expires.year - now.year) * 12 + expires.month - now.month == 7
    assert 180 < (expires - now).days < 216


def test_nobody_is_named_where_nobody_is_set(site: Site) -> None:
    assert site.get(SECURITY).status_code == 404
    assert site.get("/.well-known/other").status_code == 404


@pytest.mark.parametrize("address", [CONTACT, "https://news.example/security?x", "mailto:a.b+c@x"])
def test_a_contact_is_a_mailbox_or_a_page(make_site: Callable[..., Site], address: str) -> None:
    assert f"Contact: {address}\n" in make_site(security_contact=address).get(SECURITY).text


@pytest.mark.parametrize(
    "address", ["security@news.example", "http://news.example/", "mailto:a", "mailto:a@b\nExpires: x", "https://", "x"]
)
def test_what_is_no_contact_is_refused_with_a_sentence(address: str) -> None:
    with pytest.raises(ConfigError, match=r"is neither mailto:.* nor an https address"):
        Config.load({"FEEDSVC_SECURITY_CONTACT": address})


@pytest.mark.parametrize("path", TYPES)
def test_each_is_a_document_like_every_other(known: Site, path: str) -> None:
    first = raw(known, path, Accept_Encoding="br")
    renders = known.service.cache.renders
    assert (first.status, first.headers["content-type"]) == (200, TYPES[path])
    assert first.headers["cache-control"] == "public, max-age=300, stale-while-revalidate=60, stale-if-error=86400"
    assert first.headers["access-control-allow-origin"] == "*"
    assert first.headers.get("surrogate-key") == (None if path in list(TYPES)[4:] else "site")
    assert raw(known, path, Accept_Encoding="br").body == first.body
    assert raw(known, path, "HEAD", Accept_Encoding="br").headers["etag"] == first.headers["etag"]
    assert raw(known, path, Accept_Encoding="br", If_None_Match=first.headers["etag"]).status == 304
    assert known.service.cache.renders == renders
    known.publish(title="Rain")
    assert known.get(path, accept_encoding="br").headers["etag"] == first.headers["etag"]
    assert known.service.cache.renders == renders
    for other in (f"{path}/", path.upper() if path.count("/") == 1 else path.replace("well-known", "Well-Known")):
        assert raw(known, other).headers["location"] == f"{BASE}{path}"


@pytest.mark.parametrize("path", [ROBOTS, MANIFEST, HOST_META, SECURITY])
def test_settings_move_it_and_articles_do_not(make_site: Callable[..., Site], known: Site, path: str) -> None:
    age(known, 3_000_000)
    before = known.get(path)
    known.publish(title="Rain")
    refresh(known)
    assert known.get(path).headers["last-modified"] == before.headers["last-modified"]
    changed = make_site(base_url=BASE, security_contact=CONTACT, title="Another name")
    assert last_modified(changed.get(path)) > last_modified(before)


def test_whom_to_tell_moves_when_a_month_begins(known: Site) -> None:
    age(known, 3_000_000)
    begun = datetime.now(UTC).replace(day=1, hour=0, minute=0, second=0, microsecond=0)
    assert last_modified(known.get(SECURITY)) == begun
    assert last_modified(known.get(ROBOTS)) < begun


def test_a_browser_is_told_how_to_search(known: Site) -> None:
    for path in ("/", "/tags", "/search"):
        (link,) = page(known.get(path)).xpath('//link[@rel="search"]')
        assert (link.get("type"), link.get("href")) == ("application/opensearchdescription+xml", "/opensearch.xml")
    response = known.get("/opensearch.xml")
    assert response.headers["content-type"] == "application/opensearchdescription+xml; charset=utf-8"
    root = etree.fromstring(response.content)
    name = "{http://a9.com/-/spec/opensearch/1.1/}"
    assert root.tag == f"{name}OpenSearchDescription"
    assert len(root.findtext(f"{name}ShortName")) <= 16
    assert [(each.get("type"), each.get("template")) for each in root.iter(f"{name}Url")] == [
        ("text/html", f"{BASE}/search?q={{searchTerms}}"),
        ("application/rss+xml", f"{BASE}/feeds/search.rss?q={{searchTerms}}"),
        ("application/atom+xml", f"{BASE}/feeds/search.atom?q={{searchTerms}}"),
        ("application/feed+json", f"{BASE}/feeds/search.json?q={{searchTerms}}"),
        ("application/opensearchdescription+xml", f"{BASE}/opensearch.xml"),
    ]
    assert known.get("/search?q=rain").status_code == 200
