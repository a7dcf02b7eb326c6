"""The fakes, each of which tells the witness of an effect in the turn in which it happens."""

import asyncio
import json
from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from events.codec import Entry
from events.publisher import Refusal
from tests.workers.runtime.stateful.witness import Witness
from workers.ports import Clock
from workers.runtime.ledger import Claim, Committed, Done, Held, Write
from workers.runtime.queue import Message, Parking
from workers.runtime.testing import FakeBus, FakeLedger, FakeQueue


class WatchedQueue(FakeQueue):
    """`lease` is what a renewal hides for; every other time is that of giving back."""

    POLL = timedelta(seconds=2)

    def __init__(self, clock: Clock, witness: Witness, lease: timedelta, max_receives: int) -> None:
        super().__init__(clock, max_receives=max_receives)
        self._witness = witness
        self._lease = lease

    async def receive(
        self, limit: int, wait: timedelta, lease: timedelta, *, attempt: str | None = None
    ) -> Sequence[Message]:
        received = await super().receive(limit, wait, lease, attempt=attempt)
        self._witness.received(received)
        return received

    async def delete(self, messages: Sequence[Message]) -> frozenset[str]:
        kept = await super().delete(messages)
        for message in messages:
            if message.id not in kept and message.id not in self._witness.deleted:
                self._witness.left(message)
        return kept

    async def hide(self, messages: Sequence[Message], duration: timedelta) -> frozenset[str]:
        lost = await super().hide(messages, duration)
        for message in messages:
            if message.id not in lost:
                self._witness.hidden(message, renewed=duration == self._lease, at_once=not duration)
        return lost

    async def park(self, message: Message, parking: Parking) -> bool:
        self._witness.parked(message, parking.cause, parking.reason)
        return await super().park(message, parking)


class WatchedLedger(FakeLedger):
    def __init__(self, clock: Clock, witness: Witness) -> None:
        super().__init__(clock)
        self._witness = witness

    async def claim(
        self, worker: str, event_id: str, lease: timedelta
    ) -> Claim | Held | Committed | Done:
        standing = await super().claim(worker, event_id, lease)
        if isinstance(standing, Claim):
            self._witness.granted(standing)
        return standing

    async def extend(self, claim: Claim, lease: timedelta) -> None:
        await super().extend(claim, lease)
        self._witness.changed(claim, "extend")

    async def release(self, claim: Claim) -> None:
        await super().release(claim)
        self._witness.changed(claim, "release")

    async def excuse(self, claim: Claim) -> None:
        await super().excuse(claim)
        self._witness.excused(claim)

    async def record(self, claim: Claim, step: str, result: str) -> None:
        await super().record(claim, step, result)
        self._witness.changed(claim, "record")
        self._witness.recorded.add(claim.event_id)

    async def commit(
        self, claim: Claim, entries: Sequence[Entry], writes: Sequence[Write] = ()
    ) -> None:
        await super().commit(claim, entries, writes)
        self._witness.changed(claim, "commit")
        self._witness.committed(claim, tuple(_metadata(entry)["id"] for entry in entries))


class WatchedBus(FakeBus):
    def __init__(self, witness: Witness) -> None:
        super().__init__()
        self.down = False
        self._witness = witness

    async def put(self, entries: Sequence[Entry]) -> Sequence[Refusal | None]:
        if self.down:
            await asyncio.sleep(0)
            return [Refusal("ConnectionError", "the bus is down")] * len(entries)
        answers = await super().put(entries)
        for entry, refusal in zip(entries, answers, strict=True):
            if refusal is None:
                told = _metadata(entry)
                self._witness.sent(told["id"], told["caused_by"])
        return answers


def _metadata(entry: Entry) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(entry["Detail"])["metadata"]
    return found
