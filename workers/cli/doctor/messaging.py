"""Judges the bus and its rules. Pure."""

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from events.routes import Route
from events.topology import Names, Pattern, pattern, unrouted_patterns
from workers.cli.doctor.facts import Facts, Rule
from workers.cli.doctor.findings import Finding, checked, fault


def judge(facts: Facts, names: Names, routes: Sequence[Route]) -> Iterator[Finding]:
    """The bus, then its rules: without a bus there are none."""
    if facts.bus is not None:
        missing = [] if facts.bus else [fault("bus", names.bus, "there is no such bus")]
        yield from checked("bus", f"{names.bus} is there", missing)
    wanted = wanted_rules(names, routes)
    if facts.rules is not None and facts.bus is not False:
        found = facts.rules
        yield from checked(
            "rules",
            f"all {len(wanted)} are enabled, with their patterns and targets",
            (p for name, (p_, q) in wanted.items() for p in _rule(found.get(name), name, p_, q)),
        )
        yield from checked(
            "rule dead letters",
            "what can't be delivered is kept",
            (p for name in wanted for p in _undelivered(found.get(name), names)),
        )


def wanted_rules(names: Names, routes: Sequence[Route]) -> dict[str, tuple[Pattern, str]]:
    """The pattern and the queue of every rule that there must be, by the rule's name."""
    wanted = {names.rule(route): (pattern(route), names.inbox(route)) for route in routes}
    for number, rest in enumerate(unrouted_patterns(routes), start=1):
        wanted[f"{names.unrouted}-{number}"] = (rest, names.unrouted)
    return wanted


def _rule(rule: Rule | None, name: str, wanted: Pattern, queue: str) -> Iterator[Finding]:
    if rule is None:
        yield fault("rules", name, "there is no such rule: its events reach nobody")
        return
    if not rule.enabled:
        mend = "enable it: `aws events enable-rule --event-bus-name ... --name ...`"
        yield fault("rules", name, "the rule is disabled: its events reach nobody", mend)
    if _canonical(rule.pattern) != _canonical(wanted):
        yield fault("rules", name, "the pattern is not the route's: events are missed or misled")
    if rule.targets is not None and not any(_named(each.arn) == queue for each in rule.targets):
        kept = ", ".join(_named(each.arn) for each in rule.targets) or "nothing"
        yield fault("rules", name, f"the rule does not feed {queue} but {kept}")


def _undelivered(rule: Rule | None, names: Names) -> Iterator[Finding]:
    for target in (rule.targets or ()) if rule else ():
        if target.dead_letters is None or _named(target.dead_letters) != names.undelivered:
            assert rule is not None
            what = f"the target has no dead-letter queue {names.undelivered}: what fails is gone"
            yield fault("rule dead letters", rule.name, what)


def _canonical(wanted: Any) -> str:
    return json.dumps(_sorted(wanted), sort_keys=True)


def _sorted(value: Any) -> Any:
    """The order of a pattern's alternatives means nothing."""
    if isinstance(value, Mapping):
        return {name: _sorted(each) for name, each in value.items()}
    if isinstance(value, list | tuple):
        return sorted((_sorted(each) for each in value), key=json.dumps)
    return value


def _named(arn: str) -> str:
    return arn.rpartition(":")[2]
