"""The production server: Granian around the application, in as many processes as are wanted."""

import os
from collections.abc import Callable

from granian import Granian
from granian.constants import Interfaces
from granian.log import LogLevels

from feedsvc.config import PREFIX, Config

# What a thread waits for is a render of the same document or a write of reads; more threads only wait with it.
_THREADS = 8
_STOP_SECONDS = 10


def listen(config: Config, announce: Callable[[], None]) -> None:
    """Serve until SIGTERM or SIGINT, then finish what was begun; calls `announce()` once the address is bound."""
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
    )
    server.on_startup(announce)
    server.serve()
