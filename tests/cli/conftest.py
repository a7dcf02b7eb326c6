"""Letters as they lie in their queues, and a fleet's stacks on the embedded AWS without workers."""

import json
import uuid
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cached_property
from typing import Any

import pytest

from events.routes import ROUTES, Route
from events.topology import Names
from localstack.endpoint import client
from localstack.provision import provision
from workers.adapters.sqs import SqsQueue
from workers.cli.dlq.letters import DeadLetter, dead_letter
from workers.cli.dlq.queue import DeadQueue
from workers.runtime.parking import completed
from workers.runtime.queue import Message, Parking

REGION = "us-east-1"
ROUTE = "codegen-on-task-created"
TASK = {
    "workflow_id": "wf-1",
    "task_id": "t1",
    "agent": "codegen",
    "service_name": "user-service",
}
TRACE = "Root=1-65f0c1a2-0123456789abcdef01234567;Parent=53995c3f42cd8ad8;Sampled=1"


def route_named(name: str) -> Route:
    return next(route for route in ROUTES if route.name == name)


def body(
    event_id: str = "e1", source: str = "me", event_type: str = "task.created", **fields: Any
) -> str:
    detail = {**TASK, **fields}
    made = {"id": event_id, "source": source, "detail-type": event_type, "detail": detail}
    return json.dumps({key: value for key, value in made.items() if value is not None})


@dataclass(frozen=True)
class Raw:
    """Makes messages as ReceiveMessage returns them, without SQS."""

    @staticmethod
    def body(*arguments: Any, **fields: Any) -> str:
        return body(*arguments, **fields)

    def message(self, text: str, told: Any = None, **system: str) -> dict[str, Any]:
        attributes = {"SentTimestamp": "1793620800000", **system}
        named = {n: {"DataType": "String", "StringValue": v} for n, v in (told or {}).items()}
        return {
            "MessageId": "m1",
            "Body": text,
            "ReceiptHandle": "r",
            "Attributes": attributes,
            "MessageAttributes": named,
        }

    def letter(
        self, text: str | None = None, queue: str = ROUTE, told: Any = None, **system: str
    ) -> DeadLetter:
        return dead_letter(queue, self.message(text or body(), told, **system))


@pytest.fixture
def raw() -> Raw:
    return Raw()


@dataclass
class Fleet:
    """Queues and bus of an environment of its own. Its letters are parked as a worker does."""

    endpoint_url: str
    environment: str
    clients: Any
    route: str = ROUTE
    trace: str = TRACE

    @staticmethod
    def body(*arguments: Any, **fields: Any) -> str:
        return body(*arguments, **fields)

    @property
    def names(self) -> Names:
        return Names(self.environment)

    @cached_property
    def sqs(self) -> Any:
        return client("sqs", self.endpoint_url, REGION)

    @cached_property
    def events(self) -> Any:
        return client("events", self.endpoint_url, REGION)

    def queue(self, short: str = ROUTE) -> DeadQueue:
        return DeadQueue(self.sqs, self.names, short)

    def url(self, physical: str) -> str:
        return str(self.sqs.get_queue_url(QueueName=physical)["QueueUrl"])

    @property
    def live(self) -> str:
        """The URL of the route's queue."""
        return self.url(self.names.queue(route_named(ROUTE)))

    async def park(self, *bodies: str, group: str | None = None, **why: Any) -> None:
        """Sends each to the route's queue, receives it and parks it."""
        route = route_named(ROUTE)
        sqs = await self.clients("sqs")
        queue = SqsQueue(sqs, self.live, self.url(self.names.dead_letters(route)))
        parking = Parking(**{"cause": "bug", "reason": "boom", "route": ROUTE, **why})
        for number, text in enumerate(bodies):
            message = await self._received(queue, text, group or f"g{number}")
            now = datetime.now(UTC)
            await queue.park(message, completed(parking, message, route, 5, now))

    async def _received(self, queue: SqsQueue, text: str, group: str) -> Message:
        self.sqs.send_message(
            QueueUrl=self.live,
            MessageBody=text,
            MessageGroupId=group,
            MessageDeduplicationId=uuid.uuid4().hex,
            MessageSystemAttributes={
                "AWSTraceHeader": {"DataType": "String", "StringValue": TRACE}
            },
        )
        [message] = await queue.receive(1, timedelta(seconds=5), timedelta(seconds=60))
        return message

    def letters(self, short: str = ROUTE) -> list[DeadLetter]:
        with self.queue(short) as queue:
            return list(queue.walk())

    def taken(self, url: str | None = None, *, wait: int = 0) -> list[dict[str, Any]]:
        """Everything in a queue, the route's own unless told, and removes it."""
        found: list[dict[str, Any]] = []
        sqs, url = self.sqs, url or self.live
        while True:
            messages = sqs.receive_message(
                QueueUrl=url,
                MaxNumberOfMessages=10,
                WaitTimeSeconds=0 if found else wait,
                MessageSystemAttributeNames=["All"],
                MessageAttributeNames=["All"],
            ).get("Messages", [])
            if not messages:
                return found
            for message in messages:
                sqs.delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])
            found += messages


@pytest.fixture(scope="session")
def provisioned(ministack: str) -> tuple[str, str]:
    environment = f"t{uuid.uuid4().hex[:8]}"
    provision(ministack, REGION, environment, lambda line: None)
    return ministack, environment


@pytest.fixture
def fleet(provisioned: tuple[str, str], embedded_clients: Any) -> Fleet:
    """Empty queues: each test takes away what it finds."""
    made = Fleet(*provisioned, embedded_clients)
    names = made.names
    for name in (names.unrouted, names.undelivered, names.dead_letters(route_named(ROUTE))):
        made.taken(made.url(name))
    made.taken()
    return made
