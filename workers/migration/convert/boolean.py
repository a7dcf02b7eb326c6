"""Groovy conditions as expressions of GitHub. Pure; None where that language cannot say it."""

import re

from workers.migration.actions.expressions import joined, negated, quoted
from workers.migration.convert.matching import matching
from workers.migration.convert.resolving import known, named, parts, variable
from workers.migration.convert.scope import Constant, Scope
from workers.migration.convert.statuses import of_result
from workers.migration.convert.texts import expression_of
from workers.migration.pipeline.nodes import Value
from workers.migration.pipeline.values import (
    Binary,
    Call,
    Choice,
    Interpolated,
    Property,
    Unary,
    Variable,
)

_COMPARISONS = frozenset({"==", "!=", "<", ">", "<=", ">="})
_METHODS = {"startsWith": "startsWith", "endsWith": "endsWith", "contains": "contains"}
# Comparisons of strings ignore the case in GitHub's expressions.
_TRANSPARENT = frozenset(
    {"trim", "toString", "toBoolean", "toInteger", "toLowerCase", "toUpperCase"}
)
_QUESTIONS = frozenset(
    {"contains", "startsWith", "endsWith", "equals", "equalsIgnoreCase", "matches", "isEmpty"}
)


def condition(  # noqa: PLR0911 one a kind of value
    value: Value, scope: Scope
) -> str | None:
    """The condition as an expression that is true or false like it."""
    found, fixed = known(value, scope)
    if found:
        return "true" if fixed else "false"
    if (flag := _flag(value, scope)) is not None:
        return flag
    match value:
        case Unary() if value.operator == "!":
            inner = condition(value.operand, scope)
            return None if inner is None else negated(inner)
        case Binary() if value.operator in ("&&", "||"):
            sides = [condition(each, scope) for each in (value.left, value.right)]
            given = [each for each in sides if each is not None]
            return joined(given, value.operator) if len(given) == len(sides) else None
        case Binary():
            return _comparison(value, scope)
        case Call():
            return _call(value, scope)
        case _:
            return truth(value, scope)


def says_true_or_false(value: Value, scope: Scope) -> bool:
    """Whether a value is a boolean, and no text or number that counts as true."""
    match value:
        case Unary(operator="!"):
            return True
        case Binary():
            return value.operator in _COMPARISONS | {"&&", "||", "==~", "in"}
        case Call():
            return value.receiver is not None and value.name in _QUESTIONS
        case _:
            return _flag(value, scope) is not None


def _flag(value: Value, scope: Scope) -> str | None:
    match value:
        case Variable():
            return scope.flags.get(value.name)
        case Property(receiver=Variable(name="env")):
            return scope.flags.get(value.name)
        case _:
            return None


def operand(value: Value, scope: Scope) -> str | None:
    """A value as an operand of an expression."""
    said = _operand(value, scope)
    if said is None or said.startswith(("(", "'")):
        return said
    return f"({said})" if re.search(r" (&&|\|\||==|!=) ", said) else said


def _operand(  # noqa: PLR0911 one a kind of value
    value: Value, scope: Scope
) -> str | None:
    found, fixed = known(value, scope)
    if found:
        return _literal(fixed)
    match value:
        case Variable() if value.name in scope.texts:
            return expression_of(scope.texts[value.name])
        case Variable():
            ref = variable(value.name, scope)
            return ref.expression if ref else None
        case Interpolated():
            return expression_of(parts(value, scope, ""))
        case Property():
            ref = named(value, scope)
            return ref.expression if ref else None
        case Call() if value.receiver and value.name in _TRANSPARENT:
            return operand(value.receiver, scope)
        case Choice():
            return _choice(value, scope)
        case _:
            return None


def _choice(value: Choice, scope: Scope) -> str | None:
    """`a ?: b` and `a ? b : c`; GitHub has neither, but gives the operand that decided."""
    otherwise = operand(value.otherwise, scope)
    if value.then is None:
        first = operand(value.condition, scope)
        return None if first is None or otherwise is None else f"({first} || {otherwise})"
    said, then = condition(value.condition, scope), operand(value.then, scope)
    if said is None or then is None or otherwise is None:
        return None
    if said in (then, f"{then} != ''"):
        return f"({then} || {otherwise})"
    if known(value.then, scope)[1]:
        return f"({joined([said, then], '&&')} || {otherwise})"
    if known(value.otherwise, scope)[1]:
        return f"({joined([negated(said), otherwise], '&&')} || {then})"
    return None


