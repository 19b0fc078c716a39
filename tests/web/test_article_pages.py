"""The page of an article: what a reader sees of it, and what is left where one was taken back or moved."""

import re
from collections.abc import Callable

import pytest
from conftest import Site
from web_tools import BASE, age, page, raw, refresh, sql, visible

pytestmark = pytest.mark.only("sqlite")  # none of it is the database's doing

STORY = {
    "id": "tag:x,2024:1",
    "title": "Rain & <wind> over Khankendi",
    "tags": ["#Khankendi", "Great Return"],
    "content_html": "<p>It <em>rained</em>.</p>",
    "summary": "Wet & wild.",
    "authors": [{"name": "Aygün Əliyeva", "url": "https://aygun.example/"}, {"name": "R. Mammadov"}],
    "image": "https://images.example/rain.jpg",
    "date_published": "2024-05-12T09:30:00Z",
    "_feedsvc": {"slug": "rain", "image": {"credit": "AZERTAC", "alt": "A wet street"}},
}


@pytest.fixture
def published(make_site: Callable[..., Site]) -> Site:
    site = make_site(base_url=BASE)
    site.publish(**STORY)
    return site


def test_an_article_says_everything_once(published: Site) -> None:
    document = page(published.get("/articles/rain"))
    assert [visible(heading) for heading in document.iter("h1")] == ["Rain & <wind> over Khankendi"]
    article = document.find(".//article")
    assert [each.get("datetime") for each in article.iter("time")] == ["2024-05-12T09:30:00Z"]
    picture = next(article.iter("img"))
    assert (picture.get("src"), picture.get("alt")) == ("https://images.example/rain.jpg", "A wet street")
    text = visible(article)
    for wanted in ("12 May 2024", "Read: 0", "Photo: AZERTAC", "It rained.", "By Aygün Əliyeva and R. Mammadov"):
        assert text.count(wanted) == 1, wanted


def test_a_picture_that_says_its_size_has_its_room_before_it_comes(published: Site) -> None:
    size = {"width": 1600, "height": 900}
    attached = [{"url": "https://images.example/map.png", "_feedsvc": {"width": 30, "height": 20}}]
    own = STORY["_feedsvc"]
    published.publish(**STORY | {"attachments": attached, "_feedsvc": own | {"image": own["image"] | size}})
    response = published.get("/articles/rain")
    assert [(each.get("width"), each.get("height")) for each in page(response).iter("img")] == [
        ("1600", "900"),
        ("30", "20"),
    ]
    assert next(page(published.get("/")).iter("img")).get("height") == "900"
    # HTML section 13.1.2.3: white space between attributes, which parsers do without.
    assert re.findall(r'="[^"<>]*"[^\s/>]', response.text.split("<body>")[1]) == []


def test_the_number_of_reads_is_written_in_groups(published: Site) -> None:
    sql(published, "INSERT INTO reads VALUES (1, 1239, '2024-05-12 10:00:00')")
    refresh(published)
    assert "Read: 1,239" in visible(page(published.get("/articles/rain")))


def test_the_tags_lead_to_their_pages_and_the_line_is_one_step_back(published: Site) -> None:
    footer = page(published.get("/articles/rain")).find(".//article/footer")
    assert visible(footer).startswith("More about: #Khankendi #Great Return")
    links = {visible(link): link.get("href") for link in footer.iter("a") if link.get("href").startswith(BASE)}
    assert links == {
        "#Khankendi": f"{BASE}/tags/khankendi",
        "#Great Return": f"{BASE}/tags/great-return",
        "Back to the News Line": f"{BASE}/",
    }
    for href in links.values():
        assert published.get(href.removeprefix(BASE)).status_code == 200


def test_an_article_without_anything_but_a_title_has_a_page(site: Site) -> None:
    site.publish(title="Bare", _feedsvc={"slug": "bare"})
    text = visible(page(site.get("/articles/bare")).find(".//article"))
    assert "More about" not in text
    assert "Photo" not in text
    assert "By " not in text


@pytest.mark.parametrize(("language", "way"), [("ar", "rtl"), ("he", "rtl"), ("fa-IR", "rtl"), ("az-Latn", "ltr")])
def test_a_page_is_in_the_language_and_direction_of_its_article(site: Site, language: str, way: str) -> None:
    site.publish(title="A", language=language, date_published="2024-05-12T09:30:00Z", _feedsvc={"slug": "a"})
    root = page(site.get("/articles/a"))
    assert (root.get("lang"), root.get("dir")) == (language, way)


