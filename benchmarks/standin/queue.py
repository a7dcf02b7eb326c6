"""One queue: what is visible, what is in flight, and in which order a group goes.

Nothing here is slower than it has to be, since a measurement must not be one of this.
"""

import hashlib
import time
from collections import deque
from collections.abc import Iterator, Sequence
from typing import Any
from uuid import uuid4

from pydantic_core import from_json, to_json

from benchmarks.standin.tally import Tally

# A receipt of SQS has a few hundred characters, which clients sign and send.
_FILLING = "A" * 320


class Hold:
    """Messages that were hidden together; `left` is how many of them it hides still."""

    __slots__ = ("deadline", "left", "messages")

    def __init__(self, deadline: float, messages: "Sequence[Message]") -> None:
        self.deadline = deadline
        self.messages = messages
        self.left = len(messages)
        for message in messages:
            message.hold = self


class Message:
    """A message with the parts of its answer that never change, as JSON."""

    __slots__ = (
        "first", "fixed", "group", "hold", "id", "md5", "ordered", "receipt", "received_at",
        "receives", "sent", "sequence",
    )  # fmt: skip

    def __init__(self, body: str, group: str | None, sequence: int, more: Any = None) -> None:
        self.id = str(uuid4())
        self.group = group
        self.sequence = sequence
        self.sent = int(time.time() * 1000)
        self.first = 0
        self.receives = 0
        self.receipt = ""
        self.received_at = 0.0
        self.hold: Hold | None = None
        self.md5 = hashlib.md5(body.encode(), usedforsecurity=False).hexdigest()
        self.fixed = f'"MessageId":"{self.id}","MD5OfBody":"{self.md5}","Body":{_json(body)}'
        if more:
            self.fixed += f',"MessageAttributes":{_json(more)}'
        self.ordered = ""
        if group is not None:
            self.ordered = f',"MessageGroupId":{_json(group)},"SequenceNumber":"{sequence:020d}"'

    def answer(self, wanted: frozenset[str]) -> str:
        """As ReceiveMessage returns it."""
        if "All" in wanted:
            # In one piece: this is most of what the stand-in does.
            return (
                f'{{{self.fixed},"ReceiptHandle":"{self.receipt}","Attributes":{{'
                f'"SenderId":"AIDAEXAMPLE","SentTimestamp":"{self.sent}",'
                f'"ApproximateReceiveCount":"{self.receives}",'
                f'"ApproximateFirstReceiveTimestamp":"{self.first}"{self.ordered}}}}}'
            )
        if not wanted:
            return f'{{{self.fixed},"ReceiptHandle":"{self.receipt}"}}'
        every = from_json(self.answer(frozenset({"All"})))["Attributes"]
        chosen = {name: value for name, value in every.items() if name in wanted}
        return f'{{{self.fixed},"ReceiptHandle":"{self.receipt}","Attributes":{_json(chosen)}}}'


