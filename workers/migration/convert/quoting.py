"""Inside which quotes each place of a shell script stands. Pure."""

import re
from collections.abc import Iterator

_HEREDOC = re.compile(r"(?<!<)<<-?\s*(?P<quote>['\"\\]?)(?P<word>\w+)")


class ShellState:
    """Reads a POSIX shell script piece by piece.

    `quote` is what surrounds the end of what was read: `'`, `"`, `<` inside a here-document that
    expands nothing, or empty.
    """

    def __init__(self) -> None:
        self.quote = ""
        self._documents: list[tuple[str, bool]] = []
        self._line = ""
        self._inside = False
        self._escaped = False
        self._comment = False

    def read(self, text: str) -> None:
        """Goes on by a piece of the script."""
        for character in text:
            if character == "\n":
                self._end_of_line()
                continue
            if not self._inside and not self._comment:
                self._character(character)
            self._line += character

    def _character(self, character: str) -> None:
        if self._escaped:
            self._escaped = False
        elif character == "\\" and self.quote != "'":
            self._escaped = True
        elif self.quote:
            self.quote = "" if character == self.quote else self.quote
        elif character in "'\"":
            self.quote = character
        elif character == "#" and (not self._line or self._line[-1].isspace()):
            self._comment = True

    def _end_of_line(self) -> None:
        line, self._line = self._line, ""
        self._comment = self._escaped = False
        if self._inside:
            if line.strip() == self._documents[0][0]:
                self._documents.pop(0)
        elif not self.quote:
            self._documents.extend(_documents(line))
        was, self._inside = self._inside, bool(self._documents)
        if self._inside:
            self.quote = "<" if self._documents[0][1] else ""
        elif was:
            self.quote = ""


def _documents(line: str) -> Iterator[tuple[str, bool]]:
    for found in _HEREDOC.finditer(line):
        yield found.group("word"), bool(found.group("quote"))
