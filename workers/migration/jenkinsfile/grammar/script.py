"""Statements in a row, their comments, and the whole file."""

from bisect import bisect_right
from collections.abc import Callable
from dataclasses import replace

from workers.migration.jenkinsfile.grammar.control import Control
from workers.migration.jenkinsfile.grammar.declarations import MODIFIERS
from workers.migration.jenkinsfile.lexer import tokenize
from workers.migration.jenkinsfile.source import Source, Span
from workers.migration.jenkinsfile.tokens import Tokens
from workers.migration.jenkinsfile.tree.expressions import Closure, Literal, Parameter
from workers.migration.jenkinsfile.tree.nodes import Block, Comment, Expression, Statement
from workers.migration.jenkinsfile.tree.statements import Braces, Evaluate, Labelled, Script

_SEPARATORS = ("newline", ";")
_DECLARES = MODIFIERS | {"@", "class", "interface", "enum", "import", "package"}
_MAY_DECLARE = frozenset(("name", ".", "<", "["))


def parse(source: Source) -> Script:
    """The tree of a file. Raises `ParseError`, never a `RecursionError`."""
    return _Parser(tokenize(source)).script()


class _Parser(Control):
    def __init__(self, tokens: Tokens) -> None:
        super().__init__(tokens)
        self._next_comment = 0
        self._comments: list[Comment] = []
        self._keywords: dict[str, Callable[[], Statement]] = {
            "if": self.if_,
            "while": self.while_,
            "do": self.do_,
            "for": self.for_,
            "switch": self.switch_,
            "try": self.try_,
            "return": self.return_,
            "throw": self.throw_,
            "break": self.jump,
            "continue": self.jump,
            "assert": self.assert_,
        }

    def script(self) -> Script:
        """The whole file."""
        body = self.block("the file", len(self.kinds) - 1)
        if self.kind != "end":
            self.fail("expected a statement")
        comments = tuple(
            Comment(Span(self.source, start, end), self._is_trailing(start))
            for start, end in self.tokens.comments
        )
        return Script(Span(self.source, 0, len(self.source.text)), body, comments)

    def block(self, closing: str, until: int) -> Block:
        outside = self._comments
        outside.extend(self._comments_before(self.starts[self.at - 1] if self.at else 0))
        first, found = self.at, []
        self._separators()
        while self.at != until:
            found.append(self._commented())
            if self.at != until and self.kind not in _SEPARATORS:
                self.fail(f"expected the end of the statement or of {closing}")
            self._separators()
        self._comments = []
        rest = self._comments_before(self.starts[until])
        self._comments = outside
        return Block(self.span(first), tuple(found), tuple(rest))

    def case_body(self, closer: int) -> Block:
        outside, first, found = self._comments, self.at, []
        self._separators()
        while self.at != closer and not self._is_case():
            found.append(self._commented())
            if self.at != closer and not self._is_case() and self.kind not in _SEPARATORS:
                self.fail("expected the end of the statement or of the case")
            self._separators()
        self._comments = outside
        return Block(self.span(first), tuple(found))

    def statement(self) -> Statement:
        kind, first = self.kind, self.at
        keyword = self._keywords.get(kind)
        if keyword is not None and self.kinds[first + 1] != ":":
            return keyword()
        if kind in _DECLARES or (kind == "name" and self._may_declare(first + 1)):
            if kind == "synchronized" and self.kinds[first + 1] == "(":
                return self.synchronized_()
            declared = self.declaration()
            if declared is not None:
                return declared
        if kind == "name" and self.kinds[first + 1] == ":":
            return self._labelled()
        if kind == "{":
            return self._braces()
        expression = self.command()
        return Evaluate(self.span(first), expression)

    def interpolation(self) -> Expression:
        opener = self.at
        closer = self.closer_of(opener)
        self.advance()
        parameters: tuple[Parameter, ...] | None = None
        if self.kind == "->":
            self.advance()
            parameters = ()
        body = self.block("the interpolation", closer)
        self.close(opener, "the interpolation")
        found = body.statements
        if not found and parameters is None:
            return Literal(self.span(opener), None)
        if len(found) == 1 and isinstance(found[0], Evaluate) and parameters is None:
            return found[0].expression
        return Closure(self.span(opener), parameters, body)

    def _may_declare(self, after: int) -> bool:
        """Whether a word with this token behind it may be a type; a step most often is none."""
        follows = self.kinds[after]
        # A method may be called by any string: `String 'a b'() { … }`.
        return follows in _MAY_DECLARE or (follows == "string" and self.kinds[after + 1] == "(")

    def _separators(self) -> None:
        while self.kind in _SEPARATORS:
            self.advance()

    def _is_case(self) -> bool:
        return self.kind == "case" or (self.kind == "default" and self.kinds[self.at + 1] == ":")

    def _labelled(self) -> Labelled:
        first, label = self.at, self.take()
        self.advance()
        self.skip_newline()
        statement = self.deeper(self.statement)
        return Labelled(self.span(first), label, statement)

    def _braces(self) -> Statement:
        first = self.at
        closure = self.closure()
        if closure.parameters is not None:
            expression = self.postfixes(first, closure)
            return Evaluate(self.span(first), expression)
        return Braces(self.span(first), closure.body)

    def _commented(self) -> Statement:
        """A statement with the comments before it, in it, and behind it on its last line."""
        self._comments = self._comments_before(self.starts[self.at])
        statement = self.statement()
        if self._next_comment < len(self.tokens.comments):
            self._comments.extend(self._comments_before(self._line_end()))
        if not self._comments:
            return statement
        return replace(statement, comments=tuple(self._comments))

    def _line_end(self) -> int:
        """Where a comment would be another statement's: the next token or the next line."""
        after = self.at + (self.kind == ";")
        if self.kinds[after] == "newline":
            return self.starts[after]
        last = self.ends[self.at - 1]
        ends = (self.source.text.find(mark, last, self.starts[after]) for mark in "\r\n")
        return min((end for end in ends if end >= 0), default=self.starts[after])

    def _comments_before(self, offset: int) -> list[Comment]:
        found: list[Comment] = []
        comments = self.tokens.comments
        while self._next_comment < len(comments) and comments[self._next_comment][0] < offset:
            start, end = comments[self._next_comment]
            found.append(Comment(Span(self.source, start, end), self._is_trailing(start)))
            self._next_comment += 1
        return found

    def _is_trailing(self, start: int) -> bool:
        before = bisect_right(self.ends, start) - 1
        if before < 0 or self.kinds[before] == "newline":
            return False
        return self.source.line(self.ends[before] - 1) == self.source.line(start)
