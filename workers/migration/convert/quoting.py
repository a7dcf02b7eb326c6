"""Inside which quotes each place of a shell script stands. Pure."""

import re
from collections.abc import Iterator

# What may change the quotes.
_MARK = re.compile(r"[\\'\"#]")
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
        first, *others = text.split("\n")
        self._within_line(first)
        for line in others:
            self._end_of_line()
            self._within_line(line)

    def _within_line(self, text: str) -> None:
        if text and not self._inside and not self._comment:
            self._marks(text)
        self._line += text

    def _marks(self, text: str) -> None:
        at = int(self._escaped)
        self._escaped = False
        while found := _MARK.search(text, at):
            at, mark = found.end(), found.group()
            if mark == "\\":
                if self.quote != "'":
                    self._escaped = at == len(text)
                    at += 1
            elif self.quote:
                self.quote = "" if mark == self.quote else self.quote
            elif mark != "#":
                self.quote = mark
            elif not (before := text[at - 2 : at - 1] or self._line[-1:]) or before.isspace():
                self._comment = True
                return

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


def quoted_in_shell(text: str) -> str:
    """Text between double quotes that the shell leaves as it is."""
    for character in '\\"$`':
        text = text.replace(character, f"\\{character}")
    return text
