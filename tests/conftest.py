"""A site to test: the real application over real HTTP and a real SQLite file, in this process or in others."""

import gc
import os
import shutil
import signal
import socket
import ssl
import subprocess
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import programs
import pytest
from compiled import keep_what_is_compiled
from databases import ENGINES, empty_database, founded_database
from programs import Program, Streams
from werkzeug.serving import make_server

from feedsvc import journal
from feedsvc.app import create_app
from feedsvc.config import Config
from feedsvc.item import read_item
from feedsvc.newsroom import Newsroom, Outcome
from feedsvc.service import Service
from feedsvc.store import migration
from feedsvc.store.database import Database


def _in_memory() -> None:
    """Keep what is temporary in memory, where a machine has room for it there: most of what these tests wait for is a
    disk on which nothing is to last."""
    memory = Path("/dev/shm")
    if "TMPDIR" not in os.environ and memory.is_dir() and shutil.disk_usage(memory).free > _ROOM_BYTES:
        os.environ["TMPDIR"] = str(memory)  # for the processes that they start, too
        tempfile.tempdir = None


_ROOM_BYTES = 8 * 1024**3
_in_memory()
keep_what_is_compiled()


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def client_of(address: str, **options: Any) -> httpx.Client:
    """A client of whoever is at an `http://` address."""
    return httpx.Client(base_url=address, timeout=30, verify=_NO_AUTHORITIES, **options)


# Nothing here speaks TLS. To read the certificates of all authorities, for each client anew, takes as long as a test.
_NO_AUTHORITIES = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)


def eventually(condition: Callable[[], Any], seconds: float = 30.0) -> Any:
    """The first true value of `condition`, asked again and again; fails when there is none in time."""
    begun = time.monotonic()
    while (waited := time.monotonic() - begun) < seconds:
        if value := condition():
            return value
        # The longer it takes, the more of the machine is left to whoever is waited for.
        threading.Event().wait(min(0.005 + waited / 20, 0.05))
    raise AssertionError(f"not within {seconds} s: {condition}")


@dataclass
class Site:
    """A running site: `get` over HTTP (no redirects followed), and its newsroom for changes."""

    config: Config
    service: Service
    http: httpx.Client

    def get(self, path: str, **headers: str) -> httpx.Response:
        """GET `path`; header names are written with underscores (`if_none_match="…"`)."""
        return self.http.get(path, headers={name.replace("_", "-"): value for name, value in headers.items()})

    def publish(self, **fields: Any) -> Outcome:
        """Publish a JSON Feed item, and wait until this process's cache has heard of it."""
        fields.setdefault("title", "A headline")
        outcome = self.service.newsroom.publish(read_item(fields))
        self.settle()
        return outcome

    def retract(self, guid: str, reason: str = "") -> None:
        """Retract an article, and wait until this process's cache has heard of it."""
        self.service.newsroom.retract(guid, reason)
        self.settle()

    def settle(self) -> None:
        """Wait until the cache has followed the journal to its end."""
        with self.service.database.read() as connection:
            newest = journal.head(connection)
        assert self.service.follower.wait_for(newest, 30)


# What these test is true of every database, and depends on it; what the others test (headers, pages in a browser, the
# shell, readers) reaches it through the same doors. Before a release, all of it is run on both.
_ON_EVERY_DATABASE = {
    *("store", "newsroom", "test_cache_following.py", "test_errors_and_health.py"),
    *("test_search.py", "test_search_in_languages.py", "test_search_follows.py", "test_most_read.py"),
    *("test_api_articles.py", "test_api_life.py", "test_api_tags.py", "test_clients_at_once.py"),
    *("test_hub.py", "test_push_deliveries.py", "test_push_killed.py"),
}
_EVERYTHING = bool(os.environ.get("FEEDSVC_TEST_EVERY_DATABASE"))


