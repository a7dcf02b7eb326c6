"""What can follow a primary expression: members, indexes, arguments, closures."""

from workers.migration.jenkinsfile.grammar.primaries import Primaries
from workers.migration.jenkinsfile.tokens import ACCESS, KEYWORDS
from workers.migration.jenkinsfile.tree.expressions import (
    Access,
    Call,
    Entry,
    Index,
    Literal,
    Name,
    Unary,
)
from workers.migration.jenkinsfile.tree.nodes import Expression

LABELS = KEYWORDS | {"name", "string", "number"}
_CASTABLE = frozenset(("name", "number", "string", "quote", "(", "this", "super", "new", "!", "~"))
_CASTABLE_LATER = frozenset(("[", "{"))
_TAKES_CLOSURE = (Name, Access, Call, Index)
_NEXT_LINE = frozenset((".", "?.", "*.", ".&"))
_FOLLOWS = ACCESS | {"newline", "(", "[", "{", "++", "--"}


class Calls(Primaries):
    """Postfixes. Operators and blocks are left to higher layers."""

    def postfixes(self, first: int, left: Expression) -> Expression:
        """All that follows an expression on its line, or begins the next with a dot.

        `first` is the token that the expression began with.
        """
        while (kind := self.kind) in _FOLLOWS:
            if kind in ACCESS or (kind == "newline" and self.kinds[self.at + 1] in _NEXT_LINE):
                self.skip_newline()
                left = self._access(first, left)
            elif kind == "(":
                left = self._call(first, left)
            elif kind == "[":
                left = self._index(first, left)
            elif self._closure_follows(left):
                left = self._append(first, left)
            elif kind in ("++", "--"):
                self.advance()
                left = Unary(self.span(first), kind, left, True)
            else:
                break
        return left

    def _closure_follows(self, left: Expression) -> bool:
        if self.after_newline() != "{":
            return False
        return isinstance(left, _TAKES_CLOSURE) or (
            isinstance(left, Literal) and isinstance(left.value, str) and self.kind == "{"
        )

    def _access(self, first: int, target: Expression) -> Expression:
        operator = self.take()
        if operator == "*." and self.kind == "@":
            self.advance()
        self.skip_newline()
        name: str | Expression
        if self.kind == "name" or self.kind in KEYWORDS:
            name = self.take()
        elif self.kind == "string":
            name = str(self.plain_string().value)
        elif self.kind == "quote":
            name = self.quoted()
        elif self.kind == "(":
            name = self.deeper(self._parenthesised)
        else:
            self.fail(f"expected a name after '{operator}'")
        return Access(self.span(first), target, operator, name)

    def _call(self, first: int, function: Expression) -> Expression:
        opener = self.at
        self.advance()
        arguments = self.deeper(self.elements, opener, "the parenthesis")
        self.refuse_duplicates(arguments)
        return Call(self.span(first), function, arguments)

    def _index(self, first: int, target: Expression) -> Expression:
        opener = self.at
        self.advance()
        arguments = self.deeper(self.elements, opener, "the bracket")
        return Index(self.span(first), target, arguments)

    def _append(self, first: int, left: Expression) -> Expression:
        self.skip_newline()
        closure = self.closure()
        span = self.span(first)
        if isinstance(left, Call):
            return Call(span, left.function, (*left.arguments, closure), left.trailing + 1)
        return Call(span, left, (closure,), 1)

    def refuse_duplicates(self, arguments: tuple[Expression, ...]) -> None:
        """Raise an error when a name is given twice, as the compiler does."""
        seen = set()
        for entry in arguments:
            if isinstance(entry, Entry) and isinstance(entry.key, Literal):
                if entry.key.value in seen:
                    raise self.source.error(
                        f"the argument '{entry.key.value}' is given twice", entry.span.start
                    )
                seen.add(entry.key.value)
