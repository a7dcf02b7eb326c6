"""Conditions of `when` as expressions."""

from collections.abc import Callable, Iterable, Mapping
from functools import partial

from workers.migration.actions.expressions import joined, negated, quoted
from workers.migration.convert.boolean import condition as boolean
from workers.migration.convert.boolean import operand
from workers.migration.convert.frame import Frame
from workers.migration.convert.lifting import lifted_value
from workers.migration.convert.matching import matching
from workers.migration.convert.scripted import scripted
from workers.migration.convert.work import Work
from workers.migration.ledger import Verdict
from workers.migration.pipeline.conditions import (
    AllOf,
    AnyOf,
    Check,
    Condition,
    ExpressionCheck,
    Not,
    When,
)
from workers.migration.pipeline.nodes import Value
from workers.migration.pipeline.steps import Evaluate, Return, Step
from workers.migration.pipeline.values import Call, Variable
from workers.migration.replacing import replace

_ON_TAG = "github.ref_type == 'tag'"
_ON_PULL_REQUEST = "github.event_name == 'pull_request'"
_CAUSES = {
    "TimerTrigger": "github.event_name == 'schedule'",
    "TimerTriggerCause": "github.event_name == 'schedule'",
    "SCMTrigger": "github.event_name == 'push'",
    "BranchIndexingCause": "github.event_name == 'push'",
    "UserIdCause": "github.event_name == 'workflow_dispatch'",
    "UpstreamCause": "github.event_name == 'workflow_run'",
    "BuildUpstreamCause": "github.event_name == 'workflow_run'",
}
_CHANGE_FIELDS = {
    "target": "github.base_ref",
    "branch": "github.head_ref",
    "author": "github.event.pull_request.user.login",
    "title": "github.event.pull_request.title",
    "id": "github.event.number",
    "url": "github.event.pull_request.html_url",
}


def met(work: Work, when: When | None, frame: Frame) -> Frame:
    """The frame in which the conditions of `when` hold.

    What no expression can say holds only when a person has said so in a variable: a stage that
    should not run does not run.
    """
    if when is None:
        return frame
    work.record.kept(when)
    said = _each(work, when.conditions, frame)
    return frame.under(*(each for each in said if each != "true"))


def _said(work: Work, condition: Condition, frame: Frame) -> str:
    match condition:
        case Not():
            work.record.kept(condition)
            return negated(_all(work, condition.conditions, frame))
        case AllOf():
            work.record.kept(condition)
            return _all(work, condition.conditions, frame)
        case AnyOf():
            work.record.kept(condition)
            return joined([_said(work, each, frame) for each in condition.conditions], "||")
        case ExpressionCheck():
            return _expression(work, condition, frame)
        case Check():
            make = _CHECKS.get(condition.kind)
            made = None if make is None else make(work, condition, frame)
        case _:
            made = None
    if made is None:
        return decided_by_hand(work, condition, frame)
    work.record.whole(condition, Verdict.KEPT, f"if: {made}")
    return made


def decided_by_hand(work: Work, node: Condition, frame: Frame) -> str:
    """A condition that nobody but a person can say: it is off until a variable turns it on."""
    said = " ".join(work.record.text(node).split())
    name, check = work.decision(frame.stage or "stage", said)
    work.record.whole(node, Verdict.MANUAL, f"runs only where {name} is true: say when that is")
    for each in scripted(node):
        work.emit((each,), frame.under(check))
    return check


def _all(work: Work, conditions: Iterable[Condition], frame: Frame) -> str:
    return joined(_each(work, conditions, frame), "&&")


def _each(work: Work, conditions: Iterable[Condition], frame: Frame) -> list[str]:
    """All conditions; what a later one has to ask is asked only where the earlier ones hold."""
    said: list[str] = []
    for each in conditions:
        said.append(_said(work, each, frame.under(*(it for it in said if it != "true"))))
    return said


def _expression(work: Work, check: ExpressionCheck, frame: Frame) -> str:
    """What the last statement says, after steps for what it has to ask."""
    asking = replace(frame, timeout=None)
    match check.body:
        case [*first, Return(value=Value() as value)] | [*first, Evaluate(value=Value() as value)]:
            last = check.body[-1]
        case [*first, Step(kind="sh", arguments=arguments) as last]:
            value = Call(last.span, None, "sh", arguments)
        case _:
            return decided_by_hand(work, check, frame)
    asking = work.emit(first, asking)
    value, asking = lifted_value(work, last, value, asking)
    made = boolean(value, asking.scope)
    if made is None:
        return decided_by_hand(work, check, asking)
    note = f"if: {made}"
    work.record.kept(check, note)
    work.record.whole(last, Verdict.KEPT, note)
    return made