def pytest_collection_finish() -> None:
    """Have the search for garbage pass over all that was imported and collected, which is there until the end."""
    gc.collect()
    gc.freeze()


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Run each test that has a database on every kind of it, or on the one that it is about."""
    if "engine" in metafunc.fixturenames:
        path = metafunc.definition.path
        everywhere = _EVERYTHING or not _ON_EVERY_DATABASE.isdisjoint({path.parent.name, path.name})
        about = metafunc.definition.get_closest_marker("only")
        engines = about.args if about else ENGINES if everywhere else ENGINES[:1]
        # To count lines takes a third of the time. What a second database runs through once more is counted already.
        again = pytest.param("postgresql", marks=pytest.mark.no_cover)
        counted = metafunc.definition.path.parent.name == "store" or len(engines) == 1
        metafunc.parametrize("engine", [again if not counted and each == "postgresql" else each for each in engines])


@pytest.fixture
def database_url(engine: str, tmp_path: Path) -> Iterator[str]:
    """A database that was just founded."""
    with founded_database(engine, tmp_path) as url:
        yield url


@pytest.fixture
def empty_database_url(engine: str, tmp_path: Path) -> Iterator[str]:
    """A database that nobody has founded yet."""
    with empty_database(engine, tmp_path) as url:
        yield url


@pytest.fixture
def make_site(database_url: str) -> Iterator[Callable[..., Site]]:
    """Start a site in this process, with settings by name; several may share the database."""
    running: list[Callable[[], None]] = []

    def start(**settings: Any) -> Site:
        port = free_port()
        values = {"database_url": database_url, "port": port} | settings
        config = Config.load({f"FEEDSVC_{name.upper()}": str(value) for name, value in values.items()})
        app = create_app(config)
        server = make_server("127.0.0.1", port, app, threaded=True)
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        service = app.extensions["feedsvc"]
        client = client_of(f"http://127.0.0.1:{port}")

        def stop() -> None:
            client.close()
            server.shutdown()
            thread.join()
            server.server_close()
            service.stop()

        running.append(stop)
        return Site(config, service, client)

    yield start
    for stop in reversed(running):
        stop()


@pytest.fixture
def site(make_site: Callable[..., Site]) -> Site:
    """One site with default settings and an empty database."""
    return make_site()


@pytest.fixture
def make_house(database_url: str) -> Iterator[Callable[..., Site]]:
    """Start a site that is asked without a socket, with five articles to a part of an archive; several share the
    database, and are one site as the world sees it."""
    running: list[Site] = []

    def start(**settings: Any) -> Site:
        values = {"database_url": database_url, "feed_items": 5, "feed_hours": 0} | settings
        config = Config.load({f"FEEDSVC_{name.upper()}": str(value) for name, value in values.items()})
        app = create_app(config)
        client = httpx.Client(transport=httpx.WSGITransport(app=app), base_url=config.base_url)
        running.append(Site(config, app.extensions["feedsvc"], client))
        return running[-1]

    yield start
    for site in reversed(running):
        site.http.close()
        site.service.stop()


@pytest.fixture
def house(make_house: Callable[..., Site]) -> Site:
    """One such site, with an empty database."""
    return make_house()


@pytest.fixture
def newsroom(database_url: str) -> Iterator[Newsroom]:
    """A newsroom without a site, as another process would have it."""
    config = Config.load({"FEEDSVC_DATABASE_URL": database_url})
    database = Database(config.database_url)
    migration.require_current(database, config.base_url)
    yield Newsroom(database, config)
    database.close()


@dataclass
class Served:
    """`feedsvc serve` in processes of its own."""

    process: Program | subprocess.Popen[bytes]
    http: httpx.Client
    environment: dict[str, str]
    log: Path

    def shell(self, *arguments: str, stdin: bytes = b"") -> subprocess.CompletedProcess[bytes]:
        """Run a `feedsvc` verb against the same database."""
        return run_shell(self.environment, *arguments, stdin=stdin)

    def stop(self, signal_number: int = signal.SIGTERM) -> int:
        """Signal the server, and wait for its end; returns its exit status."""
        self.process.send_signal(signal_number)
        return self.process.wait(30)


def run_shell(environment: dict[str, str], *arguments: str, stdin: bytes = b"") -> subprocess.CompletedProcess[bytes]:
    """Run `feedsvc` as a shell would."""
    return programs.run(environment, *arguments, stdin=stdin)


@pytest.fixture
def shell_environment(database_url: str, tmp_path: Path) -> dict[str, str]:
    """This process's environment, with the test's own database and no other settings."""
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("FEEDSVC_")}
    # A server that is killed leaves its temporary files behind; there they are the test's.
    return inherited | {"FEEDSVC_DATABASE_URL": database_url, "TMPDIR": str(tmp_path)}


@pytest.fixture
def serve(shell_environment: dict[str, str], tmp_path: Path) -> Iterator[Callable[..., Served]]:
    """Start `feedsvc serve` with arguments, and wait until it is ready."""
    servers: list[Served] = []

    def start(*arguments: str, port: int = 0, **settings: Any) -> Served:
        port = port or free_port()
        environment = shell_environment | {"FEEDSVC_PORT": str(port)}
        environment |= {f"FEEDSVC_{name.upper()}": str(value) for name, value in settings.items()}
        log = tmp_path / f"serve-{port}.log"
        process = programs.start(environment, Streams(log, log), "serve", *arguments)
        served = Served(process, client_of(f"http://127.0.0.1:{port}"), environment, log)
        servers.append(served)

        def ready() -> bool:
            assert process.poll() is None, log.read_text()
            try:
                return served.http.get("/ready").status_code == 200
            except httpx.TransportError:
                return False

        eventually(ready)
        return served

    yield start
    for served in servers:
        served.http.close()
        if served.process.poll() is None:
            served.stop()
