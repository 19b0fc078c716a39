"""A site over a server whose connections are cut, that stands still, or that has another journal."""

from collections.abc import Callable, Iterator
from contextlib import closing, suppress

import pytest
from conftest import Site, eventually
from databases import cut_connections, run_sql
from postgres_servers import Server, primary, standby

from feedsvc.errors import DatabaseAway
from feedsvc.item import read_item
from feedsvc.store.database import Database


@pytest.fixture
def server() -> Iterator[Server]:
    with primary() as server:
        yield server


@pytest.fixture
def database_url(server: Server) -> str:
    return server.url


FEED, OTHER = "/feeds/news-line.json", "/feeds/tags/shusha.json"


def titles(site: Site, path: str = FEED) -> list[str]:
    """The headlines of a feed, newest first."""
    response = site.get(path)
    assert response.status_code == 200, path
    return [item["title"] for item in response.json()["items"]]


def told(caplog: pytest.LogCaptureFixture) -> list[str]:
    """What the follower has logged, without the reasons."""
    return [record.message.partition(":")[0] for record in caplog.records if record.name == "feedsvc.follower"]


def test_connections_that_are_cut_are_made_anew(site: Site, server: Server, caplog: pytest.LogCaptureFixture) -> None:
    site.publish(title="First")
    for number in range(3):
        cut_connections(server.url)
        site.publish(title=f"After cut {number}")
        assert titles(site)[0] == f"After cut {number}"
    assert told(caplog) == []


def test_a_server_that_stands_still_keeps_nobody_waiting(
    site: Site, server: Server, caplog: pytest.LogCaptureFixture
) -> None:
    site.publish(title="First", tags=["Shusha"])
    assert titles(site) == ["First"]
    server.freeze()
    assert eventually(lambda: site.get(OTHER).status_code == 503)
    assert site.get(OTHER).headers["retry-after"] == "5"
    assert (site.get("/ready").status_code, site.get("/health").status_code) == (503, 200)
    assert site.http.post("/articles/first/reads").status_code == 503
    with pytest.raises(DatabaseAway, match="does not answer"):
        site.service.newsroom.publish(read_item({"title": "Never"}))
    assert titles(site) == ["First"]
    server.thaw()
    assert eventually(lambda: site.get(OTHER).status_code == 200)
    site.publish(title="Second")
    assert titles(site) == ["Second", "First"]
    assert told(caplog) == [
        "the journal cannot be followed; what is cached is served",
        "the journal is followed again, from row 2",
    ]


def test_a_server_that_is_restarted_is_followed_on(
    site: Site, server: Server, caplog: pytest.LogCaptureFixture
) -> None:
    site.publish(title="First", tags=["Shusha"])
    assert titles(site) == ["First"]
    server.stop()
    assert eventually(lambda: site.get(OTHER).status_code == 503)
    assert titles(site) == ["First"]
    server.start()
    assert eventually(lambda: site.get(OTHER).status_code == 200)
    site.publish(title="Second")
    assert titles(site) == ["Second", "First"]
    assert len(told(caplog)) == 2


@pytest.mark.parametrize("length", ["shorter", "as long"])
def test_another_journal_in_the_place_of_ours_is_noticed(site: Site, server: Server, length: str) -> None:
    site.publish(id="a", title="First")
    site.publish(id="b", title="Second")
    assert titles(site) == ["Second", "First"]
    eventually(lambda: site.service.indexer.backlog().pending == 0)
    if length == "shorter":
        run_sql(
            server.url,
            "DELETE FROM search_text WHERE article_id = 2",
            "DELETE FROM touch WHERE seq = 3",
            "DELETE FROM journal WHERE seq = 3",
            "UPDATE journal_head SET seq = 2, at = (SELECT at FROM journal WHERE seq = 2)",
            "DELETE FROM placement WHERE article_id = 2",
            "DELETE FROM article WHERE id = 2",
        )
    else:
        run_sql(
            server.url,
            "UPDATE journal SET at = at + interval '1 ms' WHERE seq = 3",
            "UPDATE journal_head SET at = at + interval '1 ms'",
            "UPDATE article SET title = 'Another' WHERE id = 2",
        )
    expected = ["First"] if length == "shorter" else ["Another", "First"]
    assert eventually(lambda: titles(site) == expected)
    site.publish(id="c", title="Third")
    assert titles(site) == ["Third", *expected]


