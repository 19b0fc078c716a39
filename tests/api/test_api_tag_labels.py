"""What a tag is called in other languages, set over the API."""

from collections.abc import Callable

import pytest
from conftest import Site
from desks import Desk, pointers
from lxml import html

from feedsvc.exporting import export_all

pytest_plugins = ("open_desks",)


@pytest.fixture
def tagged(desk: Desk) -> Desk:
    """An article in Azerbaijani under two tags, of which one has a label in two languages."""
    desk.put("a", {"title": "A", "language": "az-Latn", "tags": ["Karabakh", "Roads"]})
    desk.ask("PATCH", "/tags/karabakh", {"labels": {"AZ": " Qarabağ ", "fa": "قره‌باغ"}})
    return desk


def heading(site: Site, path: str) -> str:
    return str(html.document_fromstring(site.get(path).content).findtext(".//h1/bdi"))


def test_labels_are_merged_into_those_there_are(tagged: Desk, site: Site) -> None:
    assert tagged.ask("GET", "/tags/karabakh").json()["labels"] == {"az": "Qarabağ", "fa": "قره‌باغ"}
    assert heading(site, "/az/tags/karabakh") == "Qarabağ"
    assert "#Qarabağ" in site.get("/articles/a").text

    patched = tagged.ask("PATCH", "/tags/karabakh", {"labels": {"fa": None, "zh_hant": "卡拉巴赫", "ru": ""}})

    assert patched.json()["labels"] == {"az": "Qarabağ", "zh-Hant": "卡拉巴赫"}
    listed = {tag["slug"]: tag["labels"] for tag in tagged.ask("GET", "/tags").json()["tags"]}
    assert listed == {"karabakh": patched.json()["labels"], "roads": {}}
    assert tagged.ask("PATCH", "/tags/karabakh", {"labels": None}).json()["labels"] == {}
    assert heading(site, "/az/tags/karabakh") == "Karabakh"
    assert "#Qarabağ" not in site.get("/articles/a").text


def test_a_label_changes_every_document_once_and_the_log_has_it(tagged: Desk, site: Site) -> None:
    seen = [site.get(path).headers["etag"] for path in ("/articles/a", "/feeds/tags/roads.rss")]
    last = tagged.changes()[-1]
    assert (last["kind"], last.get("id")) == ("site", None)
    tagged.ask("PATCH", "/tags/karabakh", {"labels": {"az": "Qarabağ", "ru": None}})
    assert tagged.changes()[-1] == last
    tagged.ask("PATCH", "/tags/karabakh", {"labels": {"az": "Qarabağlar"}})
    assert [site.get(path).headers["etag"] for path in ("/articles/a", "/feeds/tags/roads.rss")] != seen
    assert "Qarabağlar" in site.get("/feeds/tags/roads.rss").text
    assert tagged.changes()[-1]["seq"] == last["seq"] + 1


def test_what_is_no_label_is_refused_and_pointed_at(tagged: Desk) -> None:
    wrong: list[tuple[object, str]] = [
        ({"not a language": "x"}, "/labels/not a language"),
        ({"a/b~c": "x"}, "/labels/a~1b~0c"),
        ({"en-" + "a" * 60: "x"}, f"/labels/en-{'a' * 60}"),
        ({"az": "x", "AZ": "y"}, "/labels/AZ"),
        ({"az": "#!"}, "/labels/az"),
        ({"az": "x" * 201}, "/labels/az"),
        ({"az": 1}, "/labels/az"),
        ({f"qaa-{number:04}": "x" for number in range(100)}, "/labels"),
        ([], "/labels"),
    ]
    for labels, pointer in wrong:
        refused = tagged.ask("PATCH", "/tags/karabakh", {"labels": labels})
        assert (refused.status_code, pointers(refused)) == (422, [pointer])
    assert len(tagged.ask("GET", "/tags/karabakh").json()["labels"]) == 2


def test_an_article_keeps_its_tags_whatever_readers_call_them(tagged: Desk, site: Site) -> None:
    got = tagged.get("a")
    assert got.json()["tags"] == ["Karabakh", "Roads"]
    assert tagged.put("a", got.json()).json() == got.json()
    assert [item["tags"] for item in export_all(site.service.database, site.config)] == [["Karabakh", "Roads"]]
    assert site.get("/feeds/news-line.json").json()["items"][0]["tags"] == ["Qarabağ", "Roads"]
    assert len(tagged.ask("GET", "/tags").json()["tags"]) == 2


def test_labels_stay_with_a_renamed_and_a_retired_tag_and_go_with_a_merged_one(tagged: Desk, site: Site) -> None:
    tagged.ask("PATCH", "/tags/karabakh", {"label": "Garabagh"})
    assert heading(site, "/az/tags/garabagh") == "Qarabağ"
    tagged.ask("POST", "/tags/garabagh/retire")
    assert "Qarabağ" not in site.get("/articles/a").text
    assert tagged.ask("GET", "/tags/karabakh").json()["labels"]["az"] == "Qarabağ"
    tagged.ask("PATCH", "/tags/garabagh", {"labels": {"fa": None}})
    tagged.ask("POST", "/tags/garabagh/restore")
    assert heading(site, "/az/tags/garabagh") == "Qarabağ"
    merged = tagged.ask("POST", "/tags/garabagh/merge", {"into": "Roads"})
    assert merged.json()["labels"] == {}
    assert heading(site, "/az/tags/roads") == "Roads"
    assert tagged.ask("PATCH", "/tags/karabakh", {"labels": {"az": "Yollar"}}).json()["slug"] == "roads"
    assert heading(site, "/az/tags/roads") == "Yollar"
    assert "#Yollar" in site.get("/articles/a").text


def test_editors_may_not_name_tags(tagged: Desk, site: Site, open_desk: Callable[..., Desk]) -> None:
    assert open_desk(site, "edit").ask("PATCH", "/tags/roads", {"labels": {"az": "Yollar"}}).status_code == 403
