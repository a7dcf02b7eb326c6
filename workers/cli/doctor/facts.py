"""What was found of a deployment, as values; None where nobody would tell."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from workers.fleet.status import FleetStatus


@dataclass(frozen=True, slots=True)
class Target:
    """Where a rule sends; `dead_letters` is the queue for what can't be delivered."""

    arn: str
    dead_letters: str | None = None


@dataclass(frozen=True, slots=True)
class Rule:
    """A rule of the bus; `targets` is None when they could not be read."""

    name: str
    arn: str
    enabled: bool
    pattern: Any
    targets: tuple[Target, ...] | None = ()


@dataclass(frozen=True, slots=True)
class Queue:
    """A queue and its attributes, as SQS names them."""

    name: str
    attributes: Mapping[str, str]

    @property
    def arn(self) -> str:
        return self.attributes.get("QueueArn", "")

    @property
    def fifo(self) -> bool:
        return self.name.endswith(".fifo")

    def seconds(self, attribute: str) -> timedelta:
        """A duration among the attributes."""
        return timedelta(seconds=int(self.attributes.get(attribute, 0)))

    @property
    def visible(self) -> int:
        return int(self.attributes.get("ApproximateNumberOfMessages", 0))

    @property
    def held(self) -> int:
        """Every message in it, in whatever state."""
        kinds = ("", "NotVisible", "Delayed")
        return sum(
            int(self.attributes.get(f"ApproximateNumberOfMessages{kind}", 0)) for kind in kinds
        )


@dataclass(frozen=True, slots=True)
class Key:
    """A KMS key: who manages it, and its policy where it has one of its own."""

    manager: str
    policy: Any = None


@dataclass(frozen=True, slots=True)
class Table:
    """A DynamoDB table: its keys by kind, and the attribute that ends an item's life."""

    keys: tuple[tuple[str, str], ...]
    indexes: tuple[str, ...] = ()
    active: bool = True
    expires_by: str | None = None


@dataclass(frozen=True, slots=True)
class Denied:
    """A call that was not allowed, by the permission that it needs."""

    permission: str
    resource: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """A deployment at one moment; `later` holds the queues with a backlog a moment afterwards.

    `skew` is how far the local clock is ahead of AWS's.
    """

    embedded: bool
    caller: str | None = None
    bad_credentials: str | None = None
    skew: timedelta | None = None
    bus: bool | None = None
    rules: Mapping[str, Rule] | None = None
    queues: Mapping[str, Queue] | None = None
    # Queues that are there, with attributes that could not be read.
    unread: frozenset[str] = frozenset()
    later: Mapping[str, Queue] = field(default_factory=dict)
    keys: Mapping[str, Key] = field(default_factory=dict)
    tables: Mapping[str, Table | None] = field(default_factory=dict)
    buckets: Mapping[str, bool] = field(default_factory=dict)
    denied: tuple[Denied, ...] = ()
    fleet: FleetStatus | None = None
