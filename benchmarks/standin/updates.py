"""DynamoDB's update expressions: SET, REMOVE and ADD. Pure."""

from collections.abc import Callable
from functools import lru_cache
from typing import Any

from benchmarks.standin.errors import DYNAMODB, Refusal, unsupported
from benchmarks.standin.expressions import Item, Names, Tokens, Values, operand, path, value_at

Change = Callable[[Item, Item, Names, Values], None]

_CLAUSES = ("SET", "REMOVE", "ADD")


def updated(item: Item, text: str, names: Names, values: Values) -> Item:
    """The item after the update; the given one stays as it is. Raises Refusal."""
    after = {name: _copy(value) for name, value in item.items()}
    for change in _changes(text):
        change(item, after, names, values)
    return after


def put_at(item: Item, way: list[str], value: Any) -> None:
    """Puts a value at a path, or removes what is there for None. Raises Refusal."""
    place: Any = item
    for part in way[:-1]:
        place = (place.get(part) or {}).get("M")
        if place is None:
            raise Refusal(
                DYNAMODB,
                "ValidationException",
                "The document path provided in the update expression is invalid for update",
            )
    if value is None:
        place.pop(way[-1], None)
    else:
        # A value that was read from the item itself must not change with it.
        place[way[-1]] = _copy(value)


def _copy(value: Any) -> Any:
    return {"M": {k: _copy(v) for k, v in value["M"].items()}} if "M" in value else value


@lru_cache(maxsize=1000)
def _changes(text: str) -> tuple[Change, ...]:
    tokens = Tokens.of(text)
    changes: list[Change] = []
    while tokens.words:
        clause = tokens.take().upper()
        if clause not in _CLAUSES:
            raise unsupported(DYNAMODB, f"{clause} in {text!r}")
        changes.append(_change(clause, tokens))
        while tokens.took(","):
            changes.append(_change(clause, tokens))
    return tuple(changes)


def _change(clause: str, tokens: Tokens) -> Change:
    name = tokens.take()
    if clause == "REMOVE":
        return lambda _, after, names, __: put_at(after, path(name, names), None)
    if clause == "ADD":
        word = tokens.take()

        def add(before: Item, after: Item, names: Names, values: Values) -> None:
            way = path(name, names)
            sum_of = _number(value_at(before, way)) + _number(operand(word, before, names, values))
            put_at(after, way, {"N": str(sum_of)})

        return add
    tokens.take("=")
    value = _assigned(tokens)
    return lambda before, after, names, values: put_at(
        after, path(name, names), value(before, names, values)
    )


def _assigned(tokens: Tokens) -> Callable[[Item, Names, Values], Any]:
    first = _term(tokens)
    sign = {"+": 1, "-": -1}.get(tokens.next)
    if sign is None:
        return first
    tokens.take()
    second = _term(tokens)
    return lambda *given: {"N": str(_number(first(*given)) + sign * _number(second(*given)))}


def _term(tokens: Tokens) -> Callable[[Item, Names, Values], Any]:
    word = tokens.take()
    if word != "if_not_exists":
        return lambda item, names, values: operand(word, item, names, values)
    tokens.take("(")
    name = tokens.take()
    tokens.take(",")
    other = tokens.take()
    tokens.take(")")

    def first_there(item: Item, names: Names, values: Values) -> Any:
        there = value_at(item, path(name, names))
        return operand(other, item, names, values) if there is None else there

    return first_there


def _number(value: Any) -> int:
    return 0 if value is None else int(value["N"])
