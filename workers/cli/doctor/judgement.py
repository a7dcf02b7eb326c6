"""From facts to findings: every check, in the order in which an event meets what is checked."""

from collections.abc import Sequence
from datetime import timedelta

from events.routes import Route
from events.topology import Names
from workers.cli.doctor import feeding, messaging, queues, stores, surroundings
from workers.cli.doctor.facts import Facts
from workers.cli.doctor.findings import Finding


def judged(
    facts: Facts, names: Names, routes: Sequence[Route], horizon: timedelta
) -> tuple[Finding, ...]:
    """Everything that can be said; `horizon` is how long the ledger remembers an event. Pure."""
    return (
        *surroundings.judge_access(facts),
        *surroundings.judge_clock(facts),
        *messaging.judge(facts, names, routes),
        *feeding.judge(facts, names, routes),
        *queues.judge(facts, names, routes, horizon),
        *stores.judge(facts, names),
        *surroundings.judge_workers(facts, routes),
        *surroundings.judge_backlog(facts, names, routes),
    )
