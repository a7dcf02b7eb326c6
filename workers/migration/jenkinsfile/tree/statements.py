"""Statements."""

from dataclasses import dataclass

from workers.migration.jenkinsfile.tree.expressions import Parameter
from workers.migration.jenkinsfile.tree.nodes import Block, Comment, Expression, Node, Statement


@dataclass(frozen=True, slots=True, eq=False)
class Evaluate(Statement):
    """An expression for its effect."""

    expression: Expression


@dataclass(frozen=True, slots=True, eq=False)
class Declarator(Node):
    """One declared name."""

    name: str
    value: Expression | None


@dataclass(frozen=True, slots=True, eq=False)
class Declaration(Statement):
    """`def a = 1, b`; with `value`, `def (a, b) = value`. `type` is what stands before."""

    type: str
    declarators: tuple[Declarator, ...]
    value: Expression | None = None


@dataclass(frozen=True, slots=True, eq=False)
class If(Statement):
    """`if`; an `else if` is an If as the only statement of `otherwise`."""

    condition: Expression
    then: Block
    otherwise: Block | None


@dataclass(frozen=True, slots=True, eq=False)
class ForEach(Statement):
    """`for (name in over)`, `for (Type name : over)`."""

    name: str
    over: Expression
    body: Block


@dataclass(frozen=True, slots=True, eq=False)
class For(Statement):
    """`for (start; condition; update)`."""

    start: tuple[Statement, ...]
    condition: Expression | None
    update: tuple[Statement, ...]
    body: Block


@dataclass(frozen=True, slots=True, eq=False)
class While(Statement):
    """`while`, and `do … while` when `first` (the body comes first)."""

    condition: Expression
    body: Block
    first: bool = False


@dataclass(frozen=True, slots=True, eq=False)
class Case(Statement):
    """`case match:`, `default:` when None."""

    match: Expression | None
    body: Block


@dataclass(frozen=True, slots=True, eq=False)
class Switch(Statement):
    """`switch (on) { … }`."""

    on: Expression
    cases: tuple[Case, ...]


@dataclass(frozen=True, slots=True, eq=False)
class Catch(Statement):
    """`catch (Type | Type name) { … }`."""

    types: tuple[str, ...]
    name: str
    body: Block


@dataclass(frozen=True, slots=True, eq=False)
class Try(Statement):
    """`try … catch … finally`."""

    body: Block
    catches: tuple[Catch, ...]
    last: Block | None


@dataclass(frozen=True, slots=True, eq=False)
class Return(Statement):
    """`return value`."""

    value: Expression | None


@dataclass(frozen=True, slots=True, eq=False)
class Throw(Statement):
    """`throw value`."""

    value: Expression


@dataclass(frozen=True, slots=True, eq=False)
class Jump(Statement):
    """`break` or `continue`, with or without a label."""

    kind: str
    label: str | None


@dataclass(frozen=True, slots=True, eq=False)
class Assert(Statement):
    """`assert condition : message`."""

    condition: Expression
    message: Expression | None


@dataclass(frozen=True, slots=True, eq=False)
class Labelled(Statement):
    """`label: statement`."""

    label: str
    statement: Statement


@dataclass(frozen=True, slots=True, eq=False)
class Braces(Statement):
    """A block on its own, or `synchronized (on) { … }`."""

    body: Block
    on: Expression | None = None


@dataclass(frozen=True, slots=True, eq=False)
class Import(Statement):
    """`import name`, `package name`: the words after the keyword."""

    keyword: str
    name: str


@dataclass(frozen=True, slots=True, eq=False)
class Method(Statement):
    """`def name(parameters) { … }`."""

    name: str
    parameters: tuple[Parameter, ...]
    body: Block


@dataclass(frozen=True, slots=True, eq=False)
class Class(Statement):
    """A class, interface, trait or enum, unread: its name and its extent."""

    name: str


@dataclass(frozen=True, slots=True, eq=False)
class Script(Node):
    """A whole file; `comments` are all of them, also those that statements have."""

    body: Block
    comments: tuple[Comment, ...] = ()
