"""Scripted control flow: what is known before the run is folded, the rest becomes conditions."""

from collections.abc import Sequence
from functools import partial

from workers.migration.actions.expressions import joined, negated
from workers.migration.convert.boolean import condition
from workers.migration.convert.frame import Frame
from workers.migration.convert.scope import Bound
from workers.migration.convert.statuses import has_status
from workers.migration.convert.systems import on_windows
from workers.migration.convert.work import Work
from workers.migration.ledger import Verdict
from workers.migration.pipeline.nodes import Statement
from workers.migration.pipeline.steps import (
    Branch,
    Case,
    If,
    Parallel,
    Return,
    Switch,
)
from workers.migration.pipeline.values import Binary, Literal, Variable
from workers.migration.replacing import replace

_NEVER = "the condition is never met"
_FOREIGN = "for another system than that of the job's runner"


def choice(work: Work, given: If, frame: Frame) -> Frame:
    """`if`: one branch where the answer is known, otherwise both under the condition."""
    system = on_windows(given.condition, frame)
    said = system or condition(given.condition, frame.scope)
    if said in ("true", "false"):
        work.record.kept(given, f"always {said} here")
        chosen, other = (
            (given.then, given.otherwise) if said == "true" else (given.otherwise, given.then)
        )
        for each in other:
            work.record.whole(each, Verdict.DROPPED, _FOREIGN if system else _NEVER)
        return work.emit(chosen, frame)
    if said is None:
        said = _decided_by_hand(work, given, frame)
    else:
        work.record.kept(given, f"if: {said}")
    after = _under(work, given.then, frame, said)
    after = _under(work, given.otherwise, after, negated(said))
    return after if has_status(said) else replace(after, left=said)


def unless_left(given: If, frame: Frame) -> Frame:
    """What follows an `if` that returns runs only where the `if` is not taken."""
    if not frame.left or not (given.then and isinstance(given.then[-1], Return)):
        return frame if frame.left is None else replace(frame, left=None)
    said = frame.left
    return replace(frame.under(negated(said)), left=None)


def _under(work: Work, body: Sequence[Statement], frame: Frame, said: str) -> Frame:
    if not body:
        return frame
    if has_status(said):
        inner = replace(frame, status=joined([said, frame.status or said], "&&"))
        inner = replace(frame, status=said) if frame.status is None else inner
    else:
        inner = frame.under(said)
    after = work.emit(body, inner)
    return frame if after.scope is frame.scope else replace(frame, scope=after.scope)


def _decided_by_hand(work: Work, given: If, frame: Frame) -> str:
    said = " ".join(work.record.text(given.condition).split())
    name, check = work.decision(said, said)
    work.record.manual(given, f"runs only where {name} is true: say when `{said}` holds")
    return check


def select(work: Work, given: Switch, frame: Frame) -> Frame:
    """`switch`: each case under the condition that it is the one."""
    for case in given.cases:
        if case.match is None:
            checks = [
                negated(said)
                for other in given.cases
                if other.match is not None
                and (said := _equal(given, other.match, frame)) is not None
            ]
            said = joined(checks, "&&") if checks else "true"
        else:
            said = _equal(given, case.match, frame) or _case(work, given, case, frame)
        if said == "false":
            work.record.whole(case, Verdict.DROPPED, _NEVER)
            continue
        work.record.kept(case, f"if: {said}")
        frame = _under(work, case.body, frame, said)
    work.record.kept(given)
    return frame


def _case(work: Work, given: Switch, case: Case, frame: Frame) -> str:
    said = f"{work.record.text(given.on)} is {work.record.text(case.match or given.on)}"
    name, check = work.decision(said, said)
    work.record.manual(case, f"runs only where {name} is true: say when that is")
    return check


def _equal(given: Switch, match: object, frame: Frame) -> str | None:
    if not isinstance(match, Literal):
        return None
    return condition(Binary(match.span, "==", given.on, match), frame.scope)


def parallel(work: Work, given: Parallel, frame: Frame) -> Frame:
    """`parallel`: a job for each branch."""
    work.record.kept(given, "a job for each branch")
    if given.built is not None:
        name = given.built.name if isinstance(given.built, Variable) else ""
        bound = frame.scope.branches.get(name)
        if not bound:
            work.by_hand(given, frame, "make jobs of these branches: only the run knows them")
            return frame
        work.layout.branch(partial(_bound, work, key, each, frame) for key, each in bound.items())
        return frame
    work.layout.branch(partial(_branch, work, each, frame) for each in given.branches)
    return frame


def _branch(work: Work, given: Branch, frame: Frame) -> None:
    name = work.inline(given.name, frame) or "branch"
    work.record.kept(given, f"the branch {name}")
    work.emit(given.body, replace(frame, stages=(*frame.stages, name)))


def _bound(work: Work, key: str, bound: Bound, frame: Frame) -> None:
    scope = replace(bound.scope, environment=frame.scope.environment, runtime=frame.scope.runtime)
    work.emit(bound.closure.body, replace(frame, stages=(*frame.stages, key), scope=scope))
