"""An alarm: how other threads wake an event loop, and have it end."""

import asyncio
import threading


class Alarm:
    """Rings in one event loop, from any thread, also before the loop is there."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._rung = asyncio.Event()
        self._ended = threading.Event()

    @property
    def is_over(self) -> bool:
        """Whether the loop is to end."""
        return self._ended.is_set()

    def set_up(self) -> None:
        """Belong to the event loop that runs."""
        with self._lock:
            self._loop = asyncio.get_running_loop()
        self._rung.set()

    def take_down(self) -> None:
        """Belong to none any more."""
        with self._lock:
            self._loop = None

    def ring(self) -> None:
        """Wake whoever sleeps."""
        with self._lock:
            if self._loop is not None:
                self._loop.call_soon_threadsafe(self._rung.set)

    def end(self) -> None:
        """Wake whoever sleeps, for the last time."""
        self._ended.set()
        self.ring()

    async def sleep(self, seconds: float) -> bool:
        """Sleep until it rings, at most so many seconds; whether it has."""
        try:
            await asyncio.wait_for(self._rung.wait(), seconds)
        except TimeoutError:
            return False
        self._rung.clear()
        return True

    async def pause(self, seconds: float) -> None:
        """Sleep so many seconds, whoever rings; less only if all is over."""
        until = asyncio.get_running_loop().time() + seconds
        while not self.is_over and (left := until - asyncio.get_running_loop().time()) > 0:
            await self.sleep(left)
