"""A place among the tokens, and what all layers of the parser need from it."""

from collections.abc import Callable
from typing import NoReturn, TypeVar, TypeVarTuple

from workers.migration.jenkinsfile.depth import Depth
from workers.migration.jenkinsfile.errors import ParseError
from workers.migration.jenkinsfile.source import Span
from workers.migration.jenkinsfile.tokens import Tokens

_A = TypeVarTuple("_A")
_T = TypeVar("_T")

_WORDS = {"name": "a name", "newline": "end of line", "end": "end of file", "unquote": "a quote"}


class Cursor:
    """The token to read next: `at` is its index, `kind` its kind."""

    def __init__(self, tokens: Tokens) -> None:
        self.tokens = tokens
        self.source = tokens.source
        self.kinds = tokens.kinds
        self.starts = tokens.starts
        self.ends = tokens.ends
        self.at = 0
        self.kind = self.kinds[0]
        self._depth = Depth(tokens.source)

    def move(self, index: int) -> None:
        """Go to a token."""
        self.at = index
        self.kind = self.kinds[index]

    def advance(self) -> None:
        """Go past the token."""
        self.at += 1
        self.kind = self.kinds[self.at]

    def take(self) -> str:
        """The text of the token; go past it."""
        at = self.at
        self.at = at + 1
        self.kind = self.kinds[at + 1]
        return self.source.text[self.starts[at] : self.ends[at]]

    def expect(self, kind: str, after: str) -> None:
        """Go past a token of this kind; `after` says what it belongs to."""
        if self.kind != kind:
            self.fail(
                f"expected '{kind}' {after}" if kind != "name" else f"expected a name {after}"
            )
        self.advance()

    def skip_newline(self) -> None:
        """Go past a line end; two never follow each other."""
        if self.kind == "newline":
            self.advance()

    def after_newline(self) -> str:
        """The kind of the token, or of the one after it when it is a line end."""
        return self.kinds[self.at + 1] if self.kind == "newline" else self.kind

    def span(self, first: int) -> Span:
        """From the start of a token to the end of the last one read."""
        start = self.starts[first]
        if first >= self.at:
            return Span(self.source, start, start)
        return Span(self.source, start, self.ends[self.at - 1])

    def found(self) -> str:
        """The token in words."""
        text = self.tokens.text(self.at)
        return _WORDS.get(self.kind) or f"'{text if len(text) <= 30 else text[:30] + '…'}'"

    def error(self, message: str) -> ParseError:
        """An error at the token."""
        found = f"'{self.tokens.text(self.at)}'" if self.kind == "name" else self.found()
        return self.source.error(f"{message}, got {found}", self.starts[self.at])

    def fail(self, message: str) -> NoReturn:
        """Raise an error at the token."""
        raise self.error(message)

    def deeper(self, work: Callable[[*_A], _T], *args: *_A) -> _T:
        """What `work` returns, one level deeper."""
        return self._depth.enter(self.starts[self.at], work, *args)
