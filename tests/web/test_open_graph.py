"""The Open Graph of every page, by the table that ogp.me publishes, and the card that X makes of it."""

import re
from collections.abc import Callable
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit

import pytest
from conftest import Site
from heads import HOSTILE, graph
from web_tools import BASE, page, refresh, sql

pytestmark = pytest.mark.only("sqlite")  # none of it is the database's doing

MEDIA = {
    f"og:{kind}:{name}" for kind in ("image", "video") for name in ("url", "secure_url", "type", "width", "height")
}
URLS = {
    *("og:url", "og:image", "og:audio", "og:video", "article:author"),
    *(f"og:{kind}:{name}" for kind in ("image", "video", "audio") for name in ("url", "secure_url")),
}
NUMBERS = {name for name in MEDIA if name.endswith(("width", "height"))}
DATES = {"article:published_time", "article:modified_time", "article:expiration_time"}
ARRAYS = {"og:image", "og:video", "og:audio", "og:locale:alternate", "article:author", "article:tag"}
KNOWN = {
    *("og:title", "og:type", "og:description", "og:determiner", "og:locale", "og:locale:alternate", "og:site_name"),
    *("og:image:alt", "og:audio:type", "article:section", "article:tag"),
    *(MEDIA | URLS | NUMBERS | DATES),
}
STORY = {
    "id": "tag:x,2024:1",
    "title": "Rain",
    "summary": "Wet.",
    "language": "az-Latn-AZ",
    "tags": ["#Khankendi", "Great Return"],
    "authors": [{"name": "Aygün", "url": "https://aygun.example/"}, {"name": "R.", "url": "mailto:r@news.example"}],
    "image": "https://images.example/rain.png",
    "date_published": "2024-05-12T09:30:00Z",
    "date_modified": "2024-05-13T08:00:00Z",
    "_feedsvc": {"slug": "rain", "image": {"alt": "A wet street", "width": 1600, "height": 900}},
}
LOGO = "https://images.example/logo"


def assert_of_the_protocol(properties: list[tuple[str, str]]) -> None:
    """Every property is published, has a value of its type, and stands behind the one that it belongs to."""
    names = [name for name, _ in properties]
    assert set(names) <= KNOWN
    assert {"og:title", "og:type", "og:url"} <= set(names)
    assert [name for name in set(names) - ARRAYS if names.count(name) > 1] == []
    for at, (name, value) in enumerate(properties):
        assert value.strip(), name
        assert name not in URLS or (urlsplit(value).scheme in ("http", "https") and urlsplit(value).netloc), name
        assert name not in NUMBERS or int(value) > 0, name
        assert name not in DATES or datetime.fromisoformat(value).tzinfo, name
        assert name != "og:locale" or re.fullmatch("[a-z]{2,8}_[A-Z]{2}", value)
        if name.startswith("og:image:"):
            assert "og:image" in names[:at]


def named(site: Site, path: str) -> dict[str, str]:
    """What a page says by `name` instead of `property`."""
    metas = page(site.get(path)).xpath("//meta[@name]")
    return {
        meta.get("name"): meta.get("content") for meta in metas if meta.get("name") not in ("theme-color", "viewport")
    }


def test_an_article_says_everything(make_site: Callable[..., Site]) -> None:
    site = make_site(base_url=BASE, title="The News", logo=LOGO)
    site.publish(**STORY)
    properties = graph(site.get("/articles/rain"))
    assert properties == [
        ("og:type", "article"),
        ("og:url", f"{BASE}/articles/rain"),
        ("og:site_name", "The News"),
        ("og:title", "Rain"),
        ("og:description", "Wet."),
        ("og:locale", "az_AZ"),
        ("og:image", "https://images.example/rain.png"),
        ("og:image:secure_url", "https://images.example/rain.png"),
        ("og:image:type", "image/png"),
        ("og:image:width", "1600"),
        ("og:image:height", "900"),
        ("og:image:alt", "A wet street"),
        ("article:published_time", "2024-05-12T09:30:00Z"),
        ("article:modified_time", "2024-05-13T08:00:00Z"),
        ("article:author", "https://aygun.example/"),
        ("article:section", "Khankendi"),
        ("article:tag", "#Khankendi"),
        ("article:tag", "Great Return"),
    ]
    assert_of_the_protocol(properties)
    assert named(site, "/articles/rain") == {
        "color-scheme": "light dark",
        "description": "Wet.",
        "robots": "max-image-preview:large, max-snippet:-1",
        "twitter:card": "summary_large_image",
        "twitter:image:alt": "A wet street",
    }


@pytest.mark.parametrize(
    ("logo", "image"),
    [("", []), (LOGO, [("og:image", LOGO), ("og:image:secure_url", LOGO)]), ("http://x.example/l", None)],
)
def test_a_page_without_a_picture_has_the_logo_where_there_is_one(
    make_site: Callable[..., Site], logo: str, image: list[tuple[str, str]] | None
) -> None:
    site = make_site(base_url=BASE, title="The News", logo=logo)
    site.publish(**STORY)
    site.publish(title="Bare", _feedsvc={"slug": "bare"})
    image = [("og:image", logo)] if image is None else image
    for path, kind in (
        ("/", "website"),
        ("/tags", "website"),
        ("/tags/khankendi", "website"),
        ("/articles/bare", "article"),
    ):
        properties = graph(site.get(path))
        assert_of_the_protocol(properties)
        assert properties[:2] == [("og:type", kind), ("og:url", BASE + path)]
        assert [each for each in properties if each[0].startswith("og:image")] == image
        assert named(site, path)["twitter:card"] == "summary"
        assert "twitter:image:alt" not in named(site, path)
    assert {name for name, _ in graph(site.get("/articles/bare")) if name.startswith("article:")} == {
        *("article:published_time", "article:modified_time")
    }


