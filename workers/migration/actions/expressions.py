"""Expressions of GitHub's own language, and which of them must not stand in a script. Pure."""

import re
from collections.abc import Mapping, Sequence

# Contexts that whoever opens a pull request or names a branch can fill
# (docs.github.com, "Security hardening for GitHub Actions", untrusted input).
_UNTRUSTED = re.compile(
    r"""github\.(head_ref|ref_name|ref|base_ref|actor|triggering_actor
        |event\.(?!repository\b|action\b|number\b|inputs\.)[\w.*\[\]-]+)
    |inputs\.|github\.event\.inputs\.|steps\.[\w-]+\.outputs|needs\.[\w-]+\.outputs|env\.|matrix\.
    """,
    re.VERBOSE,
)
# A name compared with a string.
_EQUALITY = re.compile(r"(?P<subject>[\w.-]+) (?P<operator>[=!]=) (?P<literal>'(?:[^']|'')*')")
_EXPRESSION = re.compile(r"\$\{\{(.*?)\}\}", re.DOTALL)


def wrapped(expression: str) -> str:
    """`${{ expression }}`."""
    return f"${{{{ {expression} }}}}"


def quoted(text: str) -> str:
    """A string of the expression language: single quotes, doubled inside."""
    doubled = text.replace("'", "''")
    return f"'{doubled}'"


def plain(text: str) -> str:
    """Text that GitHub must not read as an expression, though it holds `${{`."""
    return text.replace("${{", wrapped(quoted("${{")))


def is_untrusted(expression: str) -> bool:
    """Whether a stranger may choose its value: then it reaches a script through `env` alone."""
    return bool(_UNTRUSTED.search(expression))


def inlined(script: str) -> tuple[str, ...]:
    """The untrusted expressions that stand in a script; none in what the converter makes."""
    found = (match.group(1).strip() for match in _EXPRESSION.finditer(script))
    return tuple(expression for expression in found if is_untrusted(expression))


def joined(conditions: list[str], operator: str) -> str:
    """Conditions joined by `&&` or `||`, in brackets where they need them."""
    if len(conditions) == 1:
        return conditions[0]
    return f" {operator} ".join(_bracketed(each, operator) for each in conditions)


def negated(condition: str) -> str:
    """The opposite of a condition."""
    inner = re.fullmatch(r"!\(?([\w.]+)\)?", condition)
    if inner:
        return inner.group(1)
    compared = _EQUALITY.fullmatch(condition)
    if compared:
        opposite = "!=" if compared["operator"] == "==" else "=="
        return f"{compared['subject']} {opposite} {compared['literal']}"
    return (
        f"!({condition})"
        if not re.fullmatch(r"[\w.]+(\([^()]*\))?", condition)
        else f"!{condition}"
    )


def bare(expression: str) -> str:
    """The expression without brackets around all of it."""
    return expression[1:-1] if _is_bracketed(expression) else expression


def told_once(conditions: Sequence[str]) -> list[str]:
    """The conditions without those that another one of them says already.

    What equals one string differs from every other one; strings are compared without their case.
    """
    equal = {
        found["subject"]: found["literal"].lower()
        for each in conditions
        if (found := _EQUALITY.fullmatch(each)) and found["operator"] == "=="
    }
    return [each for each in conditions if not _follows(each, equal)]


def _follows(condition: str, equal: Mapping[str, str]) -> bool:
    found = _EQUALITY.fullmatch(condition)
    if found is None or found["operator"] == "==":
        return False
    known = equal.get(found["subject"])
    return known is not None and known != found["literal"].lower()


def _bracketed(condition: str, operator: str) -> str:
    other = "&&" if operator == "||" else "||"
    return f"({condition})" if other in condition and not _is_bracketed(condition) else condition


def _is_bracketed(condition: str) -> bool:
    """Whether one pair of brackets holds all of it."""
    depth = 0
    for place, character in enumerate(condition):
        depth += {"(": 1, ")": -1}.get(character, 0)
        if depth == 0:
            return place == len(condition) - 1 and condition.startswith("(")
    return False
