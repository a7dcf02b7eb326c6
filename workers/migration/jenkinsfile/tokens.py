"""Tokens: what the lexer makes and the grammar reads.

A kind is one of `name`, `number`, `string` (without interpolation), `newline` (where one can end a
statement), `end`; a keyword or an operator is its own kind. A string with interpolation is `quote`,
then `text`, `path` (`$a.b`) and `${` … `}` in turn, then `unquote`.
"""

from array import array
from dataclasses import dataclass, field

from workers.migration.jenkinsfile.source import Source

KEYWORDS = frozenset(
    [
        "abstract",
        "as",
        "assert",
        "break",
        "case",
        "catch",
        "class",
        "continue",
        "def",
        "default",
        "do",
        "else",
        "enum",
        "false",
        "final",
        "finally",
        "for",
        "if",
        "import",
        "in",
        "instanceof",
        "interface",
        "native",
        "new",
        "null",
        "package",
        "private",
        "protected",
        "public",
        "return",
        "static",
        "super",
        "switch",
        "synchronized",
        "this",
        "throw",
        "throws",
        "transient",
        "true",
        "try",
        "volatile",
        "while",
    ]
)
ACCESS = frozenset((".", "?.", "*.", ".&", ".@"))
CLOSERS = {"(": ")", "[": "]", "{": "}", "${": "}"}


@dataclass(slots=True)
class Tokens:
    """All tokens of a file, in columns: a 10 MB file has millions.

    `closers` has the index of the closing bracket for each opening one. `comments` are spans of
    offsets; between tokens and comments there is nothing but blanks, line ends and `\\` before one.
    """

    source: Source
    kinds: list[str] = field(default_factory=list)
    starts: "array[int]" = field(default_factory=lambda: array("q"))
    ends: "array[int]" = field(default_factory=lambda: array("q"))
    closers: dict[int, int] = field(default_factory=dict)
    comments: list[tuple[int, int]] = field(default_factory=list)

    def text(self, index: int) -> str:
        """What the source says there."""
        return self.source.text[self.starts[index] : self.ends[index]]