def test_of_a_picture_only_what_is_known_is_said(make_site: Callable[..., Site]) -> None:
    site = make_site(base_url=BASE)
    site.publish(**STORY | {"image": "http://images.example/a", "_feedsvc": {"slug": "rain", "image": {"width": 3}}})
    properties = graph(site.get("/articles/rain"))
    assert [(name, value) for name, value in properties if name.startswith("og:image")] == [
        ("og:image", "http://images.example/a"),
        ("og:image:type", "image/jpeg"),
    ]
    assert "twitter:image:alt" not in named(site, "/articles/rain")


@pytest.mark.parametrize(
    ("language", "locale"),
    [("en-GB", "en_GB"), ("zh-hant-tw", "zh_TW"), ("ckb-IQ", "ckb_IQ"), ("en", ""), ("az-Latn", ""), ("es-419", "")],
)
def test_a_language_with_a_territory_is_a_locale(make_site: Callable[..., Site], language: str, locale: str) -> None:
    site = make_site(base_url=BASE, language=language)
    site.publish(**STORY | {"language": language})
    for path in ("/", "/articles/rain"):
        assert dict(graph(site.get(path))).get("og:locale", "") == locale


def test_a_territory_is_not_looked_for_in_an_extension(make_site: Callable[..., Site]) -> None:
    site = make_site(base_url=BASE)
    site.publish(**STORY | {"language": "en-u-co-standard-x-gb"})
    assert "og:locale" not in dict(graph(site.get("/articles/rain")))


def test_the_prefixes_are_those_that_the_protocol_publishes(make_site: Callable[..., Site]) -> None:
    site = make_site(base_url=BASE)
    site.publish(**STORY)
    prefix = page(site.get("/articles/rain")).get("prefix")
    assert prefix == "og: https://ogp.me/ns# article: https://ogp.me/ns/article#"


@pytest.mark.parametrize("hostile", HOSTILE)
def test_a_hostile_text_comes_through_in_every_property_and_stays_text(
    make_site: Callable[..., Site], hostile: str
) -> None:
    site = make_site(base_url=BASE, title=f"T {hostile}", description=f"D {hostile}")
    site.publish(
        title=f"H {hostile}",
        summary=f"S {hostile}",
        tags=[f"K {hostile}"],
        image=f"https://images.example/{hostile}",
        authors=[{"name": "N", "url": f"https://n.example/{hostile}"}],
        _feedsvc={"slug": "a", "image": {"alt": f"A {hostile}", "credit": hostile}},
    )
    response = site.get("/articles/a")
    said = dict(graph(response))
    told = {"og:title": "H", "og:description": "S", "article:tag": "K", "article:section": "K", "og:image:alt": "A"}
    assert {name: said[name] for name in told} == {name: f"{letter} {hostile}" for name, letter in told.items()}
    assert said["og:site_name"] == f"T {hostile}"
    assert named(site, "/articles/a")["twitter:image:alt"] == f"A {hostile}"
    assert dict(graph(site.get("/")))["og:description"] == f"D {hostile}"
    assert_of_the_protocol(graph(response))
    assert len(page(response).xpath("//script[not(@src)]")) == 1
    assert page(response).xpath("//@*[starts-with(name(), 'on')]") == []


def test_line_separators_stay_what_they_are(make_site: Callable[..., Site]) -> None:
    site = make_site(base_url=BASE)
    site.publish(**STORY)
    sql(site, "UPDATE article SET title = :text", text='one\u2028two\u2029">\u0085')
    refresh(site)
    assert dict(graph(site.get("/articles/rain")))["og:title"] == 'one\u2028two\u2029">\u0085'


def test_where_there_is_nothing_to_share_there_is_no_graph(make_site: Callable[..., Site]) -> None:
    site = make_site(base_url=BASE, logo=LOGO)
    site.publish(**STORY)
    site.retract(STORY["id"])
    for path in ("/articles/rain", "/nothing"):
        assert graph(site.get(path)) == []
        assert named(site, path) == {"color-scheme": "light dark", "robots": "noindex"}
        assert LOGO not in site.get(path).text


@pytest.mark.parametrize(
    "wrong",
    [
        ("og:titel", "x"),
        ("article:published", "2024-05-12"),
        ("og:image:width", "wide"),
        ("og:image", "/rain.jpg"),
        ("og:title", "again"),
        ("og:locale", "en-GB"),
        ("article:published_time", "2024-05-12T09:30:00"),
    ],
)
def test_the_table_refuses_what_is_not_in_it(wrong: tuple[str, str]) -> None:
    right: list[Any] = [("og:title", "x"), ("og:type", "website"), ("og:url", f"{BASE}/"), ("og:image", f"{BASE}/x")]
    assert_of_the_protocol(right)
    with pytest.raises((AssertionError, ValueError)):
        assert_of_the_protocol([*right, wrong])
