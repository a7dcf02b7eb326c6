"""Constants and strings."""

from abc import ABC, abstractmethod
from decimal import Decimal

from workers.migration.jenkinsfile.grammar.types import Types
from workers.migration.jenkinsfile.source import Span
from workers.migration.jenkinsfile.strings import opening, unescaped
from workers.migration.jenkinsfile.tokens import CLOSERS
from workers.migration.jenkinsfile.tree.expressions import (
    Access,
    Interpolated,
    Literal,
    Name,
)
from workers.migration.jenkinsfile.tree.nodes import Expression

CONSTANTS = {"true": True, "false": False, "null": None}
_BASES = {"0x": 16, "0b": 2}


class Literals(Types, ABC):
    """Constants and strings; what stands in an interpolation is left to a higher layer."""

    def constant(self) -> Literal:
        """`true`, `false` or `null`."""
        value = CONSTANTS[self.kind]
        self.advance()
        return Literal(self.span(self.at - 1), value)

    def number(self) -> Literal:
        """A number; whole ones may be of any size."""
        text = self.take()
        return Literal(self.span(self.at - 1), _number(text))

    def plain_string(self) -> Literal:
        """A string without interpolation."""
        text = self.take()
        quote = opening(text)
        inner = text[len(quote) : len(text) - len(quote)]
        return Literal(self.span(self.at - 1), unescaped(inner, quote), quote)

    def quoted(self) -> Expression:
        """A string that may hold interpolations; a literal when it holds none."""
        first, quote = self.at, self.take()
        parts: list[str | Expression] = []
        while self.kind != "unquote":
            if self.kind == "text":
                parts.append(unescaped(self.take(), quote))
            elif self.kind == "path":
                parts.append(self._path())
            else:
                parts.append(self.deeper(self.interpolation))
        self.advance()
        if all(isinstance(part, str) for part in parts):
            text = "".join(part for part in parts if isinstance(part, str))
            return Literal(self.span(first), text, quote)
        return Interpolated(self.span(first), tuple(parts), quote)

    @abstractmethod
    def interpolation(self) -> Expression:
        """`${ … }`."""

    def _path(self) -> Expression:
        """`$a.b`: a name and what is read from it."""
        start, end = self.starts[self.at] + 1, self.ends[self.at]
        self.advance()
        words = self.source.text[start:end].split(".")
        at = start + len(words[0])
        path: Expression = Name(Span(self.source, start, at), words[0])
        for word in words[1:]:
            at += 1 + len(word)
            path = Access(Span(self.source, start, at), path, ".", word)
        return path

    def closer_of(self, opener: int) -> int:
        """The index of the bracket that closes this one."""
        return self.tokens.closers[opener]

    def close(self, opener: int, what: str) -> None:
        """Go past the bracket that closes this one, which must be the next token."""
        if self.at != self.tokens.closers[opener]:
            line, column = self.source.position(self.starts[opener])
            closer = CLOSERS[self.kinds[opener]]
            self.fail(f"expected '{closer}' to close {what} opened at {line}:{column}")
        self.advance()


def _number(text: str) -> int | float | Decimal:
    digits = text.replace("_", "")
    prefix = digits[:2].lower()
    if prefix in _BASES:
        return int(digits[2:].rstrip("gGlLiI"), _BASES[prefix])
    digits = digits.rstrip("gGlLiIfFdD")
    if not digits.isdigit():
        return Decimal(digits)
    octal = len(digits) > 1 and digits[0] == "0" and digits.strip("01234567") == ""
    return int(digits, 8 if octal else 10)
