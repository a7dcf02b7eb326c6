"""Expressions."""

from dataclasses import dataclass
from decimal import Decimal

from workers.migration.jenkinsfile.tree.nodes import Block, Expression, Node


@dataclass(frozen=True, slots=True, eq=False)
class Name(Expression):
    """A bare word: a variable, a step, `this`, `super`, a type."""

    name: str


@dataclass(frozen=True, slots=True, eq=False)
class Literal(Expression):
    """A constant. `quote` is how a string was written, empty for a bare word as a key."""

    value: str | int | float | Decimal | bool | None
    quote: str | None = None


@dataclass(frozen=True, slots=True, eq=False)
class Interpolated(Expression):
    """A GString: text with its escapes undone, and expressions, in turn."""

    parts: tuple[str | Expression, ...]
    quote: str


@dataclass(frozen=True, slots=True, eq=False)
class Entry(Expression):
    """`key: value`, in a map or as a named argument; a bare word as a key is a literal."""

    key: Expression
    value: Expression


@dataclass(frozen=True, slots=True, eq=False)
class Spread(Expression):
    """`*list`, or `*: map` when `entries`."""

    value: Expression
    entries: bool = False


@dataclass(frozen=True, slots=True, eq=False)
class ListLiteral(Expression):
    """`[a, b]`; `tuple` when in parentheses on the left of an assignment."""

    items: tuple[Expression, ...]
    parenthesised: bool = False


@dataclass(frozen=True, slots=True, eq=False)
class MapLiteral(Expression):
    """`[a: 1]`; entries are `Entry` or `Spread`."""

    entries: tuple[Expression, ...]


@dataclass(frozen=True, slots=True, eq=False)
class Access(Expression):
    """`target.name`; `operator` is one of . ?. *. .& .@; the name may be computed."""

    target: Expression
    operator: str
    name: str | Expression


@dataclass(frozen=True, slots=True, eq=False)
class Index(Expression):
    """`target[arguments]`."""

    target: Expression
    arguments: tuple[Expression, ...]


@dataclass(frozen=True, slots=True, eq=False)
class Parameter(Node):
    """A parameter of a closure or a method."""

    name: str
    type: str | None = None
    default: Expression | None = None


@dataclass(frozen=True, slots=True, eq=False)
class Closure(Expression):
    """`{ … }`; `parameters` is None when there is no arrow."""

    parameters: tuple[Parameter, ...] | None
    body: Block


@dataclass(frozen=True, slots=True, eq=False)
class Call(Expression):
    """`function(arguments)`, with or without parentheses.

    Closures that follow are the last `trailing` of the arguments.
    """

    function: Expression
    arguments: tuple[Expression, ...]
    trailing: int = 0

    @property
    def name(self) -> str | None:
        """The name of what is called without a receiver, of a step."""
        function = self.function
        if isinstance(function, Name):
            return function.name
        if isinstance(function, Literal) and isinstance(function.value, str):
            return function.value
        return None


@dataclass(frozen=True, slots=True, eq=False)
class New(Expression):
    """`new Type(arguments)`; `body` is the stretch of an anonymous class's body."""

    type: str
    arguments: tuple[Expression, ...]
    body: Node | None = None


@dataclass(frozen=True, slots=True, eq=False)
class Unary(Expression):
    """`!a`, `-a`, `~a`, `++a`, and `a++` when `postfix`."""

    operator: str
    operand: Expression
    postfix: bool = False


@dataclass(frozen=True, slots=True, eq=False)
class Binary(Expression):
    """`a + b`; ranges (`..`, `..<`) and `in` too."""

    operator: str
    left: Expression
    right: Expression


@dataclass(frozen=True, slots=True, eq=False)
class TypeTest(Expression):
    """`a instanceof Type`, and `a as Type`, `(Type) a`: operator `instanceof`, `as` or `()`."""

    operator: str
    value: Expression
    type: str


@dataclass(frozen=True, slots=True, eq=False)
class Assignment(Expression):
    """`a = b`, `a += b`."""

    operator: str
    target: Expression
    value: Expression


@dataclass(frozen=True, slots=True, eq=False)
class Choice(Expression):
    """`a ? b : c`; `then` is None in `a ?: c`."""

    condition: Expression
    then: Expression | None
    otherwise: Expression
