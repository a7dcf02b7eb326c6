"""What one consumer counts and times, and how Prometheus reads it (text format 0.0.4)."""

from bisect import bisect_left
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import accumulate

from workers.runtime.groups import Groups
from workers.runtime.settle import Outcome, Park, Settlement

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"

# From a no-op handler to the longest route; from one hop to a message that waited for a person.
_HANDLING = (0.005, 0.02, 0.1, 0.5, 1, 2.5, 5, 10, 30, 60, 180)
_AGE = (0.1, 0.5, 1, 2.5, 5, 10, 30, 60, 300, 900, 3600, 14_400, 86_400)

_HELP = {
    "received": "Messages received.",
    "handled": "Attempts by outcome.",
    "parked": "Messages sent to the dead-letter queue by cause.",
    "leases_lost": "Attempts that ended because somebody else had the message or its claim.",
    "duplicates": "Deliveries of an event that was done, or that another owner held.",
    "published": "Events that the bus took.",
}
_LABELS = {"handled": "outcome", "parked": "cause", "duplicates": "found"}


@dataclass(frozen=True, slots=True)
class Gauges:
    """What a consumer holds at this moment. A group is blocked when something waits behind it."""

    in_flight: int
    buffered: int
    deepest_group: int
    oldest_blocked: timedelta
    # By port: whether its circuit breaker is anything but closed.
    away: Mapping[str, bool] = field(default_factory=dict)


class Histogram:
    """Seconds, counted by buckets."""

    def __init__(self, bounds: Sequence[float]) -> None:
        self._bounds = tuple(bounds)
        self._counts = [0] * (len(self._bounds) + 1)
        self._sum = 0.0

    def observe(self, duration: timedelta) -> None:
        """Counts one. A clock that went back counts as nothing at all."""
        seconds = max(0.0, duration.total_seconds())
        self._counts[bisect_left(self._bounds, seconds)] += 1
        self._sum += seconds

    def lines(self, name: str, labels: str) -> Iterator[str]:
        """The samples, buckets added up as Prometheus wants them."""
        bounds = [*(f"{bound:g}" for bound in self._bounds), "+Inf"]
        counts = list(accumulate(self._counts))
        for bound, count in zip(bounds, counts, strict=True):
            yield f'{name}_bucket{{{labels},le="{bound}"}} {count}'
        yield f"{name}_sum{{{labels}}} {self._sum!r}"
        yield f"{name}_count{{{labels}}} {counts[-1]}"


class Metrics:
    """Written by the event loop's thread alone."""

    def __init__(self) -> None:
        self._counts: Counter[tuple[str, str]] = Counter()
        self._handling = Histogram(_HANDLING)
        self._age = Histogram(_AGE)

    def received(self, messages: int) -> None:
        self._counts["received", ""] += messages

    def settled(self, outcome: Outcome, settlement: Settlement) -> None:
        """One attempt came to an end."""
        self._counts["handled", type(outcome).__name__.lower()] += 1
        if isinstance(settlement, Park):
            self._counts["parked", settlement.parking.cause] += 1

    def lease_lost(self) -> None:
        self._counts["leases_lost", ""] += 1

    def duplicate(self, found: str) -> None:
        """A delivery that found its event `done` or `held`."""
        self._counts["duplicates", found] += 1

    def published(self, events: int) -> None:
        self._counts["published", ""] += events

    def handled(self, took: timedelta) -> None:
        """A handler ran for this long, whatever came of it."""
        self._handling.observe(took)

    def completed(self, age: timedelta) -> None:
        """An event was done this long after it had happened."""
        self._age.observe(age)

    def text(self, route: str, gauges: Gauges) -> str:
        """All of it, for a scrape."""
        return "".join(f"{line}\n" for line in self._lines(f'route="{_escaped(route)}"', gauges))

    def _lines(self, route: str, gauges: Gauges) -> Iterator[str]:
        for family, help_text in _HELP.items():
            name = f"flotilla_{family}_total"
            yield from _head(name, "counter", help_text)
            yield from self._samples(family, name, route)
        for name, kind, help_text in (
            ("handling", self._handling, "How long handlers ran."),
            ("event_age", self._age, "From the event's own time to the end of its handling."),
        ):
            yield from _head(f"flotilla_{name}_seconds", "histogram", help_text)
            yield from kind.lines(f"flotilla_{name}_seconds", route)
        for name, value, help_text in _gauges(gauges):
            yield from _head(f"flotilla_{name}", "gauge", help_text)
            yield f"flotilla_{name}{{{route}}} {value:g}"
        if gauges.away:
            yield from _head("flotilla_port_away", "gauge", "Whether a port's breaker is open.")
        for port, away in gauges.away.items():
            yield f'flotilla_port_away{{{route},port="{_escaped(port)}"}} {int(away)}'

    def _samples(self, family: str, name: str, route: str) -> Iterator[str]:
        label = _LABELS.get(family)
        if label is None:
            yield f"{name}{{{route}}} {self._counts[family, '']}"
            return
        for (counted, value), count in sorted(self._counts.items()):
            if counted == family:
                yield f'{name}{{{route},{label}="{_escaped(value)}"}} {count}'


def gauges(groups: Groups, now: datetime) -> Gauges:
    """The groups as numbers. A blocked group's age is that of the message which all wait for."""
    heads = groups.blocking
    since = [head.first_received_at for head in heads if head.first_received_at is not None]
    return Gauges(
        in_flight=len(groups.running),
        buffered=len(groups) - len(groups.running),
        deepest_group=groups.deepest,
        oldest_blocked=max((now - first for first in since), default=timedelta(0)),
    )


def _gauges(found: Gauges) -> Sequence[tuple[str, float, str]]:
    return (
        ("in_flight", found.in_flight, "Messages that a handler is at."),
        ("buffered", found.buffered, "Messages received and not started."),
        ("deepest_group_messages", found.deepest_group, "Messages of the group that has most."),
        (
            "oldest_blocked_group_seconds",
            found.oldest_blocked.total_seconds(),
            "Since the first receive of the message that a group waits for the longest.",
        ),
    )


def _head(name: str, kind: str, help_text: str) -> Iterator[str]:
    yield f"# HELP {name} {help_text}"
    yield f"# TYPE {name} {kind}"


def _escaped(value: str) -> str:
    escapes: Mapping[str, str] = {"\\": r"\\", '"': r"\"", "\n": r"\n"}
    return "".join(escapes.get(each, each) for each in value)
