"""DynamoDB's condition and update expressions, as far as ledgers use them. Pure.

Grammar: DynamoDB developer guide, "Condition and filter expressions, operators, and functions" and
"Update expressions". What is not here is refused by name.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from benchmarks.standin.errors import DYNAMODB, Refusal, unsupported

Item = dict[str, Any]
Names = Mapping[str, str]
Values = Mapping[str, Any]
Condition = Callable[[Item, Names, Values], bool]

_TOKENS = re.compile(r"\s*(<>|<=|>=|[=<>(),+]|-(?=\s)|[#:]?[\w]+(?:\.[#]?[\w]+)*)")
_COMPARISONS: Mapping[str, Callable[[Any, Any], bool]] = {
    "<": lambda a, b: bool(a < b),
    "<=": lambda a, b: bool(a <= b),
    ">": lambda a, b: bool(a > b),
    ">=": lambda a, b: bool(a >= b),
}


@dataclass
class Tokens:
    """The words of an expression, taken one by one."""

    text: str
    words: list[str]

    @classmethod
    def of(cls, text: str) -> "Tokens":
        words, place = [], 0
        while place < len(text.rstrip()):
            found = _TOKENS.match(text, place)
            if found is None:
                raise unsupported(DYNAMODB, f"the expression {text!r}")
            words.append(found[1])
            place = found.end()
        return cls(text, words[::-1])

    @property
    def next(self) -> str:
        return self.words[-1] if self.words else ""

    def take(self, expected: str | None = None) -> str:
        """The next word, which is this one if one is named."""
        word = self.words.pop() if self.words else ""
        if not word or (expected and word.upper() != expected):
            raise unsupported(DYNAMODB, f"the expression {self.text!r}")
        return word

    def took(self, expected: str) -> bool:
        """Whether the next word was this one, and is taken."""
        if self.next.upper() != expected:
            return False
        self.words.pop()
        return True


@lru_cache(maxsize=1000)
def condition(text: str) -> Condition:
    """Whether an item fulfils a condition. Raises Refusal for what is not understood."""
    tokens = Tokens.of(text)
    parsed = _alternatives(tokens)
    if tokens.words:
        raise unsupported(DYNAMODB, f"the condition {text!r}")
    return parsed


def path(name: str, names: Names) -> list[str]:
    """The attributes on the way to a value, aliases resolved."""
    return [names.get(part, part) for part in name.split(".")]


def value_at(item: Item, way: list[str]) -> Any:
    """The value at that path; None where there is none."""
    found: Any = item.get(way[0])
    for part in way[1:]:
        found = (found or {}).get("M", {}).get(part)
    return found


def compare(left: Any, operator: str, right: Any) -> bool:
    """As DynamoDB compares: a missing value, or one of another type, fulfils nothing but `<>`."""
    if operator == "=":
        return left is not None and _plain(left) == _plain(right)
    if operator == "<>":
        return bool(_plain(left) != _plain(right))
    if left is None or right is None or left.keys() != right.keys():
        return False
    return _COMPARISONS[operator](_plain(left)[1], _plain(right)[1])


def _plain(value: Any) -> Any:
    if value is None:
        return None
    [(kind, inner)] = value.items()
    return (kind, float(inner) if kind == "N" else inner)


def _alternatives(tokens: Tokens) -> Condition:
    parts = [_conjunction(tokens)]
    while tokens.took("OR"):
        parts.append(_conjunction(tokens))
    return lambda *given: any(part(*given) for part in parts)


def _conjunction(tokens: Tokens) -> Condition:
    parts = [_single(tokens)]
    while tokens.took("AND"):
        parts.append(_single(tokens))
    return lambda *given: all(part(*given) for part in parts)


def _single(tokens: Tokens) -> Condition:
    if tokens.took("NOT"):
        inner = _single(tokens)
        return lambda *given: not inner(*given)
    if tokens.took("("):
        inner = _alternatives(tokens)
        tokens.take(")")
        return inner
    word = tokens.take()
    if word in ("attribute_exists", "attribute_not_exists"):
        tokens.take("(")
        name = tokens.take()
        tokens.take(")")
        wanted = word == "attribute_exists"
        return lambda item, names, _: (value_at(item, path(name, names)) is not None) == wanted
    operator = tokens.take()
    if operator not in ("=", "<>", *_COMPARISONS):
        raise unsupported(DYNAMODB, f"{word} {operator} in {tokens.text!r}")
    other = tokens.take()
    return lambda item, names, values: compare(
        operand(word, item, names, values), operator, operand(other, item, names, values)
    )


def operand(word: str, item: Item, names: Names, values: Values) -> Any:
    """The value that a word of an expression stands for."""
    if word.startswith(":"):
        try:
            return values[word]
        except KeyError:
            raise Refusal(DYNAMODB, "ValidationException", f"no value for {word}") from None
    return value_at(item, path(word, names))
