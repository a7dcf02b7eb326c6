"""The text of a file, and places in it."""

import codecs
import re
from bisect import bisect_right
from typing import NamedTuple

from workers.migration.jenkinsfile.errors import ParseError

_LINE_END = re.compile(r"\r\n|\n|\r")
_MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)


def decode(content: bytes | str) -> str:
    """The text of a file: by its byte order mark, else UTF-8, else Latin-1. Never fails."""
    if isinstance(content, str):
        return content.removeprefix("\ufeff")
    for mark, encoding in _MARKS:
        if content.startswith(mark):
            return content.decode(encoding, errors="replace")
    try:
        return content.decode("utf-8")
    except UnicodeDecodeError:
        return content.decode("latin-1")


class Source:
    """A file's text; lines and columns count from 1, a column is a character."""

    __slots__ = ("_starts", "name", "text")

    def __init__(self, content: bytes | str, name: str = "Jenkinsfile") -> None:
        self.text = decode(content)
        self.name = name
        self._starts = [0, *(match.end() for match in _LINE_END.finditer(self.text))]

    def position(self, offset: int) -> tuple[int, int]:
        """The line and column of an offset; the end of the file is a position too."""
        line = bisect_right(self._starts, offset)
        return line, offset - self._starts[line - 1] + 1

    def line(self, offset: int) -> int:
        """The line of an offset."""
        return bisect_right(self._starts, offset)

    def extent(self, start: int, end: int) -> tuple[int, int, int]:
        """The line and column of the first character, and the line of the last one."""
        starts = self._starts
        line = bisect_right(starts, start)
        column = start - starts[line - 1] + 1
        if end <= start or line == len(starts) or end <= starts[line]:
            return line, column, line
        return line, column, bisect_right(starts, end - 1)

    def error(self, message: str, offset: int) -> ParseError:
        """An error at an offset."""
        line, column = self.position(offset)
        return ParseError(message, line, column)


class Span(NamedTuple):
    """A stretch of a source: characters from `start` up to but not including `end`.

    Lines and columns are worked out when asked for: most are never asked for. A tuple, since there
    is one for each node.
    """

    source: Source
    start: int
    end: int

    @property
    def text(self) -> str:
        """What the source says there."""
        return self.source.text[self.start : self.end]

    @property
    def line(self) -> int:
        """The line of the first character."""
        return self.source.line(self.start)

    @property
    def column(self) -> int:
        """The column of the first character."""
        return self.source.position(self.start)[1]

    @property
    def end_line(self) -> int:
        """The line of the last character."""
        return self.source.line(self.end - 1 if self.end > self.start else self.start)

    @property
    def end_column(self) -> int:
        """The column after the last character."""
        return self.source.position(max(self.start, self.end - 1))[1] + (self.end > self.start)
