"""Tags over the API: renamed, described, merged, retired; their addresses, feeds and articles with them."""

from collections.abc import Callable
from xml.etree import ElementTree

import pytest
from conftest import Site
from desks import Desk, pointers

pytest_plugins = ("open_desks",)

ATOM = "{http://www.w3.org/2005/Atom}"
ADDRESSES = [
    *("/tags/{}", "/tags/{}?before=2", "/feeds/tags/{}.rss", "/feeds/tags/{}.atom", "/feeds/tags/{}.json"),
    *("/subscribe/tags/{}", "/headlines/tags/{}.json", "/headlines/tags/{}.html", "/embed/tags/{}", "/embed?tag={}"),
]


def feed_id(site: Site, tag: str) -> str:
    return ElementTree.fromstring(site.get(f"/feeds/tags/{tag}.atom").text).findtext(f"{ATOM}id", "")


def ids(site: Site, tag: str) -> list[str]:
    return [item["id"] for item in site.get(f"/feeds/tags/{tag}.json").json()["items"]]


@pytest.fixture
def tagged(desk: Desk) -> Desk:
    """Articles a (A), b (A and B), c (B), and d (A), which is retracted."""
    for guid, tags in (("a", ["A"]), ("b", ["A", "B"]), ("c", ["B"]), ("d", ["A"])):
        desk.put(guid, {"title": guid, "tags": tags})
    desk.do("retract", "d")
    return desk


def test_a_renamed_tag_keeps_its_feed_and_its_old_addresses_lead_to_the_new(tagged: Desk, site: Site) -> None:
    before = feed_id(site, "a")

    renamed = tagged.ask("PATCH", "/tags/A", {"label": "Qarabağ"}).json()

    assert (renamed["label"], renamed["slug"], renamed["articles"]) == ("Qarabağ", "qarabağ", 2)
    assert feed_id(site, "qarabağ") == before
    for address in ADDRESSES:
        moved = site.get(address.format("a"))
        assert moved.status_code == 301, address
        assert site.get(moved.headers["location"]).status_code == 200, address
    page = f"{site.config.base_url}/tags/a"
    assert "qaraba%C4%9F" in site.http.get("/oembed", params={"url": page}).headers["location"].replace("%25", "%")
    assert tagged.get("b").json()["tags"] == ["Qarabağ", "B"]
    assert "Qarabağ" in site.get("/articles/b").text
    tagged.put("e", {"title": "e", "tags": ["a"]})
    assert tagged.get("e").json()["tags"] == ["Qarabağ"]
    assert tagged.ask("GET", "/tags/a").json()["slug"] == "qarabağ"


def test_a_tag_may_have_its_old_name_again_and_no_name_that_another_has_or_had(tagged: Desk, site: Site) -> None:
    assert pointers(tagged.ask("PATCH", "/tags/a", {"label": "b"})) == ["/label"]
    tagged.ask("PATCH", "/tags/a", {"label": "C"})
    assert tagged.ask("PATCH", "/tags/b", {"label": "A"}).status_code == 409
    assert tagged.ask("PATCH", "/tags/c", {"label": "A"}).json()["slug"] == "a"
    assert site.get("/tags/c").headers["location"].endswith("/tags/a")
    assert tagged.ask("PATCH", "/tags/a", {"label": "#"}).status_code == 422
    assert tagged.ask("PATCH", "/tags/a", {"label": "a!"}).json()["label"] == "a!"
    assert tagged.ask("PATCH", "/tags/nobody", {"label": "x"}).status_code == 404


def test_a_feed_says_what_was_said_of_its_tag(tagged: Desk, site: Site) -> None:
    tagged.ask("PATCH", "/tags/a", {"title": "All of A", "description": "Day by day."})
    feed = site.get("/feeds/tags/a.json").json()
    assert (feed["title"], feed["description"]) == ("All of A", "Day by day.")
    shown = site.get("/subscribe/tags/a")
    assert "All of A" in shown.text
    tagged.ask("PATCH", "/tags/a", {"title": None})
    assert "All of A" not in site.get("/subscribe/tags/a", if_none_match=shown.headers["etag"]).text
    feed = site.get("/feeds/tags/a.json").json()
    assert (feed["title"], feed["description"]) == ("A — News Line", "Day by day.")
    assert tagged.changes()[-1]["kind"] == "describe"


def test_a_merged_tag_leads_where_its_articles_are(tagged: Desk, site: Site) -> None:
    tagged.ask("PATCH", "/tags/a", {"label": "Aa"})
    seq = tagged.changes()[-1]["seq"]
    site.get("/feeds/tags/b.json")

    merged = tagged.ask("POST", "/tags/aa/merge", {"into": "B"}).json()

    assert (merged["slug"], merged["articles"]) == ("b", 3)
    assert ids(site, "b") == ["c", "b", "a"]
    for name in ("a", "aa"):
        assert site.get(f"/feeds/tags/{name}.rss").headers["location"].endswith("/feeds/tags/b.rss")
    assert [tagged.get(guid).json()["tags"] for guid in "abcd"] == [["B"], ["B"], ["B"], ["B"]]
    assert [(change["kind"], change.get("id")) for change in tagged.changes(seq)] == [
        *(("retag", "a"), ("retag", "b"), ("site", None))
    ]
    tagged.do("restore", "d")
    assert ids(site, "b") == ["d", "c", "b", "a"]
    tagged.put("e", {"title": "e", "tags": ["Aa", "b", "a"]})
    assert tagged.get("e").json()["tags"] == ["B"]
    assert tagged.ask("POST", "/tags/a/merge", {"into": "b"}).status_code == 409
    assert tagged.ask("POST", "/tags/b/merge", {"into": "x"}).status_code == 404
    tagged.put("f", {"title": "f", "tags": ["C"]})
    tagged.ask("POST", "/tags/b/merge", {"into": "C"})
    assert site.get("/tags/aa").headers["location"].endswith("/tags/c")


