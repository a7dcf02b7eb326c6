"""Assignments: constants are folded, what a script gives goes into the job's environment."""

from workers.migration.actions.model import Step as Made
from workers.migration.convert import collecting
from workers.migration.convert.boolean import condition, operand, says_true_or_false
from workers.migration.convert.calls import GIVEN_BACK, called
from workers.migration.convert.captures import captured, script_call
from workers.migration.convert.frame import Frame
from workers.migration.convert.libraries import is_load
from workers.migration.convert.lifting import document_of
from workers.migration.convert.quoting import quoted_in_shell
from workers.migration.convert.resolving import shown
from workers.migration.convert.results import of_build, result
from workers.migration.convert.scope import Bound, Part, Ref, Scope, Unknown
from workers.migration.convert.scripts import script
from workers.migration.convert.statuses import has_status
from workers.migration.convert.variables import name_of
from workers.migration.convert.work import Work
from workers.migration.pipeline.nodes import Node, Value
from workers.migration.pipeline.steps import Assign, Step
from workers.migration.pipeline.values import (
    Call,
    Choice,
    Closure,
    Index,
    MapValue,
    Property,
    Variable,
)
from workers.migration.replacing import replace

_EMPTY = (None, "", "null")


def assign(work: Work, given: Assign, frame: Frame) -> Frame:
    """One assignment."""
    target = given.targets[0]
    if given.value is None:
        work.record.kept(given, "nothing to do until it has a value")
        return frame
    if isinstance(target, Index | Property) and isinstance(given.value, Closure):
        return _branch(work, given, target, given.value, frame)
    if isinstance(target, Property) and of_build(target):
        return result(work, given, target, frame)
    if isinstance(target, Index | Property) and given.operator == "=":
        held = collecting.put(work, given, target, given.value, frame)
        if held is not None:
            return held
    name = name_of(target)
    if name is None or len(given.targets) > 1:
        work.by_hand(given, frame, "work out this assignment by hand")
        return frame
    return _named(work, given, name, given.value, frame)


def _named(work: Work, given: Assign, name: str, value: Value, frame: Frame) -> Frame:
    for rule in (_thing, _called, _known):
        if (after := rule(work, given, name, value, frame)) is not None:
            return after
    return _text(work, given, name, value, frame)


def _thing(work: Work, given: Assign, name: str, value: Value, frame: Frame) -> Frame | None:
    """A block, a document, blocks by name, or a script that is loaded."""
    if isinstance(value, Closure):
        return _block(work, given, frame, name, value)
    if (document := document_of(work, value, frame)) is not None:
        work.record.changed(given, "its members are read where they are used")
        documents = {**frame.scope.documents, name: document}
        return _scoped(frame, replace(frame.scope, documents=documents))
    if isinstance(value, MapValue) and _closures(value):
        return _branches(work, given, frame, name, _bound(work, value, frame))
    if is_load(value) and any(each.partition(".")[0] == name for each in work.functions):
        work.record.changed(given, "its methods are put in where they are called")
        return frame
    return None


def _called(work: Work, given: Assign, name: str, value: Value, frame: Frame) -> Frame | None:
    """What a script prints, or a method of the pipeline gives."""
    call = script_call(value)
    if call is not None and captured(work, given, call, frame, name):
        return _running(frame, name)
    if call is not None and call.name in work.functions:
        return _from_method(work, given, call, frame, name)
    return None


def _known(work: Work, given: Assign, name: str, value: Value, frame: Frame) -> Frame | None:
    """A constant, nothing yet, a truth, or a number that is counted on."""
    found, constant = work.constant(value, frame)
    if found and given.operator == "=" and _is_lasting(work, given, name):
        work.record.changed(given, "put in wherever it is used")
        known = {**frame.scope.constants, name: constant}
        return _scoped(frame, replace(frame.scope, constants=known))
    if found and (constant in _EMPTY or constant in ([], {})) and given.kind is not None:
        work.record.kept(given, "empty until it has a value")
        return _branches(work, given, frame, name, {}) if constant == {} else _running(frame, name)
    flag = _flag(value, frame) if _is_lasting(work, given, name) else None
    if flag is not None and given.operator == "=":
        work.record.changed(given, f"wherever it is used: {flag}")
        return _scoped(frame, _flagged(frame.scope, name, flag))
    if given.operator in ("+=", "-=") and isinstance(constant, int) and name in frame.scope.runtime:
        return _counted(work, given, name, constant, frame)
    return None


def _text(work: Work, given: Assign, name: str, value: Value, frame: Frame) -> Frame:
    text = work.parts(value, frame)
    if isinstance(value, Choice) and (chosen := operand(value, frame.scope)) is not None:
        text = (Ref(name, chosen),)
    if given.operator == "+=":
        text = (*work.parts(Variable(given.span, name), frame), *text)
    simple = given.operator in ("=", "+=") and not any(isinstance(each, Unknown) for each in text)
    if simple and _is_lasting(work, given, name):
        work.record.changed(given, "put in wherever it is used")
        return _scoped(frame, replace(frame.scope, texts={**frame.scope.texts, name: text}))
    if simple:
        exported(work, given, frame, name, text)
        return _running(frame, name)
    work.by_hand(given, frame, f"set {name} to what this gives in Jenkins")
    return frame


