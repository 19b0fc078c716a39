"""A site that makes its documents from a replica: never of an older journal than it has followed."""

from collections.abc import Callable, Iterator

import pytest
from conftest import Site, eventually
from postgres_servers import Server, primary, standby

from feedsvc import snapshots

FEED = "/feeds/news-line.json"


@pytest.fixture
def server() -> Iterator[Server]:
    with primary() as server:
        yield server


@pytest.fixture
def database_url(server: Server) -> str:
    return server.url


@pytest.fixture
def replica(server: Server) -> Iterator[Server]:
    with standby(server) as replica:
        yield replica


@pytest.fixture
def site(make_site: Callable[..., Site], replica: Server) -> Site:
    return make_site(replica_url=replica.url)


def titles(site: Site) -> list[str]:
    response = site.get(FEED)
    assert response.status_code == 200
    return [item["title"] for item in response.json()["items"]]


def replicated(server: Server, replica: Server) -> bool:
    return replica.sql("SELECT max(seq) FROM journal") == server.sql("SELECT max(seq) FROM journal")


def made_from_replica(site: Site, make: Callable[[], object]) -> int:
    """How many snapshots `make()` took from the replica."""
    before = site.service.snapshots.from_replica
    make()
    return site.service.snapshots.from_replica - before


def told(caplog: pytest.LogCaptureFixture) -> list[str]:
    return [record.message.partition(":")[0] for record in caplog.records if record.name == "feedsvc.snapshots"]


def test_documents_are_made_from_the_replica_and_all_else_from_the_primary(
    site: Site, server: Server, replica: Server
) -> None:
    site.publish(title="First")
    assert eventually(lambda: replicated(server, replica))
    assert made_from_replica(site, lambda: titles(site)) == 1
    assert made_from_replica(site, lambda: site.get("/articles/first")) == 1
    assert made_from_replica(site, lambda: site.http.post("/articles/first/reads")) == 0
    assert titles(site) == ["First"]


def test_a_replica_that_lags_is_not_read(
    site: Site, server: Server, replica: Server, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(snapshots, "_BEHIND_SECONDS", 0.0)
    site.publish(title="No. 0")
    assert eventually(lambda: replicated(server, replica))
    assert titles(site) == ["No. 0"]
    replica.sql("SELECT pg_wal_replay_pause()")
    for number in range(1, 6):
        site.publish(title=f"No. {number}")
        assert made_from_replica(site, lambda: titles(site)) == 0
        assert titles(site)[0] == f"No. {number}"
    assert told(caplog) == ["the replica is behind, and documents are made from the primary"]
    replica.sql("SELECT pg_wal_replay_resume()")
    assert eventually(lambda: replicated(server, replica))
    assert made_from_replica(site, lambda: site.get("/")) == 1
    assert titles(site)[0] == "No. 5"


@pytest.mark.parametrize("state", ["away", "frozen"])
def test_a_replica_that_does_not_answer_is_done_without(
    site: Site,
    server: Server,
    replica: Server,
    state: str,
    caplog: pytest.LogCaptureFixture,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    site.publish(title="First")
    assert eventually(lambda: replicated(server, replica))
    assert titles(site) == ["First"]
    if state == "away":
        replica.stop()
    else:
        replica.freeze()
    for number in range(3):
        site.publish(title=f"No. {number}")
        assert titles(site)[0] == f"No. {number}"
    if state == "away":
        site.service.snapshots._asked_again_at = 0.0
        assert made_from_replica(site, lambda: site.get("/articles/first")) == 0
    assert told(caplog) == ["the replica cannot be read, and documents are made from the primary"]
    if state == "away":
        replica.start()
    else:
        replica.thaw()
    assert eventually(lambda: replicated(server, replica))
    assert made_from_replica(site, lambda: site.get("/")) == 0
    monkeypatch.setattr(snapshots, "_REST_SECONDS", 0.0)
    site.service.snapshots._asked_again_at = 0.0
    assert made_from_replica(site, lambda: site.get("/tags")) == 1
    assert told(caplog)[1:] == ["the replica is read again"]


def test_a_replica_that_went_another_way_is_not_read(site: Site, server: Server, replica: Server) -> None:
    site.publish(id="a", title="First")
    assert eventually(lambda: replicated(server, replica))
    replica.promote()
    site.publish(id="b", title="Second")
    replica.sql("INSERT INTO journal SELECT seq + 1, at + interval '1 ms', kind, article_id FROM journal WHERE seq = 2")
    assert made_from_replica(site, lambda: titles(site)) == 0
    assert titles(site) == ["Second", "First"]
