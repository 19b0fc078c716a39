"""Articles and their translations: each page names the others, and is another as soon as one of them is."""

import json
from typing import Any

import pytest
from conftest import Site
from lxml import html
from web_tools import age, last_modified, page

from feedsvc.errors import Rejected
from feedsvc.item import read_item

pytestmark = pytest.mark.only("sqlite")  # none of it is the database's doing


def write(site: Site, guid: str, language: str, original: str = "", **fields: Any) -> None:
    """Publish the article of a guid, with that for a slug, as a translation of another."""
    extension = {"slug": guid} | fields.pop("_feedsvc", {})
    if original:
        extension["translation_of"] = original
    site.publish(id=guid, title=f"Park ({language})", language=language, _feedsvc=extension, **fields)


def named(site: Site, slug: str) -> dict[str, str]:
    """The versions that the page of an article names, by language: their slugs."""
    document = page(site.get(f"/articles/{slug}"))
    found = {
        link.get("hreflang"): link.get("href").removeprefix(f"{site.config.base_url}/articles/")
        for link in document.xpath("//head/link[@hreflang]")
    }
    shown = {link.get("hreflang") for link in document.xpath("//*[@class='versions']//a")}
    assert shown == set(found) - {document.get("lang")}
    return found


@pytest.fixture
def translated(site: Site) -> Site:
    """An English article, and translations of it into Azerbaijani and Persian."""
    write(site, "one", "en")
    write(site, "bir", "az", "one")
    write(site, "yek", "fa", "one")
    return site


ALL = {"az": "bir", "en": "one", "fa": "yek"}


def test_every_version_names_every_other_and_itself(translated: Site) -> None:
    for slug in ALL.values():
        assert named(translated, slug) == ALL
    write(translated, "alone", "en")
    assert named(translated, "alone") == {}


def test_the_pages_of_the_others_change_with_each(translated: Site) -> None:
    site = translated
    without = {"az": "bir", "en": "one"}

    def seen(slug: str) -> tuple[str, str]:
        response = site.get(f"/articles/{slug}", accept_encoding="identity")
        return response.headers["etag"], response.headers["last-modified"]

    for change, expected in (
        (lambda: site.retract("yek"), without),
        (lambda: site.service.newsroom.restore("yek"), ALL),
        (lambda: write(site, "yek", "fa", "one", _feedsvc={"slug": "yek-2"}), ALL | {"fa": "yek-2"}),
        (lambda: write(site, "yek", "ar", "one", _feedsvc={"slug": "yek-2"}), without | {"ar": "yek-2"}),
        (lambda: write(site, "yek", "ar", _feedsvc={"slug": "yek-2"}), without),
        (lambda: write(site, "yek", "ar", "one", _feedsvc={"slug": "yek-2"}), without | {"ar": "yek-2"}),
    ):
        before = {slug: seen(slug) for slug in without.values()}
        change()
        site.settle()
        for slug in without.values():
            assert named(site, slug) == expected
            assert seen(slug)[0] != before[slug][0]
            fresh = site.get(f"/articles/{slug}", if_none_match=before[slug][0])
            assert fresh.status_code == 200


def test_a_new_headline_of_one_is_no_change_of_the_others(translated: Site) -> None:
    before = translated.get("/articles/one", accept_encoding="identity").headers
    translated.publish(id="bir", title="Park, yenə", language="az", _feedsvc={"slug": "bir", "translation_of": "one"})
    after = translated.get("/articles/one", accept_encoding="identity").headers
    assert (after["etag"], after["last-modified"]) == (before["etag"], before["last-modified"])


def test_the_date_of_a_page_moves_when_another_version_comes(site: Site) -> None:
    write(site, "one", "en")
    age(site, 3_600)
    before = last_modified(site.get("/articles/one"))
    write(site, "bir", "az", "one")
    moved = last_modified(site.get("/articles/one"))
    assert moved == last_modified(site.get("/articles/bir")) > before