def test_a_database_that_takes_no_changes_is_read(site: Site, server: Server) -> None:
    site.publish(title="First", tags=["Shusha"])
    server.sql("ALTER DATABASE postgres SET default_transaction_read_only = on")
    cut_connections(server.url)

    def publish(title: str) -> str:
        try:
            return site.publish(title=title).verdict
        except DatabaseAway as error:
            return str(error)

    assert eventually(lambda: "read-only transaction" in publish("Never"))
    assert titles(site) == titles(site, OTHER) == ["First"]
    assert site.http.post("/articles/first/reads").json() == {"reads": 1}
    site.service.reads.flush()
    server.sql("SET TRANSACTION READ WRITE; ALTER DATABASE postgres RESET default_transaction_read_only")
    # Nobody has to cut the connections that were refused: they are not used again.
    assert eventually(lambda: publish("Second") == "imported")
    assert titles(site) == ["Second", "First"]
    site.service.reads.flush()
    assert server.sql("SELECT total FROM reads") == [(1,)]


def test_a_statement_that_takes_too_long_is_ended(make_site: Callable[..., Site], server: Server) -> None:
    site = make_site(statement_timeout=1)
    site.publish(title="First")
    with closing(Database(server.url)) as other, other.write() as holder:
        holder.exec_driver_sql("LOCK TABLE channel")
        response = site.get(FEED)
        assert (response.status_code, response.headers["retry-after"]) == (503, "5")
    assert titles(site) == ["First"]


def test_a_pool_that_is_in_use_is_a_503(make_site: Callable[..., Site], server: Server) -> None:
    site = make_site(database_pool=1)
    site.publish(title="First")
    with site.service.database.read() as connection:
        connection.exec_driver_sql("SELECT 1")
        response = site.get(FEED)
        assert (response.status_code, response.headers["retry-after"]) == (503, "5")
    assert titles(site) == ["First"]


def test_a_turn_ends_with_its_connection(server: Server) -> None:
    database = Database(server.url)
    with suppress(DatabaseAway), database.turn("purge") as mine:
        assert mine
        cut_connections(server.url)
        with database.turn("purge") as again:
            assert again
    database.close()


def test_a_standby_that_has_not_got_everything_is_followed_from_its_own_end(
    make_site: Callable[..., Site], server: Server, caplog: pytest.LogCaptureFixture
) -> None:
    with standby(server) as successor:
        hosts = f"host=127.0.0.1:{server.port}&host=127.0.0.1:{successor.port}&target_session_attrs=read-write"
        site = make_site(database_url=f"postgresql+psycopg://postgres@/postgres?{hosts}")
        site.publish(id="a", title="Both have it")
        eventually(lambda: successor.sql("SELECT count(*) FROM article") == [(1,)])
        successor.sql("ALTER SYSTEM SET primary_conninfo = ''")
        successor.sql("SELECT pg_reload_conf()")
        eventually(lambda: successor.sql("SELECT count(*) FROM pg_stat_wal_receiver") == [(0,)])
        site.publish(id="b", title="One has it")
        assert titles(site) == ["One has it", "Both have it"]
        server.kill()
        successor.promote()
        assert eventually(lambda: titles(site) == ["Both have it"])
        site.publish(id="c", title="After it")
        assert titles(site) == ["After it", "Both have it"]
        assert "the journal is not the one that was followed" in told(caplog)
        site.service.stop()
