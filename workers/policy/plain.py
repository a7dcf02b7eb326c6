"""Values as JSON has them: what a parser makes, bounded in depth and size. Pure."""

import json
import math
from collections.abc import Mapping
from typing import Any

# A file may be small and yet stand for a lot (aliases of aliases, locals of locals), so what it
# expands to is bounded, not only what it is written as.
VALUES = 100_000
CHARACTERS = 4 * 1024 * 1024
DEPTH = 100


class Unreadable(Exception):
    """Raised by every parser of this worker for a file that can't be judged; says why."""


def plain(value: object) -> Any:
    """The value in JSON's types, shared parts written out. Raises Unreadable beyond the bounds."""
    return _Copy().of(value, 0)


def unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """The object of the pairs. Raises Unreadable for a key that comes twice.

    Parsers disagree about which of the two holds, so a judgement on either could be on the wrong
    one.
    """
    made: dict[str, Any] = {}
    for key, value in pairs:
        if key in made:
            raise Unreadable(f"the key {key!r} comes twice")
        made[key] = value
    return made


def read_json(text: str) -> Any:
    """The JSON value in a text. Raises Unreadable."""
    try:
        return plain(json.loads(text, object_pairs_hook=unique))
    except (ValueError, RecursionError) as error:
        raise Unreadable(f"not JSON: {type(error).__name__}") from error


class _Copy:
    """One copy with its budget."""

    def __init__(self) -> None:
        self._values = VALUES
        self._characters = CHARACTERS

    def of(self, value: object, depth: int) -> Any:
        self._values -= 1
        if self._values < 0 or depth > DEPTH:
            raise Unreadable("it expands to too many values, or too deep")
        match value:
            case None | bool() | int():
                return value
            case float():
                return value if math.isfinite(value) else str(value)
            case Mapping():
                return {
                    self._text(str(key)): self.of(item, depth + 1) for key, item in value.items()
                }
            case list() | tuple() | set() | frozenset():
                return [self.of(item, depth + 1) for item in value]
            case _:
                return self._text(str(value))

    def _text(self, text: str) -> str:
        self._characters -= len(text)
        if self._characters < 0:
            raise Unreadable("it expands to too much text")
        # A lone surrogate is legal in an escape and can't be written as UTF-8.
        return text.encode("utf-8", "replace").decode("utf-8")