class Queue:
    """Standard or FIFO. A group with anything in flight gives nothing more."""

    def __init__(self, name: str, tally: Tally, *, visibility: float, spread: bool) -> None:
        """`spread` mixes groups in one receive; SQS gives as many of one group as it can."""
        self.name = name
        self.fifo = name.endswith(".fifo")
        self.visibility = visibility
        self._tally = tally
        self._take_most = 1 if spread else 10
        self._count = 0
        self._visible: dict[str, deque[Message]] = {} if self.fifo else {"": deque()}
        # Groups with something visible and nothing in flight, in the order of their turn.
        self._turns: deque[str] = deque()
        # By group, the places of what is in flight.
        self._busy: dict[str, set[int]] = {}
        self._in_flight: dict[str, Message] = {}
        # By duration, so that each holds its deadlines in order.
        self._holds: dict[float, deque[Hold]] = {}

    @property
    def visible(self) -> int:
        return sum(map(len, self._visible.values()))

    @property
    def in_flight(self) -> int:
        return len(self._in_flight)

    def send(self, body: str, group: str | None, more: Any = None) -> Message:
        """Puts a message at the end of its group."""
        self._count += 1
        message = Message(body, group if self.fifo else None, self._count, more)
        self._show(message)
        return message

    def receive(self, limit: int, visibility: float | None) -> Sequence[Message]:
        """At most so many, hidden from others for so many seconds under a new receipt."""
        self._expire()
        now, clock = time.monotonic(), int(time.time() * 1000)
        taken = list(self._next_of_groups(limit) if self.fifo else self._next(limit))
        for message in taken:
            message.receives += 1
            message.first = message.first or clock
            message.receipt = f"AQEB{message.sequence}/{message.receives}/{_FILLING}"
            message.received_at = now
            self._in_flight[message.receipt] = message
            if message.group is not None:
                self._busy.setdefault(message.group, set()).add(message.sequence)
        self._hide(taken, now, self.visibility if visibility is None else visibility)
        self._tally.receive(taken)
        return taken

    def delete(self, receipts: Sequence[str]) -> Sequence[bool]:
        """False for a receipt of an older receive, which a FIFO queue refuses."""
        now = time.monotonic()
        return [self._delete(receipt, now) for receipt in receipts]

    def change_visibility(self, receipt: str, seconds: float) -> bool:
        """False when the message is not in flight under that receipt."""
        message = self._in_flight.get(receipt)
        if message is None or message.hold is None:
            return False
        message.hold.left -= 1
        if seconds > 0:
            self._tally.extended += 1
            self._hide([message], time.monotonic(), seconds)
        else:
            self._tally.returned += 1
            self._give_back(message)
        return True

    def _delete(self, receipt: str, now: float) -> bool:
        message = self._in_flight.pop(receipt, None)
        if message is None or message.hold is None:
            # A standard queue takes it; of this message nothing is left to delete.
            self._tally.deleted_again += 1
            return not self.fifo
        message.hold.left -= 1
        message.hold = None
        if message.group is not None:
            # An earlier message of its group is not done yet.
            self._tally.deleted_early += min(self._busy[message.group]) < message.sequence
            self._settle(message)
        self._tally.delete(now - message.received_at)
        return True

    def _next(self, limit: int) -> Iterator[Message]:
        waiting = self._visible[""]
        return (waiting.popleft() for _ in range(min(limit, len(waiting))))

    def _next_of_groups(self, limit: int) -> Iterator[Message]:
        given: list[str] = []
        while limit and self._turns:
            group = self._turns.popleft()
            waiting = self._visible[group]
            for _ in range(min(limit, self._take_most, len(waiting))):
                limit -= 1
                yield waiting.popleft()
            given.append(group)
        for group in given:
            # A receive that mixes groups comes back to those it has taken from.
            waiting = self._visible[group]
            for _ in range(min(limit, len(waiting))):
                limit -= 1
                yield waiting.popleft()
            if not waiting:
                del self._visible[group]

    def _hide(self, messages: Sequence[Message], now: float, seconds: float) -> None:
        if messages:
            holds = self._holds.setdefault(seconds, deque())
            holds.append(Hold(now + seconds, messages))

    def _expire(self) -> None:
        now = time.monotonic()
        for holds in self._holds.values():
            while holds and (holds[0].left == 0 or holds[0].deadline <= now):
                hold = holds.popleft()
                for message in hold.messages if hold.left else ():
                    if message.hold is hold:
                        self._tally.expired += 1
                        self._give_back(message)

    def _give_back(self, message: Message) -> None:
        message.hold = None
        del self._in_flight[message.receipt]
        self._show(message)
        self._settle(message)

    def _show(self, message: Message) -> None:
        """Makes it visible in the place that its group keeps for it."""
        if message.group is None:
            self._visible[""].append(message)
            return
        waiting = self._visible.get(message.group)
        if waiting is None:
            waiting = self._visible[message.group] = deque()
            if message.group not in self._busy:
                self._turns.append(message.group)
        if not waiting or waiting[-1].sequence < message.sequence:
            waiting.append(message)
            return
        place = next(i for i, other in enumerate(waiting) if other.sequence > message.sequence)
        waiting.insert(place, message)

    def _settle(self, message: Message) -> None:
        group = message.group
        if group is None:
            return
        self._busy[group].discard(message.sequence)
        if not self._busy[group]:
            del self._busy[group]
            if group in self._visible:
                self._turns.append(group)


def _json(value: Any) -> str:
    return to_json(value).decode()
