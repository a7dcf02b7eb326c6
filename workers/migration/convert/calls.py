"""Calls of the script's own methods, put in where they are called, and loops by closures."""

from workers.migration.convert import loops
from workers.migration.convert.frame import Frame
from workers.migration.convert.scope import Bound, Constant
from workers.migration.convert.work import Work
from workers.migration.pipeline.nodes import Statement, Value
from workers.migration.pipeline.steps import Evaluate, Function, Step
from workers.migration.pipeline.values import Call, Closure, Entry, Literal, MapValue
from workers.migration.replacing import replace

# Calls deeper than this are a recursion.
_DEEPEST = 12
# More calls than these make a workflow that nobody can read, and no end is in sight.
_MOST = 3000
# What a method gave back last; no variable of Groovy is called so.
GIVEN_BACK = "return"


def called(work: Work, given: Step, function: Function, frame: Frame) -> Frame:
    """A method of the script, put in where it is called."""
    if frame.calls.count(function.name) or len(frame.calls) > _DEEPEST:
        work.by_hand(given, frame, "a method that calls itself: write this by hand")
        return frame
    work.inlined += 1
    if work.inlined > _MOST:
        work.by_hand(
            given, frame, "methods call each other too often to put each in: write a script"
        )
        return frame
    constants = dict(frame.scope.constants)
    texts = dict(frame.scope.texts)
    blocks = dict(frame.scope.blocks)
    values = _values(given)
    for at, parameter in enumerate(function.parameters):
        value = values[at] if at < len(values) else parameter.default
        if isinstance(value, Closure):
            blocks[parameter.name] = Bound(value, frame.scope)
            continue
        found, constant = work.constant(value, frame)
        constants.pop(parameter.name, None)
        texts.pop(parameter.name, None)
        if found:
            constants[parameter.name] = constant
        elif value is not None:
            texts[parameter.name] = work.parts(value, frame)
    work.record.kept(given, f"the body of {function.name}")
    work.record.kept(function, "put in where it is called")
    scope = replace(frame.scope, constants=constants, texts=texts, blocks=blocks)
    inner = replace(frame, scope=scope, calls=(*frame.calls, function.name))
    after = work.emit(function.body, inner)
    given_back = after.scope.texts.get(GIVEN_BACK)
    texts = {key: value for key, value in frame.scope.texts.items() if key != GIVEN_BACK}
    if given_back is not None:
        texts[GIVEN_BACK] = given_back
    return replace(frame, scope=replace(frame.scope, runtime=after.scope.runtime, texts=texts))


def _values(given: Step) -> tuple[Value, ...]:
    """The arguments in order; named ones are a map in front, a trailing block stands behind."""
    named = tuple(
        Entry(each.span, Literal(each.span, each.name), each.value)
        for each in given.arguments
        if each.name is not None
    )
    first = (MapValue(given.span, named),) if named else ()
    last = () if given.body is None else (Closure(given.span, given.parameters, given.body),)
    return (*first, *given.positional, *last)


def block(work: Work, given: Statement, bound: Bound, frame: Frame) -> Frame:
    """A block that a method was given, where the method calls it."""
    if len(frame.calls) > _DEEPEST:
        work.by_hand(given, frame, "a block that calls itself: write this by hand")
        return frame
    work.record.kept(given, "the block that was given")
    scope = replace(bound.scope, environment=frame.scope.environment, runtime=frame.scope.runtime)
    inner = replace(frame, scope=scope, calls=(*frame.calls, "block"))
    after = work.emit(bound.closure.body, inner)
    return replace(frame, scope=replace(frame.scope, runtime=after.scope.runtime))


def each_of(work: Work, given: Evaluate, call: Call, frame: Frame) -> Frame:
    """`list.each { … }` and `map.each { k, v -> … }`."""
    found, items = work.constant(call.receiver, frame)
    closure = next(iter(closures(call)), None)
    if closure is None or not found or not isinstance(items, list | dict | int):
        if closure is None:
            work.by_hand(
                given, frame, "write this loop by hand: its turns are known only to the run"
            )
            return frame
        names = closure.parameters or ("it",)
        return loops.endless(work, given, frame, names, closure.body)
    if isinstance(items, dict) and len(closure.parameters) == 2:
        return _pairs(work, given, closure, items, frame)
    name = closure.parameters[0] if closure.parameters else "it"
    if isinstance(items, dict):
        turns: list[Constant] = [{"key": key, "value": value} for key, value in items.items()]
        return loops.turn(work, given, frame, (name, turns, closure.body))
    turned: list[Constant] = [*range(items)] if isinstance(items, int) else items
    return loops.turn(work, given, frame, (name, turned, closure.body))


def _pairs(
    work: Work, given: Evaluate, closure: Closure, items: dict[str, Constant], frame: Frame
) -> Frame:
    first, second = closure.parameters
    work.record.changed(given, f"unrolled: {len(items)} times")
    for key, value in items.items():
        constants = {**frame.scope.constants, first: key, second: value}
        scope = replace(frame.scope, constants=constants)
        after = work.emit(closure.body, replace(frame, scope=scope))
        frame = replace(frame, scope=after.scope)
    return frame


def closures(value: object) -> list[Closure]:
    """The closures that a call is given."""
    if not isinstance(value, Call):
        return []
    found = [each for each in value.positional if isinstance(each, Closure)]
    return [*found, *([value.body] if value.body else [])]
