"""What an expression begins with: words, literals, collections, closures, `new`."""

from abc import abstractmethod

from workers.migration.jenkinsfile.grammar.literals import CONSTANTS, Literals
from workers.migration.jenkinsfile.grammar.types import PRIMITIVES
from workers.migration.jenkinsfile.tokens import KEYWORDS
from workers.migration.jenkinsfile.tree.expressions import (
    Access,
    Call,
    Closure,
    Entry,
    Index,
    ListLiteral,
    Literal,
    MapLiteral,
    Name,
    New,
    Parameter,
    Spread,
    TypeTest,
)
from workers.migration.jenkinsfile.tree.nodes import Block, Expression, Node

LABELS = KEYWORDS | {"name", "string", "number"}
_CASTABLE = frozenset(("name", "number", "string", "quote", "(", "this", "super", "new", "!", "~"))
_CASTABLE_LATER = frozenset(("[", "{"))
_TAKES_CLOSURE = (Name, Access, Call, Index)
_NEXT_LINE = frozenset((".", "?.", "*.", ".&"))


class Primaries(Literals):
    """Primaries. What can follow them, operators and blocks are left to higher layers."""

    @abstractmethod
    def expression(self) -> Expression:
        """Any expression but a command call."""

    @abstractmethod
    def operand(self) -> Expression:
        """An expression that an operator can follow, prefixes included."""

    @abstractmethod
    def block(self, closing: str, until: int) -> Block:
        """Statements up to the token with this index."""

    @abstractmethod
    def parameters(self, until: int) -> tuple[Parameter, ...]:
        """Parameters up to the token with this index."""

    def _primary(self) -> Expression:
        kind = self.kind
        found: Expression
        if kind in ("name", "this", "super"):
            found = self.word()
        elif kind == "string":
            found = self.plain_string()
        elif kind == "quote":
            found = self.quoted()
        elif kind == "number":
            found = self.number()
        elif kind in CONSTANTS:
            found = self.constant()
        elif kind == "{":
            found = self.closure()
        elif kind == "[":
            found = self.deeper(self._list)
        elif kind == "(":
            found = self.deeper(self._parenthesised)
        elif kind == "new":
            found = self.deeper(self._new)
        else:
            self.fail("expected an expression")
        return found

    def word(self) -> Name:
        """A bare word."""
        first, word = self.at, self.take()
        return Name(self.span(first), word)

    def _parenthesised(self) -> Expression:
        first = self.at
        end = self.type_end(first + 1)
        if end > 0 and self.kinds[end] == ")" and self._is_cast(first, end):
            self.move(end + 1)
            value = self.operand()
            return TypeTest(self.span(first), "()", value, self.type_text(first + 1, end))
        self.advance()
        inner = self.expression()
        if self.kind == ",":
            items = [inner]
            while self.kind == ",":
                self.advance()
                items.append(self.expression())
            self.close(first, "the parenthesis")
            return ListLiteral(self.span(first), tuple(items), True)
        self.close(first, "the parenthesis")
        return inner

    def _is_cast(self, opener: int, end: int) -> bool:
        follower = self.kinds[end + 1]
        if end == opener + 2 and self.tokens.text(opener + 1) in PRIMITIVES:
            return True
        if not self.is_type(opener + 1, end):
            return False
        apart = self.starts[end + 1] > self.ends[end]
        return follower in _CASTABLE or (apart and follower in _CASTABLE_LATER)

    def _list(self) -> Expression:
        first = self.at
        self.advance()
        if self.kind == ":" and self.at + 1 == self.closer_of(first):
            self.move(self.at + 2)
            return MapLiteral(self.span(first), ())
        items = self.elements(first, "the bracket")
        if items and all(isinstance(i, Entry) or _is_map_spread(i) for i in items):
            return MapLiteral(self.span(first), items)
        if any(isinstance(item, Entry) for item in items):
            self.fail("expected either list items or map entries between brackets, not both")
        return ListLiteral(self.span(first), items)

    def elements(self, opener: int, what: str) -> tuple[Expression, ...]:
        """Elements up to the closing bracket, which is passed; a comma may be the last."""
        closer, items = self.closer_of(opener), []
        while self.at != closer:
            items.append(self.element())
            if self.at != closer and self.kind != ",":
                self.close(opener, what)
            # Groovy takes several commas for one.
            while self.kind == ",":
                self.advance()
        self.advance()
        return tuple(items)

    def element(self) -> Expression:
        """An argument, a list item, or an entry."""
        first = self.at
        if self.kind == "*":
            self.advance()
            entries = self.kind == ":"
            if entries:
                self.advance()
            value = self.expression()
            return Spread(self.span(first), value, entries)
        key = self.label() or self.expression()
        if self.kind != ":":
            return key
        self.advance()
        self.skip_newline()
        value = self.expression()
        return Entry(self.span(first), key, value)

    def label(self) -> Expression | None:
        """A bare word before a colon, which is a string."""
        if self.kind not in LABELS or self.kinds[self.at + 1] != ":":
            return None
        if self.kind == "string":
            return self.plain_string()
        if self.kind == "number":
            return self.number()
        first, word = self.at, self.take()
        return Literal(self.span(first), word, "")

    def closure(self) -> Closure:
        """`{ … }`, with or without parameters."""
        return self.deeper(self._closure)

    def _closure(self) -> Closure:
        first, closer = self.at, self.closer_of(self.at)
        self.advance()
        arrow = self._arrow(closer)
        parameters = None
        if arrow > 0:
            self.skip_newline()
            parameters = self.parameters(arrow)
            self.advance()
        body = self.block("the block", closer)
        self.close(first, "the block")
        return Closure(self.span(first), parameters, body)

    def _arrow(self, closer: int) -> int:
        """The index of the arrow that ends the parameters of a closure, or -1."""
        index, brackets = self.at, ("(", "[", "{")
        while index < closer:
            kind = self.kinds[index]
            if kind == "->":
                return index
            if kind in brackets and kind != "{":
                index = self.closer_of(index)
            elif kind in (";", "{", "quote", "->") or (
                kind == "newline" and not self._within_parameters(index)
            ):
                return -1
            index += 1
        return -1

    def _within_parameters(self, index: int) -> bool:
        before, after = self.kinds[index - 1], self.kinds[index + 1]
        return before in (",", "{", "=") or after in (",", "->", "=")

    def _new(self) -> Expression:
        first = self.at
        self.advance()
        begin, end = self.at, self.at
        while self.kinds[end] == "name" and self.kinds[end + 1] == ".":
            end += 2
        if self.kinds[end] != "name":
            self.fail("expected a type after 'new'")
        end = self._angles_end(end + 1) if self.kinds[end + 1] == "<" else end + 1
        if end < 0:
            self.fail("expected '>' to close the type's parameters")
        name = self.type_text(begin, end)
        self.move(end)
        arguments: tuple[Expression, ...] = ()
        while self.kind in ("(", "["):
            opener = self.at
            self.advance()
            what = "the parenthesis" if self.kinds[opener] == "(" else "the bracket"
            arguments += self.elements(opener, what)
            if self.kinds[opener] == "(":
                break
        body = self._unread() if self.kind == "{" else None
        return New(self.span(first), name, arguments, body)

    def _unread(self) -> Node:
        first = self.at
        self.move(self.closer_of(first) + 1)
        return Node(self.span(first))


def _is_map_spread(item: Expression) -> bool:
    return isinstance(item, Spread) and item.entries