def _is_lasting(work: Work, given: Assign, name: str) -> bool:
    """Whether a name keeps the value that it is given."""
    return name not in work.mutable and not isinstance(given.targets[0], Property)


def _bound(work: Work, value: MapValue, frame: Frame) -> dict[str, Bound]:
    """The closures of a map by their keys, with what they see."""
    return {
        _key(work, each.key, frame) or work.record.text(each.key): Bound(each.value, frame.scope)
        for each in value.entries
        if isinstance(each.value, Closure)
    }


def _block(work: Work, given: Assign, frame: Frame, name: str, closure: Closure) -> Frame:
    """`name = { … }`: put in where it is called."""
    work.record.kept(given, "put in where it is called")
    blocks = {**frame.scope.blocks, name: Bound(closure, frame.scope)}
    return _scoped(frame, replace(frame.scope, blocks=blocks))


def _flag(value: Value, frame: Frame) -> str | None:
    """The expression for a value that is true or false; one about the status is not kept."""
    if not says_true_or_false(value, frame.scope):
        return None
    said = condition(value, frame.scope)
    return None if said is None or has_status(said) or said in ("true", "false") else said


def _flagged(scope: Scope, name: str, said: str) -> Scope:
    texts = {**scope.texts, name: (Ref(name, said),)}
    return replace(scope, flags={**scope.flags, name: said}, texts=texts)


def _from_method(work: Work, given: Assign, call: Call, frame: Frame, name: str) -> Frame:
    """`name = method(…)`: the method's steps, and what it gives back."""
    step = Step(given.span, call.name, call.arguments)
    after = called(work, step, work.functions[call.name], frame)
    texts = dict(after.scope.texts)
    back = texts.pop(GIVEN_BACK, None)
    if back is None or any(isinstance(each, Unknown) for each in back):
        work.record.manual(given, f"set {name} to what {call.name} gives back")
    else:
        texts[name] = back
    return _scoped(frame, replace(after.scope, texts=texts))


def exported(work: Work, given: Node, frame: Frame, name: str, text: tuple[Part, ...]) -> None:
    """A step that puts a text into the environment of the steps after it."""
    escaped = (quoted_in_shell(each) if isinstance(each, str) else each for each in text)
    made = script((f'echo "{name}=', *escaped, '" >> "$GITHUB_ENV"'), frame.scope, "sh")
    step = Made(name=f"Set {name}", run=made.text, env=made.env)
    work.add(given, step, frame, works=False, reads=False).sets = name
    work.record.changed(given, f"{name} in the environment of the steps that follow")


def _counted(work: Work, given: Assign, name: str, by: int, frame: Frame) -> Frame:
    """`count += 1`."""
    run = f'echo "{name}=$(({name} {given.operator[0]} {by}))" >> "$GITHUB_ENV"'
    work.add(given, Made(name=f"Set {name}", run=run), frame, works=False, reads=False).sets = name
    work.record.changed(given, f"{name} in the environment of the steps that follow")
    return frame


def _branch(
    work: Work, given: Assign, target: Index | Property, closure: Closure, frame: Frame
) -> Frame:
    """`branches[name] = { … }`: the closure waits for its `parallel`."""
    receiver = target.receiver
    key = _key(work, target.index, frame) if isinstance(target, Index) else target.name
    if not isinstance(receiver, Variable):
        work.by_hand(given, frame, "make a job of this branch: only the run knows its name")
        return frame
    if key is None and isinstance(target, Index):
        key = work.record.text(target.index).strip("\"'")
        work.record.manual(given, "one job for all branches made here: only the run knows them")
    before = dict(frame.scope.branches.get(receiver.name, {}))
    before[str(key)] = Bound(closure, frame.scope)
    return _branches(work, given, frame, receiver.name, before)


def _branches(work: Work, given: Assign, frame: Frame, name: str, bound: dict[str, Bound]) -> Frame:
    work.record.kept(given, "a branch of the parallel that takes it")
    scope = frame.scope
    return _scoped(frame, replace(scope, branches={**scope.branches, name: bound}))


def _closures(value: MapValue) -> bool:
    return bool(value.entries) and all(isinstance(e.value, Closure) for e in value.entries)


def _key(work: Work, value: Value, frame: Frame) -> str | None:
    found, constant = work.constant(value, frame)
    return shown(constant) if found else None


def _running(frame: Frame, name: str) -> Frame:
    return _scoped(frame, replace(frame.scope, runtime=frame.scope.runtime | {name}))


def _scoped(frame: Frame, scope: Scope) -> Frame:
    return replace(frame, scope=scope)
