"""What a search finds, in which order, at which address; and what nobody may do with it."""

from concurrent.futures import ThreadPoolExecutor

import feedparser
import pytest
from conftest import Site
from searching import FEEDS, found, settle, shown
from web_tools import BASE, CORS, page, raw, redirects, visible

from feedsvc.item import read_item


@pytest.fixture
def site(make_site) -> Site:
    site = make_site(base_url=BASE)
    items = [
        ("old", "Rain over the hills", "It went on.", "2024-01-01T00:00:00Z"),
        ("new", "Snow", "After the rain, snow: 100% of the hills are white_caps.", "2024-03-01T00:00:00Z"),
        # Came in later, and is older.
        ("older", "Hills", "Some rain by Ann O'Hara.", "2023-01-01T00:00:00Z"),
        ("gone", "Rain that was a mistake", "Rain.", "2024-02-01T00:00:00Z"),
    ]
    site.service.newsroom.accept(
        [
            read_item(
                {
                    "id": guid,
                    "title": title,
                    "content_text": body,
                    "date_published": date,
                    "authors": [{"name": "Jan Novák"}],
                }
            )
            for guid, title, body, date in items
        ]
    )
    settle(site)
    site.retract("gone")
    return site


def test_headlines_come_first_and_then_the_newest(site: Site) -> None:
    assert found(site, "rain") == ["old", "new", "older"]
    assert shown(site, "rain") == ["Rain over the hills", "Snow", "Hills"]
    assert found(site, "rain hills") == ["old", "new", "older"]
    assert found(site, "hills") == ["old", "older", "new"]
    assert found(site, "novak snow") == ["new"]


def test_what_is_retracted_is_never_found_however_far_the_index_is(site: Site) -> None:
    site.service.indexer.stop()
    site.retract("old")
    assert found(site, "rain") == ["new", "older"]
    site.service.newsroom.restore("old")
    assert found(site, "rain") == ["old", "new", "older"]


def test_a_draft_is_not_found_and_a_revised_article_is_by_its_new_words_only(site: Site) -> None:
    site.publish(id="draft", title="Rain, unwritten", _feedsvc={"status": "draft"})
    site.publish(id="old", title="Hail", content_text="It went on.", date_published="2024-01-01T00:00:00Z")
    settle(site)
    assert found(site, "rain") == ["new", "older"]
    assert found(site, "hail") == ["old"]


MEANINGFUL = [
    *(
        '"',
        '"" ""',
        "rain OR snow",
        "title:snow",
        "NEAR(rain snow)",
        "rain*",
        "^rain",
        "-rain",
        "rain AND",
        "(",
        "a:*",
    ),
    *(
        "'",
        "' | '",
        "rain & !snow",
        "rain:*A",
        "<->",
        "\\",
        "%",
        "_",
        "100%",
        "white_caps",
        "'; DROP TABLE article; --",
    ),
    *(
        "\U0010ffff",
        "\ufdfa" * 50,
        "\u0301",
        "🌧",
        "İ" * 200,
        "1e5",
        "0x1f",
        "http://a.example/b?c=d",
        "a@b.example",
        "x" * 200,
    ),
]


def test_what_means_something_to_a_database_means_nothing_here(site: Site) -> None:
    for text in MEANINGFUL:
        assert set(found(site, text)) <= {"old", "new", "older"}, text
        shown(site, text)


def test_it_is_about_words_and_not_about_what_stands_between_them(site: Site) -> None:
    assert found(site, "rain OR snow") == []
    assert found(site, "-rain") == found(site, "rain")
    assert found(site, "100%") == found(site, "white_caps") == ["new"]
    assert found(site, "O'Hara") == ["older"]
    assert found(site, '"rain over"') == ["old"]
    assert found(site, "“over the') hills") == ["old"]
    assert found(site, "!") == []


def test_there_is_one_address_for_a_question(site: Site) -> None:
    others = {
        "/search?q=": "/search",
        "/search?q=+rain++over%20the%09hills+": "/search?q=rain+over+the+hills",
        "/search?q=e%CC%81": "/search?q=%C3%A9",
        "/search?q=%00ra%00in": "/search?q=rain",
        "/search?q=caf%e9": "/search?q=caf%25E9",
        "/search?q=rain&q=snow": "/search?q=rain",
        "/search/?q=rain": "/search?q=rain",
        "/Search?q=rain": "/search?q=rain",
        "/feeds/search.RSS?q=rain": "/feeds/search.rss?q=rain",
        "/feeds/search.rss?q=%72ain": "/feeds/search.rss?q=rain",
        f"/search?q={'rain+' * 2000}": f"/search?q={'+'.join(['rain'] * 40)}",
        f"/search?q={'x' * 10_000}": f"/search?q={'x' * 200}",
    }
    assert redirects(site, list(others)) == {asked: (301, f"{BASE}{address}") for asked, address in others.items()}
    for address in set(others.values()):
        assert raw(site, address).status == 200, address
    assert raw(site, "/search?q=rain&utm_source=x").status == 200


