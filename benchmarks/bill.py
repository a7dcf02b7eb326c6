"""What messages cost on AWS, from counted requests and units. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass

from benchmarks.prices import Prices

# A request to SQS, and an event, is billed as one for each 64 KiB of it, or part of that.
CHUNK_BYTES = 64 * 1024
_MILLION = 1_000_000

SQS = frozenset(
    {
        "ChangeMessageVisibility",
        "ChangeMessageVisibilityBatch",
        "DeleteMessage",
        "DeleteMessageBatch",
        "ReceiveMessage",
        "SendMessage",
        "SendMessageBatch",
    }
)
EVENTBRIDGE = frozenset({"PutEvents"})
DYNAMODB = frozenset(
    {
        "BatchExecuteStatement",
        "DeleteItem",
        "GetItem",
        "PutItem",
        "TransactWriteItems",
        "UpdateItem",
    }
)


class Unpriced(Exception):
    """Raised for a request that no price is known for: nothing is free by mistake."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Counts:
    """What one message took. `batch_bytes` are the messages of a full receive together.

    `events` were published, however many in a request; units are DynamoDB's.
    """

    fifo: bool
    requests: Mapping[str, float]
    events: float = 0
    write_units: float = 0
    read_units: float = 0
    batch_bytes: int = 0
    event_bytes: int = 0

    @property
    def sqs_requests(self) -> float:
        return sum(count for operation, count in self.requests.items() if operation in SQS)


@dataclass(frozen=True, slots=True)
class Bill:
    """Dollars for a million messages, by service."""

    sqs: float
    eventbridge: float
    dynamodb: float

    @property
    def total(self) -> float:
        return self.sqs + self.eventbridge + self.dynamodb


def bill(counts: Counts, prices: Prices) -> Bill:
    """The bill for a million messages. Raises Unpriced, PricesFailed."""
    if unknown := set(counts.requests) - SQS - EVENTBRIDGE - DYNAMODB:
        raise Unpriced(f"no price is known for {', '.join(sorted(unknown))}")
    request = prices.each("sqs_fifo_request" if counts.fifo else "sqs_standard_request")
    sqs = sum(
        count * (chunks(counts.batch_bytes) if operation == "ReceiveMessage" else 1)
        for operation, count in counts.requests.items()
        if operation in SQS
    )
    units = counts.write_units * prices.each("dynamodb_write_unit")
    units += counts.read_units * prices.each("dynamodb_read_unit")
    events = counts.events * chunks(counts.event_bytes)
    return Bill(
        sqs=sqs * request * _MILLION,
        eventbridge=events * prices.each("eventbridge_custom_event") * _MILLION,
        dynamodb=units * _MILLION,
    )


def chunks(size: int) -> int:
    """How many a payload of so many bytes is billed as."""
    return max(1, -(-size // CHUNK_BYTES))
