"""Operators, by precedence as in Groovy 2.4, and command calls (`sh 'x'`)."""

from workers.migration.jenkinsfile.grammar.calls import Calls
from workers.migration.jenkinsfile.grammar.literals import CONSTANTS
from workers.migration.jenkinsfile.grammar.primaries import LABELS
from workers.migration.jenkinsfile.tree.expressions import (
    Access,
    Assignment,
    Binary,
    Call,
    Choice,
    Entry,
    Index,
    ListLiteral,
    Literal,
    Name,
    TypeTest,
    Unary,
)
from workers.migration.jenkinsfile.tree.nodes import Expression

_LEVELS = (
    ("||",),
    ("&&",),
    ("|",),
    ("^",),
    ("&",),
    ("=~", "==~"),
    ("==", "!=", "<=>", "===", "!=="),
    ("<", "<=", ">", ">=", "in", "instanceof", "as"),
    ("<<", ">>", ">>>", "..", "..<"),
    ("+", "-"),
    ("*", "/", "%"),
    ("**",),
)
_POWERS = {
    operator: power for power, operators in enumerate(_LEVELS, start=1) for operator in operators
}
_CHOOSES = frozenset(("?", "?:"))
_PREFIX = {"!": 13, "~": 13, "-": 11, "+": 11, "++": 13, "--": 13}
ASSIGNMENTS = frozenset(
    ["=", "+=", "-=", "*=", "/=", "%=", "**=", "<<=", ">>=", ">>>=", "&=", "|=", "^="]
)
_ASSIGNABLE = (Name, Access, Index, ListLiteral)
_ARGUMENT_STARTS = frozenset(
    ("name", "number", "string", "quote", "this", "super", "new", "!", "~", "[", *CONSTANTS)
)
_COMMANDABLE = (Name, Access, Index, Literal)


class Operators(Calls):
    """Expressions in full."""

    def expression(self) -> Expression:
        first = self.at
        left = self.choice()
        if self.kind in ASSIGNMENTS:
            return self._assignment(first, left, command=False)
        return left

    def command(self) -> Expression:
        """An expression as a statement, where a call needs no parentheses."""
        first = self.at
        left = self.choice()
        if self.kind in ASSIGNMENTS:
            return self._assignment(first, left, command=True)
        while True:
            if isinstance(left, Call) and self.kind in ("name", "string"):
                left = self._chained(first, left)
            elif self._arguments_follow(left):
                arguments = self._command_arguments()
                left = Call(self.span(first), left, arguments)
            else:
                return left

    def _chained(self, first: int, left: Expression) -> Expression:
        """`a b c d` is `a(b).c(d)`: a word behind a call is read from what it returns."""
        name = str(self.plain_string().value) if self.kind == "string" else self.take()
        return self.postfixes(first, Access(self.span(first), left, ".", name))

    def choice(self) -> Expression:
        """An expression without assignment: `a ? b : c` and all that binds closer."""
        first = self.at
        condition = self._binary(1)
        operator = self.after_newline()
        if operator not in _CHOOSES:
            return condition
        if operator == "?:":
            self._pass_operator()
            otherwise = self.deeper(self.choice)
            return Choice(self.span(first), condition, None, otherwise)
        self._pass_operator()
        then = self.deeper(self.expression)
        self.skip_newline()
        if self.kind != ":":
            self.fail("expected ':' in the conditional expression")
        self._pass_operator()
        otherwise = self.deeper(self.choice)
        return Choice(self.span(first), condition, then, otherwise)

    def operand(self) -> Expression:
        operator = self.kind
        if operator not in _PREFIX:
            return self.postfixes(self.at, self._primary())
        return self.deeper(self._prefixed, operator)

    def _prefixed(self, operator: str) -> Expression:
        first = self.at
        self._pass_operator()
        operand = self._binary(_PREFIX[operator])
        return Unary(self.span(first), operator, operand)

    def _binary(self, floor: int) -> Expression:
        first = self.at
        left = self.operand()
        while True:
            operator = self.kind
            power = _POWERS.get(operator)
            if power is None or power < floor:
                return left
            self._pass_operator()
            if operator in ("instanceof", "as"):
                kind = self.take_type()
                left = TypeTest(self.span(first), operator, left, kind)
                continue
            right = self._binary(power + 1)
            left = Binary(self.span(first), operator, left, right)

    def _pass_operator(self) -> None:
        """Go past an operator, and past the line ends that may stand on both sides of it."""
        self.skip_newline()
        self.advance()
        self.skip_newline()

    def _assignment(self, first: int, target: Expression, *, command: bool) -> Expression:
        if not isinstance(target, _ASSIGNABLE):
            self.fail("expected a variable, a property or an index on the left of the assignment")
        operator = self.kind
        self._pass_operator()
        value = self.deeper(self.command if command else self.expression)
        return Assignment(self.span(first), operator, target, value)

    def _arguments_follow(self, left: Expression) -> bool:
        if not isinstance(left, _COMMANDABLE):
            return False
        if self.kind in _ARGUMENT_STARTS:
            return True
        return self.kind in LABELS and self.kinds[self.at + 1] == ":"

    def _command_arguments(self) -> tuple[Expression, ...]:
        arguments = [self._command_argument()]
        while self.kind == ",":
            self.advance()
            self.skip_newline()
            arguments.append(self._command_argument())
        found = tuple(arguments)
        self.refuse_duplicates(found)
        return found

    def _command_argument(self) -> Expression:
        first = self.at
        key = self.label() or self.expression()
        if self.kind != ":":
            return key
        self._pass_operator()
        return Entry(self.span(first), key, self.expression())
