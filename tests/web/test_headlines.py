"""Headlines for other people's pages: a JSON Feed for scripts, and a list for servers."""

import pytest
from conftest import Site
from lxml import html
from web_tools import CORS, page, raw, redirects

from feedsvc.looks import MOST_HEADLINES

pytestmark = pytest.mark.only("sqlite")  # none of it is the database's doing

JSON = "/headlines/tags/khankendi.json"
LIST = "/headlines/tags/khankendi.html"


@pytest.fixture
def published(site: Site) -> Site:
    for number in range(MOST_HEADLINES + 2):
        site.publish(
            title=f"Rain & wind, day {number}",
            content_text="A long story.",
            summary="It <rained>.",
            tags=["Khankendi"],
            date_published=f"2024-05-{number + 1:02}T09:30:00Z",
        )
    site.publish(title="جسر", language="ar", date_published="2024-06-01T00:00:00Z", tags=["Khankendi"])
    return site


def test_the_newest_headlines_are_a_json_feed_without_bodies(published: Site) -> None:
    document = published.get(JSON).json()
    base = published.config.base_url
    assert document["version"] == "https://jsonfeed.org/version/1.1"
    assert document["home_page_url"] == f"{base}/tags/khankendi"
    assert document["feed_url"] == base + JSON
    assert len(document["items"]) == MOST_HEADLINES
    newest, second = document["items"][:2]
    assert (newest["title"], newest["language"]) == ("جسر", "ar")
    assert second["title"] == f"Rain & wind, day {MOST_HEADLINES + 1}"
    assert second["content_html"] == "<p>It &lt;rained&gt;.</p>"
    assert "A long story." not in published.get(JSON).text
    whole = published.get("/feeds/tags/khankendi.json").json()
    same = ("id", "url", "title", "date_published", "date_modified", "language")
    assert [[item[key] for key in same] for item in document["items"]] == [
        [item[key] for key in same] for item in whole["items"][:MOST_HEADLINES]
    ]


def test_other_sites_may_read_it_keep_it_and_ask_whether_it_changed(published: Site) -> None:
    response = published.get(JSON)
    assert response.headers["content-type"] == "application/feed+json; charset=utf-8"
    assert {name: response.headers[name] for name in CORS} == CORS
    assert response.headers["cache-control"] == published.get("/feeds/news-line.json").headers["cache-control"]
    assert "set-cookie" not in response.headers
    assert published.get(JSON, if_none_match=response.headers["etag"]).status_code == 304
    preflight = raw(published, JSON, "OPTIONS", Origin="https://partner.example").headers
    assert preflight["access-control-allow-methods"] == "GET, HEAD"
    published.publish(title="Elsewhere", tags=["Baku"])
    assert published.get(JSON, if_none_match=response.headers["etag"]).status_code == 304
    published.publish(title="News", tags=["Khankendi"])
    assert published.get(JSON, if_none_match=response.headers["etag"]).json()["items"][0]["title"] == "News"


def test_a_withdrawn_article_leaves_the_headlines_at_once(published: Site) -> None:
    withdrawn = published.publish(title="A claim", tags=["Khankendi"])
    seen = [published.get(path).text for path in (JSON, LIST)]
    assert all("A claim" in text for text in seen)
    published.retract(withdrawn.guid)
    assert all("A claim" not in published.get(path).text for path in (JSON, LIST))


def test_the_list_is_a_fragment_that_says_each_headline_once(published: Site) -> None:
    response = published.get(f"{LIST}?count=3")
    assert response.headers["content-type"] == "text/html; charset=utf-8"
    assert {name: response.headers[name] for name in CORS} == CORS
    fragments = html.fragments_fromstring(response.text)
    assert [fragment.tag for fragment in fragments] == ["ul"]
    links = fragments[0].findall(".//a")
    assert [link.text for link in links[1:]] == [f"Rain & wind, day {day}" for day in (21, 20)]
    assert (links[0].get("lang"), links[0].get("dir")) == ("ar", "rtl")
    assert all(published.http.get(link.get("href")).status_code == 200 for link in links)
    assert fragments[0].find(".//time").get("datetime") == "2024-06-01T00:00:00Z"
    assert len(page(published.get(LIST)).findall(".//li")) == 5


def test_an_empty_tag_has_no_headlines_and_an_unknown_one_is_not_found(published: Site) -> None:
    lonely = published.publish(title="Alone", tags=["Quiet"])
    published.retract(lonely.guid)
    assert published.get("/headlines/tags/quiet.json").json()["items"] == []
    assert page(published.get("/headlines/tags/quiet.html")).findall(".//li") == []
    for path in ("/headlines/tags/none.json", "/headlines/tags/none.html", "/headlines/news-line.rss", "/headlines/x"):
        assert published.get(path).status_code == 404


def test_other_spellings_are_sent_to_the_one_address(published: Site) -> None:
    base = published.config.base_url
    expected = {
        "/headlines/tags/Khankendi.json": JSON,
        "/HEADLINES/tags/khankendi.json": JSON,
        "/headlines/tags/khankendi.JSON": JSON,
        "/headlines/tags/Khankendi.html?count=7": f"{LIST}?count=7",
    }
    assert redirects(published, list(expected)) == {old: (301, base + new) for old, new in expected.items()}
    # But what puts pages together from pieces follows no redirect.
    for query, canonical in {
        "count=5": "",
        "count=007": "?count=7",
        "count=99&x=1": "?count=20",
        "count=-1": "",
    }.items():
        etag = published.get(LIST + canonical).headers["etag"]
        assert published.get(f"{LIST}?{query}", if_none_match=etag).status_code == 304
    assert published.get(f"{JSON}?utm_source=x&count=7").content == published.get(JSON).content
