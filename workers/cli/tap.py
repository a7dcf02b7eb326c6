"""A look at every event on the bus, for as long as a command watches. Takes nothing from anyone."""

import asyncio
import json
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

from botocore.exceptions import BotoCoreError, ClientError

from workers.connections import Connections
from workers.settings import Settings

_CLEARING_SECONDS = 2.0


@dataclass(frozen=True, slots=True)
class Observed:
    """One event as it passed."""

    id: str
    type: str
    source: str
    detail: Mapping[str, Any]


class Tap:
    """Reads what the bus copies into a queue of its own."""

    def __init__(self, sqs: Any, url: str) -> None:
        self._sqs = sqs
        self._url = url
        self._seen: set[str] = set()

    async def read(self, wait_seconds: int = 1) -> list[Observed]:
        """The events since the last call, each once; waits for the first."""
        answer = await self._sqs.receive_message(
            QueueUrl=self._url, MaxNumberOfMessages=10, WaitTimeSeconds=wait_seconds
        )
        messages = answer.get("Messages", [])
        if messages:
            await self._sqs.delete_message_batch(
                QueueUrl=self._url,
                Entries=[
                    {"Id": str(place), "ReceiptHandle": message["ReceiptHandle"]}
                    for place, message in enumerate(messages)
                ],
            )
        observed = [_observed(json.loads(message["Body"])) for message in messages]
        fresh = [event for event in observed if event.id not in self._seen]
        self._seen.update(event.id for event in fresh)
        return fresh


@asynccontextmanager
async def tap(settings: Settings, connections: Connections) -> AsyncIterator[Tap]:
    """A tap on the fleet's bus; its rule and queue go with it."""
    sqs, events = await connections.client("sqs"), await connections.client("events")
    name = f"{settings.names.prefix}-tap-{uuid4().hex[:8]}"
    bus = settings.names.bus
    url = (await sqs.create_queue(QueueName=name))["QueueUrl"]
    try:
        attributes = await sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])
        arn = attributes["Attributes"]["QueueArn"]
        rule = await events.put_rule(
            Name=name, EventBusName=bus, EventPattern='{"source":[{"prefix":""}]}'
        )
        await sqs.set_queue_attributes(
            QueueUrl=url, Attributes={"Policy": _policy(arn, rule["RuleArn"])}
        )
        await events.put_targets(Rule=name, EventBusName=bus, Targets=[{"Id": "tap", "Arn": arn}])
        yield Tap(sqs, url)
    finally:
        # On a bus that is gone there is nothing to clear, and the cause must not be hidden.
        with suppress(BotoCoreError, ClientError, TimeoutError):
            async with asyncio.timeout(_CLEARING_SECONDS):
                await events.remove_targets(Rule=name, EventBusName=bus, Ids=["tap"])
                await events.delete_rule(Name=name, EventBusName=bus)
                await sqs.delete_queue(QueueUrl=url)


def _observed(outer: Mapping[str, Any]) -> Observed:
    detail = outer.get("detail")
    detail = detail if isinstance(detail, dict) else {}
    metadata = detail.get("metadata")
    metadata = metadata if isinstance(metadata, dict) else {}
    return Observed(
        # A republished event keeps its own id under a new one of EventBridge's.
        id=str(metadata.get("id") or outer.get("id")),
        type=str(outer.get("detail-type")),
        source=str(outer.get("source")),
        detail=detail,
    )


def _policy(queue_arn: str, rule_arn: str) -> str:
    statement = {
        "Effect": "Allow",
        "Principal": {"Service": "events.amazonaws.com"},
        "Action": "sqs:SendMessage",
        "Resource": queue_arn,
        "Condition": {"ArnEquals": {"aws:SourceArn": rule_arn}},
    }
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})
