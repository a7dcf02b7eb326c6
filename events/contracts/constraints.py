"""What a schema asks of a value beyond its type, compared one by one. Pure."""

import json
from collections.abc import Iterator

from events.contracts.export import Schema
from events.contracts.variants import ANNOTATIONS

_LOWER = ("minLength", "minItems", "minProperties")
_UPPER = ("maxLength", "maxItems", "maxProperties")
_RANGE = ("minimum", "exclusiveMinimum", "maximum", "exclusiveMaximum")
_CHOICES = ("enum", "const")
# Compared elsewhere: the type of a value, and what it holds.
_STRUCTURE = ("type", "format", "properties", "required", "additionalProperties", "items")
# To drop one of these can only admit more.
_DROPPABLE = ("pattern", "multipleOf", "uniqueItems")

_KNOWN = frozenset((*_LOWER, *_UPPER, *_RANGE, *_CHOICES, *_STRUCTURE)) | ANNOTATIONS


def narrowings(old: Schema, new: Schema) -> Iterator[str]:
    """Each constraint by which the new schema refuses what the old one took, in words."""
    yield from _lost_choices(old, new)
    for word in _LOWER:
        if word in new and new[word] > old.get(word, 0):
            yield f"{word} {_shown(old, word)} -> {new[word]}"
    for word in _UPPER:
        if word in new and (word not in old or new[word] < old[word]):
            yield f"{word} {_shown(old, word)} -> {new[word]}"
    yield from _tighter_range(old, new, "minimum", "exclusiveMinimum", 1)
    yield from _tighter_range(old, new, "maximum", "exclusiveMaximum", -1)
    for word in sorted((old.keys() | new.keys()) - _KNOWN):
        dropped = word in _DROPPABLE and word not in new
        if not dropped and old.get(word) != new.get(word):
            yield f"{word} {_shown(old, word)} -> {_shown(new, word)}"


def _lost_choices(old: Schema, new: Schema) -> Iterator[str]:
    before, now = _choices(old), _choices(new)
    if now is None:
        return
    if before is None:
        yield f"only {', '.join(sorted(now))} are taken now"
    elif lost := sorted(before - now):
        yield f"{', '.join(lost)} {'is' if len(lost) == 1 else 'are'} no longer taken"


def _choices(schema: Schema) -> frozenset[str] | None:
    """The values as JSON, in which 1, true and "1" are apart; None where any value will do."""
    if "const" in schema:
        return frozenset({json.dumps(schema["const"])})
    return frozenset(map(json.dumps, schema["enum"])) if "enum" in schema else None


def _tighter_range(
    old: Schema, new: Schema, inclusive: str, exclusive: str, sign: int
) -> Iterator[str]:
    before, now = (_bound(each, inclusive, exclusive, sign) for each in (old, new))
    if now is not None and (before is None or now > before):
        words = [word for word in (inclusive, exclusive) if word in new]
        said = ", ".join(f"{word} {new[word]}" for word in words)
        known = [f"{word} {old[word]}" for word in (inclusive, exclusive) if word in old]
        yield f"{', '.join(known) or f'no {inclusive}'} -> {said}"


def _bound(schema: Schema, inclusive: str, exclusive: str, sign: int) -> tuple[float, bool] | None:
    """The bound as a pair that grows as it gets tighter."""
    found = [(sign * schema[word], word == exclusive)
             for word in (inclusive, exclusive) if word in schema]  # fmt: skip
    return max(found, default=None)


def _shown(schema: Schema, word: str) -> str:
    return json.dumps(schema[word]) if word in schema else "none"
