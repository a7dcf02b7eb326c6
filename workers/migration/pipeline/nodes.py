"""Where something stands in the source, and the three kinds of things that stand somewhere.

The three are classes and not unions: a closure is a value that holds statements, a statement holds
values, and modules must not import each other in a circle.
"""

from dataclasses import dataclass
from typing import NamedTuple


class Span(NamedTuple):
    """A stretch of the source: offsets count characters from 0, lines and columns from 1.

    `end` is the offset after the last character, `end_line` the line of that last character.
    A tuple, since there is one for each node and the ledger finds statements by it.
    """

    start: int
    end: int
    line: int
    column: int
    end_line: int

    def text(self, source: str) -> str:
        """What the source says there."""
        return source[self.start : self.end]


@dataclass(frozen=True, slots=True)
class Comment:
    """A comment without its marks; `trailing` when code stands before it on its line."""

    span: Span
    text: str
    trailing: bool = False


@dataclass(frozen=True, slots=True)
class Node:
    """Something that stems from a place in the source."""

    span: Span


@dataclass(frozen=True, slots=True)
class Value(Node):
    """What an expression stands for; part of the statement around it."""


@dataclass(frozen=True, slots=True)
class Statement(Node):
    """What the ledger accounts for: a statement, a directive, or an entry of one."""
