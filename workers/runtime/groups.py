"""Which message of which group may start now. A state machine without I/O or time.

Groups run beside each other up to the concurrency; inside a group one message at a time, in the
order of their receipt. A message without a group is a group of its own.
"""

from collections import deque
from collections.abc import Iterable, Sequence

from workers.runtime.queue import BATCH_LIMIT, Message


class Groups:
    """Received messages that are not settled yet."""

    def __init__(self, concurrency: int, *, prefetch: int | None = None) -> None:
        if concurrency < 1:
            raise ValueError(f"concurrency must be at least 1, not {concurrency}")
        self._concurrency = concurrency
        ahead = concurrency if prefetch is None else prefetch
        self._capacity = concurrency + ahead
        self._worth = max(1, min(ahead, BATCH_LIMIT))
        self._waiting: dict[str, deque[Message]] = {}
        self._running: dict[str, Message] = {}
        # The groups whose first message may start, in the order in which they came to that.
        self._ready: dict[str, None] = {}

    @property
    def room(self) -> int:
        """How many more messages may be received now.

        A group counts once, however many of its messages wait: SQS gives no more of a group that
        has some in flight, and one long queue of one group must not keep the others out.
        """
        return max(0, self._capacity - len(self._running) - len(self._ready))

    @property
    def wants(self) -> bool:
        """Whether there is room enough for a receive to be worth its price.

        What waits here is used up first, so that a receive brings many messages, and what no place
        is free for stays with those who have one.
        """
        return self.room >= self._worth

    @property
    def ready(self) -> bool:
        """Whether any message waits for nothing but a place."""
        return bool(self._ready)

    @property
    def running(self) -> Sequence[Message]:
        return tuple(self._running.values())

    @property
    def blocking(self) -> Sequence[Message]:
        """The running messages that others of their group wait behind."""
        return tuple(m for key, m in self._running.items() if key in self._waiting)

    @property
    def deepest(self) -> int:
        """How many messages the group has that has most, the running one included."""
        return max(
            (
                len(self._waiting.get(key, ())) + (key in self._running)
                for key in {*self._waiting, *self._running}
            ),
            default=0,
        )

    def __len__(self) -> int:
        return len(self._running) + sum(map(len, self._waiting.values()))

    def add(self, messages: Iterable[Message]) -> None:
        """Takes in what was received, in its order."""
        for message in messages:
            key = _key(message)
            if key in self._waiting:
                self._waiting[key].append(message)
                continue
            self._waiting[key] = deque((message,))
            if key not in self._running:
                self._ready[key] = None

    def start(self, most: int | None = None) -> Sequence[Message]:
        """The messages that start now; they count as running from here on.

        With `most` no more than that many run.
        """
        places = self._concurrency if most is None else min(most, self._concurrency)
        started: list[Message] = []
        while self._ready and len(self._running) < places:
            key = next(iter(self._ready))
            del self._ready[key]
            message = self._waiting[key].popleft()
            if not self._waiting[key]:
                del self._waiting[key]
            self._running[key] = message
            started.append(message)
        return started

    def settled(self, message: Message, *, left_the_queue: bool) -> Sequence[Message]:
        """Ends a running message.

        If it did not leave the queue, it comes back first: the rest of its group, which is returned
        here, must go back unstarted.
        """
        key = self._running_key(message)
        del self._running[key]
        if not left_the_queue:
            return tuple(self._waiting.pop(key, ()))
        if key in self._waiting:
            self._ready[key] = None
        return ()

    def hold(self, message: Message) -> None:
        """Puts a running message back, first of its group, which starts after all the others."""
        key = self._running_key(message)
        del self._running[key]
        self._waiting.setdefault(key, deque()).appendleft(message)
        self._ready[key] = None

    def drain(self) -> Sequence[Message]:
        """Everything that has not started, taken out in order of receipt within each group."""
        unstarted = tuple(message for group in self._waiting.values() for message in group)
        self._waiting.clear()
        self._ready.clear()
        return unstarted

    def _running_key(self, message: Message) -> str:
        key = _key(message)
        if self._running.get(key) is not message:
            raise ValueError(f"message {message.id} is not running")
        return key


def _key(message: Message) -> str:
    return f"group:{message.group}" if message.group is not None else f"message:{message.id}"
