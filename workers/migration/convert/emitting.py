"""Statements in their order: each goes to the rule for its kind."""

from collections.abc import Sequence
from functools import partial

from workers.migration.convert import attempts, collecting, control, docker, loops
from workers.migration.convert.assigning import assign, exported
from workers.migration.convert.block_steps import PLUGIN_BLOCKS
from workers.migration.convert.calls import GIVEN_BACK, block, called, closures, each_of
from workers.migration.convert.captures import captured, script_call
from workers.migration.convert.catalogued import catalogued
from workers.migration.convert.frame import Frame
from workers.migration.convert.lifting import lifted
from workers.migration.convert.results import is_result
from workers.migration.convert.scope import Part, Ref, Unknown
from workers.migration.convert.surroundings import BLOCKS
from workers.migration.convert.work import Work
from workers.migration.pipeline.nodes import Statement, Value
from workers.migration.pipeline.steps import (
    Assign,
    Block,
    Evaluate,
    For,
    ForEach,
    Function,
    If,
    Import,
    Jump,
    Parallel,
    Raise,
    Return,
    Step,
    Switch,
    Try,
    While,
)
from workers.migration.pipeline.values import Binary, Call, Closure, Index, Literal, Variable
from workers.migration.replacing import replace


def emit(work: Work, given: Sequence[Statement], frame: Frame) -> Frame:
    """Converts statements; the frame that comes back knows what they made known."""
    for at, each in enumerate(given):
        if at + 1 < len(given) and is_result(each) and _fails(given[at + 1]):
            work.record.changed(each, "the failure that follows says it")
            continue
        each, frame = lifted(work, each, frame)  # noqa: PLW2901 the same statement
        frame = _statement(work, each, frame)
        if isinstance(each, If):
            frame = control.unless_left(each, frame)
    return frame


def _fails(given: Statement) -> bool:
    return isinstance(given, Raise) or (isinstance(given, Step) and given.kind == "error")


def emitting(work: Work) -> partial[Frame]:
    """`emit` for one conversion."""
    return partial(emit, work)


def _statement(work: Work, given: Statement, frame: Frame) -> Frame:  # noqa: PLR0911, PLR0912
    match given:
        case Step():
            return _step(work, given, frame)
        case Assign():
            return assign(work, given, frame)
        case If():
            return control.choice(work, given, frame)
        case Try():
            return attempts.attempt(work, given, frame)
        case Parallel():
            return control.parallel(work, given, frame)
        case ForEach():
            return loops.for_each(work, given, frame)
        case For():
            return loops.counted(work, given, frame)
        case While():
            return loops.endless(work, given, frame, (), given.body)
        case Switch():
            return control.select(work, given, frame)
        case Evaluate():
            return _evaluate(work, given, frame)
        case Raise():
            return _raise(work, given, frame)
        case Return():
            return _return(work, given, frame)
        case Block():
            work.record.kept(given)
            return emit(work, given.body, frame)
        case Import():
            work.record.dropped(given, "names of Groovy are not used here")
        case Jump(kind="break"):
            work.record.kept(given)
        case Function():
            work.record.kept(given)
        case _:
            work.by_hand(given, frame, "convert this by hand")
    return frame


def _step(  # noqa: PLR0911 one a kind of step
    work: Work, given: Step, frame: Frame
) -> Frame:
    function = work.functions.get(given.kind)
    if function is not None:
        return called(work, given, function, frame)
    if given.kind in frame.scope.blocks and given.kind not in frame.calls:
        return block(work, given, frame.scope.blocks[given.kind], frame)
    if given.kind == "properties":
        work.record.kept(given, "its parameters, triggers and options")
        return frame
    if given.kind in BLOCKS and (given.body is not None or given.kind == "stage"):
        return BLOCKS[given.kind](work, given, frame)
    if given.kind in PLUGIN_BLOCKS and given.body is not None:
        return PLUGIN_BLOCKS[given.kind](work, given, frame)
    if given.kind == "library":
        name = work.fixed(next(iter(given.positional), None), frame) or "?"
        work.record.manual(given, f"convert what is used of the library {name}")
        return frame
    return catalogued(work, given, frame)


