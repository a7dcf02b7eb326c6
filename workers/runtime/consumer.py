"""The loop of one worker process: poll, start what may start, settle, drain."""

import asyncio
import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta

from workers.runtime.attempts import Attempts, OnTurn, nobody
from workers.runtime.delivery import Courier, tries
from workers.runtime.drain import Drain
from workers.runtime.fingerprint import of_exception
from workers.runtime.groups import Groups
from workers.runtime.health import Progress
from workers.runtime.heartbeat import Heartbeat
from workers.runtime.ledger import Claim, LedgerUnavailable
from workers.runtime.logs import Log
from workers.runtime.metrics import Gauges, gauges
from workers.runtime.parking import completed
from workers.runtime.queue import BATCH_LIMIT, Message, Parking, Queue, QueueUnavailable
from workers.runtime.settle import (
    Ack,
    Delay,
    Failed,
    Outcome,
    Park,
    Settlement,
    Unavailable,
    settle,
)


class EndpointGone(Exception):
    """Raised by the consumer when the queue has not answered for longer than it waits."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Pace:
    """How a consumer polls. `lease` is how long a message stays hidden after its owner's death.

    `stop` is how long the process has from the beginning of its drain to its end.
    """

    lease: timedelta = timedelta(seconds=12)
    wait: timedelta = timedelta(seconds=20)
    patience: timedelta = timedelta(seconds=30)
    stop: timedelta = timedelta(seconds=25)


class Consumer:
    """Runs until `stop` is called, or until the queue is gone for longer than its patience."""

    def __init__(
        self,
        courier: Courier,
        queue: Queue,
        pace: Pace,
        log: Log,
        *,
        chance: Callable[[], float] = random.random,
        on_turn: OnTurn = nobody,
    ) -> None:
        self._courier = courier
        self._queue = queue
        self._pace = pace
        self._log = log
        self._chance = chance
        self._groups = Groups(courier.route.concurrency)
        self._heartbeat = Heartbeat(queue, courier.ledger, pace.lease, log)
        self._tries: dict[str, int] = {}
        self._settled = asyncio.Event()
        self.metrics = courier.metrics
        self.progress = Progress(asyncio.get_running_loop().time)
        self._ending = Drain(pace.stop, self.progress)
        self._attempts = Attempts(self.progress, courier.metrics, log, on_turn)

    @property
    def gauges(self) -> Gauges:
        """What it holds now."""
        return gauges(self._groups, self._courier.now())

    def stop(self) -> None:
        """Begins the drain, which ends within the pace's `stop`."""
        self._ending.begin()

    async def run(self) -> None:
        """Raises EndpointGone."""
        beats = asyncio.create_task(self._heartbeat.run())
        # Without a heartbeat every lease would end under its owner.
        beats.add_done_callback(lambda _: self.stop())
        try:
            await self._poll()
        finally:
            await self._drain()
            beats.cancel()
            [ended] = await asyncio.gather(beats, return_exceptions=True)
        if isinstance(ended, Exception):
            raise ended

    async def _poll(self) -> None:
        self.progress.answered()
        failures = 0
        while not self._ending.begun:
            if not self._groups.room:
                self._settled.clear()
                await self._ending.until_free(self._settled)
                continue
            try:
                await self._receive()
                self.progress.answered()
                failures = 0
            except QueueUnavailable as error:
                silent = self.progress.ages().answered
                if silent > self._pace.patience:
                    raise EndpointGone(f"no answer for {silent.seconds} s: {error}") from error
                failures += 1
                self._log.warning("queue unavailable", reason=str(error))
                await self._ending.pause(min(5.0, 0.2 * 2 ** min(failures, 8)) * self._chance())

    async def _receive(self) -> None:
        """One receive. It is awaited even in a drain: what it returns would be hidden otherwise."""
        limit = min(BATCH_LIMIT, self._groups.room)
        try:
            async with self._ending.outstanding():
                messages = await self._queue.receive(limit, self._pace.wait, self._pace.lease)
        except TimeoutError:
            self._log.warning("the last receive was given up")
            return
        self.metrics.received(len(messages))
        for message in messages:
            self._heartbeat.keep(message)
        self._groups.add(messages)
        if not self._ending.begun:
            self._start()

    def _start(self) -> None:
        for message in self._groups.start():
            self._heartbeat.own(message, self._attempts.start(self._attempt(message)))

    async def _attempt(self, message: Message) -> None:
        left = False
        try:
            settlement = self._judge(message, await self._deliver(message))
            self._heartbeat.let_go(message)
            left = await self._settle(message, settlement)
        except QueueUnavailable as error:
            # The lease ends by itself, and the ledger knows what has been done.
            self._log.warning("not settled", message_id=message.id, reason=str(error))
        finally:
            self._heartbeat.let_go(message)
            self._tries.pop(message.receipt, None)
            returned = self._groups.settled(message, left_the_queue=left)
            if self._attempts.is_cut_off:
                returned = (message, *returned)
            try:
                await asyncio.shield(self._give_back(returned))
            finally:
                # Whatever went wrong here, its place is free for the next.
                self._settled.set()
                if not self._ending.begun:
                    self._start()

    async def _deliver(self, message: Message) -> Outcome:
        try:
            return await self._courier.deliver(message, self._claimed)
        except LedgerUnavailable as error:
            return Unavailable("ledger_unavailable", str(error))
        except Exception as error:  # noqa: BLE001 the one place: a bug fails its message only
            self._log.exception("handler failed", error, message_id=message.id)
            reason = f"{type(error).__name__}: {error}"
            return Failed("bug", reason, fingerprint=of_exception(error))

    def _claimed(self, message: Message, claim: Claim | None) -> None:
        self._heartbeat.claimed(message, claim)
        if claim is not None:
            self._tries[message.receipt] = tries(message, claim)

    def _tried(self, message: Message) -> int:
        return self._tries.get(message.receipt, message.receives)

    def _judge(self, message: Message, outcome: Outcome) -> Settlement:
        route = self._courier.route
        settlement = settle(
            outcome,
            tries=self._tried(message),
            attempts=route.attempts,
            route=route.name,
            chance=self._chance(),
        )
        self.metrics.settled(outcome, settlement)
        self._log.info(
            "settled",
            message_id=message.id,
            group=message.group,
            receives=message.receives,
            outcome=type(outcome).__name__.lower(),
            settlement=type(settlement).__name__.lower(),
            reason=_reason(outcome, settlement),
        )
        return settlement

    async def _settle(self, message: Message, settlement: Settlement) -> bool:
        """True when the message has left the queue."""
        await self._heartbeat.rest()
        match settlement:
            case Ack():
                return message.id not in await self._queue.delete([message])
            case Park(parking):
                await self._park(message, parking)
                return True
            case Delay(duration):
                await self._queue.hide([message], duration)
                return False

    async def _park(self, message: Message, parking: Parking) -> None:
        route, now = self._courier.route, self._courier.now()
        parked = completed(parking, message, route, self._tried(message), now)
        try:
            await self._courier.ledger.note_parked(parked)
        except LedgerUnavailable as error:
            # The dead letter says it all; only the ledger's record stays without it.
            self._log.warning("parking not noted", message_id=message.id, reason=str(error))
        await self._queue.park(message, parked)

    async def _give_back(self, messages: Sequence[Message]) -> None:
        for message in messages:
            self._heartbeat.let_go(message)
        await self._heartbeat.rest()
        for start in range(0, len(messages), BATCH_LIMIT):
            batch = messages[start : start + BATCH_LIMIT]
            try:
                await self._queue.hide(batch, timedelta(0))
            except QueueUnavailable as error:
                self._log.warning("not given back", messages=len(batch), reason=str(error))

    async def _drain(self) -> None:
        self._ending.begin(bounded=False)
        await self._give_back(list(self._groups.drain()))
        await self._attempts.finish(self._ending.left)


def _reason(outcome: Outcome, settlement: Settlement) -> str | None:
    match outcome, settlement:
        case _, Park(parking):
            return parking.reason
        case ((Failed() | Unavailable()), _):
            return outcome.reason
    return None
