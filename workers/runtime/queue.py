"""A queue as the consumer sees it, in batches as SQS takes them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Protocol

BATCH_LIMIT = 10


class QueueUnavailable(Exception):
    """Raised by a queue adapter when the service does not answer, or refuses for now."""


@dataclass(frozen=True, slots=True)
class Message:
    """One delivery of a message. `receives` counts it in; `receipt` is good for this one only."""

    id: str
    body: str
    receipt: str
    receives: int
    group: str | None = None
    sent_at: datetime | None = None
    trace: str | None = None
    attributes: Mapping[str, str] = field(default_factory=dict)
    first_received_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Parking:
    """Why a message is parked: a short `cause`, and the sentence for a person.

    `fingerprint` is equal for equal failures. What follows it is filled in when it is parked.
    """

    cause: str
    reason: str
    route: str
    event_type: str | None = None
    schema_version: int | None = None
    fields: tuple[tuple[str, str], ...] = ()
    fingerprint: str = ""
    event_id: str | None = None
    attempts: int = 0
    first_failed_at: datetime | None = None
    last_failed_at: datetime | None = None
    worker_version: str = ""
    trace: str | None = None


class Queue(Protocol):
    """A queue and its dead-letter queue. All calls raise QueueUnavailable."""

    async def receive(self, limit: int, wait: timedelta, lease: timedelta) -> Sequence[Message]:
        """At most `limit` messages, hidden from others for `lease`; waits up to `wait` for one."""

    async def delete(self, messages: Sequence[Message]) -> frozenset[str]:
        """Deletes, and returns the ids of those that could not be deleted."""

    async def hide(self, messages: Sequence[Message], duration: timedelta) -> frozenset[str]:
        """Hides them for this long from now; returns the ids of those whose lease is lost."""

    async def park(self, message: Message, parking: Parking) -> bool:
        """Copies the message to the dead-letter queue with the reason, then deletes it.

        False when it could not be deleted, since somebody else has it.
        """