def _evaluate(  # noqa: PLR0911 one a kind of call
    work: Work, given: Evaluate, frame: Frame
) -> Frame:
    answer = docker.evaluate(work, given, frame)
    if answer is not None:
        return answer
    match given.value:
        case Call(name="each" | "times", receiver=receiver) if receiver is not None:
            return each_of(work, given, given.value, frame)
        case Call(receiver=None) as call:
            step = Step(
                given.span, call.name, call.arguments, call.body.body if call.body else None
            )
            return _step(work, step, frame)
        case Call(name="call" | "doCall", receiver=Variable(name=name)) if (
            name in frame.scope.blocks
        ):
            return block(work, given, frame.scope.blocks[name], frame)
        case Call(receiver=Variable(name=name)) as call if f"{name}.{call.name}" in work.functions:
            return _step(work, replace(_as_step(given, call), kind=f"{name}.{call.name}"), frame)
        case Call(name="put", receiver=Variable()) if closures(given.value):
            return assign(work, _put(given, given.value), frame)
        case Call(receiver=receiver) as call if _text_of(receiver) is not None:
            if captured(work, given, _text_of(receiver) or call, frame, "output"):
                return frame
        case Literal() | Variable():
            work.record.dropped(given, "no effect")
            return frame
        case value if (held := collecting.added(work, given, value, frame)) is not None:
            return held
        case Binary(operator="<<", left=Variable(name=name)):
            work.by_hand(given, frame, f"add this to {name} by hand")
            return frame
    within = closures(given.value)
    work.by_hand(given, frame, "convert this call by hand", deep=not within)
    for closure in within:
        work.record.manual(given, "what is in its block runs as if it stood alone")
        frame = emit(work, closure.body, frame)
    return frame


def _put(given: Evaluate, call: Call) -> Assign:
    """`map.put(key, value)` as the assignment that it is."""
    key, value = (*call.positional, call.body or call)[:2]
    target = Index(call.span, call.receiver or key, key)
    return Assign(given.span, (target,), value)


def _text_of(value: object) -> Call | None:
    return value if isinstance(value, Call) and value.receiver is None else None


def _raise(work: Work, given: Raise, frame: Frame) -> Frame:
    if frame.status and "failure()" in frame.status:
        work.record.kept(given, "the job has failed already")
        return frame
    step = Step(given.span, "error", ())
    return catalogued(work, step, frame)


def _return(work: Work, given: Return, frame: Frame) -> Frame:
    if frame.calls and given.value is not None:
        return _given_back(work, given, given.value, frame)
    if given.value is None or work.constant(given.value, frame)[0]:
        work.record.kept(given, "what follows runs under the opposite condition")
        return frame
    match given.value:
        case Closure() as closure:
            work.record.manual(given, "what is in this block runs here, not where it is called")
            return emit(work, closure.body, frame)
        case Call(receiver=None) as call:
            step = Step(
                given.span, call.name, call.arguments, call.body.body if call.body else None
            )
            return _step(work, step, frame)
        case _:
            work.by_hand(given, frame, "use this value by hand")
            return frame


def _given_back(work: Work, given: Return, value: Value, frame: Frame) -> Frame:
    """What a method gives back, for the assignment that asked for it."""
    scope = frame.scope
    call = script_call(value)
    if call is not None and call.name in work.functions:
        return called(work, _as_step(given, call), work.functions[call.name], frame)
    name = f"{frame.calls[-1]}_result"
    if call is not None and captured(work, given, call, frame, name):
        back: tuple[Part, ...] = (Ref(name, f"env.{name}"),)
        scope = replace(scope, runtime=scope.runtime | {name})
    else:
        back = work.parts(value, frame)
        unknown = any(isinstance(each, Unknown) for each in back)
        if call is not None and unknown:
            return _step(work, _as_step(given, call), frame)
        if unknown:
            work.by_hand(given, frame, "work out by hand what this gives back")
        elif frame.conditions:
            # Several of these may stand in a method: the variable holds that of the one that ran.
            exported(work, given, frame, name, back)
            back, scope = (
                (Ref(name, f"env.{name}"),),
                replace(scope, runtime=scope.runtime | {name}),
            )
        else:
            work.record.changed(given, "put in wherever it is used")
    return replace(frame, scope=replace(scope, texts={**scope.texts, GIVEN_BACK: back}))


def _as_step(given: Statement, call: Call) -> Step:
    return Step(given.span, call.name, call.arguments, call.body.body if call.body else None)
