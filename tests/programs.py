"""Programs of `feedsvc`, each in a process of its own, which begins as a fork of one that has loaded most of it.

To load it takes longer than most tests. It is the whole program otherwise, from its arguments and environment on, but
for what of the environment is Python's own, and has its working directory and seed of hashes from us.
"""

import atexit
import multiprocessing
import os
import runpy
import signal
import subprocess
import sys
import tempfile
import threading
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from io import BufferedReader, FileIO, TextIOWrapper
from multiprocessing import connection
from multiprocessing.context import ForkServerProcess
from pathlib import Path

# Not what has to do with metrics: which files they are kept in is decided when they are loaded.
_LOADED = (
    *("granian", "flask", "feedsvc.cli", "feedsvc.press.press", "feedsvc.push.pushing", "feedsvc.purge.purging"),
    *("feedsvc.announcing.announcers", "feedsvc.search.indexing", "feedsvc.exporting", "feedsvc.demo", "limits"),
    *("feedsvc.importing", "feedsvc.releasing", "feedsvc.ranking", "feedsvc.records", "feedsvc.web.api.models"),
)
FORKS = multiprocessing.get_context("forkserver")
FORKS.set_forkserver_preload(list(_LOADED))


# Two threads that ask one process for its end at once are both told nonsense, and who starts one asks all.
_one_at_a_time = threading.Lock()


@dataclass(frozen=True)
class Streams:
    """The files that stand for a program's standard streams; those for its output may be one."""

    output: Path
    errors: Path
    input: Path = Path(os.devnull)


class Program:
    """A program that runs, as `subprocess.Popen` would show it."""

    def __init__(self, process: ForkServerProcess) -> None:
        self._process = process
        self.pid = process.pid or 0

    @property
    def returncode(self) -> int | None:
        """Its exit status, or the negative number of the signal that ended it; None while it runs."""
        with _one_at_a_time:
            return self._process.exitcode

    def poll(self) -> int | None:
        """The same."""
        return self.returncode

    def wait(self, timeout: float | None = None) -> int:
        """Wait for its end, at most so many seconds; its exit status."""
        connection.wait([self._process.sentinel], timeout)
        status = self.returncode
        if status is None:
            raise subprocess.TimeoutExpired("feedsvc", timeout or 0.0)
        return status

    def send_signal(self, number: int) -> None:
        """Signal it, if it runs."""
        if self.returncode is None:
            with suppress(ProcessLookupError):
                os.kill(self.pid, number)

    def terminate(self) -> None:
        """Have it end."""
        self.send_signal(signal.SIGTERM)

    def kill(self) -> None:
        """Kill it."""
        self.send_signal(signal.SIGKILL)


def fork(target: Callable[..., object], *arguments: object) -> Program:
    """Start a function in a process of its own."""
    process = FORKS.Process(target=target, args=arguments)
    with _one_at_a_time:
        process.start()
    return Program(process)


def start(environment: Mapping[str, str], streams: Streams, *arguments: str) -> Program:
    """Start `feedsvc` with `arguments` in `environment`, at the head of a process group; its output is appended."""
    for path in (streams.output, streams.errors):
        path.touch()
    return fork(_become, arguments, dict(environment), streams)


def run(
    environment: Mapping[str, str], *arguments: str, stdin: bytes = b"", timeout: float | None = None
) -> subprocess.CompletedProcess[bytes]:
    """Run `feedsvc` to its end, and return what it wrote; one that takes longer than so many seconds is an error."""
    with tempfile.TemporaryDirectory() as folder:
        streams = Streams(*(Path(folder, name) for name in ("output", "errors", "input")))
        streams.input.write_bytes(stdin)
        program = start(environment, streams, *arguments)
        try:
            status = program.wait(timeout)
        finally:
            program.kill()
        return subprocess.CompletedProcess(arguments, status, streams.output.read_bytes(), streams.errors.read_bytes())


def run_in_words(
    environment: Mapping[str, str], *arguments: str, timeout: float | None = None
) -> subprocess.CompletedProcess[str]:
    """The same, with what it wrote as text."""
    done = run(environment, *arguments, timeout=timeout)
    return subprocess.CompletedProcess(done.args, done.returncode, done.stdout.decode(), done.stderr.decode())


def _become(arguments: tuple[str, ...], environment: dict[str, str], streams: Streams) -> None:
    os.setpgid(0, 0)
    # As where no other is chosen; from us it has that which it was started with.
    multiprocessing.set_start_method(multiprocessing.get_all_start_methods()[0], force=True)
    for number, path in enumerate((streams.input, streams.output, streams.errors)):
        opened = os.open(path, os.O_WRONLY | os.O_APPEND if number else os.O_RDONLY)
        os.dup2(opened, number)
        os.close(opened)
    standard_input = FileIO(0, closefd=False)
    standard_input.name = "<stdin>"  # type: ignore[misc] # as Python has it itself
    sys.stdin = TextIOWrapper(BufferedReader(standard_input))
    os.environ.clear()
    os.environ.update(environment)
    tempfile.tempdir = None
    sys.argv = ["feedsvc", *arguments]
    try:
        runpy.run_module("feedsvc", run_name="__main__", alter_sys=True)
    finally:
        atexit._run_exitfuncs()
