"""The work of one shift: claim what is due, ask as many callbacks as there is room for, write down what came of it."""

import asyncio
import logging
import time
from collections import Counter
from collections.abc import Callable, Coroutine, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, TypeVar

from sqlalchemy import select

from feedsvc.config import Config
from feedsvc.errors import DatabaseAway, DatabaseBusy, FeedsvcError, Gone, NotFound
from feedsvc.push import deliveries, subscriptions
from feedsvc.push.alarms import Alarm
from feedsvc.push.claims import Claimant
from feedsvc.push.client import Client
from feedsvc.push.courier import SLOW_SECONDS, Courier
from feedsvc.push.deliveries import Delivery, Settled
from feedsvc.push.lanes import Flight, Lane, Lanes
from feedsvc.push.letters import Behind, Letter, Letters
from feedsvc.push.shifts import Shift
from feedsvc.push.strangers import Callback
from feedsvc.push.subscriptions import Intent
from feedsvc.push.verifier import Verifier
from feedsvc.store.database import Database

log = logging.getLogger(__name__)

# The longer there was nothing, the later is noticed what only a look can tell: what another process was asked, or has
# left undone, and that it is time to try again. Of commits, and of what this process is asked, we are told.
_SHORTEST_LOOK_SECONDS, _LONGEST_LOOK_SECONDS = 0.25, 1.0
_CHECK_SECONDS, _TIDY_SECONDS = 1.0, 60.0
# What comes back within this time is written down together.
_GATHER_SECONDS = 0.02
_PAUSE_SECONDS = 0.5
# After what should not have happened.
_MISHAP_SECONDS = 60.0
# How long those who are being asked may take to answer when we are to stop.
_GRACE_SECONDS = 1.0

Result = TypeVar("Result")


@dataclass(frozen=True, slots=True)
class Tools:
    """What dispatchers work with. `outcomes` counts what became of deliveries and verifications, by kind and verdict;
    `delivered` is told how long after the commit each delivery was made, in seconds."""

    database: Database
    letters: Letters
    verifier: Verifier
    config: Config
    delivered: Callable[[float], None]
    outcomes: Counter[tuple[str, str]] = field(default_factory=Counter)


class ShiftLost(FeedsvcError):
    """Others may take what this shift has claimed, so it is given up for a new one."""


