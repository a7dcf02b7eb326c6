"""Judges the queues themselves: there, patient enough, with a way out for poison. Pure."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import timedelta

from events.cloudformation import visibility_timeout
from events.routes import Route
from events.topology import Names
from workers.cli.doctor.facts import Facts, Queue
from workers.cli.doctor.feeding import parsed
from workers.cli.doctor.findings import Finding, checked, fault, warning
from workers.runtime.horizon import said, shortfall

Queues = Mapping[str, Queue]


def judge(
    facts: Facts, names: Names, routes: Sequence[Route], horizon: timedelta
) -> Iterator[Finding]:
    """`horizon` is how long the ledger remembers an event."""
    if facts.queues is None:
        return
    queues = facts.queues
    wanted = wanted_queues(names, routes)
    known = queues.keys() | facts.unread
    yield from checked(
        "queues",
        f"all {len(wanted)} are there",
        (fault("queues", each, "there is no such queue") for each in wanted if each not in known),
    )
    yield from checked(
        "visibility",
        "every queue hides a message for as long as its route may take",
        (p for route in routes for p in _visibility(queues.get(names.queue(route)), route)),
    )
    yield from checked(
        "redrive",
        "poison ends in a dead-letter queue, after the workers' own tries",
        (p for route in routes for p in _redrives(queues, known, names, route)),
    )
    yield from checked(
        "retention",
        f"nothing outlives what the ledger remembers ({horizon.days} days)",
        (p for route in routes for p in _retention(queues, names, route, horizon)),
    )


def wanted_queues(names: Names, routes: Sequence[Route]) -> tuple[str, ...]:
    """The name of every queue that there must be."""
    own = (names.inbox, names.queue, names.dead_letters)
    return (names.unrouted, names.undelivered, *(name(route) for route in routes for name in own))


def _visibility(queue: Queue | None, route: Route) -> Iterator[Finding]:
    if queue is None:
        return
    has, needs = queue.seconds("VisibilityTimeout"), visibility_timeout(route)
    mend = f"set VisibilityTimeout={needs.total_seconds():.0f}, or deploy again"
    if has < route.timeout:
        # Our own consumer asks for a lease and renews it; nobody else does.
        what = f"{said(has)} are less than the route may take ({said(route.timeout)}): seen twice"
        yield fault("visibility", queue.name, what, mend)
    elif has < needs:
        what = f"{said(has)} leave no room after the route's {said(route.timeout)}"
        yield warning("visibility", queue.name, what, mend)


def _redrives(
    queues: Queues, known: frozenset[str] | set[str], names: Names, route: Route
) -> Iterator[Finding]:
    inbox, queue = queues.get(names.inbox(route)), queues.get(names.queue(route))
    if inbox is not None:
        yield from _redrive(inbox, names.undelivered, known, 1)
    if queue is not None:
        yield from _redrive(queue, names.dead_letters(route), known, route.most_attempts)


def _redrive(
    queue: Queue, wanted: str, known: frozenset[str] | set[str], tries: int
) -> Iterator[Finding]:
    policy = parsed(queue.attributes.get("RedrivePolicy"))
    target = str(policy.get("deadLetterTargetArn", "")).rpartition(":")[2]
    receives = int(policy.get("maxReceiveCount", 0))
    if not target:
        what = "there is no redrive policy: what kills its worker comes back for ever"
        yield fault("redrive", queue.name, what)
        return
    if queue.fifo != target.endswith(".fifo"):
        what = f"its dead-letter queue {target} is of the other kind, FIFO or standard"
        yield fault("redrive", queue.name, what)
    elif target not in known:
        # That queue is missing as such, or somebody chose another that can't be seen from here.
        what = f"its dead-letter queue {target} is not there: poison comes back for ever"
        yield fault("redrive", queue.name, what)
    elif target != wanted:
        mend = f"`flotilla dlq` looks into {wanted}; deploy again"
        yield warning("redrive", queue.name, f"dead letters go to {target}", mend)
    if receives <= tries:
        what = f"maxReceiveCount {receives} comes before the worker's own {tries} tries"
        yield fault("redrive", queue.name, what)


def _retention(queues: Queues, names: Names, route: Route, horizon: timedelta) -> Iterator[Finding]:
    queue, dead = queues.get(names.queue(route)), queues.get(names.dead_letters(route))
    if queue is None or dead is None:
        return
    kept, parked = (each.seconds("MessageRetentionPeriod") for each in (queue, dead))
    if wrong := shortfall(kept, parked, ledger=horizon):
        yield fault("retention", dead.name, wrong.what, wrong.mend)
    if parked < kept:
        what = f"dead letters are kept for {said(parked)}, less than the queue's {said(kept)}"
        mend = "set MessageRetentionPeriod=1209600, or deploy again"
        yield warning("retention", dead.name, what, mend)
