"""Calls inside of values are lifted out: the step that asks stands first, its variable after it.

`if (fileExists('a'))`, `sh "tag ${readFile('VERSION')}"` and `readJSON(file: 'b').version` become a
step that sets a variable, and the variable. What stands behind `&&`, `||` and `?` is asked only
where Groovy would ask it.
"""

from collections.abc import Callable
from operator import is_
from typing import Any, TypeVar

from workers.migration.actions.expressions import negated
from workers.migration.convert.answers import Answer, answer, member
from workers.migration.convert.boolean import condition
from workers.migration.convert.documents import described
from workers.migration.convert.frame import Frame
from workers.migration.convert.resolving import known
from workers.migration.convert.scope import Document
from workers.migration.convert.work import Work
from workers.migration.pipeline.nodes import Node, Statement, Value
from workers.migration.pipeline.steps import Assign, Evaluate, If, Return, Step, Switch, While
from workers.migration.pipeline.values import (
    Argument,
    Binary,
    Call,
    Choice,
    Closure,
    Entry,
    Index,
    Interpolated,
    ListValue,
    MapValue,
    Property,
    Unary,
    Variable,
)
from workers.migration.replacing import replace

_SHELLS = frozenset({"sh", "bat", "powershell", "pwsh"})
_N = TypeVar("_N", bound=Node)
_T = TypeVar("_T")


def lifted(work: Work, given: Statement, frame: Frame) -> tuple[Statement, Frame]:
    """The statement without calls in its values, and the frame that knows their answers."""
    lifting = _Lifting(work, given, frame)
    made: Statement = given
    match given:
        case Step():
            made = _with(given, arguments=lifting.arguments(given.arguments))
        case Evaluate(value=Call() as call):
            made = _with(given, value=lifting.inside(call))
        case Assign(targets=(Variable() | Property(receiver=Variable(name="env")),)) if given.value:
            made = _with(given, value=lifting.assigned(given.value))
        case Assign(value=Value() as value):
            made = _with(given, value=lifting.value(value))
        case If() | While():
            made = _with(given, condition=lifting.value(given.condition))
        case Switch():
            made = _with(given, on=lifting.value(given.on))
        case Return(value=Value() as value):
            made = _with(given, value=lifting.given_back(value))
    return made, lifting.frame


def lifted_value(work: Work, node: Node, value: Value, frame: Frame) -> tuple[Value, Frame]:
    """The same for a value that stands in no statement of its own."""
    lifting = _Lifting(work, node, frame)
    made = lifting.value(value)
    return made, lifting.frame


def document_of(work: Work, value: Value | None, frame: Frame) -> Document | None:
    """The document that a value reads."""
    if not isinstance(value, Call):
        return None
    return described(value, lambda each: work.parts(each, frame))


