"""`try`: what catches runs after a failure, what comes last runs always."""

from collections.abc import Mapping, Sequence

from workers.migration.actions.expressions import joined
from workers.migration.convert.frame import Frame
from workers.migration.convert.layout import Planned
from workers.migration.convert.work import Work
from workers.migration.pipeline.nodes import Statement
from workers.migration.pipeline.steps import (
    Assign,
    Catch,
    Evaluate,
    Function,
    Parallel,
    Raise,
    Step,
    Try,
)
from workers.migration.pipeline.values import Call, Property, Variable
from workers.migration.pipeline.walk import statements
from workers.migration.replacing import replace

# More checks than these in a row are one check of a list.
_CHECKS = 6


def attempt(work: Work, given: Try, frame: Frame) -> Frame:
    """`try`: what catches runs after a failure, what comes last runs always."""
    work.record.kept(given)
    spans = any(_elsewhere(work, each) for each in statements(given))
    swallowing = [] if spans else [each for each in given.catches if not _fails(each)]
    before = len(_planned(work))
    if swallowing:
        frame = _forgiven(work, given, frame, swallowing, before)
    else:
        frame = replace(frame, scope=work.emit(given.body, frame).scope)
    for each in given.catches:
        if each not in swallowing:
            work.record.changed(each, "if: failure(), whatever the exception")
            work.emit(each.body, replace(frame, status="failure()"))
    if given.last is not None:
        ran = _ran(work, _planned(work)[before:], frame)
        work.emit(given.last, replace(frame.under(*ran), status="always()"))
    return frame


def _forgiven(work: Work, given: Try, frame: Frame, catches: Sequence[Catch], before: int) -> Frame:
    """A body whose failure is caught and goes no further."""
    inner = replace(frame, forgiving=True)
    after = work.emit(given.body, inner)
    frame = replace(frame, scope=after.scope)
    body = [each for each in _planned(work)[before:] if each.step.uses or each.step.run]
    failed = _chained(work, body, inner)
    for each in catches:
        work.record.changed(each, "after a failed step, which does not fail the job")
        work.emit(each.body, frame.under(failed) if failed else frame)
    return frame


def _chained(work: Work, body: Sequence[Planned], frame: Frame) -> str:
    """Makes each step wait for those before it, and says when one of them has failed.

    A step without a condition of its own succeeds exactly when all before it did, so only those
    with one have to be named beside the last such step.
    """
    sure: str | None = None
    unsure: list[str] = []
    own = set(frame.conditions)
    for planned in body:
        checks = [f"steps.{sure}.outcome == 'success'"] if sure else []
        checks += [_failed(unsure, negative=True)] if unsure else []
        asks = planned.frame.status is not None or not own >= set(planned.frame.conditions)
        if _same_job(work, planned, body[0]):
            planned.frame = planned.frame.under(*checks)
        name = _named(work, planned)
        if asks:
            unsure.append(name)
        else:
            sure, unsure = name, []
    checks = [f"steps.{sure}.outcome != 'success'"] if sure else []
    checks += [_failed(unsure)] if unsure else []
    return joined(checks, "||") if checks else ""


def _failed(names: Sequence[str], *, negative: bool = False) -> str:
    outcomes = [f"steps.{name}.outcome" for name in names]
    if len(names) > _CHECKS:
        places = "".join(f"{{{place}}}" for place in range(len(names)))
        said = f"contains(format('{places}', {', '.join(outcomes)}), 'failure')"
        return f"!{said}" if negative else said
    operator, word = ("!=", "&&") if negative else ("==", "||")
    return joined([f"{each} {operator} 'failure'" for each in outcomes], word)


def opening(functions: Mapping[str, Function]) -> frozenset[str]:
    """The methods that open another job, themselves or in a method that they call."""
    calls: dict[str, set[str]] = {name: set() for name in functions}
    found: set[str] = set()
    for name, function in functions.items():
        for each in statements(function):
            if isinstance(each, Step):
                calls[name].add(each.kind)
            if isinstance(each, Parallel) or (isinstance(each, Step) and each.kind == "node"):
                found.add(name)
    while more := {name for name in calls if name not in found and calls[name] & found}:
        found |= more
    return frozenset(found)


def _elsewhere(work: Work, given: Statement) -> bool:
    """Whether it opens another job."""
    match given:
        case Parallel():
            return True
        case Step():
            return given.kind in work.opening or (
                given.kind == "node" and given.kind not in work.functions
            )
        case _:
            return False


def _fails(catch: Catch) -> bool:
    """Whether a caught failure stays one."""
    for each in (each for top in catch.body for each in statements(top)):
        match each:
            case Raise() | Step(kind="error"):
                return True
            case Assign(targets=(Property(receiver=Variable(name="currentBuild")),)):
                return True
            case Evaluate(value=Call(name="rethrow")):
                return True
    return False


def _ran(work: Work, planned: Sequence[Planned], frame: Frame) -> tuple[str, ...]:
    """What holds when the body was reached: nothing to ask where the job begins with it."""
    first = next((each for each in planned if each.step.uses or each.step.run), None)
    current = work.layout.current
    if first is None or current is None or first not in current.steps:
        return ()
    if current.steps[0] is first:
        return ()
    return (f"steps.{_named(work, first)}.outcome != 'skipped'",)


def _named(work: Work, planned: Planned) -> str:
    if planned.step.id is None:
        planned.step = replace(planned.step, id=work.identifier(planned.frame.stage or "step"))
    return str(planned.step.id)


def _planned(work: Work) -> list[Planned]:
    return work.layout.planned


def _same_job(work: Work, one: Planned, other: Planned) -> bool:
    return work.layout.job_of(one) is work.layout.job_of(other)
