"""Text into tokens, in one pass and in linear time.

Newlines count as in Groovy: not between parentheses or brackets, again between braces. A slash
begins a string where an operand may stand, and divides elsewhere. Brackets are matched here, so
that the grammar can look ahead over a whole group, and so that an error names the bracket that
is open. Raises `ParseError`.
"""

from collections.abc import Callable
from dataclasses import dataclass

from workers.migration.jenkinsfile.errors import ParseError
from workers.migration.jenkinsfile.scanning import PATH, TEXT, TOKEN
from workers.migration.jenkinsfile.source import Source
from workers.migration.jenkinsfile.tokens import ACCESS, CLOSERS, KEYWORDS, Tokens

_WORDS = ("name", "number", "string", "unquote", "this", "super", "true", "false", "null", "class")
_OPERAND_ENDS = frozenset((*_WORDS, ")", "]", "}", "++", "--"))
# Inside of these a line end means nothing.
_FLAT = frozenset("([")
_OPENED = {
    "(": "the parenthesis",
    "[": "the bracket",
    "{": "the block",
    "${": "the interpolation",
}
_CLOSE_QUOTE = {'"': '"', '"""': '"""', "/": "/", "$/": "/$"}


def tokenize(source: Source) -> Tokens:
    """The tokens of a source; the last one is `end`."""
    return _Lexer(source).run()


@dataclass(slots=True)
class _Open:
    """A bracket that waits for its closer; an interpolation remembers its string's delimiter."""

    kind: str
    index: int
    delimiter: str | None = None


class _Lexer:
    __slots__ = ("_at", "_open", "_out", "_quotes", "_source")

    def __init__(self, source: Source) -> None:
        self._source = source
        self._out = Tokens(source)
        self._open: list[_Open] = []
        self._quotes: list[int] = []
        self._at = 0

    def run(self) -> Tokens:
        self._shebang()
        special, opened = self._special(), self._open
        text, token, kinds = self._source.text, TOKEN.match, self._out.kinds
        add_start, add_end = self._out.starts.append, self._out.ends.append
        group, previous, at = "", "newline", self._at
        while group != "end":
            match = token(text, at)
            assert match is not None and match.lastgroup is not None
            group = match.lastgroup
            start, at = match.span(group)
            if group in special:
                self._at = at
                special[group](start, at)
                at = self._at
                previous = kinds[-1] if kinds else "newline"
                continue
            # The hot path: what needs no second look is added in line.
            kind = group
            if group == "operator":
                kind = text[start:at]
            elif group == "name":
                word = text[start:at]
                if word in KEYWORDS and previous not in ACCESS:
                    kind = word
            elif group == "newline" and (
                previous == "newline" or (opened and opened[-1].kind in _FLAT)
            ):
                continue
            kinds.append(kind)
            add_start(start)
            add_end(at)
            previous = kind
        self._finish()
        return self._out

    def _special(self) -> dict[str, Callable[[int, int], None]]:
        """What is done with the kinds of tokens that need a second look."""
        return {
            "comment": self._comment,
            "quote": self._quote,
            "open": self._bracket,
            "close": self._close,
            "slash": self._slash,
            "broken": self._broken,
            "unknown": self._unknown,
            "dollar": self._dollar,
            "number": self._number,
        }

    def _add(self, kind: str, start: int, end: int) -> None:
        out = self._out
        out.kinds.append(kind)
        out.starts.append(start)
        out.ends.append(end)

    def _shebang(self) -> None:
        if self._source.text.startswith("#!"):
            end = self._source.text.find("\n")
            self._at = len(self._source.text) if end < 0 else end
            self._out.comments.append((0, self._at))

    def _dollar(self, start: int, _end: int) -> None:
        self._string("$/", start)

    def _number(self, start: int, end: int) -> None:
        follower = self._source.text[end : end + 1]
        if follower == "_" or follower.isalpha():
            raise self._source.error(f"unexpected '{follower}' in a number", end)
        self._add("number", start, end)

    def _comment(self, start: int, end: int) -> None:
        self._out.comments.append((start, end))

    def _slash(self, start: int, end: int) -> None:
        kinds = self._out.kinds
        if kinds and kinds[-1] in _OPERAND_ENDS:
            self._add(self._source.text[start:end], start, end)
        else:
            self._string("/", start)

    def _bracket(self, start: int, end: int) -> None:
        kind = self._source.text[start:end]
        self._open.append(_Open(kind, len(self._out.kinds)))
        self._add(kind, start, end)

    def _close(self, start: int, end: int) -> None:
        kind = self._source.text[start:end]
        if not self._open:
            raise self._source.error(f"unexpected '{kind}': nothing is open here", start)
        opened = self._open.pop()
        if CLOSERS[opened.kind] != kind:
            raise self._unclosed(opened, f"'{kind}'", start)
        self._out.closers[opened.index] = len(self._out.kinds)
        self._add(kind, start, end)
        if opened.delimiter is not None:
            self._contents(opened.delimiter)

    def _quote(self, start: int, end: int) -> None:
        self._string(self._source.text[start:end], start)

    def _string(self, delimiter: str, start: int) -> None:
        self._at = start + len(delimiter)
        self._quotes.append(start)
        self._add("quote", start, self._at)
        self._contents(delimiter)

    def _contents(self, delimiter: str) -> None:
        """Go on inside a string, up to its end or to an interpolation in braces."""
        text, closer = self._source.text, _CLOSE_QUOTE[delimiter]
        while True:
            match = TEXT[delimiter].match(text, self._at)
            assert match is not None
            if match.end() > self._at:
                self._add("text", self._at, match.end())
                self._at = match.end()
            if text.startswith(closer, self._at):
                self._at += len(closer)
                self._quotes.pop()
                self._add("unquote", self._at - len(closer), self._at)
                return
            if text.startswith("${", self._at):
                self._open.append(_Open("${", len(self._out.kinds), delimiter))
                self._at += 2
                self._add("${", self._at - 2, self._at)
                return
            self._path(delimiter)

    def _path(self, delimiter: str) -> None:
        path = PATH.match(self._source.text, self._at)
        if path is not None:
            self._add("path", *path.span())
            self._at = path.end()
            return
        if self._source.text.startswith("$", self._at):
            raise self._source.error(
                "expected a name or '{' after '$' in a string: write '\\$' for the sign itself",
                self._at,
            )
        line, column = self._source.position(self._quotes[-1])
        found = "end of line" if self._at < len(self._source.text) else "end of file"
        closer = _CLOSE_QUOTE[delimiter]
        raise self._source.error(
            f"expected {closer} to close the string opened at {line}:{column}, got {found}",
            self._at,
        )

    def _broken(self, start: int, _end: int) -> None:
        text = self._source.text
        if text[start] == "/":
            line, column = self._source.position(start)
            raise self._source.error(
                f"expected '*/' to close the comment opened at {line}:{column}, got end of file",
                len(text),
            )
        closer = "'''" if text.startswith("'''", start) else "'"
        raise self._source.error(f"expected {closer} to close the string opened here", start)

    def _unknown(self, start: int, end: int) -> None:
        raise self._source.error(f"unexpected character {self._source.text[start:end]!r}", start)

    def _finish(self) -> None:
        if self._open:
            raise self._unclosed(self._open[-1], "end of file", len(self._source.text))

    def _unclosed(self, opened: _Open, found: str, offset: int) -> ParseError:
        line, column = self._source.position(self._out.starts[opened.index])
        return self._source.error(
            f"expected '{CLOSERS[opened.kind]}' to close {_OPENED[opened.kind]}"
            f" opened at {line}:{column}, got {found}",
            offset,
        )
