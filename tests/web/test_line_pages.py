"""The News Line, the pages of tags and the page of all tags: every article is found, once and in order."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from urllib.parse import urlsplit

import pytest
from conftest import Site
from web_tools import BASE, page, refresh, sql, visible

from feedsvc.item import read_item

pytestmark = pytest.mark.only("sqlite")  # none of it is the database's doing

NEWEST = datetime(2024, 5, 12, 9, 30, tzinfo=UTC)


def take_in(site: Site, count: int, step: timedelta, **fields: object) -> None:
    described = [
        fields | {"id": f"tag:x,2024:{n}", "title": f"No. {n}", "date_published": (NEWEST - step * n).isoformat()}
        for n in range(count)
    ]
    site.service.newsroom.accept([read_item(each) for each in described])
    site.settle()


def headlines(site: Site, path: str) -> list[str]:
    articles = page(site.get(path)).iter("article")
    return [visible(next(article.iter("h2", "h3"))) for article in articles]


def walk(site: Site, path: str) -> list[list[str]]:
    """The headlines of each page from `path` on, by the links to what is older."""
    pages = []
    while path:
        pages.append(headlines(site, path))
        older = page(site.get(path)).find(".//link[@rel='next']")
        path = "" if older is None else older.get("href").removeprefix(str(site.config.base_url))
    return pages


@pytest.mark.parametrize("start", ["/", "/tags/khankendi"])
@pytest.mark.parametrize("step", [timedelta(0), timedelta(hours=5)])
def test_paging_shows_every_article_exactly_once(make_site: Callable[..., Site], start: str, step: timedelta) -> None:
    site = make_site(page_size=7, base_url=BASE)
    take_in(site, 30, step, tags=["Khankendi"])
    pages = walk(site, start)
    assert [len(shown) for shown in pages] == [7, 7, 7, 7, 2]
    everything = [title for shown in pages for title in shown]
    in_order = [f"No. {n}" for n in range(30)]
    assert everything == (in_order if step else in_order[::-1])


def test_a_full_last_page_offers_nothing_older(make_site: Callable[..., Site]) -> None:
    site = make_site(page_size=5)
    take_in(site, 10, timedelta(hours=1))
    assert [len(shown) for shown in walk(site, "/")] == [5, 5]


def test_a_page_does_not_move_when_something_new_is_published(make_site: Callable[..., Site]) -> None:
    site = make_site(page_size=5)
    take_in(site, 12, timedelta(hours=1))
    before = headlines(site, "/?before=5")
    site.publish(title="News")
    assert headlines(site, "/?before=5") == before == [f"No. {n}" for n in range(5, 10)]


def test_a_page_after_an_article_that_was_retracted_goes_on_at_its_place(make_site: Callable[..., Site]) -> None:
    site = make_site(page_size=5)
    take_in(site, 12, timedelta(hours=1))
    before = headlines(site, "/?before=5")
    site.retract("tag:x,2024:4")
    assert headlines(site, "/?before=5") == before


def test_the_newest_and_the_older_pages_are_linked(make_site: Callable[..., Site]) -> None:
    site = make_site(page_size=5, base_url=BASE)
    take_in(site, 15, timedelta(hours=1), tags=["Khankendi"])
    for start, home in (("/", f"{BASE}/"), ("/tags/khankendi", f"{BASE}/tags/khankendi")):
        first, second = page(site.get(start)), page(site.get(f"{start}?before=5"))
        assert {link.get("class"): link.get("href") for link in first.find(".//nav[@class='pager']").iter("a")} == {
            "older": f"{home}?before=5"
        }
        assert {link.get("class"): link.get("href") for link in second.find(".//nav[@class='pager']").iter("a")} == {
            "newest": home,
            "older": f"{home}?before=10",
        }
        assert first.find(".//link[@rel='canonical']").get("href") == home
        assert second.find(".//link[@rel='canonical']").get("href") == f"{home}?before=5"


def test_pages_that_never_were_are_not_found(site: Site) -> None:
    take_in(site, 3, timedelta(hours=1), tags=["Khankendi"])
    wrong = ["0", "4", "-1", "", "x", "1.5", "01", "+1", "%201", "1%20", "٣", "1e3", "9" * 18, "9" * 19, "9" * 400]
    for start in ("/", "/tags/khankendi"):
        answers = {value: site.get(f"{start}?before={value}").status_code for value in wrong}
        assert answers == dict.fromkeys(wrong, 404)
    size = site.service.cache.size
    site.get("/?before=77")
    assert site.service.cache.size == size


def test_the_lead_comes_first_and_the_days_follow(site: Site) -> None:
    take_in(site, 4, timedelta(hours=8), summary="In short.")
    document = page(site.get("/"))
    lead = document.find(".//article[@class='lead']")
    assert visible(lead.find(".//h2")) == "No. 0"
    assert "12 May 2024" in visible(lead)
    days = [visible(heading) for heading in document.iterfind(".//section[@class='day']/h2")]
    assert days == ["Sunday 12 May 2024", "Saturday 11 May 2024"]
    assert document.find(".//article[@class='lead']") is not None
    assert page(site.get("/?before=1")).find(".//article[@class='lead']") is None


def test_a_tag_s_page_has_its_name_and_its_articles_alone(site: Site) -> None:
    site.publish(title="Rain", tags=["#Khankendi"])
    site.publish(title="Snow", tags=["Shusha"])
    document = page(site.get("/tags/khankendi"))
    assert [visible(heading) for heading in document.iter("h1")] == ["Khankendi"]
    assert "Articles: 1" in visible(document)
    assert headlines(site, "/tags/khankendi") == ["Rain"]
    assert headlines(site, "/") == ["Snow", "Rain"]


def test_the_page_of_all_tags_counts_the_articles_of_each(site: Site) -> None:
    take_in(site, 1_200, timedelta(minutes=1), tags=["Khankendi"])
    site.publish(title="Snow", tags=["Əlfəcin", "Shusha"])
    rows = [visible(row) for row in page(site.get("/tags")).iterfind(".//ul[@class='index']/li")]
    assert sorted(rows) == sorted(["#Khankendi 1,200", "#Shusha 1", "#Əlfəcin 1"])
    for link in page(site.get("/tags")).iterfind(".//ul[@class='index']/li/a"):
        assert site.get(urlsplit(link.get("href")).path).status_code == 200


def test_empty_pages_say_that_they_are_empty(site: Site) -> None:
    assert "Nothing has been published here yet." in visible(page(site.get("/")))
    assert site.get("/tags").status_code == 200
    assert site.get("/tags/nobody").status_code == 404


def test_headlines_of_another_language_keep_their_own_direction(site: Site) -> None:
    site.publish(title="مطر", language="ar", date_published=NEWEST.isoformat())
    site.publish(title="Rain")
    document = page(site.get("/"))
    assert (document.get("lang"), document.get("dir")) == ("en", "ltr")
    heading = next(each for each in document.iter("h3") if visible(each) == "مطر")
    assert (heading.get("lang"), heading.get("dir")) == ("ar", "rtl")


@pytest.mark.parametrize(("language", "way"), [("ar", "rtl"), ("he", "rtl"), ("fa", "rtl"), ("az", "ltr")])
def test_the_site_s_language_gives_its_pages_their_direction(
    make_site: Callable[..., Site], language: str, way: str
) -> None:
    site = make_site(language=language)
    site.publish(title="Rain", tags=["Khankendi"])
    for path in ("/", "/tags", "/tags/khankendi", "/nothing"):
        root = page(site.get(path))
        assert (root.get("lang"), root.get("dir")) == (language, way)


def test_a_headline_is_escaped_and_reads_as_it_was_written(site: Site) -> None:
    site.publish(title="A & B <script>alert(1)</script> \"x\" 'y'", tags=["<b>&"])
    assert headlines(site, "/") == ["A & B <script>alert(1)</script> \"x\" 'y'"]
    assert "<script>alert" not in site.get("/").text
    assert "<b>&" not in site.get("/tags").text


def test_a_headline_that_xml_forbids_takes_no_page_down(site: Site) -> None:
    site.publish(title="Rain", tags=["Khankendi"])
    sql(site, "UPDATE article SET title = :title", title="Ra\x0bin")
    refresh(site)
    for path in ("/", "/tags/khankendi", "/articles/rain"):
        assert site.get(path).status_code == 200
