"""The loop of one worker process: poll, start what may start, settle, drain."""

import asyncio
import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta

from workers.runtime.delivery import Courier, tries
from workers.runtime.groups import Groups
from workers.runtime.heartbeat import Heartbeat
from workers.runtime.ledger import Claim, LedgerUnavailable
from workers.runtime.logs import Log
from workers.runtime.queue import BATCH_LIMIT, Message, Queue, QueueUnavailable
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
    """How a consumer polls. `lease` is how long a message stays hidden after its owner's death."""

    lease: timedelta = timedelta(seconds=12)
    wait: timedelta = timedelta(seconds=20)
    patience: timedelta = timedelta(seconds=30)


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
    ) -> None:
        self._courier = courier
        self._queue = queue
        self._pace = pace
        self._log = log
        self._chance = chance
        self._groups = Groups(courier.route.concurrency)
        self._heartbeat = Heartbeat(queue, courier.ledger, pace.lease, log)
        self._attempts: set[asyncio.Task[None]] = set()
        self._tries: dict[str, int] = {}
        self._stopping = asyncio.Event()
        self._settled = asyncio.Event()

    def stop(self) -> None:
        """Begins the drain."""
        self._stopping.set()

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
        clock = asyncio.get_running_loop().time
        answered, failures = clock(), 0
        while not self._stopping.is_set():
            if not self._groups.room:
                await self._until_settled()
                answered = clock()
                continue
            try:
                await self._receive()
                answered, failures = clock(), 0
            except QueueUnavailable as error:
                silent = timedelta(seconds=clock() - answered)
                if silent > self._pace.patience:
                    raise EndpointGone(f"no answer for {silent.seconds} s: {error}") from error
                failures += 1
                self._log.warning("queue unavailable", reason=str(error))
                await self._pause(min(5.0, 0.2 * 2 ** min(failures, 8)) * self._chance())

    async def _receive(self) -> None:
        """One receive. It is awaited even in a drain: what it returns would be hidden otherwise."""
        limit = min(BATCH_LIMIT, self._groups.room)
        messages = await self._queue.receive(limit, self._pace.wait, self._pace.lease)
        for message in messages:
            self._heartbeat.keep(message)
        self._groups.add(messages)
        if not self._stopping.is_set():
            self._start()

    def _start(self) -> None:
        for message in self._groups.start():
            attempt = asyncio.create_task(self._attempt(message))
            self._heartbeat.own(message, attempt)
            self._attempts.add(attempt)
            attempt.add_done_callback(self._ended)

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
            unstarted = self._groups.settled(message, left_the_queue=left)
            try:
                await asyncio.shield(self._give_back(unstarted))
            finally:
                # Whatever went wrong here, its place is free for the next.
                self._settled.set()
                if not self._stopping.is_set():
                    self._start()

    def _ended(self, attempt: asyncio.Task[None]) -> None:
        self._attempts.discard(attempt)
        if not attempt.cancelled() and (error := attempt.exception()):
            # A bug in an adapter or in the runtime. The message comes back when its lease ends.
            self._log.exception("attempt broke", error)

    async def _deliver(self, message: Message) -> Outcome:
        try:
            return await self._courier.deliver(message, self._claimed)
        except LedgerUnavailable as error:
            return Unavailable("ledger_unavailable", str(error))
        except Exception as error:  # noqa: BLE001 the one place: a bug fails its message only
            self._log.exception("handler failed", error, message_id=message.id)
            return Failed("bug", f"{type(error).__name__}: {error}")

    def _claimed(self, message: Message, claim: Claim | None) -> None:
        self._heartbeat.claimed(message, claim)
        if claim is not None:
            self._tries[message.receipt] = tries(message, claim)

    def _judge(self, message: Message, outcome: Outcome) -> Settlement:
        route = self._courier.route
        settlement = settle(
            outcome,
            tries=self._tries.get(message.receipt, message.receives),
            attempts=route.attempts,
            route=route.name,
            chance=self._chance(),
        )
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
                await self._queue.park(message, parking)
                return True
            case Delay(duration):
                await self._queue.hide([message], duration)
                return False

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
        self._stopping.set()
        await self._give_back(list(self._groups.drain()))
        if self._attempts:
            await asyncio.gather(*self._attempts, return_exceptions=True)

    async def _until_settled(self) -> None:
        self._settled.clear()
        waits = [asyncio.create_task(e.wait()) for e in (self._settled, self._stopping)]
        await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
        for wait in waits:
            wait.cancel()

    async def _pause(self, seconds: float) -> None:
        try:
            await asyncio.wait_for(self._stopping.wait(), seconds)
        except TimeoutError:
            return


def _reason(outcome: Outcome, settlement: Settlement) -> str | None:
    match outcome, settlement:
        case _, Park(parking):
            return parking.reason
        case ((Failed() | Unavailable()), _):
            return outcome.reason
    return None
