"""Articles over the API: made once, replaced, changed in parts, listed; and never over another's head."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest
from conftest import Site
from desks import Desk, at, pointers

pytest_plugins = ("open_desks",)

BRIDGE = {
    "title": "Bridge opens",
    "content_text": "At noon.",
    "tags": ["Karabakh"],
    "authors": [{"name": "A. Reporter"}],
}


def titles_in_feed(site: Site) -> list[str]:
    return [item["title"] for item in site.get("/feeds/news-line.json").json()["items"]]


def test_a_new_article_is_published_and_told_where_it_is(desk: Desk, site: Site) -> None:
    made = desk.post(BRIDGE)

    assert made.status_code == 201
    item = made.json()
    assert made.headers["location"] == f"{site.config.base_url}/api{at(item['id'])}"
    assert item["_feedsvc"] == {"slug": "bridge-opens", "status": "published"}
    assert item["content_html"] == "<p>At noon.</p>"
    assert site.get("/articles/bridge-opens").status_code == 200
    assert titles_in_feed(site) == ["Bridge opens"]
    again = desk.get(item["id"])
    assert (again.json(), again.headers["etag"]) == (item, made.headers["etag"])


def test_an_id_of_ones_own_is_kept_and_taken_once(desk: Desk) -> None:
    guid = "https://agency.example/2026/a?b=1#c"
    assert desk.post(BRIDGE | {"id": guid}).json()["id"] == guid
    second = desk.post(BRIDGE | {"id": guid})
    assert second.status_code == 409
    assert pointers(second) == ["/id"]
    assert desk.get(guid).json()["id"] == guid


IDS = ["a/b//c", "ü ü", "a%2Fb", "?", "tag:x,2026:y", "history", "publish"]


def test_any_id_can_stand_in_an_address(desk: Desk) -> None:
    for guid in IDS:
        assert desk.put(guid, BRIDGE).status_code == 201, guid
        assert desk.get(guid).json()["id"] == guid
        assert desk.patch(guid, {"title": "Changed"}).json()["title"] == "Changed"
        assert [deed["deed"] for deed in desk.deeds(guid)] == ["publish", "revise"]


@pytest.mark.parametrize("guid", ["/a", "a/publish", "a/b/history"])
def test_an_id_that_could_not_be_asked_for_is_refused(desk: Desk, guid: str) -> None:
    refused = desk.post(BRIDGE | {"id": guid})
    assert (refused.status_code, pointers(refused)) == (422, ["/id"])


def test_a_deed_with_the_wrong_method_makes_no_article(desk: Desk) -> None:
    refused = desk.put("a/publish", BRIDGE)
    assert (refused.status_code, refused.headers["allow"]) == (405, "POST")
    assert desk.ask("GET", "/articles").json()["items"] == []


def test_put_makes_replaces_and_does_nothing_twice(desk: Desk) -> None:
    made = desk.put("a", BRIDGE)
    assert made.status_code == 201
    assert made.headers["location"].endswith("/api/articles/a")
    replaced = desk.put("a", {"title": "Bridge closed", "content_text": "At one."})
    assert replaced.status_code == 200
    assert "tags" not in replaced.json()
    seq = desk.changes()[-1]["seq"]
    assert desk.put("a", {"title": "Bridge closed", "content_text": "At one."}).json() == replaced.json()
    assert desk.changes()[-1]["seq"] == seq
    assert desk.put("a", BRIDGE | {"id": "b"}).status_code == 422


def test_what_was_got_can_be_put_again(desk: Desk) -> None:
    desk.put("a", BRIDGE | {"_feedsvc": {"correction": "It was noon.", "expires": "2090-01-01T00:00:00Z"}})
    got = desk.get("a")
    assert desk.put("a", got.json(), if_match=got.headers["etag"]).json() == got.json()
    assert [deed["deed"] for deed in desk.deeds("a")] == ["publish"]


def test_a_patch_changes_what_it_names(desk: Desk) -> None:
    made = desk.put("a", BRIDGE | {"language": "az", "_feedsvc": {"image": {"alt": "A bridge"}}}).json()
    changed = desk.patch("a", {"title": "Bridge closed", "tags": None, "_feedsvc": {"slug": "closed"}})
    assert changed.status_code == 200
    item = changed.json()
    assert (item["title"], item["language"], item["_feedsvc"]["slug"]) == ("Bridge closed", "az", "closed")
    assert "tags" not in item
    assert item["content_html"] == made["content_html"]
    assert desk.deeds("a")[-1]["detail"]["changed"] == ["title", "tags", "slug"]


def test_a_summary_that_was_the_beginning_of_the_content_goes_with_it(desk: Desk) -> None:
    desk.put("a", BRIDGE)
    assert desk.patch("a", {"content_text": "At one."}).json()["summary"] == "At one."
    desk.patch("a", {"summary": "My own."})
    changed = desk.patch("a", {"content_html": "<p>At two.</p>"}).json()
    assert (changed["content_html"], changed["summary"]) == ("<p>At two.</p>", "My own.")


def test_a_content_that_is_not_there_is_taken_away_without_effect(desk: Desk) -> None:
    before = desk.put("a", BRIDGE).json()
    assert desk.patch("a", {"content_text": None}).json() == before


@pytest.mark.parametrize("method", ["put", "patch", "delete", "retract"])
def test_nobody_overwrites_what_they_have_not_seen(desk: Desk, method: str) -> None:
    def write(seen: str) -> int:
        if method == "delete":
            return desk.ask("DELETE", at("a"), if_match=seen).status_code
        if method == "retract":
            return desk.do("retract", "a", {"reason": "R"}, if_match=seen).status_code
        send = desk.put if method == "put" else desk.patch
        return send("a", {"title": "Mine"}, if_match=seen).status_code

    first = desk.put("a", BRIDGE).headers["etag"]
    second = desk.patch("a", {"title": "Theirs"}).headers["etag"]
    assert first != second
    assert write(first) == 412
    assert write(f"W/{second}") == 412  # If-Match compares strongly (RFC 9110 section 13.1.1)
    assert desk.get("a").json()["title"] == "Theirs"
    assert write(f'"x", {second}') == 200


def test_only_where_there_is_none(desk: Desk) -> None:
    assert desk.put("a", BRIDGE, if_match="*").status_code == 412
    assert desk.put("a", BRIDGE, if_none_match="*").status_code == 201
    assert desk.put("a", BRIDGE, if_none_match="*").status_code == 412
    assert desk.patch("b", {"title": "B"}).status_code == 404
    assert desk.patch("b", {"title": "B"}, if_match='"x"').status_code == 404


def test_a_setting_demands_that_one_says_what_one_saw(
    make_site: Callable[..., Site], open_desk: Callable[..., Desk]
) -> None:
    desk = open_desk(make_site(api_if_match=True))
    made = desk.put("a", BRIDGE)
    assert desk.patch("a", {"title": "Mine"}).status_code == 428
    assert desk.ask("DELETE", at("a")).status_code == 428
    assert desk.put("a", BRIDGE, if_none_match="*").status_code == 412
    assert desk.patch("a", {"title": "Mine"}, if_match=made.headers["etag"]).status_code == 200


def test_what_one_has_is_not_sent_again(desk: Desk) -> None:
    etag = desk.put("a", BRIDGE).headers["etag"]
    kept = desk.get("a", if_none_match=etag)
    assert (kept.status_code, kept.content, kept.headers["etag"]) == (304, b"", etag)


def test_a_request_that_is_sent_again_makes_one_article(desk: Desk) -> None:
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda _: desk.post(BRIDGE, idempotency_key="k-1"), range(16)))
    assert {answer.status_code for answer in answers} == {201}
    assert len({answer.json()["id"] for answer in answers}) == 1
    assert len({answer.headers["location"] for answer in answers}) == 1
    assert len(desk.ask("GET", "/articles").json()["items"]) == 1


def test_a_key_is_for_one_request_of_one_desk(desk: Desk, site: Site, open_desk: Callable[..., Desk]) -> None:
    desk.post(BRIDGE, idempotency_key='"k-1"')
    other = desk.post(BRIDGE | {"title": "Another"}, idempotency_key="k-1")
    assert other.status_code == 422
    assert "another request" in other.json()["detail"]
    assert open_desk(site, name="second").post(BRIDGE, idempotency_key="k-1").status_code == 201
    assert len(desk.ask("GET", "/articles").json()["items"]) == 2
    assert pointers(desk.post(BRIDGE, idempotency_key="k" * 256)) == ["Idempotency-Key"]


def test_a_refused_request_can_be_mended_under_its_key(desk: Desk) -> None:
    assert desk.post({"content_text": "T"}, idempotency_key="k").status_code == 422
    assert desk.post(BRIDGE, idempotency_key="k").status_code == 201


@pytest.fixture
def five(desk: Desk) -> Desk:
    """Five articles and a draft: a to e, all but the last in English."""
    for n, guid in enumerate("abcde"):
        language = "az" if guid == "e" else "en"
        desk.put(guid, {"title": f"Title {n}", "tags": [f"T{n % 2}"], "language": language})
    desk.draft("draft", title="Title 9", tags=["T1"])
    return desk


LISTS = [
    ("", ["draft", "e", "d", "c", "b", "a"]),
    ("status=published", ["e", "d", "c", "b", "a"]),
    ("status=draft", ["draft"]),
    ("status=retracted", []),
    ("tag=t1", ["draft", "d", "b"]),
    ("tag=t1&status=published", ["d", "b"]),
    ("language=az", ["e"]),
    ("q=TITLE%203", ["d"]),
    ("q=%25", []),
    ("since=2090-01-01", []),
    ("since=2020-01-01&limit=200", ["draft", "e", "d", "c", "b", "a"]),
]


def test_a_list_is_what_was_asked_for(five: Desk) -> None:
    for query, found in LISTS:
        answer = five.ask("GET", f"/articles?{query}")
        assert [item["id"] for item in answer.json()["items"]] == found, query
        assert "next" not in answer.json()


@pytest.mark.parametrize("limit", [1, 2, 4])
def test_page_after_page_has_each_article_once(five: Desk, limit: int) -> None:
    path, found = f"/articles?limit={limit}&q=title", []
    while path:
        answer = five.ask("GET", path)
        items, after = answer.json()["items"], answer.json().get("next")
        assert answer.headers.get("link") == (f'<{after}>; rel="next"' if after else None)
        assert len(items) == limit or not after
        found += [item["id"] for item in items]
        path = after.partition("/api")[2] if after else ""
    assert found == ["draft", "e", "d", "c", "b", "a"]


@pytest.mark.parametrize("query", ["limit=0", "limit=x", "q=%00", "status=lost", "since=yesterday", "colour=red"])
def test_a_wrong_parameter_is_named(desk: Desk, query: str) -> None:
    answer = desk.ask("GET", f"/articles?{query}")
    assert answer.status_code == 400
    assert pointers(answer) == [query.partition("=")[0]]


@pytest.mark.parametrize("guid", ["a\x01b", " a", "a\0b", "x" * 2_001])
def test_an_id_that_no_feed_can_carry_is_refused(desk: Desk, guid: str) -> None:
    assert pointers(desk.put(guid, BRIDGE)) == ["/id"]


def test_titles_are_found_in_any_script(desk: Desk) -> None:
    desk.put("a", {"title": "Баку утром"})
    assert len(desk.ask("GET", "/articles?q=Баку").json()["items"]) == 1
    assert desk.ask("GET", "/articles?tag=nobody").json()["items"] == []


@pytest.mark.parametrize("query", ["after=x", "after=article:x", f"after=article:{10**20}"])
def test_what_is_not_there_is_not_found(desk: Desk, query: str) -> None:
    assert desk.ask("GET", f"/articles?{query}").status_code == 404