class _Lifting:
    """The frame under way while the values of one statement are read."""

    def __init__(self, work: Work, node: Node, frame: Frame) -> None:
        self.work = work
        self.node = node
        self.frame = frame

    def arguments(self, given: tuple[Argument, ...]) -> tuple[Argument, ...]:
        return _each(given, self._argument)

    def _argument(self, given: Argument) -> Argument:
        return _with(given, value=self.value(given.value))

    def inside(self, call: Call) -> Call:
        """A call that is a statement is a step; only what is in it is lifted."""
        receiver = None if call.receiver is None else self.value(call.receiver)
        return _with(call, receiver=receiver, arguments=self.arguments(call.arguments))

    def assigned(self, value: Value) -> Value:
        """What a script gives is put straight into the variable that is set."""
        match value:
            case Call(receiver=Call() as receiver) if value.name in ("trim", "toString", "strip"):
                return _with(value, receiver=self.assigned(receiver))
            case Call(receiver=None) if value.name in _SHELLS:
                return self.inside(value)
            case Call(receiver=None) if document_of(self.work, value, self.frame) is not None:
                return value
            case _:
                return self.value(value)

    def given_back(self, value: Value) -> Value:
        """A step as the last word of a closure is no question, unless it asks for its output."""
        if isinstance(value, Call) and value.receiver is None:
            asks = {"returnStdout", "returnStatus"} & value.named.keys()
            if not asks and value.name in _SHELLS:
                return self.inside(value)
        return self.value(value)

    def value(self, value: Value) -> Value:  # noqa: PLR0911 one a kind of value
        match value:
            case Call():
                return self._call(value)
            case Property() | Index():
                return self._member(value)
            case Interpolated():
                return _with(value, parts=_each(value.parts, self._part))
            case Binary() if value.operator in ("&&", "||"):
                return self._in_turn(value)
            case Binary():
                return _with(value, left=self.value(value.left), right=self.value(value.right))
            case Unary():
                return _with(value, operand=self.value(value.operand))
            case Choice():
                return self._choice(value)
            case ListValue():
                return _with(value, items=_each(value.items, self.value))
            case MapValue():
                return _with(value, entries=_each(value.entries, self._entry))
            case _:
                return value

    def _call(self, call: Call) -> Value:
        made = self.inside(call)
        found = None
        if call.receiver is None and call.name not in self.work.functions:
            found = answer(self.work, self.node, made, self.frame)
        return made if found is None else self._taken(found)

    def _taken(self, found: Answer) -> Value:
        scope = self.frame.scope
        new = found.frame.scope
        self.frame = replace(self.frame, scope=replace(scope, runtime=new.runtime, flags=new.flags))
        return found.value

    def _part(self, part: str | Value) -> str | Value:
        return part if isinstance(part, str) else self.value(part)

    def _entry(self, entry: Entry) -> Entry:
        return _with(entry, value=self.value(entry.value))

    def _member(self, value: Property | Index) -> Value:
        document, path = self._document(value)
        if document is not None and path:
            found = member(self.work, self.node, document, path, self.frame)
            if found is not None:
                return self._taken(found)
        return _with(value, receiver=self.value(value.receiver))

    def _document(self, value: Value) -> tuple[Document | None, tuple[str | int, ...]]:
        path: list[str | int] = []
        while isinstance(value, Property | Index):
            if isinstance(value, Property):
                path.insert(0, value.name)
            else:
                found, key = known(value.index, self.frame.scope)
                if not found or not isinstance(key, str | int):
                    return None, ()
                path.insert(0, key)
            value = value.receiver
        if isinstance(value, Variable):
            return self.frame.scope.documents.get(value.name), tuple(path)
        return document_of(self.work, value, self.frame), tuple(path)

    def _in_turn(self, value: Binary) -> Value:
        left = self.value(value.left)
        said = condition(left, self.frame.scope)
        if said is not None and value.operator == "||":
            said = negated(said)
        return _with(value, left=left, right=self._under(said, value.right))

    def _choice(self, value: Choice) -> Value:
        asked = self.value(value.condition)
        said = condition(asked, self.frame.scope)
        then = None if value.then is None else self._under(said, value.then)
        other = None if said is None else negated(said)
        return _with(
            value, condition=asked, then=then, otherwise=self._under(other, value.otherwise)
        )

    def _under(self, said: str | None, value: Value) -> Value:
        """The value, asked for only where the condition holds."""
        if said is None or said in ("true", "false") or isinstance(value, Closure):
            return self.value(value)
        before = self.frame
        self.frame = before.under(said)
        made = self.value(value)
        self.frame = replace(before, scope=self.frame.scope)
        return made


def _with(node: _N, **given: Any) -> _N:
    """The node with these fields: the same node where they are the same, as most are."""
    for name, value in given.items():
        if getattr(node, name) is not value:
            return replace(node, **given)
    return node


def _each(given: tuple[_T, ...], made_of: Callable[[_T], _T]) -> tuple[_T, ...]:
    """What is made of each: the same tuple where all stayed the same."""
    made = tuple(map(made_of, given))
    return given if all(map(is_, made, given)) else made
