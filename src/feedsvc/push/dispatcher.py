"""The dispatcher: a thread in which one shift after the other is worked, mostly one."""

import asyncio
import logging
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

from aiohttp.abc import AbstractResolver

from feedsvc.errors import DatabaseAway
from feedsvc.push.alarms import Alarm
from feedsvc.push.client import Client
from feedsvc.push.lanes import Lanes
from feedsvc.push.shifts import shift
from feedsvc.push.shiftwork import ShiftWork, Tools
from feedsvc.push.strangers import read_networks

log = logging.getLogger(__name__)

_PAUSE_SECONDS = 1.0
# As many things may wait for the database at once: claims, letters, questions, what came of them.
_THREADS = 4


class Dispatcher:
    """Delivers and verifies in a thread of its own, from `start()` to `stop()`; there may be many, in any processes.

    A row is claimed, acted upon, and settled. One that dies in between leaves its claims to the others, which find them
    within moments, and to the next that starts: a callback may hear of a change twice then, and never not at all.
    """

    def __init__(self, tools: Tools, resolver: Callable[[], AbstractResolver] | None = None) -> None:
        """`resolver` makes what looks up names, in place of the system's."""
        self._tools = tools
        self._resolver = resolver
        self._alarm = Alarm()
        self._thread: threading.Thread | None = None

    def start(self) -> None:
        """Begin, with what others have left undone."""
        self._alarm = Alarm()
        self._thread = threading.Thread(target=lambda: asyncio.run(self._main()), name="push-dispatcher", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Claim nothing more, end, and wait for it. What is not done by then is left to others, or to the next."""
        self._alarm.end()
        if self._thread is not None:
            self._thread.join()
            self._thread = None

    def wake(self) -> None:
        """Look at once: there may be something to do."""
        self._alarm.ring()

    async def _main(self) -> None:
        self._alarm.set_up()
        asyncio.get_running_loop().set_default_executor(ThreadPoolExecutor(_THREADS, "push"))
        while not self._alarm.is_over:
            try:
                await self._work_a_shift()
            except DatabaseAway:
                await self._alarm.pause(_PAUSE_SECONDS)  # whoever follows the journal says so
            except Exception:
                log.exception("nothing is delivered; trying again")
                await self._alarm.pause(_PAUSE_SECONDS)
        self._alarm.take_down()

    async def _work_a_shift(self) -> None:
        tools, config = self._tools, self._tools.config
        bounds = config.push_connections, config.push_host_connections
        resolver = self._resolver() if self._resolver else None
        working = shift(tools.database)
        held = await asyncio.to_thread(working.__enter__)
        try:
            async with Client(read_networks(config.push_networks), *bounds, config.push_timeout, resolver) as client:
                await ShiftWork(tools, held, client, Lanes(*bounds), self._alarm).work()
        finally:
            await asyncio.to_thread(working.__exit__, None, None, None)
