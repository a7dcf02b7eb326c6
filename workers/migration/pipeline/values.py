"""Values: what arguments, conditions and assignments are made of."""

from dataclasses import dataclass

from workers.migration.pipeline.nodes import Node, Statement, Value


@dataclass(frozen=True, slots=True)
class Literal(Value):
    """A constant; a string is given without quotes, its escapes undone, its margin kept.

    `lines` when it was written between triple quotes or dollar slashes.
    """

    value: str | int | float | bool | None
    lines: bool = False


@dataclass(frozen=True, slots=True)
class Interpolated(Value):
    """A GString: text and values in turn, escapes undone."""

    parts: tuple[str | Value, ...]
    lines: bool = False


@dataclass(frozen=True, slots=True)
class ListValue(Value):
    """`[a, b]`."""

    items: tuple[Value, ...]


@dataclass(frozen=True, slots=True)
class Entry(Node):
    """`key: value`; a bare word as a key is a literal string, `(x): value` keeps x as a value."""

    key: Value
    value: Value


@dataclass(frozen=True, slots=True)
class MapValue(Value):
    """`[a: 1, b: 2]`."""

    entries: tuple[Entry, ...]


@dataclass(frozen=True, slots=True)
class Variable(Value):
    """A bare name: `branch`, `env`, `params`, `this`."""

    name: str


@dataclass(frozen=True, slots=True)
class Property(Value):
    """`receiver.name`; `safe` when written with `?.`."""

    receiver: Value
    name: str
    safe: bool = False


@dataclass(frozen=True, slots=True)
class Index(Value):
    """`receiver[index]`."""

    receiver: Value
    index: Value


@dataclass(frozen=True, slots=True)
class Argument(Node):
    """An argument of a step, a call or an option; `name` is None for a positional one."""

    name: str | None
    value: Value


@dataclass(frozen=True, slots=True)
class Closure(Value):
    """`{ a, b -> … }`; `parameters` are the names, empty for the implicit `it`."""

    parameters: tuple[str, ...]
    body: tuple[Statement, ...]


@dataclass(frozen=True, slots=True)
class Call(Value):
    """`receiver.name(arguments) { body }`, a step used as a value included (`sh(…)`).

    A trailing closure is `body`; closures between the parentheses are arguments.
    """

    receiver: Value | None
    name: str
    arguments: tuple[Argument, ...] = ()
    body: Closure | None = None
    safe: bool = False

    @property
    def positional(self) -> tuple[Value, ...]:
        """The arguments without a name, in order."""
        return tuple(each.value for each in self.arguments if each.name is None)

    @property
    def named(self) -> dict[str, Value]:
        """The arguments with a name."""
        return {each.name: each.value for each in self.arguments if each.name is not None}


@dataclass(frozen=True, slots=True)
class Construction(Value):
    """`new Kind(arguments)`."""

    kind: str
    arguments: tuple[Argument, ...] = ()


@dataclass(frozen=True, slots=True)
class Unary(Value):
    """`!x`, `-x`."""

    operator: str
    operand: Value


@dataclass(frozen=True, slots=True)
class Binary(Value):
    """`a == b`, `a && b`, `a + b`, `a =~ b`, `a in b`, `a as Kind` (Kind is a variable)."""

    operator: str
    left: Value
    right: Value


@dataclass(frozen=True, slots=True)
class Choice(Value):
    """`condition ? then : otherwise`; elvis (`a ?: b`) has no `then`."""

    condition: Value
    then: Value | None
    otherwise: Value


@dataclass(frozen=True, slots=True)
class Expression(Value):
    """Anything else, as the source writes it."""

    text: str
