"""The same articles are the same bytes: after a restart, in another process, under another server, read or unread."""

import itertools
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from clients import FEEDS, ask_afresh, in_threads, reads_on_file, workers
from conftest import Served, Site, eventually, free_port, run_shell
from gunicorns import Gunicorn
from publisher import Publisher

SITE = "https://news.example"
PAGES = ("/", "/tags", "/tags/karabakh", "/articles/article-0", "/articles/article-1")

Feeds = dict[tuple[str, str], tuple[bytes, str, str]]


def feeds(served: Served | Site) -> Feeds:
    """Each feed in each coding: its bytes, its ETag, its Last-Modified."""
    found = {}
    for path, coding in itertools.product(FEEDS, ("identity", "gzip", "br", "zstd")):
        answer = ask_afresh(served, path, accept_encoding=coding)
        assert answer.status == 200
        found[path, coding] = answer.body, answer.headers["ETag"], answer.headers["Last-Modified"]
    return found


@pytest.fixture
def environment(shell_environment: dict[str, str]) -> dict[str, str]:
    """The settings of a site with a few articles on file."""
    settings = shell_environment | {"FEEDSVC_BASE_URL": SITE}
    with Publisher(settings) as publisher:
        publisher.publish(5)
    return settings


@pytest.fixture
def gunicorn(environment: dict[str, str], tmp_path: Path) -> Iterator[Callable[..., Served]]:
    """Start `gunicorn wsgi:app` with two workers and further arguments, and wait until it is ready."""
    running: list[Gunicorn] = []

    def start(*arguments: str, **settings: str) -> Served:
        port = free_port()
        server = Gunicorn(port, environment | settings, tmp_path / f"gunicorn-{port}.log", *arguments)
        running.append(server)
        return server.wait_until_ready()

    yield start
    for server in running:
        server.end()


def test_neither_reading_nor_importing_again_nor_another_process_nor_a_restart_changes_a_byte(
    serve: Callable[..., Served],
    make_site: Callable[..., Site],
    environment: dict[str, str],
    database_url: str,
    tmp_path: Path,
) -> None:
    first = serve("--workers", "2", base_url=SITE)
    before, pids = feeds(first), workers(first)

    for page in PAGES:
        assert ask_afresh(first, page).status == 200
    assert ask_afresh(first, "/articles/article-0/reads", "POST").status == 200
    eventually(lambda: reads_on_file(database_url) == 1)
    assert feeds(first) == before

    (tmp_path / "items.ndjson").write_bytes(run_shell(environment, "export").stdout)
    imported = run_shell(environment, "import", str(tmp_path / "items.ndjson"))
    assert imported.stdout.decode() == "imported 0, updated 0, unchanged 5, rejected 0\n"
    assert feeds(first) == before

    another = make_site(base_url=SITE)
    assert feeds(another) == before
    assert first.stop() == 0

    again = serve(base_url=SITE)
    assert feeds(again) == before
    assert first.process.pid != again.process.pid
    assert workers(again).isdisjoint(pids)


def test_gunicorn_sends_the_bytes_that_granian_sends_whether_it_loads_before_the_fork_or_after(
    serve: Callable[..., Served], gunicorn: Callable[..., Served], environment: dict[str, str], database_url: str
) -> None:
    granian = serve(base_url=SITE)
    before = feeds(granian)
    gunicorns = [gunicorn(*preload, FEEDSVC_TRUSTED_PROXIES="1") for preload in ((), ("--preload",))]
    for served in gunicorns:
        eventually(lambda served=served: len(workers(served)) == 2)
        assert feeds(served) == before

    published = run_shell(environment, "publish", "-", stdin=b'{"title": "Bridge opens", "tags": ["Karabakh"]}')
    assert published.returncode == 0, published.stderr
    after = eventually(lambda: changed if (changed := feeds(granian)).items().isdisjoint(before.items()) else None)
    for served in gunicorns:
        # Of 32 connections, each of the two workers takes some.
        eventually(lambda served=served: all(feeds(served) == after for _ in range(3)))
        for path in FEEDS:
            bodies = {ask_afresh(served, path, accept_encoding="identity").body for _ in range(32)}
            assert bodies == {after[path, "identity"][0]}

    def read(client: int) -> int:
        forwarded = f"192.0.2.{client}"
        return ask_afresh(gunicorns[client % 2], "/articles/article-0/reads", "POST", x_forwarded_for=forwarded).status

    assert in_threads(40, read) == [200] * 40
    assert [served.stop() for served in gunicorns] == [0, 0]
    assert reads_on_file(database_url) == 40
