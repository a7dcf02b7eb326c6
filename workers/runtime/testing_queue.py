"""The consumer's queue in memory, with SQS's rules (`testing_sqs`). `testing` hands it out."""

import asyncio
from collections.abc import Mapping, Sequence
from datetime import timedelta

from workers.ports import Clock
from workers.runtime.queue import Message, Parking, QueueUnavailable
from workers.runtime.testing_sqs import OverLimit, Shape, SimulatedSqs


class FakeQueue:
    """A queue and its dead letters. It is FIFO unless told, and forgets when the process ends.

    A group gives what lies before its first hidden message; deduplication lasts five minutes, also
    after a delete; `max_receives` sends a message to the dead letters on the receive after. A
    message without a group has one of its own. Long polls last in the event loop's time.
    """

    POLL = timedelta(milliseconds=100)

    def __init__(
        self,
        clock: Clock,
        *,
        max_receives: int = 1000,
        fifo: bool = True,
        delay: timedelta = timedelta(0),
        in_flight_limit: int = 120_000,
    ) -> None:
        shape = Shape(
            fifo=fifo, max_receives=max_receives, delay=delay, in_flight_limit=in_flight_limit
        )
        self._sqs = SimulatedSqs(clock, shape)
        self.dead_letters: list[tuple[Message, Parking | None]] = []
        self.down = False

    def send(
        self,
        body: str,
        *,
        group: str | None = None,
        deduplication: str | None = None,
        delay: timedelta | None = None,
        attributes: Mapping[str, str] | None = None,
    ) -> str:
        """Returns the message's id; a duplicate within the window is dropped for the first.

        Only a standard queue takes a delay, only a FIFO queue a deduplication id: ValueError.
        """
        return self._sqs.send(
            body, group=group, deduplication=deduplication, delay=delay, attributes=attributes
        )

    @property
    def depth(self) -> int:
        """Messages in the queue, hidden ones included."""
        return len(self._sqs)

    @property
    def in_flight(self) -> int:
        """Messages that were received and are hidden still."""
        return self._sqs.in_flight

    def visible(self) -> Sequence[str]:
        """The ids that a receive could return now, in order."""
        return list(self._sqs.receivable())

    async def receive(
        self, limit: int, wait: timedelta, lease: timedelta, *, attempt: str | None = None
    ) -> Sequence[Message]:
        """As the port says. `attempt` is SQS's ReceiveRequestAttemptId."""
        time = asyncio.get_running_loop().time
        end = time() + wait.total_seconds()
        await self._reach()
        while not (received := self._take(limit, lease, attempt, bool(wait))) and time() < end:
            await asyncio.sleep(self.POLL.total_seconds())
            await self._reach()
        return received

    async def delete(self, messages: Sequence[Message]) -> frozenset[str]:
        await self._reach()
        return frozenset(m.id for m in messages if not self._sqs.delete(m))

    async def hide(self, messages: Sequence[Message], duration: timedelta) -> frozenset[str]:
        await self._reach()
        return frozenset(m.id for m in messages if not self._sqs.hide(m, duration))

    async def park(self, message: Message, parking: Parking) -> bool:
        await self._reach()
        # Its deduplication id is the message's own.
        if all(parked.id != message.id for parked, _ in self.dead_letters):
            self.dead_letters.append((message, parking))
        return not await self.delete([message])

    def _take(
        self, limit: int, lease: timedelta, attempt: str | None, long_poll: bool
    ) -> Sequence[Message]:
        try:
            received, worn = self._sqs.receive(limit, lease, attempt)
        except OverLimit as error:
            # SQS says so to a short poll; a long one just finds nothing.
            if long_poll:
                return []
            raise QueueUnavailable(f"OverLimit: {error}") from error
        self.dead_letters.extend((message, None) for message in worn)
        return received

    async def _reach(self) -> None:
        await asyncio.sleep(0)
        if self.down:
            raise QueueUnavailable("the fake queue is down")
