"""The loop of one worker process: poll, start what may start, settle, drain."""

import asyncio
import random
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import timedelta

from workers.runtime.attempts import Attempts, OnTurn, nobody
from workers.runtime.delivery import Courier
from workers.runtime.drain import Drain
from workers.runtime.groups import Groups
from workers.runtime.health import Progress
from workers.runtime.heartbeat import Heartbeat, Renewal
from workers.runtime.leases import Lease, Leases
from workers.runtime.ledger import LedgerUnavailable
from workers.runtime.logs import Log
from workers.runtime.metrics import Gauges, gauges
from workers.runtime.queue import BATCH_LIMIT, Message, Queue, QueueUnavailable
from workers.runtime.settle import Paused
from workers.runtime.settler import Settler
from workers.runtime.stores import Trial

# A pause is looked at again after this, so that it is seen to be alive.
_LONGEST_PAUSE = timedelta(seconds=5)


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


@dataclass(frozen=True, slots=True, kw_only=True)
class Hooks:
    """What a process adds to a consumer.

    `on_turn` is told at each turn from idle to busy and back. `renewal` makes what renews the
    leases; without one it shares the consumer's event loop.
    """

    on_turn: OnTurn = nobody
    renewal: Callable[[Leases], Renewal] | None = None


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
        hooks: Hooks = Hooks(),
    ) -> None:
        self._courier = courier
        self._now = asyncio.get_running_loop().time
        self._queue = queue
        self._pace = pace
        self._log = log
        self._chance = chance
        self._groups = Groups(courier.route.concurrency)
        self._leases = Leases(self._now)
        self._renewal = (
            Heartbeat(self._leases, queue, courier.ledger, pace.lease, log)
            if hooks.renewal is None
            else hooks.renewal(self._leases)
        )
        self._settler = Settler(courier, queue, self._leases, log, chance)
        self._trial = Trial(courier, self._now, log)
        self._settled = asyncio.Event()
        self.metrics = courier.metrics
        self.progress = Progress(self._now)
        self._ending = Drain(pace.stop, self.progress)
        self._attempts = Attempts(self.progress, courier.metrics, log, hooks.on_turn)

    @property
    def gauges(self) -> Gauges:
        """What it holds now."""
        states = self._courier.breakers.states()
        away = {port: state != "closed" for port, state in states.items()}
        return replace(gauges(self._groups, self._courier.now()), away=away)

    @property
    def away(self) -> Mapping[str, timedelta]:
        """The ports that are away, and how long until the next try."""
        return self._courier.breakers.open_ports(self._now())

    def stop(self) -> None:
        """Begins the drain, which ends within the pace's `stop`."""
        self._ending.begin()

    async def run(self) -> None:
        """Raises EndpointGone."""
        beats = asyncio.create_task(self._renewal.run())
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
            if await self._paused():
                continue
            if not self._wants:
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

    @property
    def _wants(self) -> bool:
        """Whether to receive now. One more for a probe needs no more than a place."""
        if self._courier.breakers.limit(self._now()) is not None:
            return self._groups.room > 0
        return self._groups.wants

    async def _paused(self) -> bool:
        """True after a while in which nothing was to be received, since a port is away.

        What is held is kept. When it is time for the next try, one more is received and one is
        started, each in its turn: one of them may be to blame for what seems to be an outage.
        """
        breakers, now = self._courier.breakers, self._now()
        allowed = breakers.limit(now)
        is_due = allowed == 1 and not self._groups.running
        if allowed is None or (is_due and self._groups.room):
            return False
        if is_due:
            self._start()
        wait = breakers.next_try(now) or _LONGEST_PAUSE
        self._settled.clear()
        await self._ending.until(self._settled, min(wait, _LONGEST_PAUSE).total_seconds())
        self.progress.answered()
        return True

    async def _receive(self) -> None:
        """One receive. It is awaited even in a drain: what it returns would be hidden otherwise."""
        limit, wait = min(BATCH_LIMIT, self._groups.room), self._pace.wait
        if self._courier.breakers.limit(self._now()) is not None:
            # For a probe, which may as well be one of those that wait here.
            limit, wait = 1, timedelta(0) if len(self._groups) else wait
        since = self._now()
        try:
            async with self._ending.outstanding():
                messages = await self._queue.receive(limit, wait, self._pace.lease)
        except TimeoutError:
            self._log.warning("the last receive was given up")
            return
        self.metrics.received(len(messages))
        self._leases.keep(messages, since)
        self._groups.add(messages)
        if not self._ending.begun:
            self._start()

    def _start(self) -> None:
        if not self._groups.ready:
            return
        longest = self._courier.route.timeout + self._pace.lease
        for message in self._groups.start(self._courier.breakers.limit(self._now())):
            lease = self._leases.of(message)
            attempt = self._attempts.start(self._attempt(message, lease))
            self._leases.own(message, attempt, longest)

    async def _attempt(self, message: Message, lease: Lease) -> None:
        left = held = False
        try:
            # What waited behind its group may be somebody else's by now.
            if self._settler.is_trusted(lease) or await self._settler.confirmed(lease):
                outcome = await self._trial.outcome(lease)
                if isinstance(outcome, Paused) and not self._ending.begun:
                    held = self._settler.hold(lease, outcome)
                if not held:
                    left = await self._settler.settle(lease, outcome)
        except QueueUnavailable as error:
            # The lease ends by itself, and the ledger knows what has been done.
            self._log.warning("not settled", message_id=message.id, reason=str(error))
        finally:
            if held:
                self._groups.hold(message)
                self._freed()
            else:
                await self._leave(message, left_the_queue=left)

    async def _leave(self, message: Message, *, left_the_queue: bool) -> None:
        """Ends what is known of a message here; what waited behind it goes back if it does."""
        self._leases.let_go(message)
        returned = self._groups.settled(message, left_the_queue=left_the_queue)
        if self._attempts.is_cut_off:
            returned = (message, *returned)
        try:
            if returned:
                await asyncio.shield(self._settler.give_back(returned))
        finally:
            # Whatever went wrong here, its place is free for the next.
            self._freed()

    def _freed(self) -> None:
        self._settled.set()
        if not self._ending.begun:
            self._start()

    async def _drain(self) -> None:
        self._ending.begin(bounded=False)
        await self._settler.give_back(list(self._groups.drain()))
        await self._attempts.finish(self._ending.left)
        try:
            await self._courier.ledger.flush()
        except LedgerUnavailable as error:
            # What has been published is published again if it comes again.
            self._log.warning("not noted as published", reason=str(error))
