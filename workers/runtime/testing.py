"""Fakes of what the runtime needs, under a clock that only moves when told. For tests.

Each call gives way once to what else runs, as a request would.
"""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from events.codec import Entry
from events.publisher import Refusal
from workers.ports import Clock
from workers.runtime.queue import Message, Parking, QueueUnavailable
from workers.runtime.testing_ledger import FakeLedger

__all__ = ["FakeBus", "FakeLedger", "FakeQueue", "VirtualClock", "no_chance"]


class VirtualClock:
    """Time that passes by `advance` alone."""

    def __init__(self, start: datetime = datetime(2026, 11, 1, tzinfo=UTC)) -> None:
        self._now = start

    def now(self) -> datetime:
        return self._now

    def advance(self, duration: timedelta) -> None:
        self._now += duration


@dataclass
class _Stored:
    id: str
    body: str
    group: str | None
    sent_at: datetime
    visible_at: datetime
    receives: int = 0
    receipt: str = ""
    attributes: Mapping[str, str] = field(default_factory=dict)
    first_received_at: datetime | None = None


class FakeQueue:
    """A FIFO queue as SQS keeps it: visibility, receive counts, groups, deduplication.

    A group with a hidden message gives no other; deduplication lasts five minutes, also after a
    delete; `max_receives` sends a message to the dead letters on the receive after. Long polls
    last in the event loop's time.
    """

    DEDUPLICATION = timedelta(minutes=5)
    POLL = timedelta(milliseconds=100)

    def __init__(self, clock: Clock, *, max_receives: int = 1000) -> None:
        self._clock = clock
        self._max_receives = max_receives
        self._messages: list[_Stored] = []
        self._seen: dict[str, datetime] = {}
        self._sequence = 0
        self.dead_letters: list[tuple[Message, Parking | None]] = []
        self.down = False

    def send(self, body: str, *, group: str | None = None, deduplication: str | None = None) -> str:
        """Returns the message's id; a duplicate within the window is accepted and dropped."""
        now = self._clock.now()
        self._sequence += 1
        message_id = f"m{self._sequence}"
        if deduplication is not None:
            last = self._seen.get(deduplication)
            if last is not None and now - last < self.DEDUPLICATION:
                return message_id
            self._seen[deduplication] = now
        self._messages.append(_Stored(message_id, body, group, now, now))
        return message_id

    @property
    def depth(self) -> int:
        """Messages in the queue, hidden ones included."""
        return len(self._messages)

    def visible(self) -> Sequence[str]:
        """The ids that a receive could return now, in order."""
        return [stored.id for stored in self._receivable()]

    async def receive(self, limit: int, wait: timedelta, lease: timedelta) -> Sequence[Message]:
        time = asyncio.get_running_loop().time
        end = time() + wait.total_seconds()
        await self._reach()
        while not (received := self._take(limit, lease)) and time() < end:
            await asyncio.sleep(self.POLL.total_seconds())
            await self._reach()
        return received

    def _take(self, limit: int, lease: timedelta) -> Sequence[Message]:
        received: list[Message] = []
        for stored in self._receivable()[:limit]:
            if stored.receives >= self._max_receives:
                self._messages.remove(stored)
                self.dead_letters.append((self._delivery(stored), None))
                continue
            stored.receives += 1
            stored.first_received_at = stored.first_received_at or self._clock.now()
            stored.receipt = f"{stored.id}-r{stored.receives}"
            stored.visible_at = self._clock.now() + lease
            received.append(self._delivery(stored))
        return received

    async def delete(self, messages: Sequence[Message]) -> frozenset[str]:
        await self._reach()
        gone = self._lost(messages)
        deleted = {message.id for message in messages} - gone
        self._messages = [stored for stored in self._messages if stored.id not in deleted]
        return gone

    async def hide(self, messages: Sequence[Message], duration: timedelta) -> frozenset[str]:
        await self._reach()
        gone = self._lost(messages)
        for stored in self._messages:
            if any(m.id == stored.id for m in messages) and stored.id not in gone:
                stored.visible_at = self._clock.now() + duration
        return gone

    async def park(self, message: Message, parking: Parking) -> None:
        await self._reach()
        # Its deduplication id is the message's own.
        if all(parked.id != message.id for parked, _ in self.dead_letters):
            self.dead_letters.append((message, parking))
        await self.delete([message])

    def _receivable(self) -> list[_Stored]:
        now = self._clock.now()
        hidden = [stored for stored in self._messages if stored.visible_at > now]
        blocked = {stored.group for stored in hidden if stored.group is not None}
        return [s for s in self._messages if s.visible_at <= now and s.group not in blocked]

    def _lost(self, messages: Sequence[Message]) -> frozenset[str]:
        """A receipt is good until the message is visible again or received anew."""
        now = self._clock.now()
        alive = {s.receipt for s in self._messages if s.visible_at > now}
        return frozenset(message.id for message in messages if message.receipt not in alive)

    def _delivery(self, stored: _Stored) -> Message:
        return Message(
            id=stored.id,
            body=stored.body,
            receipt=stored.receipt,
            receives=stored.receives,
            group=stored.group,
            sent_at=stored.sent_at,
            attributes=stored.attributes,
            first_received_at=stored.first_received_at,
        )

    async def _reach(self) -> None:
        await asyncio.sleep(0)
        if self.down:
            raise QueueUnavailable("the fake queue is down")


class FakeBus:
    """Keeps what it takes. `refuse_next` refuses that many entries, the first ones first."""

    def __init__(self) -> None:
        self.entries: list[Entry] = []
        self.requests = 0
        self.refuse_next = 0

    async def put(self, entries: Sequence[Entry]) -> Sequence[Refusal | None]:
        await asyncio.sleep(0)
        self.requests += 1
        answers: list[Refusal | None] = []
        for entry in entries:
            if self.refuse_next > 0:
                self.refuse_next -= 1
                answers.append(Refusal("ThrottlingException", "slow down"))
            else:
                self.entries.append(entry)
                answers.append(None)
        return answers


def no_chance() -> float:
    """A jitter that is always the middle, for tests that look at a backoff."""
    return 0.5
