"""Words from outside inside Markdown: they are shown, and mean nothing. Pure.

What is escaped follows CommonMark 0.31 ("Backslash escapes", "Fenced code blocks", "Code spans")
and the tables of GitHub Flavored Markdown ("Tables": a cell ends at a pipe, in code spans too).
"""

import re
from collections.abc import Iterable, Sequence

_ACTIVE = re.compile(r"([\\`*_\[\]#|~$!])")
_BACKTICKS = re.compile(r"`+")
_NONE = "–"


def text(value: str) -> str:
    """Prose on one line. It begins no block only behind a word of our own."""
    plain = _one_line(value).replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    return _ACTIVE.sub(r"\\\1", plain)


def code(value: str) -> str:
    """A code span on one line, with fences longer than any run of backticks in it.

    Prose instead for what has a pipe: behind backslashes, parsers disagree on which pipe in a span
    ends a table's cell.
    """
    plain = _one_line(value)
    if not plain or "|" in plain:
        return text(value) or _NONE
    ticks = "`" * (_longest_run(plain) + 1)
    # Within a span, spaces beside the fence are taken off again.
    space = " " if plain[0] == "`" or plain[-1] == "`" else ""
    return f"{ticks}{space}{plain}{space}{ticks}"


def block(value: str, language: str = "") -> str:
    """A fenced code block, with a fence longer than any run of backticks in it."""
    lines = re.sub(r"\r\n?|[\u2028\u2029\x0b\x0c\x85]", "\n", value).split("\n")
    plain = "\n".join(_printable(line, keep="\t") for line in lines).rstrip()
    fence = "`" * max(3, _longest_run(plain) + 1)
    return f"{fence}{language}\n{plain}\n{fence}"


def table(header: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A table. Cells are Markdown by `text` or `code`; empty ones get a dash."""
    lines = [header, ["---"] * len(header), *rows]
    return "\n".join(f"| {' | '.join(cell or _NONE for cell in line)} |" for line in lines)


def facts(rows: Iterable[tuple[str, str]]) -> str:
    """A table of names and values; what has no value is left out."""
    known = [(name, value) for name, value in rows if value not in ("", _NONE)]
    return table(("Fact", "Value"), known)


def _one_line(value: str) -> str:
    return " ".join(_printable(value).split())


def _printable(value: str, keep: str = "") -> str:
    """Without control and formatting characters, such as those that turn the reading direction."""
    return "".join(c if c.isprintable() or c in keep else " " for c in value)


def _longest_run(value: str) -> int:
    return max((len(run) for run in _BACKTICKS.findall(value)), default=0)
