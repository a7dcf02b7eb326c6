"""Errors of the way between producer and consumer.

EventError
├── Undecodable   by the codec, when a message is not an event: bad JSON, unknown type, bad field
├── Untrusted     by the codec, when an event comes from a source that does not own it
├── Oversized     by the codec and the ledger, for what is over EventBridge's or DynamoDB's limit
└── Unpublished   by the publisher, when entries are still refused after the last try
"""

from dataclasses import dataclass


class EventError(Exception):
    """Something is wrong with an event or with its delivery to the bus."""


@dataclass
class Undecodable(EventError):
    """The message is no event of this route; `fields` holds (path, what is wrong) pairs."""

    reason: str
    event_type: str | None = None
    schema_version: int | None = None
    fields: tuple[tuple[str, str], ...] = ()

    def __str__(self) -> str:
        where = "; ".join(f"{path}: {problem}" for path, problem in self.fields)
        return f"{self.reason}: {where}" if where else self.reason


@dataclass
class Untrusted(EventError):
    """A source published an event that it does not own."""

    source: str
    event_type: str
    trusted: tuple[str, ...]

    def __str__(self) -> str:
        owners = ", ".join(self.trusted)
        return f"source {self.source!r} does not own {self.event_type} (trusted: {owners})"


@dataclass
class Oversized(EventError):
    """An entry, or a whole answer, is larger than what is to take it."""

    event_type: str
    size: int
    limit: int

    def __str__(self) -> str:
        return f"{self.event_type} is {self.size} bytes, over the limit of {self.limit}"


@dataclass
class Unpublished(EventError):
    """What PutEvents refused: event type, error code and message of each entry."""

    refusals: tuple[tuple[str, str, str], ...]

    def __str__(self) -> str:
        event_type, code, message = self.refusals[0]
        return f"{len(self.refusals)} entries refused, first {event_type}: {code} {message}"
