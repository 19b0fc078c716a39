"""The JSON-LD of an article's page: what Google documents, as the published vocabulary of schema.org has it."""

import json
from collections.abc import Callable
from datetime import datetime
from typing import Any

import pytest
from conftest import Site
from heads import HOSTILE, linked_data
from pydantic import ValidationError
from web_tools import BASE, page, refresh, sql

pytestmark = pytest.mark.only("sqlite")  # none of it is the database's doing

STORY = {
    "id": "tag:x,2024:1",
    "title": "Rain over Khankendi",
    "summary": "Wet & wild.",
    "language": "en-GB",
    "tags": ["#Khankendi", "Great Return"],
    "authors": [{"name": "Aygün", "url": "https://aygun.example/"}, {"name": "R.", "url": "mailto:r@news.example"}],
    "image": "https://images.example/rain.jpg",
    "attachments": [
        {"url": "https://images.example/map.png", "_feedsvc": {"width": 300, "height": 200}},
        {"url": "https://images.example/rain.mp3"},
    ],
    "date_published": "2024-05-12T09:30:00.5Z",
    "date_modified": "2024-05-13T10:00:00+02:00",
    "_feedsvc": {"slug": "rain", "image": {"width": 1600, "height": 900}},
}
EXPECTED = {
    "@context": "https://schema.org",
    "@type": "NewsArticle",
    "mainEntityOfPage": f"{BASE}/articles/rain",
    "headline": "Rain over Khankendi",
    "description": "Wet & wild.",
    "image": [
        {"@type": "ImageObject", "url": "https://images.example/rain.jpg", "width": 1600, "height": 900},
        {"@type": "ImageObject", "url": "https://images.example/map.png", "width": 300, "height": 200},
    ],
    "datePublished": "2024-05-12T09:30:00Z",
    "dateModified": "2024-05-13T08:00:00Z",
    "author": [
        {"@type": "Person", "name": "Aygün", "url": "https://aygun.example/"},
        {"@type": "Person", "name": "R."},
    ],
    "publisher": {
        "@type": "Organization",
        "name": "The News",
        "url": f"{BASE}/",
        "logo": {"@type": "ImageObject", "url": "https://images.example/logo.png"},
    },
    "inLanguage": "en-GB",
    "articleSection": "Khankendi",
    "keywords": ["#Khankendi", "Great Return"],
    "isAccessibleForFree": True,
}


@pytest.fixture
def site(make_site: Callable[..., Site]) -> Site:
    return make_site(base_url=BASE, title="The News", author="The desk", logo="https://images.example/logo.png")


def read(value: Any) -> Any:
    """JSON as the vocabulary's types have it, which knows no dates as text and no bare numbers of pixels."""
    if isinstance(value, list):
        return [read(each) for each in value]
    if not isinstance(value, dict):
        return value
    typed = {name: read(each) for name, each in value.items() if name != "@context"}
    typed |= {name: datetime.fromisoformat(typed[name]) for name in ("datePublished", "dateModified") if name in typed}
    # Google documents pixels as numbers; schema.org calls them a quantity.
    pixels = [name for name in ("width", "height") if isinstance(typed.get(name), int)]
    return typed | {name: {"@type": "QuantitativeValue", "value": typed[name]} for name in pixels}


def assert_of_the_vocabulary(data: dict[str, Any]) -> None:
    assert data["@context"] == "https://schema.org"
    # To put the whole vocabulary in order takes seconds, of every process that collects the tests.
    from schema_org import NewsArticle  # noqa: PLC0415 - when it is needed

    NewsArticle.model_validate(read(data))


def test_an_article_says_everything_that_google_documents(site: Site) -> None:
    site.publish(**STORY)
    (data,) = linked_data(site.get("/articles/rain"))
    assert data == EXPECTED
    assert_of_the_vocabulary(data)


