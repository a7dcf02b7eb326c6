"""The run's queues, tables and bus: made, filled, and read at the end."""

import json
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from benchmarks.chaos.place import ATTEMPTS, REGION, Place
from benchmarks.chaos.story import Sent
from localstack.endpoint import client

# An emulator that is restarted is back within this many tries, a pause apart.
_TRIES = 60
_PAUSE = 0.5


class World:
    """One place, through boto3 clients. Calls wait out an emulator that is being restarted."""

    def __init__(self, place: Place) -> None:
        self.place = place
        self._sqs = client("sqs", place.endpoint_url, REGION)
        self._dynamodb = client("dynamodb", place.endpoint_url, REGION)
        self._events = client("events", place.endpoint_url, REGION)

    def made(self) -> "World":
        """The world with everything in it."""
        fifo = {"FifoQueue": "true", "ContentBasedDeduplication": "false"}
        dead = self._queue(f"chaos-{self.place.name}-dlq.fifo", fifo)
        redrive = {"deadLetterTargetArn": self._arn(dead), "maxReceiveCount": ATTEMPTS * 2}
        queue = self._queue(
            f"chaos-{self.place.name}.fifo", {**fifo, "RedrivePolicy": json.dumps(redrive)}
        )
        tap = self._queue(f"chaos-{self.place.name}-tap", {})
        for table, key in ((self.place.ledger, "delivery"), (self.place.effects, "group")):
            self._dynamodb.create_table(
                TableName=table,
                BillingMode="PAY_PER_REQUEST",
                AttributeDefinitions=[{"AttributeName": key, "AttributeType": "S"}],
                KeySchema=[{"AttributeName": key, "KeyType": "HASH"}],
            )
        self._events.create_event_bus(Name=self.place.bus)
        pattern = json.dumps({"detail-type": ["task.failed"]})
        self._events.put_rule(Name="tap", EventBusName=self.place.bus, EventPattern=pattern)
        self._events.put_targets(
            Rule="tap",
            EventBusName=self.place.bus,
            Targets=[{"Id": "tap", "Arn": self._arn(tap)}],
        )
        return World(replace(self.place, queue_url=queue, dead_letter_url=dead, tap_url=tap))

    def send(self, number: int, batch: Sequence[Sent]) -> None:
        """Sends a batch; sent again after a broken connection, it is one and the same."""
        entries = [
            {
                "Id": str(place),
                "MessageBody": each.body,
                "MessageGroupId": each.group,
                "MessageDeduplicationId": f"{number}-{place}",
            }
            for place, each in enumerate(batch)
        ]
        while _patient(
            lambda: self._sqs.send_message_batch(QueueUrl=self.place.queue_url, Entries=entries)
        ).get("Failed"):
            time.sleep(_PAUSE)

    def waiting(self) -> int:
        """Messages in the queue, in flight ones included."""
        names = ["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"]
        url = self.place.queue_url
        answer = _patient(
            lambda: self._sqs.get_queue_attributes(QueueUrl=url, AttributeNames=names)
        )
        found = answer["Attributes"]
        return sum(int(found[name]) for name in names)

    def history(self) -> dict[str, list[int]]:
        """Each group's effects, in the order in which they were committed."""
        pages = self._dynamodb.get_paginator("scan").paginate(TableName=self.place.effects)
        return {
            item["group"]["S"]: [int(each["N"]) for each in item["history"]["L"]]
            for page in pages
            for item in page["Items"]
        }

    def states(self) -> Counter[str]:
        """How many records of the ledger are in each state."""
        pages = self._dynamodb.get_paginator("scan").paginate(TableName=self.place.ledger)
        return Counter(item["state"]["S"] for page in pages for item in page["Items"])

    def dead(self) -> dict[str, str]:
        """The causes of the dead letters, by event id."""
        return {
            json.loads(each["Body"])["id"]: each["MessageAttributes"]["cause"]["StringValue"]
            if "cause" in each.get("MessageAttributes", {})
            else "native"
            for each in self._drained(self.place.dead_letter_url)
        }

    def published(self) -> Counter[str]:
        """How often the bus has seen each outgoing event."""
        return Counter(
            json.loads(each["Body"])["detail"]["metadata"]["id"]
            for each in self._drained(self.place.tap_url)
        )

    def _drained(self, url: str) -> Iterator[dict[str, Any]]:
        while True:
            found = self._sqs.receive_message(
                QueueUrl=url,
                MaxNumberOfMessages=10,
                WaitTimeSeconds=1,
                MessageAttributeNames=["All"],
                VisibilityTimeout=600,
            ).get("Messages", [])
            if not found:
                return
            yield from found
            self._sqs.delete_message_batch(
                QueueUrl=url,
                Entries=[
                    {"Id": str(place), "ReceiptHandle": each["ReceiptHandle"]}
                    for place, each in enumerate(found)
                ],
            )

    def _queue(self, name: str, attributes: dict[str, str]) -> str:
        return str(self._sqs.create_queue(QueueName=name, Attributes=attributes)["QueueUrl"])

    def _arn(self, url: str) -> str:
        found = self._sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])
        return str(found["Attributes"]["QueueArn"])


def _patient(call: Callable[[], dict[str, Any]]) -> dict[str, Any]:
    for _ in range(_TRIES - 1):
        try:
            return call()
        except (BotoCoreError, ClientError):
            time.sleep(_PAUSE)
    return call()
