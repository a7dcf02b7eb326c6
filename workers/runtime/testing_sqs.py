"""What SQS does with the messages of one queue, in memory and under a given clock. For tests.

Where AWS and its emulators differ, it goes with AWS; where AWS promises nothing (a late receipt on
a standard queue), it does the worst that is allowed. `testing_queue` puts it behind the port.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import islice

from workers.ports import Clock
from workers.runtime.queue import Message

_NOW = timedelta(0)


class OverLimit(Exception):
    """Raised by a receive from a standard queue that has as many in flight as it may."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Shape:
    """What a queue was created as. `delay` hides each message at first.

    A receive finds only what is among the first `reach` messages of a FIFO queue.
    """

    fifo: bool = True
    max_receives: int = 1000
    delay: timedelta = _NOW
    in_flight_limit: int = 120_000
    reach: int = 120_000


@dataclass(slots=True)
class _Stored:
    id: str
    body: str
    group: str | None
    sent_at: datetime
    visible_at: datetime
    attributes: Mapping[str, str] = field(default_factory=dict)
    receives: int = 0
    receipt: str = ""
    received_at: datetime | None = None
    first_received_at: datetime | None = None
    rehidden: bool = False


@dataclass(frozen=True, slots=True)
class _Attempt:
    """What a receive with an attempt id returned: ids and receipts."""

    at: datetime
    receipts: tuple[tuple[str, str], ...]


class SimulatedSqs:
    """A queue's messages, and the rules by which they are handed out and taken back."""

    DEDUPLICATION = timedelta(minutes=5)
    ATTEMPT = timedelta(minutes=5)
    LONGEST_LEASE = timedelta(hours=12)

    def __init__(self, clock: Clock, shape: Shape) -> None:
        self._clock = clock
        self._shape = shape
        # In the order of their sends, which is also the order in which they are handed out.
        self._messages: dict[str, _Stored] = {}
        self._deleted: set[str] = set()
        self._seen: dict[str, tuple[datetime, str]] = {}
        self._attempts: dict[str, _Attempt] = {}
        self._sequence = 0

    def __len__(self) -> int:
        return len(self._messages)

    @property
    def in_flight(self) -> int:
        """Messages that were received and are hidden still."""
        now = self._clock.now()
        return sum(s.visible_at > now for s in self._messages.values() if s.receives)

    def send(
        self,
        body: str,
        *,
        group: str | None,
        deduplication: str | None = None,
        delay: timedelta | None = None,
        attributes: Mapping[str, str] | None = None,
    ) -> str:
        """Returns the message's id: for a duplicate within the window that of the first.

        Raises ValueError for what this kind of queue does not take.
        """
        if self._shape.fifo and delay:
            raise ValueError("a FIFO queue takes its delay from the queue, not from a message")
        if not self._shape.fifo and deduplication is not None:
            raise ValueError("a standard queue takes no deduplication id")
        now = self._clock.now()
        if deduplication is not None:
            last, first = self._seen.get(deduplication, (now, None))
            if first is not None and now - last < self.DEDUPLICATION:
                return first
        self._sequence += 1
        name = f"m{self._sequence}"
        if deduplication is not None:
            self._seen[deduplication] = (now, name)
        visible_at = now + (self._shape.delay if delay is None else delay)
        self._messages[name] = _Stored(name, body, group, now, visible_at, attributes or {})
        return name

    def receivable(self) -> Iterator[str]:
        """The ids that a receive could return now, in order."""
        now = self._clock.now()
        held: set[str] = set()
        reach = self._shape.reach if self._shape.fifo else None
        for stored in islice(self._messages.values(), reach):
            if self._shape.fifo and stored.group in held:
                continue
            if stored.visible_at <= now:
                yield stored.id
            elif stored.group is not None:
                held.add(stored.group)

    def receive(
        self, limit: int, lease: timedelta, attempt: str | None = None
    ) -> tuple[list[Message], list[Message]]:
        """The messages handed out, and those that went to the dead letters instead.

        A FIFO queue that is asked again with the same `attempt` answers again with the same, as
        long as none of it has lapsed, was hidden anew or deleted. Raises OverLimit.
        """
        if not self._shape.fifo:
            attempt = None
        if attempt is not None and (same := self._repeated(attempt, lease)):
            return same, []
        room = self._shape.in_flight_limit - self.in_flight
        if room <= 0 and not self._shape.fifo:
            raise OverLimit(f"{self._shape.in_flight_limit} messages are in flight")
        received: list[Message] = []
        worn: list[Message] = []
        for name in list(self.receivable()):
            if len(received) >= min(limit, room):
                break
            stored = self._messages[name]
            if stored.receives >= self._shape.max_receives:
                worn.append(_delivery(self._messages.pop(name)))
            else:
                received.append(self._hand_out(stored, lease))
        if attempt is not None:
            receipts = tuple((message.id, message.receipt) for message in received)
            self._attempts[attempt] = _Attempt(self._clock.now(), receipts)
        return received, worn

    def delete(self, message: Message) -> bool:
        """True when it is gone, by this or by an earlier delete.

        On a standard queue a late receipt is answered as if it had deleted.
        """
        if message.id in self._deleted:
            return True
        stored = self._messages.get(message.id)
        if stored is None:
            return False
        current = stored.receipt == message.receipt
        if current and (self._is_hidden(stored) or not self._shape.fifo):
            del self._messages[message.id]
            self._deleted.add(message.id)
            return True
        return not self._shape.fifo

    def hide(self, message: Message, duration: timedelta) -> bool:
        """Hides it for this long from now. False, and nothing is changed, when its lease is lost.

        So it is when the lease would last longer than twelve hours since the receive.
        """
        stored = self._messages.get(message.id)
        if stored is None or stored.receipt != message.receipt or not self._is_hidden(stored):
            return False
        until = self._clock.now() + duration
        if stored.received_at is None or until - stored.received_at > self.LONGEST_LEASE:
            return False
        stored.visible_at = until
        stored.rehidden = True
        return True

    def _repeated(self, attempt: str, lease: timedelta) -> list[Message]:
        """What the receive of that id returned, hidden anew, where that is allowed."""
        now = self._clock.now()
        known = self._attempts.get(attempt)
        if known is None or now - known.at >= self.ATTEMPT:
            return []
        found = [self._messages.get(name) for name, _ in known.receipts]
        held = [stored for stored in found if stored is not None and self._is_untouched(stored)]
        if tuple((stored.id, stored.receipt) for stored in held) != known.receipts:
            return []
        for stored in held:
            stored.visible_at = now + lease
        return [_delivery(stored) for stored in held]

    def _is_untouched(self, stored: _Stored) -> bool:
        return self._is_hidden(stored) and not stored.rehidden

    def _is_hidden(self, stored: _Stored) -> bool:
        return stored.visible_at > self._clock.now()

    def _hand_out(self, stored: _Stored, lease: timedelta) -> Message:
        now = self._clock.now()
        stored.receives += 1
        stored.receipt = f"{stored.id}-r{stored.receives}"
        stored.received_at = now
        stored.first_received_at = stored.first_received_at or now
        stored.visible_at = now + lease
        stored.rehidden = False
        return _delivery(stored)


def _delivery(stored: _Stored) -> Message:
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
