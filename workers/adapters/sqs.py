"""The consumer's queue on SQS: a FIFO queue and its FIFO dead-letter queue."""

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from workers.adapters.receive_attempts import ReceiveAttempts
from workers.runtime.queue import Message, Parking, QueueUnavailable

# A message takes at most 10 attributes, which count towards its size (SQS developer guide, "Message
# quotas").
_ATTRIBUTE_LIMIT = 10
_SIZE_LIMIT = 1024 * 1024
_REASON_LIMIT = 1000
# What a parked message carries besides its own attributes.
PARKING_ATTRIBUTES = (
    "cause",
    "reason",
    "parking",
    "route",
    "event_type",
    "schema_version",
    "fields",
    "receives",
)
# What `_message` reads.
_SYSTEM_ATTRIBUTES = (
    "ApproximateReceiveCount",
    "ApproximateFirstReceiveTimestamp",
    "SentTimestamp",
    "MessageGroupId",
    "AWSTraceHeader",
)
# What SendMessage refuses (API reference, SendMessage): a reason may quote anything.
_FORBIDDEN = re.compile(r"[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
# LocalStack writes one of them with its exception's ending, and takes the blame.
_GONE = frozenset(
    {
        "ReceiptHandleIsInvalid",
        "InvalidParameterValue",
        "InvalidParameterValueException",
        "MessageNotInflight",
    }
)


class SqsQueue:
    """Speaks to one queue through an open aiobotocore client."""

    def __init__(
        self,
        client: Any,
        queue_url: str,
        dead_letter_url: str,
        *,
        attempts: ReceiveAttempts | None = None,
    ) -> None:
        self._client = client
        self._queue_url = queue_url
        self._dead_letter_url = dead_letter_url
        self._attempts = attempts or ReceiveAttempts()

    def through(self, client: Any) -> "SqsQueue":
        """The same queue through another client, for another event loop."""
        return SqsQueue(client, self._queue_url, self._dead_letter_url)

    async def receive(self, limit: int, wait: timedelta, lease: timedelta) -> Sequence[Message]:
        with _translated("ReceiveMessage"), self._attempts.attempt() as attempt:
            answer = await self._client.receive_message(
                QueueUrl=self._queue_url,
                MaxNumberOfMessages=limit,
                WaitTimeSeconds=int(wait.total_seconds()),
                VisibilityTimeout=_whole_seconds(lease),
                MessageSystemAttributeNames=_SYSTEM_ATTRIBUTES,
                MessageAttributeNames=["All"],
                ReceiveRequestAttemptId=attempt,
            )
        return [_message(raw) for raw in answer.get("Messages", [])]

    async def delete(self, messages: Sequence[Message]) -> frozenset[str]:
        entries = [
            {"Id": str(place), "ReceiptHandle": message.receipt}
            for place, message in enumerate(messages)
        ]
        with _translated("DeleteMessageBatch"):
            answer = await self._client.delete_message_batch(
                QueueUrl=self._queue_url, Entries=entries
            )
        return _failed(messages, answer)

    async def hide(self, messages: Sequence[Message], duration: timedelta) -> frozenset[str]:
        entries = [
            {
                "Id": str(place),
                "ReceiptHandle": message.receipt,
                "VisibilityTimeout": _whole_seconds(duration),
            }
            for place, message in enumerate(messages)
        ]
        with _translated("ChangeMessageVisibilityBatch"):
            answer = await self._client.change_message_visibility_batch(
                QueueUrl=self._queue_url, Entries=entries
            )
        return _failed(messages, answer)

    async def park(self, message: Message, parking: Parking) -> bool:
        with _translated("SendMessage"):
            await self._client.send_message(
                QueueUrl=self._dead_letter_url,
                MessageBody=message.body,
                MessageGroupId=message.group or message.id,
                # The same parking again, after a crash before the delete, is recognised as such.
                MessageDeduplicationId=f"{message.id}-parked",
                MessageAttributes=_attributes(parking, message),
                MessageSystemAttributes=_trace(message),
            )
        return not await self.delete([message])


def _message(raw: Mapping[str, Any]) -> Message:
    system = raw.get("Attributes", {})
    return Message(
        id=raw["MessageId"],
        body=raw.get("Body", ""),
        receipt=raw["ReceiptHandle"],
        receives=int(system.get("ApproximateReceiveCount", 1)),
        group=system.get("MessageGroupId"),
        sent_at=_moment(system.get("SentTimestamp")),
        trace=system.get("AWSTraceHeader"),
        attributes={
            name: attribute["StringValue"]
            for name, attribute in raw.get("MessageAttributes", {}).items()
            if "StringValue" in attribute
        },
        first_received_at=_moment(system.get("ApproximateFirstReceiveTimestamp")),
    )


def _moment(milliseconds: str | None) -> datetime | None:
    return datetime.fromtimestamp(int(milliseconds) / 1000, UTC) if milliseconds else None


def _failed(messages: Sequence[Message], answer: Mapping[str, Any]) -> frozenset[str]:
    """The ids whose lease is gone. A failure on the service's side is no answer at all."""
    refused = answer.get("Failed", [])
    for entry in refused:
        if entry.get("Code") not in _GONE and not entry.get("SenderFault", True):
            raise QueueUnavailable(f"{entry.get('Code')}: {entry.get('Message')}")
    return frozenset(messages[int(entry["Id"])].id for entry in refused)


def _attributes(parking: Parking, message: Message) -> dict[str, dict[str, str]]:
    """Why it is parked, then its own attributes, as far as there is room for them."""
    facts = {
        "cause": parking.cause,
        "reason": parking.reason[:_REASON_LIMIT],
        "parking": json.dumps(_circumstances(parking)),
        "route": parking.route,
        "event_type": parking.event_type,
        "schema_version": None if parking.schema_version is None else str(parking.schema_version),
        "fields": json.dumps(parking.fields[:20]) if parking.fields else None,
        "receives": str(message.receives),
    }
    own = {
        name: text for name, text in message.attributes.items() if name not in PARKING_ATTRIBUTES
    }
    return taken({name: text for name, text in {**facts, **own}.items() if text}, message.body)


def taken(texts: Mapping[str, str], body: str) -> dict[str, dict[str, str]]:
    """Message attributes, the first ones first, as many as SQS takes with this body."""
    room = _SIZE_LIMIT - len(body.encode(errors="replace"))
    attributes: dict[str, dict[str, str]] = {}
    for name, text in texts.items():
        value = _FORBIDDEN.sub("\ufffd", text)
        size = len(f"{name}String{value}".encode())
        if value and size <= room and len(attributes) < _ATTRIBUTE_LIMIT:
            attributes[name] = {"DataType": "String", "StringValue": value}
            room -= size
    return attributes


def _circumstances(parking: Parking) -> dict[str, object]:
    first, last = parking.first_failed_at, parking.last_failed_at
    return {
        "fingerprint": parking.fingerprint,
        "event_id": parking.event_id,
        "attempts": parking.attempts,
        "first_failed_at": first.isoformat(timespec="seconds") if first else None,
        "last_failed_at": last.isoformat(timespec="seconds") if last else None,
        "worker_version": parking.worker_version,
        "trace": parking.trace,
    }


def _trace(message: Message) -> dict[str, dict[str, str]]:
    if message.trace is None:
        return {}
    return {"AWSTraceHeader": {"DataType": "String", "StringValue": message.trace}}


def _whole_seconds(duration: timedelta) -> int:
    """SQS counts in whole seconds. Rounded up, so that a wait is never shorter than asked for."""
    return max(0, -int(-duration.total_seconds() // 1))


@contextmanager
def _translated(call: str) -> Iterator[None]:
    try:
        yield
    except (ClientError, BotoCoreError, OSError, TimeoutError) as error:
        raise QueueUnavailable(f"{call}: {error}") from error