def test_a_tag_may_have_the_name_of_one_that_went_into_it(tagged: Desk, site: Site) -> None:
    tagged.ask("POST", "/tags/b/merge", {"into": "A"})
    renamed = tagged.ask("PATCH", "/tags/a", {"label": "B"})
    assert (renamed.status_code, renamed.json()["slug"]) == (200, "b")
    assert ids(site, "b") == ["c", "b", "a"]
    assert site.get("/tags/a").headers["location"].endswith("/tags/b")


def test_what_came_in_as_retracted_is_restored_to_where_its_tag_went(tagged: Desk, site: Site) -> None:
    tagged.put("r", {"title": "r", "tags": ["A"], "_feedsvc": {"status": "retracted"}})
    tagged.ask("POST", "/tags/a/merge", {"into": "B"})
    assert tagged.do("restore", "r").json()["tags"] == ["B"]
    assert ids(site, "b")[0] == "r"


def test_a_tag_that_is_not_there_and_a_label_that_is_too_long_are_refused(tagged: Desk) -> None:
    assert "There is no tag “nobody”." in tagged.ask("GET", "/tags/nobody").json()["detail"]
    refused = tagged.ask("PATCH", "/tags/a", {"label": "x" * 300})
    assert (refused.status_code, pointers(refused)) == (422, ["/label"])


def test_nothing_is_merged_into_a_retired_tag(tagged: Desk) -> None:
    tagged.ask("POST", "/tags/b/retire")
    assert tagged.ask("POST", "/tags/a/merge", {"into": "B"}).status_code == 409


def test_what_was_got_after_a_rename_can_be_put_again(tagged: Desk) -> None:
    tagged.ask("PATCH", "/tags/a", {"label": "X"})
    got, seq = tagged.get("b"), tagged.changes()[-1]["seq"]
    assert tagged.put("b", got.json()).json() == got.json()
    assert tagged.ask("PATCH", "/tags/x", {"label": "X"}).status_code == 200
    assert tagged.changes()[-1]["seq"] == seq


def test_an_edit_takes_no_retired_tag_away(tagged: Desk, site: Site) -> None:
    tagged.ask("POST", "/tags/a/retire")
    assert tagged.patch("b", {"title": "Edited"}).json()["tags"] == ["A", "B"]
    assert [item["id"] for item in tagged.ask("GET", "/articles?tag=A").json()["items"]] == ["b", "a"]
    tagged.ask("POST", "/tags/a/restore")
    assert ids(site, "a") == ["b", "a"]


def test_what_is_imported_again_after_a_merge_is_unchanged(tagged: Desk) -> None:
    tagged.ask("POST", "/tags/a/merge", {"into": "B"})
    seq = tagged.changes()[-1]["seq"]
    assert tagged.put("a", {"title": "a", "tags": ["A"]}).json()["tags"] == ["B"]
    assert tagged.changes()[-1]["seq"] == seq


def test_a_retired_tag_is_gone_until_it_is_restored(tagged: Desk, site: Site) -> None:
    site.get("/articles/b")
    tagged.ask("POST", "/tags/a/retire")

    for address in ADDRESSES:
        assert site.get(address.format("a")).status_code == 410, address
    assert site.get("/tags/A").status_code == 410
    assert "/tags/a" not in site.get("/articles/b").text
    assert "/tags/a" not in site.get("/tags").text
    assert "/tags/a<" not in site.get("/sitemaps/tags-0.xml").text
    tagged.put("e", {"title": "e", "tags": ["A"]})
    assert tagged.ask("POST", "/tags/a/retire").status_code == 409

    tagged.ask("POST", "/tags/a/restore")

    assert ids(site, "a") == ["e", "b", "a"]
    assert tagged.get("b").json()["tags"] == ["A", "B"]
    assert tagged.ask("POST", "/tags/a/restore").status_code == 409


def test_what_is_done_to_tags_is_in_the_log(tagged: Desk, site: Site, open_desk: Callable[..., Desk]) -> None:
    editor = open_desk(site, "edit")
    assert editor.ask("PATCH", "/tags/a", {"label": "X"}).status_code == 403
    tagged.ask("PATCH", "/tags/a", {"label": "X"})
    tags = {tag["slug"]: tag["articles"] for tag in editor.ask("GET", "/tags").json()["tags"]}
    assert tags == {"x": 2, "b": 2}
