"""Carries out what becomes of messages: deletes, parks and gives back."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import timedelta

from events.errors import Oversized, Undecodable, Untrusted
from workers.runtime.claim_check import PayloadsUnavailable, lasting
from workers.runtime.coalescer import Coalescer, by_count
from workers.runtime.delivery import Courier
from workers.runtime.leases import Lease, Leases
from workers.runtime.ledger import LedgerUnavailable
from workers.runtime.logs import Log
from workers.runtime.parking import completed
from workers.runtime.postpone import BODY_LIMIT, PostponementUnavailable, postponed
from workers.runtime.queue import BATCH_LIMIT, Message, Parking, Queue, QueueUnavailable
from workers.runtime.settle import (
    LONGEST_DELAY,
    LONGEST_OUTAGE,
    Ack,
    Delay,
    Failed,
    Handled,
    Outcome,
    Park,
    Paused,
    Schedule,
    Settlement,
    Unavailable,
    settle,
)

# So much of a lease may have passed when a handler starts. The rest is for the first beat.
_TRUSTED = 2 / 3


class Settler:
    """Settles one route's messages. What is deleted at the same time goes as one request."""

    def __init__(
        self,
        courier: Courier,
        queue: Queue,
        leases: Leases,
        log: Log,
        chance: Callable[[], float],
    ) -> None:
        self._courier = courier
        self._queue = queue
        self._leases = leases
        self._log = log
        self._chance = chance
        self._trusted = courier.lease * _TRUSTED
        self._deletes: Coalescer[Message, bool] = Coalescer(self._delete, by_count(BATCH_LIMIT))
        self._renewals: Coalescer[Message, bool] = Coalescer(self._renew, by_count(BATCH_LIMIT))

    async def settle(self, lease: Lease, outcome: Outcome) -> bool:
        """True when the message has left the queue. Raises QueueUnavailable.

        Under a lost lease nothing is done: the message is somebody else's.
        """
        self._leases.let_go(lease.message)
        if self._leases.is_renewing(lease.message):
            await self._leases.rest(lease.message)
        if lease.lost is not None:
            return False
        match self._judge(lease, outcome):
            case Ack():
                return await self._deletes.ask(lease.message)
            case Park(parking):
                return await self._park(lease, parking)
            case Schedule(duration):
                return await self._postpone(lease, duration)
            case Delay(duration):
                await self._queue.hide([lease.message], duration)
                return False

    def is_trusted(self, lease: Lease) -> bool:
        """Whether the message is surely ours to handle; otherwise `confirmed` asks the queue."""
        return lease.lost is None and self._leases.age(lease) < self._trusted

    async def confirmed(self, lease: Lease) -> bool:
        """Whether the message is ours to handle. Raises QueueUnavailable.

        A process that was stopped, or a poll that took long, may have slept over its lease: then
        somebody else may have parked it, or given it back for later. The queue knows.
        """
        if lease.lost is not None:
            return False
        since = self._leases.now()
        if not await self._renewals.ask(lease.message):
            self._leases.disown(lease.message)
            self._leases.lose(lease, "its lease was over before it was started")
            return False
        self._leases.renewed(lease, since)
        # A beat may have been told meanwhile.
        return lease.lost is None

    def hold(self, lease: Lease, outcome: Paused) -> bool:
        """Keeps the message as it is, its lease renewed: its time will come.

        False when it is too old to wait, or its lease is lost.
        """
        if lease.lost is not None or self._age(lease) > LONGEST_OUTAGE:
            return False
        self._leases.disown(lease.message)
        self._told(lease, outcome, Delay(timedelta(0)), "hold")
        return True

    async def give_back(self, messages: Sequence[Message]) -> None:
        """Makes them visible at once, unstarted. What can't be reached comes back by itself."""
        ours = [message for message in messages if self._leases.let_go(message)]
        for message in ours:
            await self._leases.rest(message)
        for start in range(0, len(ours), BATCH_LIMIT):
            batch = ours[start : start + BATCH_LIMIT]
            try:
                await self._queue.hide(batch, timedelta(0))
            except QueueUnavailable as error:
                self._log.warning("not given back", messages=len(batch), reason=str(error))

    def _judge(self, lease: Lease, outcome: Outcome) -> Settlement:
        route = self._courier.route
        settlement = settle(
            outcome,
            tries=lease.tries,
            attempts=route.attempts,
            route=route.name,
            chance=self._chance(),
            age=timedelta(0) if isinstance(outcome, Handled) else self._age(lease),
        )
        self._told(lease, outcome, settlement, type(settlement).__name__.lower())
        return settlement

    def _age(self, lease: Lease) -> timedelta:
        sent = lease.message.sent_at
        return timedelta(0) if sent is None else self._courier.now() - sent

    def _told(self, lease: Lease, outcome: Outcome, settlement: Settlement, said: str) -> None:
        message = lease.message
        self._courier.metrics.settled(outcome, settlement)
        self._log.info(
            "settled",
            message_id=message.id,
            group=message.group,
            receives=message.receives,
            outcome=type(outcome).__name__.lower(),
            settlement=said,
            reason=_reason(outcome, settlement),
        )

    async def _delete(self, messages: Sequence[Message]) -> Sequence[bool]:
        kept = await self._queue.delete(messages)
        return [message.id not in kept for message in messages]

    async def _renew(self, messages: Sequence[Message]) -> Sequence[bool]:
        lost = await self._queue.hide(messages, self._courier.lease)
        return [message.id not in lost for message in messages]

    async def _park(self, lease: Lease, parking: Parking) -> bool:
        route, now = self._courier.route, self._courier.now()
        message = replace(lease.message, body=lease.body)
        parked = completed(parking, message, route, lease.tries, now)
        try:
            await self._courier.ledger.note_parked(parked)
        except LedgerUnavailable as error:
            # The dead letter says it all; only the ledger's record stays without it.
            self._log.warning("parking not noted", message_id=lease.message.id, reason=str(error))
        return await self._queue.park(lease.message, parked)

    async def _postpone(self, lease: Lease, wait: timedelta) -> bool:
        """Has it sent again after a wait that no queue can give, or waits as long as one can."""
        courier, message = self._courier, lease.message
        if courier.scheduler is None or courier.payloads is None:
            await self._queue.hide([message], LONGEST_DELAY)
            return False
        try:
            body = await lasting(message.body, courier.route, courier.payloads, limit=BODY_LIMIT)
            next_time = postponed(message, body, wait, courier.now(), courier.route.name)
            if isinstance(next_time, Parking):
                return await self._park(lease, next_time)
            await courier.scheduler.postpone(next_time)
        except (PostponementUnavailable, PayloadsUnavailable) as error:
            self._log.warning("not postponed", message_id=message.id, reason=str(error))
            await self._queue.hide([message], LONGEST_DELAY)
            return False
        except (Oversized, Undecodable, Untrusted) as error:
            return await self._park(lease, Parking("unschedulable", str(error), courier.route.name))
        return await self._deletes.ask(message)


def _reason(outcome: Outcome, settlement: Settlement) -> str | None:
    match outcome, settlement:
        case _, Park(parking):
            return parking.reason
        case ((Failed() | Unavailable() | Paused()), _):
            return outcome.reason
    return None
