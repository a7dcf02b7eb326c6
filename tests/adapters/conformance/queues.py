"""The queues that the suite runs over: how each is made, sent to, and looked at.

Time passes at once for the fake, under its virtual clock; an emulator has to be waited for, which
a long poll does.
"""

import json
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Protocol
from uuid import uuid4

from workers.adapters.sqs import SqsQueue
from workers.runtime.queue import Message, Parking, Queue
from workers.runtime.testing import FakeQueue, VirtualClock

LONG = timedelta(seconds=60)
SHORT = timedelta(seconds=1)
NOW = timedelta(0)
SOON = timedelta(seconds=5)
MAX_RECEIVES = 3
PARKING = Parking(
    cause="undecodable",
    reason="task.created does not fit its schema: service_name: Field required",
    route="codegen-on-task-created",
    event_type="task.created",
    schema_version=1,
    fields=(("service_name", "Field required"), ("buckets.0.name", "too short")),
)


@dataclass(frozen=True)
class Letter:
    """What is in a dead-letter queue."""

    body: str
    group: str | None
    facts: Mapping[str, str]


class Backend(Protocol):
    """A queue, ways to send to it, and a look at its dead letters."""

    queue: Queue

    def now(self) -> datetime:
        """The time that the queue goes by."""

    async def send(self, body: str, **how: Any) -> str:
        """Sends with `group`, `deduplication`, `delay` in seconds, as its kind of queue takes."""

    async def take(
        self, limit: int = 10, *, wait: timedelta = NOW, lease: timedelta = LONG
    ) -> list[Message]:
        """A receive. With `wait`, of what comes in that time."""

    async def attempt(self, attempt: str) -> list[Message]:
        """A receive with this ReceiveRequestAttemptId."""

    async def dead(self) -> list[Letter]:
        """What is in the dead-letter queue now."""


# Makes a queue of the named backend; `fifo` and `delay` as keywords.
Made = Callable[..., Awaitable[Backend]]


class Fake:
    """The queue in memory."""

    def __init__(self, **shape: Any) -> None:
        self._clock = VirtualClock()
        self._fifo = shape.get("fifo", True)
        self.fake = FakeQueue(self._clock, max_receives=MAX_RECEIVES, **shape)
        self.queue: Queue = self.fake

    def now(self) -> datetime:
        return self._clock.now()

    async def send(self, body: str, **how: Any) -> str:
        delay = how.pop("delay", None)
        if self._fifo:
            how = {"group": "g", **how}
        return self.fake.send(
            body, delay=None if delay is None else timedelta(seconds=delay), **how
        )

    async def take(
        self, limit: int = 10, *, wait: timedelta = NOW, lease: timedelta = LONG
    ) -> list[Message]:
        if not self.fake.visible():
            self._clock.advance(wait)
        return list(await self.fake.receive(limit, NOW, lease))

    async def attempt(self, attempt: str) -> list[Message]:
        return list(await self.fake.receive(10, NOW, LONG, attempt=attempt))

    async def dead(self) -> list[Letter]:
        return [Letter(m.body, m.group, _facts(why)) for m, why in self.fake.dead_letters]


class Sqs:
    """A pair of queues on a server, as the templates make them."""

    def __init__(self, client: Any, url: str, dead_url: str) -> None:
        self.client = client
        self.url = url
        self.dead_url = dead_url
        self.queue: Queue = SqsQueue(client, url, dead_url)
        self._fifo = url.endswith(".fifo")

    @classmethod
    async def made(cls, client: Any, *, fifo: bool = True, delay: timedelta = NOW) -> "Sqs":
        """A new pair. A message is dead after as many receives as the fake's."""
        name, end = f"conformance-{uuid4().hex[:8]}", ".fifo" if fifo else ""
        kind = {"FifoQueue": "true"} if fifo else {}
        dead = await client.create_queue(QueueName=f"{name}-dlq{end}", Attributes=kind)
        found = await client.get_queue_attributes(
            QueueUrl=dead["QueueUrl"], AttributeNames=["QueueArn"]
        )
        redrive = {
            "deadLetterTargetArn": found["Attributes"]["QueueArn"],
            "maxReceiveCount": str(MAX_RECEIVES),
        }
        attributes = {
            "RedrivePolicy": json.dumps(redrive),
            "DelaySeconds": str(int(delay.total_seconds())),
        }
        live = await client.create_queue(
            QueueName=f"{name}{end}", Attributes={**kind, **attributes}
        )
        return cls(client, live["QueueUrl"], dead["QueueUrl"])

    def now(self) -> datetime:
        return datetime.now().astimezone()

    async def send(self, body: str, **how: Any) -> str:
        asked: dict[str, Any] = {}
        if self._fifo:
            asked["MessageGroupId"] = how.get("group", "g")
            asked["MessageDeduplicationId"] = how.get("deduplication") or uuid4().hex
        elif "group" in how:
            asked["MessageGroupId"] = how["group"]
        if "delay" in how:
            asked["DelaySeconds"] = how["delay"]
        answer = await self.client.send_message(QueueUrl=self.url, MessageBody=body, **asked)
        return str(answer["MessageId"])

    async def take(
        self, limit: int = 10, *, wait: timedelta = NOW, lease: timedelta = LONG
    ) -> list[Message]:
        return list(await self.queue.receive(limit, wait, lease))

    async def attempt(self, attempt: str) -> list[Message]:
        client = _Attempting(self.client, attempt)
        return list(await SqsQueue(client, self.url, self.dead_url).receive(10, NOW, LONG))

    async def dead(self) -> list[Letter]:
        letters = await SqsQueue(self.client, self.dead_url, self.dead_url).receive(10, SHORT, LONG)
        return [Letter(m.body, m.group, m.attributes) for m in letters]


class _Attempting:
    """A client whose receives have the attempt id that it is told."""

    def __init__(self, client: Any, attempt: str) -> None:
        self._client = client
        self._attempt = attempt

    async def receive_message(self, **asked: Any) -> Any:
        return await self._client.receive_message(
            **{**asked, "ReceiveRequestAttemptId": self._attempt}
        )


def bodies(messages: Any) -> list[str]:
    return [message.body for message in messages]


async def taken_over(backend: Backend) -> tuple[Message, Message]:
    """The same message as its late owner and as its new owner hold it."""
    await backend.send("a")
    [late] = await backend.take(lease=SHORT)
    [new] = await backend.take(wait=SOON)
    return late, new


def _facts(parking: Parking | None) -> dict[str, str]:
    return {} if parking is None else expected_facts(parking)


def expected_facts(parking: Parking) -> dict[str, str]:
    """The attributes that a dead letter has of its parking, among others."""
    return {
        "cause": parking.cause,
        "reason": parking.reason,
        "route": parking.route,
        "event_type": str(parking.event_type),
        "schema_version": str(parking.schema_version),
        "fields": json.dumps(parking.fields),
    }
