"""Judges what is around a deployment: permissions, clock, workers, backlog. Pure."""

from collections.abc import Iterator, Sequence
from datetime import timedelta

from events.routes import Route
from events.topology import Names
from workers.cli.doctor.facts import Facts
from workers.cli.doctor.findings import Finding, checked, fault, warning

# Signatures are refused at five minutes; leases and ages are wrong long before.
SKEW_WARNING = timedelta(seconds=60)
SKEW_FAULT = timedelta(seconds=300)


def judge_access(facts: Facts) -> Iterator[Finding]:
    """Who asks, and what that one may not look at."""
    refused = facts.bad_credentials
    login = "set AWS_PROFILE, or run `aws sso login`"
    yield from checked(
        "credentials",
        f"answered as {facts.caller or 'somebody'}",
        [fault("credentials", "sts", refused, login)] if refused else [],
    )
    yield from checked(
        "permissions",
        "every look was allowed",
        (
            fault(
                "permissions",
                denied.resource,
                f"{denied.permission} is not allowed",
                f"add {denied.permission} to the caller's policy",
            )
            for denied in facts.denied
        ),
    )


def judge_clock(facts: Facts) -> Iterator[Finding]:
    """This machine's clock against AWS's."""
    if facts.skew is None:
        return
    seconds, mend = facts.skew.total_seconds(), "set the clock (NTP); leases depend on it"
    what = f"{abs(seconds):.0f} s {'ahead of' if seconds > 0 else 'behind'} AWS"
    problems = []
    if abs(facts.skew) > SKEW_FAULT:
        problems = [fault("clock", "this machine", f"{what}: requests are refused", mend)]
    elif abs(facts.skew) > SKEW_WARNING:
        problems = [warning("clock", "this machine", what, mend)]
    yield from checked("clock", "agrees with AWS's", problems)


def judge_workers(facts: Facts, routes: Sequence[Route]) -> Iterator[Finding]:
    """The processes of a fleet on this machine. Those on AWS can't be seen from here."""
    fleet = facts.fleet
    if fleet is None:
        if facts.embedded:
            what = "no fleet runs from this folder: messages wait"
            yield Finding("warning", "workers", what, "start one with `flotilla up`")
        return
    wanted = ["forwarder", *(route.name for route in routes)]
    states = {each.name: each for each in fleet.processes}
    problems: list[Finding] = []
    for name in wanted:
        each = states.get(name)
        if each is None or each.state in ("given up", "stopped"):
            state = each.state if each else "not there"
            problems.append(fault("workers", name, state, f"see logs/{name}.log; `flotilla up`"))
        elif each.state != "running":
            mend = f"wait; if it stays so, see logs/{name}.log"
            problems.append(warning("workers", name, each.state, mend))
    yield from checked("workers", f"all {len(wanted)} processes are at work", problems)


def judge_backlog(facts: Facts, names: Names, routes: Sequence[Route]) -> Iterator[Finding]:
    """What waits, and whether anything takes it."""
    if facts.queues is None:
        return
    waiting = {names.queue(route): f"`flotilla worker {route.name}`" for route in routes}
    waiting |= {names.inbox(route): "the pipe (here: the forwarder)" for route in routes}
    yield from checked(
        "backlog",
        "nothing piles up",
        (p for name, taker in waiting.items() for p in _backlog(facts, name, taker)),
    )
    parked = {names.dead_letters(route): route.name for route in routes}
    parked |= {names.unrouted: "unrouted", names.undelivered: "undelivered"}
    yield from checked(
        "dead letters",
        "none wait",
        (
            warning(
                "dead letters",
                short,
                f"{facts.queues[name].held} wait for a person",
                f"`flotilla dlq show {short}`",
            )
            for name, short in parked.items()
            if name in facts.queues and facts.queues[name].held
        ),
    )


def _backlog(facts: Facts, name: str, taker: str) -> Iterator[Finding]:
    first = (facts.queues or {}).get(name)
    later = facts.later.get(name)
    if first is None or later is None or later.visible < first.visible:
        return
    how = "grows" if later.visible > first.visible else "does not move"
    yield warning("backlog", name, f"{later.visible} wait, and that {how}", f"is it up? {taker}")