def test_a_translation_may_come_before_its_original(site: Site) -> None:
    write(site, "bir", "az", "one")
    assert named(site, "bir") == {}
    write(site, "odin", "ru", "one")
    assert named(site, "bir") == named(site, "odin") == {"az": "bir", "ru": "odin"}
    assert "translationOfWork" not in linked_data(site, "bir")
    write(site, "one", "en")
    for slug in ("bir", "odin", "one"):
        assert named(site, slug) == {"az": "bir", "en": "one", "ru": "odin"}
    assert linked_data(site, "bir")["translationOfWork"]["@id"].endswith("/articles/one")


def test_one_document_may_bring_them_in_any_order(site: Site) -> None:
    write(site, "iki", "tr", "one")
    assert named(site, "iki") == {}
    items = [
        {"id": "bir", "title": "Park", "language": "az", "_feedsvc": {"slug": "bir", "translation_of": "one"}},
        {"id": "one", "title": "Park", "language": "en", "_feedsvc": {"slug": "one"}},
    ]
    site.service.newsroom.accept([read_item(item) for item in items])
    site.settle()
    for slug in ("bir", "one", "iki"):
        assert named(site, slug) == {"az": "bir", "en": "one", "tr": "iki"}


def test_a_translation_of_a_translation_belongs_to_the_one_it_names(translated: Site) -> None:
    write(translated, "odin", "ru", "bir")
    assert named(translated, "odin") == {"az": "bir", "ru": "odin"}
    for slug in ALL.values():
        assert named(translated, slug) == ALL
    write(translated, "bir", "az", "one", _feedsvc={"slug": "bir-2"})
    assert named(translated, "odin") == {"az": "bir-2", "ru": "odin"}
    translated.retract("bir")
    assert named(translated, "odin") == {}


def test_of_two_in_one_language_the_original_is_named(translated: Site) -> None:
    write(translated, "eins", "en", "one")
    assert named(translated, "bir") == ALL
    assert named(translated, "eins") == ALL | {"en": "eins"}
    write(translated, "bir-b", "az", "one")
    assert named(translated, "one") == ALL


def test_no_article_is_a_translation_of_itself(site: Site) -> None:
    with pytest.raises(Rejected, match="is the article itself") as refused:
        write(site, "one", "en", " one ")
    assert refused.value.where == "/_feedsvc/translation_of"
    with pytest.raises(Rejected, match="2,001 characters") as refused:
        write(site, "one", "en", "x" * 2_001)
    assert refused.value.where == "/_feedsvc/translation_of"


def test_a_draft_is_named_when_it_is_published(site: Site) -> None:
    write(site, "one", "en")
    before = site.get("/articles/one", accept_encoding="identity").headers["etag"]
    for state in ({"status": "draft"}, {"status": "scheduled"}):
        write(site, "bir", "az", "one", date_published="2090-01-01", _feedsvc={"slug": "bir"} | state)
        assert named(site, "one") == {}
        assert site.get("/articles/one", accept_encoding="identity").headers["etag"] == before
    write(site, "odin", "ru", "bir")
    assert named(site, "odin") == {}
    site.service.newsroom.release("bir")
    site.settle()
    assert named(site, "one") == {"az": "bir", "en": "one"}
    assert named(site, "odin") == {"az": "bir", "ru": "odin"}


def linked_data(site: Site, slug: str) -> dict[str, Any]:
    (block,) = page(site.get(f"/articles/{slug}")).xpath("//script[@type='application/ld+json']")
    return dict(json.loads(html.tostring(block, method="text", encoding="unicode")))


def test_search_engines_are_told_which_is_the_original(translated: Site) -> None:
    base = translated.config.base_url

    def work(slug: str, language: str) -> dict[str, str]:
        address = f"{base}/articles/{slug}"
        return {"@type": "NewsArticle", "@id": address, "url": address, "inLanguage": language}

    original = linked_data(translated, "one")
    assert original["workTranslation"] == [work("bir", "az"), work("yek", "fa")]
    assert "translationOfWork" not in original
    translation = linked_data(translated, "bir")
    assert translation["translationOfWork"] == work("one", "en")
    assert "workTranslation" not in translation


def test_what_it_translates_stands_in_the_json_feed(translated: Site) -> None:
    items = translated.get("/feeds/news-line.json").json()["items"]
    assert [item["_feedsvc"].get("translation_of") for item in items] == ["one", "one", None]
