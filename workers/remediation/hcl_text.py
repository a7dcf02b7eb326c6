"""What an HCL scanner steps over: strings, templates, heredocs, comments, brackets. Pure.

These are what can hold a brace or a quote without meaning it. Positions are indices into the text.
"""

import re

from workers.remediation.errors import Unreadable

_HEREDOC = re.compile(r"<<-?([^\W\d][\w-]*)[ \t]*\r?\n")
# Runs of what means nothing to a scanner, so that most characters are not looked at one by one.
_WORD = re.compile(r"[\w.]+")
_FILLING = re.compile(r"[\w.\s,=:]+")
_LITERAL = re.compile(r'[^"\\$%\n]+')
_BLANKS = {True: re.compile(r"\s+"), False: re.compile(r"[^\S\n]+")}

PAIRS = {"(": ")", "[": "]", "{": "}"}

# Far above what people write, far below what exhausts the interpreter's stack.
DEPTH = 60


def gap(text: str, at: int, *, lines: bool = True) -> int:
    """Past blanks and comments, and past line breaks if `lines`."""
    while at < len(text):
        if blanks := _BLANKS[lines].match(text, at):
            at = blanks.end()
        elif (lines or text.startswith("/*", at)) and (comment := comment_end(text, at)):
            at = comment
        else:
            break
    return at


def line_end(text: str, at: int) -> int:
    """Where the line ends on which `at` stands; a comment may carry it over several."""
    while at < len(text) and text[at] != "\n":
        at = comment_end(text, at) or at + 1
    return at


def past(text: str, at: int, depth: int) -> int:
    """Just after the string, heredoc, comment, word or single character at `at`."""
    if word := _WORD.match(text, at):
        return word.end()
    if text[at] == '"':
        return string_end(text, at, depth)
    if heredoc := _HEREDOC.match(text, at):
        return _heredoc_end(text, heredoc)
    return comment_end(text, at) or at + 1


def bracketed(text: str, at: int, depth: int) -> int:
    """Just after the bracket that closes the one at `at`."""
    start, open_brackets = at, [PAIRS[text[at]]]
    at += 1
    while at < len(text) and len(open_brackets) + depth <= DEPTH:
        if filling := _FILLING.match(text, at):
            at = filling.end()
            continue
        if text[at] in PAIRS:
            open_brackets.append(PAIRS[text[at]])
        elif text[at] in ")]}" and text[at] != open_brackets.pop():
            raise unreadable(f"{text[at]!r} closes nothing", text, at)
        at = past(text, at, depth + len(open_brackets))
        if not open_brackets:
            return at
    raise unreadable("a bracket is not closed, or too many are nested", text, start)


def string_end(text: str, start: int, depth: int) -> int:
    """Just after the quote that closes the one at `start`. Raises Unreadable."""
    at = start + 1
    while at < len(text) and text[at] != "\n":
        if literal := _LITERAL.match(text, at):
            at = literal.end()
        elif text[at] == '"':
            return at + 1
        elif text[at] == "\\":
            at += 2
        elif text.startswith(("$${", "%%{"), at):
            at += 3
        elif text.startswith(("${", "%{"), at):
            at = bracketed(text, at + 1, depth + 1)
        else:
            at += 1
    raise unreadable("a string is not closed", text, start)


def comment_end(text: str, at: int) -> int | None:
    """Where the comment at `at` ends, its line break left out; None when there is none."""
    if text.startswith(("#", "//"), at):
        end = text.find("\n", at)
        return len(text) if end < 0 else end
    if text.startswith("/*", at):
        end = text.find("*/", at + 2)
        if end < 0:
            raise unreadable("a comment is not closed", text, at)
        return end + 2
    return None


def _heredoc_end(text: str, opening: re.Match[str]) -> int:
    closing = re.compile(rf"^[ \t]*{re.escape(opening.group(1))}(?=[ \t]*\r?$)", re.MULTILINE)
    found = closing.search(text, opening.end())
    if found is None:
        raise unreadable(f"heredoc {opening.group(1)} is not closed", text, opening.start())
    return found.end()


def unreadable(problem: str, text: str, at: int) -> Unreadable:
    """The error for a problem at a position, with its line for a person."""
    return Unreadable(f"{problem} on line {text.count(chr(10), 0, at) + 1}")