def test_a_feed_of_nothing_is_none(site: Site) -> None:
    assert [raw(site, address).status for address in ("/feeds/search.rss?", "/feeds/search.xml?q=rain")] == [404, 404]
    assert raw(site, "/feeds/search.rss").status == 404


def test_the_feeds_are_valid_and_say_what_they_are(site: Site) -> None:
    for address in FEEDS[:2]:
        response = site.get(f"{address}?q=rain")
        feed = feedparser.parse(response.content)
        assert not feed.bozo
        assert [entry.id for entry in feed.entries] in (["old", "new", "older"], [each.id for each in feed.entries])
        assert feed.feed.title == "Search: rain — News Line"
        assert feed.feed.link == f"{BASE}/search?q=rain"
        assert f'<{BASE}{address}?q=rain>; rel="self"' == response.headers["link"]
        assert b'"hub"' not in response.content
    empty = feedparser.parse(site.get("/feeds/search.atom?q=nowhere").content)
    assert (empty.bozo, empty.entries) == (False, [])


def test_they_are_kept_for_a_short_time_and_in_nobodys_index(site: Site) -> None:
    for address in (*(f"{feed}?q=rain" for feed in FEEDS), "/search?q=rain", "/search"):
        response = site.get(address)
        assert response.headers["cache-control"].startswith(
            "public, max-age=60," if "feeds" in address else "public, max-age=0, s-maxage=60,"
        )
        assert "max-age=60," in response.headers["surrogate-control"]
        if "feeds" in address:
            assert response.headers.items() >= CORS.items()
            assert response.headers["x-robots-tag"] == "noindex"
        else:
            assert page(response).xpath('//meta[@name="robots"]/@content') == ["noindex"]
            assert "form-action 'self'" in response.headers["content-security-policy"]
    assert site.get("/search?q=rain").headers["surrogate-key"] == "article-1 article-2 article-3 site"


def test_what_a_client_has_is_still_good_only_while_the_same_is_found(site: Site) -> None:
    before = site.get("/feeds/search.atom?q=rain")
    etag, date = before.headers["etag"], before.headers["last-modified"]
    assert site.get("/feeds/search.atom?q=rain", if_none_match=etag).status_code == 304
    # The index comes after the journal, so that a date says nothing.
    assert site.get("/feeds/search.atom?q=rain", if_modified_since=date).status_code == 200
    site.publish(title="Sun")
    settle(site)
    assert site.get("/feeds/search.atom?q=rain", if_none_match=etag).status_code == 304
    site.retract("new")
    assert site.get("/feeds/search.atom?q=rain", if_none_match=etag).status_code == 200


def test_however_much_is_asked_nothing_is_pushed_out_of_the_cache(site: Site) -> None:
    site.get("/feeds/news-line.rss")
    kept = site.service.cache.kept
    for number in range(30):
        site.get(f"/feeds/search.rss?q=rain+{number}")
        site.get(f"/search?q=rain+{number}")
    assert site.service.cache.kept == kept


def test_the_page_says_how_many_there_are(make_site) -> None:
    site = make_site(page_size=3)
    site.service.newsroom.accept([read_item({"id": f"{number}", "title": f"Rain {number}"}) for number in range(1_001)])
    settle(site)
    shown_page = page(site.get("/search?q=rain"))
    assert visible(shown_page.get_element_by_id("found")) == "Found: more than 1,000"
    assert len(shown_page.xpath("//ol[@class='stories']//a")) == 3
    assert visible(page(site.get("/search?q=rain+17")).get_element_by_id("found")) == "Found: 1"
    assert visible(page(site.get("/search?q=snow")).get_element_by_id("found")) == "Nothing has been found"


@pytest.mark.only("postgresql")
def test_however_many_search_others_are_served(site: Site) -> None:
    with site.service.database.write() as lock:
        lock.exec_driver_sql("LOCK TABLE search_text")
        with ThreadPoolExecutor(9) as people:
            asked = [people.submit(site.get, "/search?q=rain") for _ in range(9)]
            assert site.get("/articles/snow").status_code == 200
            answers = [each.result() for each in asked]
    assert {(answer.status_code, answer.headers["retry-after"]) for answer in answers} == {(503, "5")}
    assert found(site, "rain") == ["old", "new", "older"]
