"""Regular expressions that need no engine, as checks in GitHub's expressions. Pure."""

import re

from workers.migration.actions.expressions import joined, quoted

_SIMPLE = r"[\w /.@-]+"
_ANYTHING = r"(?:\.\*)?"


def matching(subject: str, pattern: str, *, whole: bool) -> str | None:
    """Whether the subject matches a regular expression, where that needs no engine."""
    choices = _choices(pattern)
    made = [_one(subject, each, whole) for each in choices]
    given = [each for each in made if each is not None]
    return joined(given, "||") if given and len(given) == len(made) else None


def _choices(pattern: str) -> list[str]:
    """The alternatives of `a|b`, `(a|b)`, `^(a|b)$` and `a(b|c)`."""
    found = re.fullmatch(r"(\^?)(.*?)\(\??:?([^()]*)\)(.*?)(\$?)", pattern)
    if found:
        start, head, inner, tail, end = found.groups()
        return [f"{start}{head}{each}{tail}{end}" for each in inner.split("|")]
    return pattern.split("|") if "(" not in pattern else [pattern]


def _one(subject: str, pattern: str, whole: bool) -> str | None:
    start = whole or pattern.startswith("^")
    end = whole or (pattern.endswith("$") and not pattern.endswith("\\$"))
    body = pattern.removeprefix("^").removesuffix("$").replace("\\/", "/").replace("\\.", ".")
    found = re.fullmatch(rf"(\.\*)?({_SIMPLE}?)(\.[*+])?", body)
    if not found or ("." in pattern.replace("\\.", "").replace(".*", "").replace(".+", "")):
        return None
    before, word, after = found.groups()
    start, end = start and not before, end and not after
    if not word:
        return None
    if start and end:
        return f"{subject} == {quoted(word)}"
    function = "startsWith" if start else "endsWith" if end else "contains"
    return f"{function}({subject}, {quoted(word)})"
