"""What the table implies, as values: names of queues and rules, event patterns, trust. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

from events.routes import ROUTES, Route, source
from schemas.catalog import CATALOG

UNROUTED = "unrouted"
UNDELIVERED = "undelivered"

# The consumer parks what it gives up on, with the reason. The native redrive, which gives none, is
# the backstop for a message that kills its process before anything can be parked. It counts what
# only waited, too: each message of a group is received again with each try of those before it, and
# with each try of all while the ledger is away. So it comes long after the tries.
SPARE_RECEIVES = 95

Pattern = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Names:
    """Physical names in one environment, so that several fleets can share an account."""

    environment: str

    @property
    def prefix(self) -> str:
        return f"flotilla-{self.environment}"

    @property
    def bus(self) -> str:
        return self.prefix

    def rule(self, route: Route) -> str:
        return f"{self.prefix}-{route.name}"

    def inbox(self, route: Route) -> str:
        return f"{self.prefix}-{route.name}-inbox"

    def queue(self, route: Route) -> str:
        return f"{self.prefix}-{route.name}.fifo"

    def dead_letters(self, route: Route) -> str:
        return f"{self.prefix}-{route.name}-dlq.fifo"

    @property
    def unrouted(self) -> str:
        """Events that no route wants, for want of a name, a filter or a trusted source."""
        return f"{self.prefix}-{UNROUTED}"

    @property
    def undelivered(self) -> str:
        """What EventBridge could not deliver, and what the pipes could not pass on."""
        return f"{self.prefix}-{UNDELIVERED}"

    def table(self, name: str) -> str:
        return f"{self.prefix}-{name}"

    def bucket(self, name: str) -> str:
        return f"{name}-{self.environment}"


def pattern(route: Route) -> Pattern:
    """The EventBridge pattern that matches exactly what the route wants and believes."""
    wanted: dict[str, Any] = {"detail-type": [route.event.type]}
    if route.sources:
        wanted["source"] = list(route.sources)
    if route.where:
        wanted["detail"] = {name: [value] for name, value in route.where.items()}
    return wanted


def unrouted_patterns(routes: Sequence[Route] = ROUTES) -> tuple[Pattern, ...]:
    """Patterns of what no route takes: unknown names, untrusted sources, unmatched filters.

    Together with the routes' own patterns they cover every event, except the facts of our own
    workers that nobody inside subscribes to.
    """
    unknown: Pattern = {"detail-type": [{"anything-but": sorted(CATALOG)}]}
    return (unknown, *_untrusted(routes), *_unfiltered(routes))


def producers(event_type: str, routes: Sequence[Route] = ROUTES) -> frozenset[str]:
    """The sources of our own workers that publish an event type."""
    return _producers(event_type) if routes is ROUTES else _publishing(event_type, routes)


@cache
def _producers(event_type: str) -> frozenset[str]:
    return _publishing(event_type, ROUTES)


def _publishing(event_type: str, routes: Sequence[Route]) -> frozenset[str]:
    return frozenset(
        source(route.worker)
        for route in routes
        if any(event.type == event_type for event in route.publishes)
    )


def trusted_sources(event_type: str, routes: Sequence[Route] = ROUTES) -> tuple[str, ...]:
    """The sources that own an event type; empty when any source may publish it."""
    if any(route.event.type == event_type and not route.trusts for route in routes):
        return ()
    return tuple(sorted(producers(event_type, routes)))


def _untrusted(routes: Sequence[Route]) -> list[Pattern]:
    found: list[Pattern] = []
    for event_type in sorted(CATALOG):
        owners = trusted_sources(event_type, routes)
        if owners:
            found.append({"detail-type": [event_type], "source": [{"anything-but": list(owners)}]})
    return found


def _unfiltered(routes: Sequence[Route]) -> list[Pattern]:
    """For each event type that is only taken with a filter: every other value, and none at all."""
    found: list[Pattern] = []
    for event_type in sorted(CATALOG):
        takers = [r for r in routes if r.event.type == event_type]
        if not takers or any(not r.where for r in takers):
            continue
        for name in sorted({name for r in takers for name in r.where}):
            values = sorted({r.where[name] for r in takers if name in r.where})
            for rest in ([{"anything-but": values}], [{"exists": False}]):
                found.append({"detail-type": [event_type], "detail": {name: rest}})
    return found
