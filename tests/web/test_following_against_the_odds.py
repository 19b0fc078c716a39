"""A process shows the newest even if its follower is kept from looking, or finds another database in its place."""

import time
from collections.abc import Callable

import pytest
from conftest import Site, eventually
from searching import settle
from web_tools import sql

from feedsvc.item import read_item


@pytest.mark.only("sqlite")
def test_a_request_looks_itself_when_the_follower_cannot(site: Site) -> None:
    site.publish(id="a", title="First")
    assert "First" in site.get("/feeds/news-line.rss").text
    site.service.follower.stop()
    site.service.newsroom.publish(read_item({"id": "b", "title": "Second"}))
    assert eventually(lambda: "Second" in site.get("/feeds/news-line.rss").text)


@pytest.mark.only("sqlite")
def test_what_is_cached_is_served_when_nobody_can_look(site: Site, caplog: pytest.LogCaptureFixture) -> None:
    site.publish(id="a", title="First")
    kept = site.get("/feeds/news-line.rss").content
    site.service.follower.stop()
    sql(site, "ALTER TABLE journal RENAME TO away")

    def told() -> bool:
        assert site.get("/feeds/news-line.rss").content == kept
        return "the journal cannot be followed" in caplog.text

    assert eventually(told)
    assert site.get("/feeds/news-line.atom").status_code == 503


def test_a_database_that_was_put_back_from_a_copy_is_followed_from_its_own_end(site: Site) -> None:
    site.publish(id="a", title="First")
    site.publish(id="b", title="Second")
    assert "Second" in site.get("/feeds/news-line.rss").text
    settle(site)
    for statement in (
        "DELETE FROM touch WHERE seq > 2",
        "DELETE FROM journal WHERE seq > 2",
        "UPDATE journal_head SET seq = 2",
        "DELETE FROM placement WHERE article_id = 2",
        "DELETE FROM search_text WHERE article_id = 2",
        "DELETE FROM article WHERE id = 2",
        "UPDATE channel SET articles = 1",
    ):
        sql(site, statement)
    assert eventually(lambda: "Second" not in site.get("/feeds/news-line.rss").text)
    site.publish(id="c", title="Third")
    assert "Third" in site.get("/feeds/news-line.rss").text


@pytest.mark.only("sqlite")
def test_a_crowd_at_the_database_is_not_taken_for_its_absence(
    make_site: Callable[..., Site], monkeypatch: pytest.MonkeyPatch
) -> None:
    site = make_site(database_pool=1, metrics=False, push="false")
    site.publish(title="First")
    assert site.get("/feeds/news-line.rss").status_code == 200
    site.service.follower.stop()
    database = site.service.database
    # Only now: what else asks the database now and then may have its one connection for a moment.
    with database.read(), monkeypatch.context() as impatient:
        impatient.setattr(database.engine.pool, "_timeout", 0.05)
        assert eventually(lambda: time.monotonic() > site.service.follower.due)
        site.service.follower.keep_up()
        assert not database.is_away
    assert "First" in site.get("/feeds/news-line.atom").text