def truth(value: Value, scope: Scope) -> str | None:
    """Whether a value is true in Groovy's sense; what comes from the environment is text."""
    said = operand(value, scope)
    if said is None:
        return None
    name = said.removeprefix("inputs.")
    if isinstance(value, Property) and said.startswith(("inputs.", "(github.event_name")):
        return said
    if isinstance(value, Call) and value.name == "toBoolean" and name == said:
        return f"{said} == 'true'"
    if isinstance(value, Variable) and value.name in scope.numbers:
        return f"{said} != '' && {said} != '0'"
    if isinstance(value, Variable) and value.name in scope.truths:
        return f"{said} == 'true'"
    return f"{said} != ''" if said.startswith(("env.", "github.")) else said


def _comparison(value: Binary, scope: Scope) -> str | None:
    if value.operator in ("==~", "=~"):
        return _pattern(value, scope)
    if value.operator == "in":
        return _member(value, scope)
    if value.operator not in _COMPARISONS:
        return None
    result = of_result(value, scope)
    if result is not None:
        return result
    if value.operator in ("==", "!=") and (said := _against_truth(value, scope)) is not None:
        return said
    left, right = operand(value.left, scope), operand(value.right, scope)
    if left is not None and right is not None and left.startswith("env.") and right.isdigit():
        # A variable that nothing has set is empty, and GitHub takes what is empty for 0.
        right = quoted(right)
    return None if left is None or right is None else f"{left} {value.operator} {right}"


def _against_truth(value: Binary, scope: Scope) -> str | None:
    """`flag == true`."""
    flag = _flag(value.left, scope)
    found, fixed = known(value.right, scope)
    if not found or not isinstance(fixed, bool):
        return None
    if flag is None:
        said = operand(value.left, scope)
        # A variable of the run is text.
        flag = f"{said} == 'true'" if said is not None and said.startswith("env.") else None
    if flag is None:
        return None
    return flag if fixed == (value.operator == "==") else negated(flag)


def _pattern(value: Binary, scope: Scope) -> str | None:
    subject = operand(value.left, scope)
    found, pattern = known(value.right, scope)
    if subject is None or not found or not isinstance(pattern, str):
        return None
    return matching(subject, pattern, whole=value.operator == "==~")


def _member(value: Binary, scope: Scope) -> str | None:
    subject = operand(value.left, scope)
    found, items = known(value.right, scope)
    if subject is None or not found or not isinstance(items, list):
        return None
    return joined([f"{subject} == {_literal(each)}" for each in items], "||") if items else "false"


def _call(value: Call, scope: Scope) -> str | None:  # noqa: PLR0911 one a method
    if value.receiver is None:
        return None
    if value.name in ("toBoolean", "trim", "toString"):
        return truth(value, scope)
    subject = operand(value.receiver, scope)
    if value.name == "isEmpty" and subject is not None:
        return f"{subject} == ''"
    given = [operand(each, scope) for each in value.positional]
    if subject is None or len(given) != 1 or given[0] is None:
        return _list_contains(value, scope)
    if value.name in _METHODS:
        return f"{_METHODS[value.name]}({subject}, {given[0]})"
    if value.name in ("equals", "equalsIgnoreCase"):
        return f"{subject} == {given[0]}"
    found, pattern = known(value.positional[0], scope)
    if value.name == "matches" and found and isinstance(pattern, str):
        return matching(subject, pattern, whole=True)
    return None


def _list_contains(value: Call, scope: Scope) -> str | None:
    assert value.receiver is not None
    found, items = known(value.receiver, scope)
    subject = operand(value.positional[0], scope) if len(value.positional) == 1 else None
    if value.name != "contains" or not found or not isinstance(items, list) or subject is None:
        return None
    return joined([f"{subject} == {_literal(each)}" for each in items], "||") if items else "false"


def _literal(value: Constant) -> str | None:
    match value:
        case None:
            return "''"
        case bool():
            return "true" if value else "false"
        case int() | float():
            return str(value)
        case str():
            return quoted(value)
        case _:
            return None
