"""Control flow: branches, loops, switch, try, jumps."""

from abc import abstractmethod

from workers.migration.jenkinsfile.grammar.declarations import MODIFIERS, Declarations
from workers.migration.jenkinsfile.tree.nodes import Block, Expression, Statement
from workers.migration.jenkinsfile.tree.statements import (
    Assert,
    Braces,
    Case,
    Catch,
    For,
    ForEach,
    If,
    Jump,
    Return,
    Switch,
    Throw,
    Try,
    While,
)

_ENDS = frozenset(("newline", ";", "}", "end"))


class Control(Declarations):
    """Statements that begin with a keyword."""

    @abstractmethod
    def statement(self) -> Statement:
        """Any statement."""

    @abstractmethod
    def case_body(self, closer: int) -> Block:
        """Statements up to the next case, or to the token with this index."""

    def at_end(self) -> bool:
        """Whether no expression follows in this statement."""
        return self.kind in _ENDS

    def branch(self) -> Block:
        """A block in braces, or one statement."""
        self.skip_newline()
        if self.kind == "{":
            return self.braced()
        first = self.at
        if self.kind == ";":
            return Block(self.span(first), ())
        statement = self.deeper(self.statement)
        return Block(self.span(first), (statement,))

    def condition(self, what: str) -> Expression:
        """`( … )` behind a keyword."""
        opener = self.at
        self.expect("(", f"after '{what}'")
        expression = self.deeper(self.expression)
        self.close(opener, "the parenthesis")
        return expression

    def if_(self) -> If:
        """`if`, with all that follows as `else`."""
        first = self.at
        self.advance()
        condition = self.condition("if")
        then = self.branch()
        otherwise = None
        at = self.at
        while self.kind in (";", "newline"):
            self.advance()
        if self.kind == "else":
            self.advance()
            otherwise = self.branch()
        else:
            self.move(at)
        return If(self.span(first), condition, then, otherwise)

    def while_(self) -> While:
        """`while`."""
        first = self.at
        self.advance()
        condition = self.condition("while")
        body = self.branch()
        return While(self.span(first), condition, body)

    def do_(self) -> While:
        """`do … while`; not in Groovy 2.4, but clear."""
        first = self.at
        self.advance()
        body = self.branch()
        self.skip_newline()
        self.expect("while", "after the body of 'do'")
        condition = self.condition("while")
        return While(self.span(first), condition, body, True)

    def for_(self) -> Statement:
        """All three kinds of `for`."""
        first = self.at
        self.advance()
        opener = self.at
        self.expect("(", "after 'for'")
        name = self._loop_name()
        if name >= 0:
            self.move(name + 2)
            over = self.deeper(self.expression)
            self.close(opener, "the parenthesis")
            body = self.branch()
            return ForEach(self.span(first), self.tokens.text(name), over, body)
        start = self._clause()
        self.expect(";", "in the head of 'for'")
        condition = None if self.kind == ";" else self.deeper(self.expression)
        self.expect(";", "in the head of 'for'")
        update = self._clause()
        self.close(opener, "the parenthesis")
        body = self.branch()
        return For(self.span(first), start, condition, update, body)

    def _loop_name(self) -> int:
        """The index of the name before `in` or `:`, or -1."""
        index = self.at
        while self.kinds[index] in MODIFIERS:
            index += 1
        for candidate in (index, self.type_end(index)):
            follows = self.kinds[candidate + 1] if candidate >= 0 else ""
            if follows in ("in", ":") and self.kinds[candidate] == "name":
                return candidate
        return -1

    def _clause(self) -> tuple[Statement, ...]:
        found: list[Statement] = []
        while self.kind not in (";", ")"):
            found.append(self.deeper(self.statement))
            if self.kind == ",":
                self.advance()
            elif self.kind not in (";", ")"):
                self.fail("expected ';' or ')' in the head of 'for'")
        return tuple(found)

    def switch_(self) -> Switch:
        """`switch`."""
        first = self.at
        self.advance()
        on = self.condition("switch")
        self.skip_newline()
        opener = self.at
        self.expect("{", "to open the cases of 'switch'")
        closer, cases = self.closer_of(opener), []
        self.skip_newline()
        while self.at != closer:
            cases.append(self.deeper(self._case, closer))
        self.advance()
        return Switch(self.span(first), on, tuple(cases))

    def _case(self, closer: int) -> Case:
        first, match = self.at, None
        if self.kind == "case":
            self.advance()
            match = self.expression()
        elif self.kind == "default":
            self.advance()
        else:
            self.fail("expected 'case', 'default' or '}' in the switch")
        self.expect(":", "after the case")
        body = self.case_body(closer)
        return Case(self.span(first), match, body)

    def try_(self) -> Try:
        """`try`, with its handlers."""
        first = self.at
        self.advance()
        self.skip_newline()
        body, catches, last = self.braced(), [], None
        while self.after_newline() == "catch":
            self.skip_newline()
            catches.append(self._catch())
        if self.after_newline() == "finally":
            self.skip_newline()
            self.advance()
            self.skip_newline()
            last = self.braced()
        if not catches and last is None:
            self.fail("expected 'catch' or 'finally' after the block of 'try'")
        return Try(self.span(first), body, tuple(catches), last)

    def _catch(self) -> Catch:
        first = self.at
        self.advance()
        opener = self.at
        self.expect("(", "after 'catch'")
        while self.kind in MODIFIERS:
            self.advance()
        types = []
        while self.at + 1 != self.closer_of(opener) and self.kind == "name":
            types.append(self.take_type())
            if self.kind == "|":
                self.advance()
        self.expect("name", "for the exception")
        name = self.tokens.text(self.at - 1)
        self.close(opener, "the parenthesis")
        self.skip_newline()
        body = self.braced()
        return Catch(self.span(first), tuple(types), name, body)

    def return_(self) -> Return:
        """`return`."""
        first = self.at
        self.advance()
        value = None if self.at_end() else self.command()
        return Return(self.span(first), value)

    def throw_(self) -> Throw:
        """`throw`."""
        first = self.at
        self.advance()
        value = self.command()
        return Throw(self.span(first), value)

    def jump(self) -> Jump:
        """`break` or `continue`."""
        first, kind = self.at, self.take()
        label = self.take() if self.kind == "name" else None
        return Jump(self.span(first), kind, label)

    def assert_(self) -> Assert:
        """`assert`."""
        first = self.at
        self.advance()
        condition, message = self.expression(), None
        if self.kind in (":", ","):
            self.advance()
            self.skip_newline()
            message = self.expression()
        return Assert(self.span(first), condition, message)

    def synchronized_(self) -> Braces:
        """`synchronized (on) { … }`."""
        first = self.at
        self.advance()
        on = self.condition("synchronized")
        self.skip_newline()
        body = self.braced()
        return Braces(self.span(first), body, on)
