"""PostgreSQL is killed, frozen, cut off and replaced under load: nothing wrong is served, and nothing lost."""

import signal
from collections.abc import Callable, Iterator
from datetime import datetime
from itertools import pairwise

import pytest
from conftest import Served, eventually
from crowd import COLD, QUIET, Crowd, crowd
from databases import cut_connections
from postgres_servers import Server, primary, standby

WORKERS = 4


@pytest.fixture
def server() -> Iterator[Server]:
    with primary() as server:
        yield server


@pytest.fixture
def database_url(server: Server) -> str:
    return server.url


def goes_on(readers: Crowd) -> None:
    """Wait until more is published, and every worker shows it."""
    published = len(readers.acknowledged)
    eventually(lambda: len(readers.acknowledged) > published + 5, 60)
    # Of 32 connections, each of the workers takes some.
    eventually(lambda: all(readers.newest() > published for _ in range(32)), 60)


def is_served_meanwhile(readers: Crowd) -> None:
    """Wait until many have been served what is kept, and many have been refused what is not."""
    refused, served = readers.seen(COLD, 503), readers.seen(QUIET, 200)
    eventually(lambda: readers.seen(COLD, 503) > refused + 20 and readers.seen(QUIET, 200) > served + 50, 60)


def assert_nothing_is_wrong(readers: Crowd, server: Server) -> None:
    """No answer was wrong; what was acknowledged is on file; the journal has no gap, and each row is later than the
    one before it."""
    assert readers.wrong == []
    on_file = {guid for (guid,) in server.sql("SELECT guid FROM article")}
    assert set(readers.acknowledged) <= on_file
    rows = server.sql("SELECT seq, at FROM journal ORDER BY seq")
    assert [seq for seq, _ in rows] == list(range(1, len(rows) + 1))
    moments: list[datetime] = [at for _, at in rows]
    assert all(one < next_one for one, next_one in pairwise(moments))
    assert server.sql("SELECT seq, at FROM journal_head") == rows[-1:]


def assert_told_once(served: Served) -> None:
    """Each worker has told once that it cannot follow, and once that it can again; nobody has a traceback."""
    log = served.log.read_text()
    for told in ("the journal cannot be followed", "the journal is followed again"):
        assert log.count(told) == WORKERS, log
    assert log.count("a request failed") == 0


@pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGQUIT], ids=["power cut", "crash"])
def test_a_server_dies_and_comes_back(serve: Callable[..., Served], server: Server, how: signal.Signals) -> None:
    served = serve("--workers", str(WORKERS))
    with crowd(served) as readers:
        goes_on(readers)
        if how == signal.SIGKILL:
            server.kill()
        else:
            server.stop(how)
        is_served_meanwhile(readers)
        server.start()
        goes_on(readers)
    assert readers.refusals
    assert_nothing_is_wrong(readers, server)
    assert_told_once(served)


def test_a_server_stands_still_and_goes_on(serve: Callable[..., Served], server: Server) -> None:
    served = serve("--workers", str(WORKERS))
    with crowd(served) as readers:
        goes_on(readers)
        server.freeze()
        is_served_meanwhile(readers)
        server.thaw()
        goes_on(readers)
    assert_nothing_is_wrong(readers, server)
    assert_told_once(served)


def test_connections_are_cut_again_and_again(serve: Callable[..., Served], server: Server) -> None:
    served = serve("--workers", str(WORKERS))
    with crowd(served) as readers:
        for _ in range(3):
            goes_on(readers)
            cut_connections(server.url)
        goes_on(readers)
    assert_nothing_is_wrong(readers, server)


def test_a_standby_takes_over(serve: Callable[..., Served], server: Server) -> None:
    with standby(server) as successor:
        # Nothing is acknowledged that the standby has not.
        server.sql("ALTER SYSTEM SET synchronous_standby_names = '*'")
        server.sql("SELECT pg_reload_conf()")
        hosts = f"host=127.0.0.1:{server.port}&host=127.0.0.1:{successor.port}&target_session_attrs=read-write"
        served = serve("--workers", str(WORKERS), database_url=f"postgresql+psycopg://postgres@/postgres?{hosts}")
        with crowd(served) as readers:
            goes_on(readers)
            server.kill()
            is_served_meanwhile(readers)
            successor.promote()
            goes_on(readers)
        assert_nothing_is_wrong(readers, successor)
        assert_told_once(served)
