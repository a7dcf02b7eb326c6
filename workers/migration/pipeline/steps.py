"""Steps, and the control flow of scripted pipelines and of `script` blocks."""

from dataclasses import dataclass

from workers.migration.pipeline.nodes import Node, Statement, Value
from workers.migration.pipeline.values import Argument


@dataclass(frozen=True, slots=True)
class Step(Statement):
    """A step, a block step (`node`, `stage`, `dir`, `script`), or a call without receiver.

    `body` is None without a block; an empty block is an empty tuple. `parameters` are the names
    that the block takes (`sshagent(…) { x -> … }`).
    """

    kind: str
    arguments: tuple[Argument, ...] = ()
    body: tuple[Statement, ...] | None = None
    parameters: tuple[str, ...] = ()

    @property
    def positional(self) -> tuple[Value, ...]:
        """The arguments without a name, in order."""
        return tuple(each.value for each in self.arguments if each.name is None)

    @property
    def named(self) -> dict[str, Value]:
        """The arguments with a name."""
        return {each.name: each.value for each in self.arguments if each.name is not None}


@dataclass(frozen=True, slots=True)
class Branch(Statement):
    """One branch of a scripted `parallel`; `name` is its key."""

    name: Value
    body: tuple[Statement, ...]


@dataclass(frozen=True, slots=True)
class Parallel(Statement):
    """`parallel(a: { … }, b: { … })`; `built` is the map when it is made elsewhere."""

    branches: tuple[Branch, ...]
    fail_fast: Value | None = None
    built: Value | None = None


@dataclass(frozen=True, slots=True)
class Evaluate(Statement):
    """An expression for its effect: `docker.image('x').inside { … }`, a bare name."""

    value: Value


@dataclass(frozen=True, slots=True)
class Assign(Statement):
    """`def a = 1`, `env.A = b`, `a += c`; `value` is None for a bare declaration.

    `kind` is what stands before a declared name (`def`, `String`), None for an assignment.
    `targets` has several for `def (a, b) = …`. `x++` is `+=` with a literal 1.
    """

    targets: tuple[Value, ...]
    value: Value | None
    kind: str | None = None
    operator: str = "="
    annotations: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class If(Statement):
    """`if`; an `else if` is an If as the only statement of `otherwise`."""

    condition: Value
    then: tuple[Statement, ...]
    otherwise: tuple[Statement, ...] = ()


@dataclass(frozen=True, slots=True)
class ForEach(Statement):
    """`for (name in over)`; `over.each { name -> }` is an Evaluate."""

    name: str
    over: Value
    body: tuple[Statement, ...]


@dataclass(frozen=True, slots=True)
class For(Statement):
    """`for (start; condition; update)`."""

    start: tuple[Statement, ...]
    condition: Value | None
    update: tuple[Statement, ...]
    body: tuple[Statement, ...]


@dataclass(frozen=True, slots=True)
class While(Statement):
    """`while`; `first` when the body comes before the check (`do … while`)."""

    condition: Value
    body: tuple[Statement, ...]
    first: bool = False


@dataclass(frozen=True, slots=True)
class Catch(Statement):
    """`catch (Kind | Kind name)`."""

    kinds: tuple[str, ...]
    name: str
    body: tuple[Statement, ...]


@dataclass(frozen=True, slots=True)
class Try(Statement):
    """`try … catch … finally`; `last` is the finally block, None without one."""

    body: tuple[Statement, ...]
    catches: tuple[Catch, ...] = ()
    last: tuple[Statement, ...] | None = None


@dataclass(frozen=True, slots=True)
class Case(Statement):
    """`case match:`; None is `default:`."""

    match: Value | None
    body: tuple[Statement, ...]


@dataclass(frozen=True, slots=True)
class Switch(Statement):
    """`switch (on)`; a case without `break` runs into the next one."""

    on: Value
    cases: tuple[Case, ...]


@dataclass(frozen=True, slots=True)
class Return(Statement):
    """`return value`."""

    value: Value | None = None


@dataclass(frozen=True, slots=True)
class Raise(Statement):
    """`throw value`."""

    value: Value


@dataclass(frozen=True, slots=True)
class Jump(Statement):
    """`break` or `continue`."""

    kind: str


@dataclass(frozen=True, slots=True)
class Block(Statement):
    """Braces on their own, or a labelled statement."""

    body: tuple[Statement, ...]


@dataclass(frozen=True, slots=True)
class Import(Statement):
    """`import name`."""

    name: str


@dataclass(frozen=True, slots=True)
class Opaque(Statement):
    """What pipelines hardly use: a class, an assert, an annotation on its own."""

    text: str


@dataclass(frozen=True, slots=True)
class Parameter(Node):
    """A parameter of a method; `default` when it may be left out."""

    name: str
    kind: str | None = None
    default: Value | None = None


@dataclass(frozen=True, slots=True)
class Function(Statement):
    """A method of the script, or of a file of a shared library (`call`)."""

    name: str
    parameters: tuple[Parameter, ...]
    body: tuple[Statement, ...]
    annotations: tuple[str, ...] = ()
