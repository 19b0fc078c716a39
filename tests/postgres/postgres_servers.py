"""PostgreSQL servers of one's own, to be stopped, killed, frozen and promoted; they write to the disk as in earnest."""

import os
import shutil
import signal
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from functools import cache
from pathlib import Path
from tempfile import mkdtemp
from typing import Any

import psycopg
from conftest import eventually, free_port
from databases import pgserver

utils = pgserver().utils
BIN = utils.POSTGRES_VERSIONS[utils.TARGET_POSTGRES_VERSION]
_SETTINGS = """
listen_addresses = '127.0.0.1'
unix_socket_directories = ''
port = {port}
shared_buffers = 16MB
max_connections = 80
wal_receiver_status_interval = 100ms
wal_retrieve_retry_interval = 100ms
"""


class Server:
    """One PostgreSQL server with its data in `folder`."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.port = free_port()
        with (folder / "postgresql.auto.conf").open("a") as settings:
            settings.write(_SETTINGS.format(port=self.port))

    @property
    def url(self) -> str:
        return f"postgresql+psycopg://postgres@127.0.0.1:{self.port}/postgres"

    def start(self) -> None:
        """Start it, and wait until it answers."""
        with (self.folder / "log").open("ab") as log:
            command = [BIN / "postgres", "-D", self.folder]
            self._process = subprocess.Popen(command, stdout=log, stderr=log, user=_user())
        eventually(self._answers)

    def stop(self, how: int = signal.SIGINT) -> None:
        """End it, at once and in order, or with SIGQUIT as after a crash; and wait for its end."""
        self._process.send_signal(how)
        self._process.wait(30)

    def kill(self) -> None:
        """End it and all its processes with SIGKILL, as a power cut would."""
        for pid in self._processes():
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        self._process.wait(30)

    def freeze(self) -> None:
        """Let all its processes stand still: its connections stay open, and nothing answers."""
        for pid in self._processes():
            os.kill(pid, signal.SIGSTOP)

    def thaw(self) -> None:
        """Let them go on."""
        for pid in self._processes():
            os.kill(pid, signal.SIGCONT)

    def promote(self) -> None:
        """Make a standby the primary, and wait until it is."""
        self.sql("SELECT pg_promote()")

    def sql(self, statement: str) -> list[tuple[Any, ...]]:
        """Run one statement; its rows."""
        with psycopg.connect(self.url.replace("+psycopg", ""), autocommit=True) as connection:
            cursor = connection.execute(statement)  # type: ignore[call-overload] # wants a literal
            return cursor.fetchall() if cursor.description else []

    def end(self) -> None:
        """Whatever state it is in: end it, and delete what it stored."""
        if self._process.poll() is None:
            self.kill()
        shutil.rmtree(self.folder)

    def _processes(self) -> list[int]:
        pid = self._process.pid
        return [pid, *map(int, Path(f"/proc/{pid}/task/{pid}/children").read_text().split())]

    def _answers(self) -> bool:
        assert self._process.poll() is None, (self.folder / "log").read_text()
        try:
            return self.sql("SELECT 1") == [(1,)]
        except psycopg.OperationalError:
            return False


@contextmanager
def primary() -> Iterator[Server]:
    """A new server with an empty database."""
    folder = _new_folder()
    _run("cp", "-a", f"{_initial()}/.", folder)
    yield from _running(Server(folder))


@contextmanager
def standby(of: Server) -> Iterator[Server]:
    """A server that follows another, and answers reads meanwhile."""
    folder = _new_folder()
    source = f"host=127.0.0.1 port={of.port} user=postgres"
    _run(BIN / "pg_basebackup", "-D", folder, "-d", source, "-R", "-X", "stream", "-c", "fast", "--no-sync")
    yield from _running(Server(folder))


def _running(server: Server) -> Iterator[Server]:
    server.start()
    try:
        yield server
    finally:
        server.end()


@cache
def _initial() -> Path:
    """What `initdb` makes, to be copied."""
    folder = _new_folder()
    _run(BIN / "initdb", "-D", folder, "-U", "postgres", "-A", "trust", "-E", "UTF8", "--no-sync")
    return folder


def _new_folder() -> Path:
    folder = Path(mkdtemp(prefix="feedsvc-postgres-", dir="/tmp"))
    if user := _user():
        shutil.chown(folder, user)
    return folder


def _run(*command: str | Path) -> None:
    subprocess.run(command, check=True, capture_output=True, user=_user(), cwd="/tmp")


@cache
def _user() -> str | None:
    """Whom PostgreSQL runs as: it refuses to be run by root."""
    if os.geteuid() != 0:
        return None
    utils.ensure_user_exists("pgserver")
    utils.ensure_prefix_permissions(BIN)
    return "pgserver"
