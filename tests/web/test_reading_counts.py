"""Readings: counted once each, from the article's own page, at once in memory and soon in the store."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import httpx
import pytest
from conftest import Site, eventually
from databases import disk_full
from sqlalchemy import select
from web_tools import etags, page, raw, refresh, sql, visible

from feedsvc.store.database import Database
from feedsvc.store.schema import ReadsRow


def read(site: Site, slug: str = "rain", **headers: str) -> httpx.Response:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return site.http.post(f"/articles/{slug}/reads", headers=named)


def written(database: Database) -> dict[int, int]:
    """The readings in the store, by article number."""
    with database.read() as connection:
        return {row.article_id: row.total for row in connection.execute(select(ReadsRow))}


@pytest.fixture
def published(site: Site) -> Site:
    site.publish(id="tag:x,2024:1", title="Rain", tags=["Khankendi"])
    return site


def test_a_reading_is_counted_and_answered_with_the_new_number(published: Site) -> None:
    answers = [read(published) for _ in range(3)]
    assert [answer.json() for answer in answers] == [{"reads": 1}, {"reads": 2}, {"reads": 3}]
    assert answers[0].headers["content-type"] == "application/json"
    assert answers[0].headers["cache-control"] == "no-store"


def test_the_number_goes_on_from_what_is_in_the_store(published: Site) -> None:
    sql(published, "INSERT INTO reads VALUES (1, 1238, '2024-05-12 10:00:00')")
    assert read(published).json() == {"reads": 1239}
    published.service.reads.flush()
    assert read(published).json() == {"reads": 1240}
    assert written(published.service.database) == {1: 1239}


def test_readings_reach_the_store_by_themselves(published: Site) -> None:
    read(published)
    assert eventually(lambda: written(published.service.database)) == {1: 1}


def test_the_page_shows_the_new_number_when_it_is_rendered_again(
    published: Site, make_site: Callable[..., Site]
) -> None:
    assert "Read: 0" in visible(page(published.get("/articles/rain")))
    read(published)
    published.service.reads.flush()
    renders = published.service.cache.renders
    assert "Read: 0" in visible(page(published.get("/articles/rain")))
    assert published.service.cache.renders == renders
    refresh(published, "article-1")
    assert "Read: 1" in visible(page(published.get("/articles/rain")))
    assert "Read: 1" in visible(page(make_site().get("/articles/rain")))


def test_the_page_names_the_address_that_counts(published: Site) -> None:
    data = page(published.get("/articles/rain")).find(".//data[@data-reads]")
    assert data.get("value") == "0"
    assert published.http.post(data.get("data-reads")).json() == {"reads": 1}


def test_readings_change_no_feed_and_no_list(published: Site) -> None:
    paths = ["/feeds/news-line.rss", "/feeds/tags/khankendi.atom", "/feeds/news-line.json", "/", "/tags"]
    before = etags(published, paths)
    for _ in range(3):
        read(published)
    published.service.reads.flush()
    refresh(published)
    assert etags(published, paths) == before


def test_only_a_page_of_the_site_may_count(published: Site) -> None:
    answers = {
        origin: read(published, sec_fetch_site=origin).status_code
        for origin in ("cross-site", "same-site", "nonsense", "same-origin", "none")
    }
    assert answers == {"cross-site": 403, "same-site": 403, "nonsense": 403, "same-origin": 200, "none": 200}
    assert read(published).json() == {"reads": 3}


def test_what_is_not_there_is_not_read(published: Site) -> None:
    assert read(published, "nothing").status_code == 404
    published.publish(id="tag:x,2024:1", title="Rain", tags=["Khankendi"], _feedsvc={"slug": "storm"})
    assert (read(published, "rain").status_code, read(published, "storm").status_code) == (301, 200)
    published.retract("tag:x,2024:1")
    gone = read(published, "storm")
    assert gone.status_code == 410
    assert "Rain" not in gone.text
    published.service.reads.flush()
    assert written(published.service.database) == {1: 1}


def test_the_address_that_counts_cannot_be_got(published: Site) -> None:
    answer = raw(published, "/articles/rain/reads")
    assert answer.status == 405
    assert set(answer.headers["allow"].split(", ")) == {"POST", "OPTIONS"}


def test_a_flood_from_one_client_counts_ten_times(published: Site) -> None:
    totals = [read(published).json()["reads"] for _ in range(100)]
    assert totals == [*range(1, 11), *[10] * 90]
    published.publish(title="Snow")
    assert read(published, "snow").json() == {"reads": 1}


def test_a_client_is_known_by_its_connection_and_not_by_what_it_says(published: Site) -> None:
    totals = [read(published, x_forwarded_for=f"192.0.2.{n}").json()["reads"] for n in range(30)]
    assert max(totals) == 10


def test_behind_a_trusted_proxy_each_client_is_counted_for_itself(make_site: Callable[..., Site]) -> None:
    site = make_site(trusted_proxies=1)
    site.publish(title="Rain")
    totals = [read(site, x_forwarded_for=f"192.0.2.{n}").json()["reads"] for n in range(30)]
    assert totals == list(range(1, 31))
    forged = [read(site, x_forwarded_for=f"203.0.113.{n}, 192.0.2.77").json()["reads"] for n in range(30)]
    assert max(forged) == 40


def test_readings_from_many_threads_are_all_counted(make_site: Callable[..., Site]) -> None:
    site = make_site(trusted_proxies=1)
    site.publish(title="Rain")
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda n: read(site, x_forwarded_for=f"192.0.2.{n}").status_code, range(100)))
    site.service.reads.flush()
    assert answers == [200] * 100
    assert written(site.service.database) == {1: 100}


def test_two_processes_count_into_one_number(published: Site, make_site: Callable[..., Site]) -> None:
    neighbour = make_site()
    for site in (published, neighbour, published):
        read(site)
    published.service.reads.flush()
    neighbour.service.reads.flush()
    assert written(published.service.database) == {1: 3}


def test_the_end_of_the_service_writes_what_was_counted(published: Site, database_url: str) -> None:
    for _ in range(3):
        read(published)
    published.service.stop()
    database = Database(database_url)
    assert written(database) == {1: 3}
    database.close()


def test_what_cannot_be_written_yet_is_written_later(
    published: Site, database_url: str, caplog: pytest.LogCaptureFixture
) -> None:
    with disk_full(database_url, "reads"):
        assert read(published).json() == {"reads": 1}
        published.service.reads.flush()
        assert read(published).json() == {"reads": 2}
        published.service.reads.flush()
        (told,) = [each.message for each in caplog.records if "cannot be written yet" in each.message]
        assert told.endswith("the disk is full")
        assert written(published.service.database) == {}
    published.service.reads.flush()
    assert written(published.service.database) == {1: 2}


def test_the_number_never_goes_back_while_it_is_being_written(make_site: Callable[..., Site]) -> None:
    site = make_site(trusted_proxies=1)
    site.publish(title="Rain")
    with ThreadPoolExecutor(1) as pool:
        totals: list[int] = []
        for n in range(150):
            flushed = pool.submit(site.service.reads.flush)
            totals.append(read(site, x_forwarded_for=f"192.0.2.{n}").json()["reads"])
            flushed.result(30)
    assert totals == list(range(1, 151))


def test_writing_from_several_threads_at_once_loses_and_doubles_nothing(published: Site) -> None:
    counter = published.service.reads
    with ThreadPoolExecutor(8) as pool:
        done = [pool.submit(counter.count, 1, f"client {n}") for n in range(300) if pool.submit(counter.flush)]
        assert max(each.result(30) for each in done) == 300
    counter.flush()
    assert written(published.service.database) == {1: 300}


def test_a_household_counts_as_one_client_however_many_addresses_it_has(make_site: Callable[..., Site]) -> None:
    site = make_site(trusted_proxies=1)
    site.publish(title="Rain")
    addresses = [f"2001:db8:0:1::{number:x}" for number in range(1, 31)] + ["2001:db8:0:2::1"]
    counted = [
        site.http.post("/articles/rain/reads", headers={"x-forwarded-for": address}).json()["reads"]
        for address in addresses
    ]
    assert (counted[-2], counted[-1]) == (10, 11)
