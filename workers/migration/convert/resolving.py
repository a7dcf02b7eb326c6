"""Values before the run: what is constant is folded, the rest is put together from parts. Pure."""

import textwrap
from collections.abc import Callable, Iterator
from typing import TypeGuard

from workers.migration.convert.known import BUILT_IN
from workers.migration.convert.scope import Constant, Part, Ref, Scope, Unknown
from workers.migration.pipeline.nodes import Value
from workers.migration.pipeline.values import (
    Binary,
    Call,
    Choice,
    Index,
    Interpolated,
    ListValue,
    Literal,
    MapValue,
    Property,
    Unary,
    Variable,
)


class Unfoldable(Exception):
    """Raised by `constant` for a value that is not known before the run."""


_TEXT_METHODS: dict[str, Callable[[str], str]] = {
    "toLowerCase": str.lower,
    "toUpperCase": str.upper,
    "trim": str.strip,
    "toString": lambda text: text,
    "stripIndent": textwrap.dedent,
    "strip": str.strip,
    "normalize": lambda text: text,
    "capitalize": lambda text: text[:1].upper() + text[1:],
}
# The margin is cut from every script, so these change nothing.
_AS_IS = frozenset(
    {"toString", "trim", "strip", "toBoolean", "toInteger", "stripIndent", "normalize"}
)
_DEEPEST = 60


def constant(value: Value, scope: Scope, depth: int = 0) -> Constant:  # noqa: PLR0911, PLR0912
    """What the value is, whatever the run. Raises Unfoldable."""
    if depth > _DEEPEST:
        raise Unfoldable
    deeper = depth + 1
    match value:
        case Literal():
            return value.value
        case Interpolated():
            return "".join(
                part if isinstance(part, str) else shown(constant(part, scope, deeper))
                for part in value.parts
            )
        case Variable() if value.name in scope.constants:
            return scope.constants[value.name]
        case ListValue():
            return [constant(item, scope, deeper) for item in value.items]
        case MapValue():
            return {
                shown(constant(each.key, scope, deeper)): constant(each.value, scope, deeper)
                for each in value.entries
            }
        case Property() | Index():
            return _member(value, scope, deeper)
        case Unary() if value.operator == "!":
            return not constant(value.operand, scope, deeper)
        case Unary() if value.operator == "-":
            number = constant(value.operand, scope, deeper)
            if isinstance(number, int | float):
                return -number
        case Binary():
            return _binary(value, scope, deeper)
        case Choice():
            return _choice(value, scope, deeper)
        case Call():
            return _call(value, scope, deeper)
    raise Unfoldable


def shown(value: Constant) -> str:
    """A constant as Groovy puts it into a string."""
    match value:
        case None:
            return "null"
        case bool():
            return "true" if value else "false"
        case list():
            return "[" + ", ".join(shown(each) for each in value) + "]"
        case _:
            return str(value)


def known(value: Value, scope: Scope) -> tuple[bool, Constant]:
    """Whether the value is constant, and which."""
    try:
        return True, constant(value, scope)
    except Unfoldable:
        return False, None


def parts(value: Value, scope: Scope, source: str) -> tuple[Part, ...]:
    """The value as text: constants, variables of the run, and what nobody knows."""
    found, fixed = known(value, scope)
    if found:
        return (shown(fixed),)
    return tuple(_joined(_parts(value, scope, source)))


def is_fixed(text: tuple[Part, ...]) -> TypeGuard[tuple[str]]:
    """Whether the text is a constant."""
    return len(text) == 1 and isinstance(text[0], str)


def variable(name: str, scope: Scope) -> Ref | None:
    """A variable of the build's environment by its name."""
    if name in scope.runtime or name in scope.environment:
        return Ref(name, f"env.{name}")
    if name in scope.inputs:
        return Ref(name, scope.input_expression(name))
    if name in BUILT_IN:
        return Ref(name, BUILT_IN[name])
    return None