class ShiftWork:
    """One shift. All its methods run in one event loop; what waits for the database is done in threads."""

    def __init__(self, tools: Tools, held: Shift, client: Client, lanes: Lanes, alarm: Alarm) -> None:
        self._tools = tools
        self._database = tools.database
        self._shift = held
        self._client = client
        self._lanes = lanes
        self._alarm = alarm
        self._courier = Courier(client, tools.config.push_signature, tools.config.push_retry)
        self._under_way: set[asyncio.Task[None]] = set()
        self._settled: list[Settled] = []
        self._arrived = asyncio.Event()
        self._release_at = 0.0

    async def work(self) -> None:
        """Work until the alarm says that all is over. Raises `ShiftLost`, and `DatabaseAway`."""
        await asyncio.to_thread(self._shift.release_the_dead, at_once=True)
        clerk = asyncio.create_task(self._write_down())
        duties = [
            asyncio.create_task(self._again_and_again(seconds, duty))
            for seconds, duty in (
                (_CHECK_SECONDS, self._require_shift),
                (_TIDY_SECONDS, self._tidy),
            )
        ]
        try:
            pause = _SHORTEST_LOOK_SECONDS
            while not self._alarm.is_over:
                if await self._claim() or await self._alarm.sleep(pause):
                    pause = _SHORTEST_LOOK_SECONDS
                else:
                    pause = min(pause * 2, _LONGEST_LOOK_SECONDS)
                for task in (clerk, *duties):
                    if task.done():
                        await task
        finally:
            await self._end(clerk, duties)

    async def _end(self, clerk: asyncio.Task[None], duties: Sequence[asyncio.Task[None]]) -> None:
        for duty in duties:
            duty.cancel()
        if self._under_way:
            await asyncio.wait(self._under_way, timeout=_GRACE_SECONDS)
        for task in self._under_way:
            task.cancel()
        clerk.cancel()
        await asyncio.gather(clerk, *duties, *self._under_way, return_exceptions=True)
        await asyncio.to_thread(self._settle, self._settled)
        await asyncio.to_thread(self._shift.release_its_own)

    async def _again_and_again(self, seconds: float, duty: Callable[[], object]) -> None:
        while True:
            await asyncio.sleep(seconds)
            await self._surely(duty)

    async def _claim(self) -> bool:
        """Claim and begin; whether there was anything."""
        claimant = Claimant(self._shift.name, datetime.now(UTC), self._lanes.room())
        try:
            quick, slow, intents = await asyncio.to_thread(self._claim_rows, claimant)
        except DatabaseBusy:
            # Nothing was claimed, and what is under way goes on.
            await self._alarm.pause(_PAUSE_SECONDS)
            return False
        self._begin_deliveries("quick", quick)
        self._begin_deliveries("slow", slow)
        for intent in intents:
            self._begin(self._verify(intent, self._lanes.enter(intent.host, "verify")))
        return bool(quick or slow or intents)

    def _claim_rows(self, claimant: Claimant) -> tuple[list[Delivery], list[Delivery], list[Intent]]:
        if time.monotonic() >= self._release_at:
            self._shift.release_the_dead()
            self._release_at = time.monotonic() + _SHORTEST_LOOK_SECONDS
        with self._database.observe() as connection:
            now = claimant.now
            if not deliveries.are_due(connection, now) and not subscriptions.are_due(connection, now):
                return [], [], []
        with self._database.write() as connection:
            quick = deliveries.claim(connection, claimant, troubled=False)
            claimant = claimant.after(row.host for row in quick)
            slow = deliveries.claim(connection, claimant, troubled=True)
            claimant = claimant.after(row.host for row in slow)
            return quick, slow, subscriptions.claim(connection, claimant)

    def _begin_deliveries(self, lane: Lane, claimed: Sequence[Delivery]) -> None:
        by_topic: dict[str, list[tuple[Delivery, Flight]]] = {}
        for delivery in claimed:
            by_topic.setdefault(delivery.topic, []).append((delivery, self._lanes.enter(delivery.host, lane)))
        for topic, group in by_topic.items():
            self._begin(self._deliver(topic, group))

    def _begin(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.create_task(work)
        self._under_way.add(task)
        task.add_done_callback(self._done)

    def _done(self, task: asyncio.Task[None]) -> None:
        self._under_way.discard(task)
        if not task.cancelled() and (error := task.exception()):
            log.error("something was not delivered", exc_info=error)

    async def _deliver(self, topic: str, group: Sequence[tuple[Delivery, Flight]]) -> None:
        """Have one letter brought to all of a group."""
        letter = None
        try:
            letter = await self._write(topic, [each for each, _ in group])
        except Exception as error:
            if not isinstance(error, Behind | DatabaseAway):
                log.exception("%s cannot be made; trying again", topic)
            later = datetime.now(UTC) + timedelta(seconds=_PAUSE_SECONDS)
            self._arrive(*(Settled(each.id, "released", later) for each, _ in group))
        finally:
            if letter is None:
                self._land(group)
        if letter is not None:
            for delivery, flight in group:
                self._begin(self._bring(delivery, flight, letter))

    async def _write(self, topic: str, group: Sequence[Delivery]) -> Letter | None:
        """The letter for a group; None if its topic is no more, and they are dismissed."""
        try:
            return await asyncio.to_thread(self._tools.letters.write, topic, max(each.seq for each in group))
        except (NotFound, Gone) as error:
            await self._surely(self._dismiss, group, str(error))
            return None

    async def _bring(self, delivery: Delivery, flight: Flight, letter: Letter) -> None:
        slow = asyncio.get_running_loop().call_later(SLOW_SECONDS, self._slow_down, flight)
        try:
            settled = await self._courier.bring(delivery, letter)
        except Exception:
            log.exception("%s is not told; trying again", delivery.callback)
            later = datetime.now(UTC) + timedelta(seconds=_MISHAP_SECONDS)
            settled = Settled(delivery.id, "failed", later, error="it could not be asked")
        finally:
            slow.cancel()
            self._lanes.leave(flight)
        self._tools.outcomes["delivery", settled.verdict] += 1
        if settled.verdict == "delivered":
            self._tools.delivered((datetime.now(UTC) - delivery.since).total_seconds())
        self._arrive(settled)

    async def _verify(self, intent: Intent, flight: Flight) -> None:
        verifier = self._tools.verifier
        try:
            try:
                question = await self._surely(verifier.question, intent)
                reply = await self._client.get(question.url)
            finally:
                self._lanes.leave(flight)
            finding = await self._surely(verifier.conclude, intent, question, reply)
        except Exception:
            log.exception("%s is not verified; trying again", intent.callback)
            finding = await self._surely(verifier.postpone, intent)
        self._tools.outcomes["verification", finding] += 1
        self._alarm.ring()

    def _slow_down(self, flight: Flight) -> None:
        self._lanes.slow_down(flight)
        self._alarm.ring()

    def _land(self, group: Sequence[tuple[Delivery, Flight]]) -> None:
        for _, flight in group:
            self._lanes.leave(flight)
        self._alarm.ring()

    def _arrive(self, *settled: Settled) -> None:
        self._settled += settled
        self._arrived.set()

    async def _write_down(self) -> None:
        """Write down what has arrived, again and again."""
        while True:
            await self._arrived.wait()
            await asyncio.sleep(_GATHER_SECONDS)
            self._arrived.clear()
            batch = list(self._settled)
            await self._surely(self._settle, batch)
            del self._settled[: len(batch)]
            # There is room again.
            self._alarm.ring()

    def _settle(self, batch: Sequence[Settled]) -> None:
        if batch:
            with self._database.write() as connection:
                deliveries.settle(connection, self._shift.name, datetime.now(UTC), batch)

    def _dismiss(self, group: Sequence[Delivery], reason: str) -> None:
        now = datetime.now(UTC)
        with self._database.write() as connection:
            for each in group:
                subscriptions.dismiss(connection, each.topic, Callback(each.callback, each.host), reason, now)

    def _require_shift(self) -> None:
        if self._shift.is_over():
            # What has arrived is to be written down at the end, so a database that is away is waited for.
            with self._database.observe() as connection:
                connection.execute(select(1))
            raise ShiftLost("The database has lost the connection that held the shift.")

    def _tidy(self) -> None:
        with self._database.write() as connection:
            subscriptions.forget_expired(connection, datetime.now(UTC))

    async def _surely(self, call: Callable[..., Result], *arguments: Any) -> Result:
        """Do what has to be done, as soon as the database answers."""
        while True:
            try:
                return await asyncio.to_thread(call, *arguments)
            except DatabaseAway:
                await asyncio.sleep(_PAUSE_SECONDS)