def test_a_date_and_a_number_are_written_as_the_article_s_language_does(site: Site) -> None:
    site.publish(title="Yağış", language="az", date_published="2024-05-12T09:30:00Z", _feedsvc={"slug": "a"})
    site.publish(title="مطر", language="fa", date_published="2024-05-12T09:30:00Z", _feedsvc={"slug": "b"})
    assert "12 may 2024" in visible(page(site.get("/articles/a"))).lower()
    assert "۱۲ مهٔ ۲۰۲۴" in visible(page(site.get("/articles/b")))


def test_an_edit_shows_when_it_was_made(published: Site) -> None:
    published.publish(**STORY | {"title": "More rain", "date_modified": "2024-05-13T12:00:00Z"})
    text = visible(page(published.get("/articles/rain")).find(".//article"))
    assert "Updated 13 May 2024" in text


def test_a_changed_slug_leaves_a_permanent_redirect(published: Site) -> None:
    assert published.get("/articles/rain").status_code == 200
    published.publish(**STORY | {"_feedsvc": {"slug": "storm"}})
    published.publish(**STORY | {"_feedsvc": {"slug": "flood"}})
    for old in ("rain", "storm", "Rain", "STORM"):
        moved = raw(published, f"/articles/{old}")
        assert (moved.status, moved.headers["location"]) == (301, f"{BASE}/articles/flood")
    assert published.get("/articles/flood").status_code == 200
    published.publish(**STORY)
    assert published.get("/articles/rain").status_code == 200
    assert raw(published, "/articles/flood").headers["location"] == f"{BASE}/articles/rain"


def test_a_retracted_article_answers_410_and_names_nothing_of_itself(published: Site) -> None:
    published.get("/articles/rain")
    published.retract(STORY["id"], "It was not true.")
    response = published.get("/articles/rain")
    assert response.status_code == 410
    text, source = visible(page(response)), response.text.lower()
    assert "This article has been withdrawn" in text
    told = ["rain", "wind", "khankendi", "great", "wet", "aygün", "mammadov", "azertac", "images.example", "not true"]
    assert [word for word in told if word in source] == []
    assert "application/ld+json" not in source
    assert [said for said in ("property=", "twitter:", "max-snippet") if said in source] == []
    assert "canonical" not in source
    assert page(response).find(".//meta[@name='robots']").get("content") == "noindex"


def test_the_page_of_a_retracted_article_is_kept_like_any_other(published: Site) -> None:
    published.retract(STORY["id"])
    first = published.get("/articles/rain")
    renders = published.service.cache.renders
    second = published.get("/articles/rain", if_none_match=first.headers["etag"])
    assert (second.status_code, second.content) == (410, first.content)
    assert second.headers["cache-control"] == first.headers["cache-control"]
    assert published.service.cache.renders == renders


def test_nothing_lists_a_retracted_article(published: Site) -> None:
    published.retract(STORY["id"])
    for path in ("/", "/tags", "/tags/khankendi", "/feeds/news-line.rss", "/feeds/tags/great-return.atom"):
        response = published.get(path)
        assert response.status_code == 200
        assert "Rain" not in response.text
    assert "Nothing has been published here yet." in visible(page(published.get("/tags/khankendi")))
    assert "Khankendi" not in visible(page(published.get("/tags")))


def test_an_old_address_of_a_retracted_article_still_leads_to_where_it_was(published: Site) -> None:
    published.publish(**STORY | {"_feedsvc": {"slug": "storm"}})
    published.retract(STORY["id"])
    assert raw(published, "/articles/rain").headers["location"] == f"{BASE}/articles/storm"
    assert published.get("/articles/storm").status_code == 410


def test_an_unknown_article_is_not_found(published: Site) -> None:
    assert published.get("/articles/nothing").status_code == 404
    assert published.get("/articles").status_code == 404
    assert raw(published, "/articles/%FF").status == 404


def test_a_read_moves_the_page_s_validators_and_an_edit_too(published: Site) -> None:
    age(published, 3600)
    seen = [published.get("/articles/rain")]
    assert published.http.post("/articles/rain/reads").json() == {"reads": 1}
    published.service.reads.flush()
    assert published.get("/articles/rain").headers["etag"] == seen[0].headers["etag"]  # a reading renders nothing
    refresh(published)
    seen.append(published.get("/articles/rain"))
    assert "Read: 1" in visible(page(seen[1]))
    published.publish(**STORY | {"title": "More rain"})
    seen.append(published.get("/articles/rain"))
    assert len({response.headers["etag"] for response in seen}) == 3
    assert seen[0].headers["last-modified"] != seen[1].headers["last-modified"]