def _parts(value: Value, scope: Scope, source: str) -> Iterator[Part]:
    match value:
        case Interpolated():
            for part in value.parts:
                if isinstance(part, str):
                    yield part
                else:
                    yield from parts(part, scope, source)
        case Variable() if value.name in scope.texts:
            yield from scope.texts[value.name]
        case Variable():
            yield variable(value.name, scope) or Unknown(value.name)
        case Property():
            yield named(value, scope) or Unknown(value.span.text(source))
        case Binary() if value.operator == "+":
            yield from parts(value.left, scope, source)
            yield from parts(value.right, scope, source)
        case Call() if value.name in _AS_IS and value.receiver and not value.arguments:
            yield from parts(value.receiver, scope, source)
        case _:
            yield Unknown(value.span.text(source))


def named(value: Property, scope: Scope) -> Ref | None:
    """`env.X`, `params.X` and what `currentBuild` says, as variables."""
    match value.receiver:
        case Variable(name="env"):
            return variable(value.name, scope) or Ref(value.name, f"env.{value.name}")
        case Variable(name="params"):
            return Ref(value.name, scope.input_expression(value.name))
        case Variable(name="currentBuild") if value.name in ("number", "id"):
            return Ref("BUILD_NUMBER", BUILT_IN["BUILD_NUMBER"])
        case Variable(name="currentBuild") if value.name == "absoluteUrl":
            return Ref("BUILD_URL", BUILT_IN["BUILD_URL"])
        case _:
            return None


def _joined(found: Iterator[Part]) -> Iterator[Part]:
    text = ""
    for part in found:
        if isinstance(part, str):
            text += part
            continue
        if text:
            yield text
            text = ""
        yield part
    if text:
        yield text


def _member(value: Property | Index, scope: Scope, depth: int) -> Constant:
    holder = constant(value.receiver, scope, depth)
    key = value.name if isinstance(value, Property) else constant(value.index, scope, depth)
    if isinstance(holder, dict) and shown(key) in holder:
        return holder[shown(key)]
    if isinstance(holder, list) and type(key) is int and -len(holder) <= key < len(holder):
        return holder[key]
    raise Unfoldable


def _binary(value: Binary, scope: Scope, depth: int) -> Constant:  # noqa: PLR0911
    left = constant(value.left, scope, depth)
    if value.operator == "&&":
        return bool(left) and bool(constant(value.right, scope, depth))
    if value.operator == "||":
        return bool(left) or bool(constant(value.right, scope, depth))
    right = constant(value.right, scope, depth)
    match value.operator:
        case "==":
            return left == right
        case "!=":
            return left != right
        case "+" if isinstance(left, str) or isinstance(right, str):
            return shown(left) + shown(right)
        case "+" if isinstance(left, list) and isinstance(right, list):
            return left + right
        case "+" if isinstance(left, int | float) and isinstance(right, int | float):
            return left + right
        case "in" if isinstance(right, list):
            return left in right
    raise Unfoldable


def _choice(value: Choice, scope: Scope, depth: int) -> Constant:
    decided = constant(value.condition, scope, depth)
    if decided:
        return decided if value.then is None else constant(value.then, scope, depth)
    return constant(value.otherwise, scope, depth)


def _call(value: Call, scope: Scope, depth: int) -> Constant:
    if value.receiver is None:
        raise Unfoldable
    receiver = constant(value.receiver, scope, depth)
    given = [constant(each, scope, depth) for each in value.positional]
    match receiver, value.name, given:
        case str(), name, [] if name in _TEXT_METHODS:
            return _TEXT_METHODS[name](receiver)
        case str(), "replace", [str(old), str(new)]:
            return receiver.replace(old, new)
        case str(), "split" | "tokenize", [str(separator)] if len(separator) == 1:
            return [*receiver.split(separator)]
        case list(), "join", [str(separator)]:
            return separator.join(shown(each) for each in receiver)
        case ((list() | str()), "size", []):
            return len(receiver)
        case ((list() | str()), "contains", [item]):
            return item in receiver if isinstance(receiver, list) else shown(item) in receiver
    raise Unfoldable
