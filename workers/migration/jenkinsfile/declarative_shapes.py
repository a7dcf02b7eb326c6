"""The shapes that Jenkins' declarative parser looks for, and the report of what it misses."""

from workers.migration.jenkinsfile.errors import Problem
from workers.migration.jenkinsfile.tree.expressions import (
    Access,
    Call,
    Closure,
    Entry,
    Interpolated,
    Literal,
    Name,
    Unary,
)
from workers.migration.jenkinsfile.tree.nodes import Expression, Node, Statement
from workers.migration.jenkinsfile.tree.statements import Evaluate

_LONGEST = 2**63


class Report:
    """The problems of one file."""

    def __init__(self) -> None:
        self._found: dict[Problem, int] = {}

    def add(self, node: Node, message: str) -> None:
        """Note a broken rule where the node begins; the same one counts once."""
        problem = Problem(message, node.span.line, node.span.column)
        self._found.setdefault(problem, node.span.start)

    def problems(self) -> tuple[Problem, ...]:
        """All of them, in the order of the file."""
        return tuple(sorted(self._found, key=self._found.__getitem__))


def call_of(statement: Statement) -> Call | None:
    """The call that a statement consists of."""
    if isinstance(statement, Evaluate) and isinstance(statement.expression, Call):
        return statement.expression
    return None


def name_of(call: Call) -> str | None:
    """The name of a call without receiver; `this` counts as none."""
    function = call.function
    if isinstance(function, Access) and isinstance(function.target, Name):
        if function.target.name == "this" and isinstance(function.name, str):
            return function.name
        return None
    return call.name


def block_of(call: Call | None) -> Closure | None:
    """The closure that a call ends with."""
    if call is None or not call.arguments:
        return None
    last = call.arguments[-1]
    return last if isinstance(last, Closure) else None


def statements_of(closure: Closure) -> tuple[Statement, ...]:
    """What a closure does."""
    return closure.body.statements


def without_block(call: Call) -> tuple[Expression, ...]:
    """The arguments before the closure at the end."""
    return call.arguments[:-1] if block_of(call) is not None else call.arguments


def named(arguments: tuple[Expression, ...]) -> tuple[Entry, ...]:
    """The named arguments."""
    return tuple(each for each in arguments if isinstance(each, Entry))


def count(arguments: tuple[Expression, ...]) -> int:
    """How many arguments Groovy passes: all named ones are one map."""
    entries = len(named(arguments))
    return len(arguments) - entries + (entries > 0)


def key_of(expression: Expression) -> str | None:
    """A string literal, or a bare word."""
    if isinstance(expression, Name):
        return expression.name
    if isinstance(expression, Literal) and isinstance(expression.value, str):
        return expression.value
    return None


def is_string(expression: Expression) -> bool:
    """Whether it is a string, interpolated or not."""
    return isinstance(expression, Interpolated) or (
        isinstance(expression, Literal) and isinstance(expression.value, str)
    )


def is_constant(expression: Expression) -> bool:
    """Whether it is a literal; a sign before a number belongs to it."""
    if isinstance(expression, Unary) and expression.operator in ("-", "+"):
        return isinstance(expression.operand, Literal)
    return isinstance(expression, Literal | Interpolated)


def check_value(expression: Expression, report: Report) -> None:
    """What no argument may be: `${x}` without quotes, or a number too large for Java's long."""
    if isinstance(expression, Entry):
        expression = expression.value
    if isinstance(expression, Literal):
        value = expression.value
        if isinstance(value, int) and value >= _LONGEST:
            report.add(expression, "the number is too large: at most 9223372036854775807")
    elif isinstance(expression, Call) and expression.span.text.startswith("${"):
        text = expression.span.text
        report.add(expression, f"{text} is no value of its own: put it in double quotes")
