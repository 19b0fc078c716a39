"""The production server: Granian around the application, in as many processes as are wanted."""

import importlib
import os
import signal
import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from tempfile import TemporaryDirectory

from granian import Granian
from granian.constants import Interfaces
from granian.log import LogLevels

from feedsvc import logs
from feedsvc.config import PREFIX, Config
from feedsvc.errors import AddressTaken

# What a thread waits for is a render of the same document or a write of reads; more threads only wait with it.
_THREADS = 8
_STOP_SECONDS = 10
# prometheus-client looks for it when it is imported, which must not happen before the workers are forked.
_SHARED_COUNTS = "PROMETHEUS_MULTIPROC_DIR"


def _require_free(host: str, port: int) -> None:
    # Granian shares a port that another server holds, or waits for it without a word.
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        with socket.socket(family) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind((host, port))
    except OSError as error:
        reason = error.strerror or str(error)
        raise AddressTaken(f"Nothing can listen on {host} port {port}: {reason.lower()}.") from None


def _begin_worker() -> None:  # pragma: no cover - after a fork
    # A worker inherits a handler from Granian's parent that hears nothing until the worker has loaded us: told to
    # stop before that, it would go on until it is killed, and what it had counted would be lost.
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, signal.SIG_DFL)
    # Ctrl-C is for the parent, which tells us. Told twice within a moment, a worker goes on until it is killed.
    os.setpgrp()


@contextmanager
def _folder_for_counts(config: Config) -> Iterator[None]:  # pragma: no cover - lasts as long as the process
    """Where the processes that are started meanwhile add up their counts, unless there is such a folder already."""
    if not config.metrics or os.environ.get(_SHARED_COUNTS):
        yield
        return
    with TemporaryDirectory(prefix="feedsvc-metrics-") as folder:
        os.environ[_SHARED_COUNTS] = folder
        yield


def listen(config: Config, announce: Callable[[], None]) -> None:  # pragma: no cover - ends with the process
    """Serve until SIGTERM or SIGINT, then finish what was begun; calls `announce()` once the workers are starting.

    Raises `AddressTaken` when the host and port cannot be listened on.
    """
    _require_free(config.host, config.port)
    os.register_at_fork(after_in_child=_begin_worker)
    for name in ("host", "port", "workers", "access_log"):
        os.environ[f"{PREFIX}{name.upper()}"] = str(getattr(config, name))
    server = Granian(
        "feedsvc.app:create_app",
        factory=True,
        address=config.host,
        port=config.port,
        interface=Interfaces.WSGI,
        workers=config.workers,
        blocking_threads=_THREADS,
        backpressure=_THREADS * 16,
        workers_kill_timeout=_STOP_SECONDS,
        respawn_failed_workers=True,
        websockets=False,
        # Below errors it has advice on thread counts, which was weighed above.
        log_level=LogLevels.error,
        log_dictconfig=logs.configuration(config.log_level),
    )
    server.on_startup(announce)
    with _folder_for_counts(config):
        # Once, for all workers that are forked from here, and for those that replace them.
        importlib.import_module("feedsvc.app")
        server.serve()
