"""The index follows the journal: from the beginning in an older database, and in no reader's way when it fails."""

from collections.abc import Callable
from contextlib import closing

import pytest
from alembic import command
from conftest import Site, eventually
from databases import disk_full, run_sql
from searching import found, settle

from feedsvc.store import migration
from feedsvc.store.database import Database

ARTICLES = 250
ARTICLE = (
    "INSERT INTO article (id, guid, slug, status, language, title, summary, body, source, authors, media, "
    "published_at, updated_at, reason, digest, tags) VALUES ({0}, 'guid-{0}', 'slug-{0}', 'published', 'en', "
    "'Rain {0}', '', '<p>It &amp; snow</p>', '', '[]', '[]', '2024-05-12 09:30:00.0', "
    "'2024-05-12 09:30:00.0', '', '', '[]')"
)
JOURNAL = "INSERT INTO journal (seq, at, kind, article_id) VALUES ({0}, '2024-05-12 09:30:00.{0:06}', 'publish', {0})"


@pytest.fixture
def database_url(empty_database_url: str) -> str:
    """A database of schema 0004 with articles, brought to that of this program."""
    numbers = range(1, ARTICLES + 1)
    with closing(Database(empty_database_url)) as database:
        with database.write() as connection:
            command.upgrade(migration._alembic(connection), "0004")
            migration._found(connection, "https://news.example")
        run_sql(
            empty_database_url,
            *map(ARTICLE.format, numbers),
            *map(JOURNAL.format, numbers),
            f"UPDATE journal_head SET seq = {ARTICLES}, at = '2024-05-12 09:30:01.000000'",
            "UPDATE article SET retracted_at = updated_at WHERE id = 2",
        )
        migration.upgrade(database, "https://news.example")
    return empty_database_url


def test_a_database_that_is_upgraded_is_searched_from_its_beginning(site: Site) -> None:
    settle(site)
    assert found(site, "rain 17") == ["guid-17"]
    assert found(site, "rain 2") == []
    assert len(found(site, "snow")) == 50


def test_what_cannot_be_filed_now_is_filed_later_and_nobody_waits_for_it(
    make_site: Callable[..., Site], database_url: str
) -> None:
    with disk_full(database_url, "search_text"):
        site = make_site()
        site.publish(id="new", title="Hail")
        assert site.get("/articles/hail").status_code == 200
        assert found(site, "hail") == []
        assert site.service.indexer.backlog().pending > 0
    settle(site)
    assert found(site, "hail") == ["new"]


def test_two_processes_keep_one_index(make_site: Callable[..., Site]) -> None:
    sites = [make_site(), make_site()]
    sites[0].publish(id="here", title="Hail here")
    sites[1].publish(id="there", title="Hail there")
    for site in sites:
        settle(site)
        assert found(site, "hail") == ["there", "here"]
    sites[0].service.indexer.stop()
    sites[0].retract("here")
    sites[0].publish(id="more", title="More hail")
    eventually(lambda: found(sites[0], "hail") == ["more", "there"])
    with sites[0].service.database.read() as connection:
        filed = connection.exec_driver_sql("SELECT count(*) FROM search_text").scalar_one()
    # What was retracted in the old database, and here, is filed no more.
    assert eventually(lambda: filed) == ARTICLES - 1 + 2