def compared(subject: str, pattern: str, comparator: str) -> str | None:
    """A name against a pattern, in Ant's notation, as a regular expression, or as it is."""
    if comparator == "REGEXP":
        return matching(subject, pattern, whole=True)
    if comparator == "EQUALS" or not set("*?") & set(pattern):
        return f"{subject} == {quoted(pattern)}"
    if "?" in pattern or set(pattern) == {"*"}:
        return "true" if set(pattern) == {"*"} else None
    head, tail = pattern.split("*", 1)[0], pattern.rsplit("*", 1)[1]
    middle = pattern[len(head) : len(pattern) - len(tail)].strip("*")
    if "*" in middle:
        return None
    checks = [
        f"startsWith({subject}, {quoted(head)})" if head else "",
        f"contains({subject}, {quoted(middle)})" if middle.strip("/") else "",
        f"endsWith({subject}, {quoted(tail)})" if tail else "",
    ]
    return joined([each for each in checks if each], "&&")


def _reference(work: Work, check: Check, frame: Frame, *, name: str, kind: str) -> str | None:
    pattern = _first(work, check, frame, "pattern")
    comparator = _named(work, check, frame, "comparator") or "GLOB"
    if pattern is None:
        return None
    made = compared(name, pattern, comparator)
    return None if made is None else joined([kind, made], "&&") if kind else made


def _building_tag(work: Work, check: Check, frame: Frame) -> str | None:
    return _ON_TAG


def _tag(work: Work, check: Check, frame: Frame) -> str | None:
    if not check.arguments:
        return _ON_TAG
    return _reference(work, check, frame, name="github.ref_name", kind=_ON_TAG)


def _change_request(work: Work, check: Check, frame: Frame) -> str | None:
    comparator = _named(work, check, frame, "comparator") or "EQUALS"
    made: list[str | None] = [_ON_PULL_REQUEST]
    for each in check.arguments:
        if each.name and each.name != "comparator":
            pattern, subject = work.fixed(each.value, frame), _CHANGE_FIELDS.get(each.name)
            fits = pattern is not None and subject is not None
            made.append(compared(subject or "", pattern or "", comparator) if fits else None)
    given = [each for each in made if each is not None]
    return joined(given, "&&") if len(given) == len(made) else None


def _changeset(work: Work, check: Check, frame: Frame) -> str | None:
    pattern = _first(work, check, frame, "pattern")
    if pattern is None or _named(work, check, frame, "comparator") == "REGEXP":
        return None
    name = work.filters.setdefault(pattern, f"paths-{len(work.filters) + 1}")
    return f"needs.changes.outputs.{name} == 'true'"


def _environment(work: Work, check: Check, frame: Frame) -> str | None:
    name = _named(work, check, frame, "name")
    value = _named(work, check, frame, "value")
    if name is None or value is None:
        return None
    subject = operand(Variable(check.span, name), frame.scope) or f"env.{name}"
    return f"{subject} == {quoted(value)}"


def _equals(work: Work, check: Check, frame: Frame) -> str | None:
    named = {each.name: each.value for each in check.arguments}
    if "expected" not in named or "actual" not in named:
        return None
    sides = [operand(named[key], frame.scope) for key in ("actual", "expected")]
    given = [each for each in sides if each is not None]
    return " == ".join(given) if len(given) == len(sides) else None


def _triggered_by(work: Work, check: Check, frame: Frame) -> str | None:
    cause = _first(work, check, frame, "cause")
    return _CAUSES.get(cause.rsplit(".", 1)[-1]) if cause else None


def _first(work: Work, check: Check, frame: Frame, name: str) -> str | None:
    for each in check.arguments:
        if each.name in (None, name):
            return work.fixed(each.value, frame)
    return None


def _named(work: Work, check: Check, frame: Frame, name: str) -> str | None:
    found = next((each.value for each in check.arguments if each.name == name), None)
    return work.fixed(found, frame)


def _restarted(work: Work, check: Check, frame: Frame) -> str | None:
    return "github.run_attempt > 1"


_CHECKS: Mapping[str, Callable[[Work, Check, Frame], str | None]] = {
    "branch": partial(_reference, name="github.ref_name", kind=""),
    "tag": _tag,
    "buildingTag": _building_tag,
    "changeRequest": _change_request,
    "changeset": _changeset,
    "environment": _environment,
    "equals": _equals,
    "triggeredBy": _triggered_by,
    "isRestartedRun": _restarted,
}