def test_what_is_not_known_is_left_out_and_the_desk_stands_for_an_author(make_site: Callable[..., Site]) -> None:
    site = make_site(base_url=BASE, title="The News", author="The desk")
    site.publish(title="Bare", date_published="2024-05-12", _feedsvc={"slug": "bare"})
    site.publish(title="Unmeasured", image="https://images.example/a.jpg", _feedsvc={"slug": "unmeasured"})
    (data,) = linked_data(site.get("/articles/bare"))
    assert data == {
        "@context": "https://schema.org",
        "@type": "NewsArticle",
        "mainEntityOfPage": f"{BASE}/articles/bare",
        "headline": "Bare",
        "datePublished": "2024-05-12T00:00:00Z",
        "dateModified": "2024-05-12T00:00:00Z",
        "author": [{"@type": "Organization", "name": "The desk", "url": f"{BASE}/"}],
        "publisher": {"@type": "Organization", "name": "The News", "url": f"{BASE}/"},
        "inLanguage": "en",
        "isAccessibleForFree": True,
    }
    assert_of_the_vocabulary(data)
    (data,) = linked_data(site.get("/articles/unmeasured"))
    assert data["image"] == [{"@type": "ImageObject", "url": "https://images.example/a.jpg"}]
    assert_of_the_vocabulary(data)


@pytest.mark.parametrize(
    "wrong",
    [
        {"headlin": "x"},
        {"headline": 3},
        {"@type": "NewsArtikel"},
        {"inLanguage": 3},
        {"isAccessibleForFree": "yes"},
        {"author": ["Aygün"]},
        {"author": [{"@type": "Person", "nom": "Aygün"}]},
        {"image": [{"@type": "ImageObject", "url": "https://images.example/a", "widht": "3"}]},
        {"publisher": {"@type": "ImageObject", "url": "https://images.example/a"}},
    ],
    ids=str,
)
def test_the_vocabulary_refuses_what_is_not_in_it(wrong: dict[str, Any]) -> None:
    assert_of_the_vocabulary(EXPECTED)
    with pytest.raises(ValidationError):
        assert_of_the_vocabulary(EXPECTED | wrong)


@pytest.mark.parametrize("hostile", HOSTILE)
def test_a_hostile_text_comes_through_in_every_field_and_stays_text(
    make_site: Callable[..., Site], hostile: str
) -> None:
    site = make_site(base_url=BASE, title=f"T {hostile}", author=f"A {hostile}")
    fields = {"title": f"H {hostile}", "summary": f"S {hostile}", "tags": [f"K {hostile}"]}
    site.publish(**fields, authors=[{"name": f"N {hostile}"}], _feedsvc={"slug": "a"})
    site.publish(title="By the desk", _feedsvc={"slug": "b"})
    response = site.get("/articles/a")
    (data,) = linked_data(response)
    assert (data["headline"], data["description"]) == (f"H {hostile}", f"S {hostile}")
    assert (data["keywords"], data["articleSection"]) == ([f"K {hostile}"], f"K {hostile}")
    assert data["author"] == [{"@type": "Person", "name": f"N {hostile}"}]
    assert data["publisher"]["name"] == f"T {hostile}"
    assert linked_data(site.get("/articles/b"))[0]["author"][0]["name"] == f"A {hostile}"
    assert len(page(response).xpath("//script[not(@src)]")) == 1
    assert_of_the_vocabulary(data)


def test_a_line_separator_stays_what_it_is_and_is_spelled_in_ascii(site: Site) -> None:
    site.publish(title="H", _feedsvc={"slug": "a"})
    # Whoever hands it in gets a space for it; what is on file may be older than that rule.
    sql(site, "UPDATE article SET title = :text, summary = :text", text="one\u2028two\u2029</script>\u0085")
    refresh(site)
    response = site.get("/articles/a")
    (data,) = linked_data(response)
    assert (data["headline"], data["description"]) == ("one\u2028two\u2029</script>\u0085",) * 2
    source = page(response).find(".//script[@type='application/ld+json']").text
    assert source.isascii()
    assert json.loads(source) == data


def test_only_an_article_that_is_out_is_described(site: Site) -> None:
    site.publish(**STORY)
    site.retract(STORY["id"])
    for path in ("/", "/tags", "/tags/khankendi", "/articles/rain", "/nothing"):
        assert linked_data(site.get(path)) == []
