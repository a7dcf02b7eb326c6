"""What a stand-in saw: requests by operation, and what became of the messages."""

import time
from array import array
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from benchmarks.standin.units import Units


@dataclass(slots=True)
class Tally:
    """Counts from the start on. `watched` are the deletions at which a snapshot is taken.

    `units` are those of DynamoDB, where they are counted.
    """

    units: Units | None = None
    requests: Counter[str] = field(default_factory=Counter)
    empty_receives: int = 0
    received: int = 0
    received_again: int = 0
    deleted: int = 0
    deleted_again: int = 0
    deleted_early: int = 0
    extended: int = 0
    returned: int = 0
    expired: int = 0
    published: int = 0
    published_again: int = 0
    published_early: int = 0
    latencies: "array[float]" = field(default_factory=lambda: array("d"))
    watched: frozenset[int] = frozenset()
    snapshots: list[dict[str, Any]] = field(default_factory=list)
    _last_published: dict[int, int] = field(default_factory=dict)

    def receive(self, messages: Sequence[Any]) -> None:
        """Messages were received, each by its `receives`-th time."""
        self.received += len(messages)
        for message in messages:
            if message.receives > 1:
                self.received_again += 1

    def delete(self, latency: float) -> None:
        """A message left its queue so many seconds after its receive."""
        self.deleted += 1
        self.latencies.append(latency)
        if self.deleted in self.watched:
            self.snapshots.append(self.snapshot())

    def publish(self, group: int, sequence: int) -> None:
        """An event says which message of which group it answers; a negative group has no order."""
        self.published += 1
        if group < 0:
            return
        last = self._last_published.get(group, -1)
        if sequence == last:
            self.published_again += 1
        elif sequence < last:
            self.published_early += 1
        else:
            self._last_published[group] = sequence

    def snapshot(self) -> dict[str, Any]:
        """The counters now, beside the clocks."""
        return {
            "at": time.monotonic(),
            "cpu": time.process_time(),
            "deleted": self.deleted,
            "requests": dict(self.requests),
            "empty_receives": self.empty_receives,
        }

    def report(self) -> dict[str, Any]:
        """All of it, as JSON takes it."""
        ordered = sorted(self.latencies)
        return {
            **self.snapshot(),
            "received": self.received,
            "received_again": self.received_again,
            "deleted_again": self.deleted_again,
            "deleted_early": self.deleted_early,
            "extended": self.extended,
            "returned": self.returned,
            "expired": self.expired,
            "published": self.published,
            "published_again": self.published_again,
            "published_early": self.published_early,
            "latency_p50": percentile(ordered, 0.50),
            "latency_p99": percentile(ordered, 0.99),
            "snapshots": self.snapshots,
            **(
                {"write_units": self.units.write, "read_units": self.units.read}
                if self.units
                else {}
            ),
        }


def percentile(ordered: list[float], share: float) -> float | None:
    """The value that this share of the ordered ones does not exceed; None of none."""
    if not ordered:
        return None
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))]
