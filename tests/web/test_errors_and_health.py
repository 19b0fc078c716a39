"""What is answered when something is wrong: a page for the reader, everything else for the log."""

import re
from collections.abc import Callable
from pathlib import Path

import httpx
import pytest
from conftest import Site, eventually
from databases import database_away
from web_tools import BASE, CORS, FEEDS, page, raw, refresh, sql, visible

READY = r"ready: journal followed to \d+, \d+ documents rendered, \d+ bytes cached, \d+ entries left out of feeds\n"
INSIDE = ("Traceback", "sqlalchemy", "sqlite", "psycopg", "feedsvc.store", ".py", "SELECT", "no such table", "NoResult")


@pytest.fixture
def published(make_site: Callable[..., Site]) -> Site:
    site = make_site(base_url=BASE)
    site.publish(title="Rain", tags=["Khankendi"])
    return site


def test_a_page_that_does_not_exist_says_so(published: Site) -> None:
    for path in ("/nothing", "/tags/nobody", "/articles/nothing", "/feeds/nothing", "/assets/nothing", "/a/b/c"):
        response = published.get(path)
        assert response.status_code == 404
        assert response.headers["content-type"] == "text/html; charset=utf-8"
        assert response.headers["cache-control"] == "no-cache"
        text = visible(page(response))
        assert "There is no such page" in text
        assert "Back to the News Line" in text


def test_a_method_that_is_not_allowed_is_refused_in_words(published: Site) -> None:
    response = published.http.post("/")
    assert response.status_code == 405
    assert "This request cannot be answered" in visible(page(response))


def fail(site: Site) -> None:
    """Let every document that is not kept fail in a way nobody has foreseen."""
    sql(site, "DELETE FROM site")
    refresh(site)


def test_a_failure_inside_shows_its_reference_and_nothing_else(
    published: Site, caplog: pytest.LogCaptureFixture
) -> None:
    fail(published)
    for path in ("/", "/feeds/news-line.rss", "/articles/rain"):
        response = published.get(path, x_request_id="the.id-of_1")
        assert response.status_code == 500
        assert response.headers["cache-control"] == "no-cache"
        assert {name: response.headers[name] for name in CORS} == CORS
        text = visible(page(response))
        assert "Something went wrong here" in text
        assert "Reference: the.id-of_1" in text
        assert [word for word in INSIDE if word in response.text] == []
    failures = [record for record in caplog.records if record.message == "a request failed"]
    assert len(failures) == 3
    assert all(record.exc_info for record in failures)


def test_a_request_id_that_is_not_one_is_replaced(published: Site) -> None:
    fail(published)
    for given in ("", "two words", "<script>", "x" * 65, "a\tb"):
        text = visible(page(published.get("/", x_request_id=given)))
        found = re.search(r"Reference: (\S+)", text)
        assert found
        assert re.fullmatch(r"[0-9a-f]{16}", found[1])


def test_a_database_that_is_away_is_a_503_for_what_is_not_kept(
    published: Site, database_url: str, caplog: pytest.LogCaptureFixture
) -> None:
    kept = {path: published.get(path).content for path in FEEDS[:2]}
    with database_away(database_url):
        for path in ("/", "/tags/khankendi", FEEDS[2]):
            response = eventually(lambda path=path: refused(published, path))
            assert response.headers["retry-after"] == "5"
            assert {name: response.headers[name] for name in CORS} == CORS
            assert "Reference: ref-503" in visible(page(response))
            assert [word for word in INSIDE if word in response.text] == []
        assert published.http.post("/articles/rain/reads").status_code == 503
        ready = published.get("/ready")
        assert (ready.status_code, ready.text) == (503, "The database does not answer.\n")
        assert ready.headers["retry-after"] == "5"
        assert published.get("/health").status_code == 200
        assert {path: published.get(path).content for path in kept} == kept
        assert published.get("/nothing").status_code == 404
    assert eventually(lambda: published.get("/").status_code == 200)
    told = [record.message for record in caplog.records if record.name == "feedsvc.follower"]
    assert len(told) == 2
    assert told[0].startswith("the journal cannot be followed; what is cached is served: ")
    assert told[1].startswith("the journal is followed again")


def refused(site: Site, path: str) -> httpx.Response | None:
    response = site.get(path, x_request_id="ref-503")
    return response if response.status_code == 503 else None


@pytest.mark.only("sqlite")
def test_kept_feeds_outlive_the_database_file(published: Site) -> None:
    kept = {path: published.get(path).content for path in FEEDS}
    file = Path(published.service.database.url.database or "")
    for each in file.parent.glob(f"{file.name}*"):
        each.unlink()
    file.mkdir()
    # Last of all: whoever follows the journal opens a connection at any time, and it would be used again.
    published.service.database.close()
    assert published.get("/").status_code == 503
    assert published.get("/ready").status_code == 503
    assert published.get("/health").status_code == 200
    assert published.http.post("/articles/rain/reads").status_code == 503
    assert {path: published.get(path).content for path in kept} == kept
    assert published.get("/nothing").status_code == 404


def test_a_process_says_that_it_lives_and_is_ready(site: Site) -> None:
    for path, word in (("/health", "alive\\n"), ("/ready", READY)):
        response = site.get(path)
        assert response.status_code == 200
        assert re.fullmatch(word, response.text)
        assert response.headers["content-type"] == "text/plain; charset=utf-8"
        assert response.headers["cache-control"] == "no-store"
        assert "retry-after" not in response.headers


@pytest.mark.parametrize(
    "damage",
    [
        "UPDATE alembic_version SET version_num = '0000'",
        "DELETE FROM alembic_version",
        "DROP TABLE alembic_version",
    ],
)
def test_a_process_with_another_schema_lives_and_is_not_ready(site: Site, damage: str) -> None:
    sql(site, damage)
    response = site.get("/ready")
    assert response.status_code == 503
    assert response.headers["retry-after"] == "5"
    assert [word for word in INSIDE if word in response.text] == []
    assert site.get("/health").status_code == 200


def test_a_request_body_that_is_too_long_is_refused(make_site: Callable[..., Site]) -> None:
    site = make_site(request_bytes=2_000)
    site.publish(title="Rain")
    lengths = {0: 200, 2_000: 200, 2_001: 413, 100_000: 413}
    answers = {length: raw(site, "/articles/rain/reads", "POST", b"x" * length).status for length in lengths}
    assert answers == lengths
    assert raw(site, "/feeds/news-line.rss", "POST", b"x" * 2_001).status in (405, 413)


def test_a_refused_body_counts_no_reading(make_site: Callable[..., Site]) -> None:
    site = make_site(request_bytes=2_000)
    site.publish(title="Rain")
    raw(site, "/articles/rain/reads", "POST", b"x" * 3_000)
    assert site.http.post("/articles/rain/reads").json() == {"reads": 1}
