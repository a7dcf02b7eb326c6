"""What no single route shows: events without a consumer, routes without a producer, circles. Pure.

What is meant to be so is declared here with its reason. A declaration that nothing needs any more
is a finding too.
"""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType

from events.routes import ROUTES, Route
from schemas.base import Event
from schemas.catalog import EVENTS

# Events that no route consumes.
INFORMATIONAL: Mapping[str, str] = MappingProxyType(
    {"workflow.created": "says outside what was planned; the planner publishes the first tasks too"}
)

# Events that anybody may publish.
OPEN: Mapping[str, str] = MappingProxyType(
    {
        "workflow.requested": "the way in for people and webhooks",
        "migration.requested": "nothing but artifacts and a notice comes of it",
        "task.created": "a single task can be asked for without a workflow",
    }
)

# Routes through which a workflow comes only so often, and what counts.
BOUNDED: Mapping[str, str] = MappingProxyType(
    {
        "remediation-on-policy-violated": "MAX_ROUNDS repairs of one generated bundle",
        "remediation-on-anomaly-detected": "MAX_RESTARTS of one release",
        "conductor-on-tests-failed": "MAX_ITERATIONS of one task",
        "conductor-on-tests-passed": "starts a task of the plan that waits, and each starts once",
        "conductor-on-deployment-completed": "as on tests.passed: the plan's length bounds it",
        "conductor-on-health-verified": "as on tests.passed: the plan's length bounds it",
    }
)


@dataclass(frozen=True, slots=True)
class Exceptions:
    """What is meant to be as it is: event types and route names, each with the reason."""

    informational: Mapping[str, str] = field(default_factory=lambda: INFORMATIONAL)
    open: Mapping[str, str] = field(default_factory=lambda: OPEN)
    bounded: Mapping[str, str] = field(default_factory=lambda: BOUNDED)


def findings(
    routes: Sequence[Route] = ROUTES,
    events: Sequence[type[Event]] = EVENTS,
    exceptions: Exceptions | None = None,
) -> tuple[str, ...]:
    """One line for each fault of the topology as a whole; none means it is sound."""
    meant = exceptions or Exceptions()
    return (
        *_unconsumed(routes, events, meant.informational),
        *_unfed(routes, meant.open),
        *_unbounded(routes, meant.bounded),
        *_undue(routes, meant),
    )


def feeds(route: Route, follower: Route) -> bool:
    """Whether an answer of the one may be what the other consumes, and believes."""
    believed = not follower.trusts or route.worker in follower.trusts
    return believed and follower.event in route.publishes


def _unconsumed(
    routes: Sequence[Route], events: Sequence[type[Event]], meant: Mapping[str, str]
) -> Iterator[str]:
    consumed = {route.event.type for route in routes}
    for event in events:
        if event.type not in consumed | meant.keys():
            yield f"{event.type}: nobody consumes it, and it is not declared informational"


def _unfed(routes: Sequence[Route], meant: Mapping[str, str]) -> Iterator[str]:
    for route in routes:
        if route.event.type in meant:
            continue
        if not route.trusts:
            yield f"{route.name}: believes anybody, and {route.event.type} is not declared open"
        elif not any(feeds(each, route) for each in routes):
            yield f"{route.name}: nobody it trusts publishes {route.event.type}"


def _unbounded(routes: Sequence[Route], meant: Mapping[str, str]) -> Iterator[str]:
    for circle in _circles([route for route in routes if route.name not in meant]):
        yield f"{' -> '.join((*circle, circle[0]))}: a circle without a declared bound"


def _undue(routes: Sequence[Route], meant: Exceptions) -> Iterator[str]:
    """Declarations that hide nothing, or hide something that is not there."""
    consumed = {route.event.type for route in routes}
    published = {event.type for route in routes for event in route.publishes}
    for name in sorted(meant.informational):
        if name in consumed or name not in published:
            yield f"{name}: declared informational, but consumed or never published"
    for name in sorted(meant.open):
        if not any(r.event.type == name and not r.trusts for r in routes):
            yield f"{name}: declared open, but no route takes it from anybody"
    circling = {name for circle in _circles(routes) for name in circle}
    for name in sorted(meant.bounded.keys() - circling):
        yield f"{name}: declared bounded, but in no circle"


def _circles(routes: Sequence[Route]) -> list[tuple[str, ...]]:
    """For each route that comes back to itself, a shortest way; each way once."""
    after = {r.name: [each.name for each in routes if feeds(r, each)] for r in routes}
    found: dict[frozenset[str], tuple[str, ...]] = {}
    for name in after:
        way = _way_back(name, after)
        if way:
            found.setdefault(frozenset(way), way)
    return list(found.values())


def _way_back(start: str, after: Mapping[str, Collection[str]]) -> tuple[str, ...]:
    """The routes from a start back to it, the start first; empty where no way leads back."""
    ways: list[tuple[str, ...]] = [(start,)]
    seen: set[str] = set()
    for way in ways:
        for name in after[way[-1]]:
            if name == start:
                return way
            if name not in seen:
                seen.add(name)
                ways.append((*way, name))
    return ()
