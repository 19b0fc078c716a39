"""A server under load: started on cores of its own, its CPU time and memory read from /proc, always stopped."""

import os
import re
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import closing, suppress
from http.client import HTTPConnection
from pathlib import Path
from typing import NamedTuple, Self

from machine import ROOT, SERVER_CORE

_TICKS = os.sysconf("SC_CLK_TCK")
_START_SECONDS = 60
_STOP_SECONDS = 15


class Answer(NamedTuple):
    """What a server answered: header names in lower case, the body as it came over the wire."""

    status: int
    headers: Mapping[str, str]
    body: bytes


class Server:
    """The processes of one server, from `with` to its end.

    `command` runs in a session of its own, from the repository's root, on `cores`, with `settings` as the only
    FEEDSVC_ variables. Raises `RuntimeError` with what it wrote to stderr when it does not start.
    """

    def __init__(
        self, command: Sequence[str | Path], port: int, settings: Mapping[str, str], cores: str = SERVER_CORE
    ) -> None:
        self.port = port
        self._paused = False
        self._command = ["taskset", "-c", cores, *map(str, command)]
        plain = {name: value for name, value in os.environ.items() if not name.startswith("FEEDSVC_")}
        self._environment = {**plain, "PYTHONPATH": str(ROOT / "bench"), **settings}

    def __enter__(self) -> Self:
        # A file, not a pipe that nobody reads: it would fill, and the server wait for ever.
        self._said = tempfile.TemporaryFile()
        self._process = subprocess.Popen(
            self._command,
            cwd=ROOT,
            env=self._environment,
            stdout=subprocess.DEVNULL,
            stderr=self._said,
            start_new_session=True,
        )
        deadline = time.monotonic() + _START_SECONDS
        while not self._listens():
            if self._process.poll() is not None or time.monotonic() > deadline:
                self._said.seek(0)
                said = self._said.read().decode()
                self._stop()
                raise RuntimeError(f"{' '.join(self._command)} does not start:\n{said}")
            time.sleep(0.05)
        return self

    def __exit__(self, *_: object) -> None:
        self._stop()

    def ask(self, path: str, headers: Mapping[str, str] | None = None, method: str = "GET") -> Answer:
        """One request over a connection of its own."""
        return next(self.ask_each([path], headers, method))

    def ask_each(
        self, paths: Iterable[str], headers: Mapping[str, str] | None = None, method: str = "GET"
    ) -> Iterator[Answer]:
        """One request for each of `paths`, over one connection."""
        with closing(HTTPConnection("127.0.0.1", self.port, timeout=30)) as connection:
            for path in paths:
                connection.request(method, path, headers=dict(headers or {}))
                response = connection.getresponse()
                fields = {name.lower(): value for name, value in response.getheaders()}
                yield Answer(response.status, fields, response.read())

    def pids(self) -> list[int]:
        """The processes of its session that live now."""
        pids = [int(folder.name) for folder in Path("/proc").iterdir() if folder.name.isdecimal()]
        return sorted(pid for pid in pids if (stat := _stat(pid)) and int(stat[_SESSION]) == self._process.pid)

    def workers(self) -> list[int]:
        """Those of its processes that have no children: they do the work."""
        pids = self.pids()
        parents = {int(stat[_PARENT]) for pid in pids if (stat := _stat(pid))}
        return [pid for pid in pids if pid not in parents]

    def cpu_seconds(self) -> float:
        """What its processes have used of the cores until now, user and system, to a hundredth of a second."""
        return sum(int(stat[_USER]) + int(stat[_SYSTEM]) for pid in self.pids() if (stat := _stat(pid))) / _TICKS

    def pause(self) -> None:
        """Hold its processes, so that they take nothing from one that is measured beside it."""
        self._paused = True
        os.killpg(self._process.pid, signal.SIGSTOP)

    def resume(self) -> None:
        """Let them go on."""
        self._paused = False
        os.killpg(self._process.pid, signal.SIGCONT)

    def _listens(self) -> bool:
        try:
            return self.ask("/").status > 0
        except OSError:
            return False

    def _stop(self) -> None:
        if self._paused:
            # Told to stop before it has come to itself, Granian hears nothing and has to be killed.
            with suppress(ProcessLookupError):
                self.resume()
            self._listens()
        self._process.terminate()
        with suppress(subprocess.TimeoutExpired):
            self._process.wait(_STOP_SECONDS)
        for pid in self.pids():
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        self._process.wait()
        self._said.close()


# Fields of /proc/PID/stat after the name, which stands in brackets and may hold anything (proc_pid_stat(5)).
_PARENT, _SESSION, _USER, _SYSTEM = 1, 3, 11, 12


def _stat(pid: int) -> list[str] | None:
    try:
        return Path(f"/proc/{pid}/stat").read_text("utf-8", "replace").rpartition(")")[2].split()
    except (FileNotFoundError, ProcessLookupError):
        return None


class Memory(NamedTuple):
    """What a process has in memory, and the most it ever had; in bytes."""

    now: int
    peak: int


def memory(pid: int) -> Memory:
    """The memory of a process (`VmRSS` and `VmHWM` of proc_pid_status(5))."""
    status = dict(re.findall(r"(\w+):\s+(\d+) kB", Path(f"/proc/{pid}/status").read_text("utf-8")))
    return Memory(int(status["VmRSS"]) * 1024, int(status["VmHWM"]) * 1024)


def free_port() -> int:
    """A port that nothing listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
