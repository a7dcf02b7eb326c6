"""A schema as the list of what it takes: references replaced, unions taken apart. Pure."""

from collections.abc import Iterable
from typing import Any

from events.contracts.export import Schema

# What a schema says about itself, and not about the values that it takes.
ANNOTATIONS = frozenset(
    {"$comment", "$defs", "$id", "$schema", "default", "deprecated", "description"}
    | {"discriminator", "examples", "readOnly", "title", "writeOnly"}
)
_UNIONS = ("anyOf", "oneOf")


def inlined(document: Schema) -> Schema:
    """The schema with each reference replaced by what it names.

    A reference inside its own definition stays: the definition was compared where it began.
    """
    made: Schema = _inline(document, document.get("$defs", {}), frozenset())
    return made


def _inline(node: Any, definitions: Schema, inside: frozenset[str]) -> Any:
    if isinstance(node, list):
        return [_inline(each, definitions, inside) for each in node]
    if not isinstance(node, dict):
        return node
    reference = node.get("$ref")
    rest = {word: _inline(each, definitions, inside) for word, each in node.items()
            if word not in ("$ref", "$defs")}  # fmt: skip
    if not isinstance(reference, str):
        return rest
    if reference in inside:
        return {**rest, "$ref": reference}
    named = definitions[reference.removeprefix("#/$defs/")]
    return {**_inline(named, definitions, inside | {reference}), **rest}


def variants(schema: Schema) -> tuple[Schema, ...]:
    """The alternatives of a schema, each of one type; constraints beside a union go into each."""
    for word in _UNIONS:
        if word in schema:
            beside = {k: v for k, v in schema.items() if k != word and k not in ANNOTATIONS}
            return tuple(v for each in schema[word] for v in variants({**each, **beside}))
    types = schema.get("type")
    if isinstance(types, list):
        return tuple({**schema, "type": each} for each in types)
    if types is None and "enum" in schema:
        return _by_type(schema, schema["enum"])
    if types is None and "const" in schema:
        return _by_type(schema, [schema["const"]])
    return (schema,)


def _by_type(schema: Schema, values: Iterable[object]) -> tuple[Schema, ...]:
    found: dict[str, list[object]] = {}
    for value in values:
        found.setdefault(_type(value), []).append(value)
    rest = {word: each for word, each in schema.items() if word not in ("enum", "const")}
    return tuple({**rest, "type": name, "enum": each} for name, each in found.items())


def _type(value: object) -> str:
    names = {bool: "boolean", int: "integer", float: "number", str: "string", type(None): "null"}
    return names.get(type(value), "object" if isinstance(value, dict) else "array")


def kind(schema: Schema) -> tuple[object, object]:
    """What makes two schemas comparable: their type, and the format that says what it stands for.

    An integer is no number here, though JSON Schema has it so: a consumer with types tells them
    apart.
    """
    return schema.get("type"), schema.get("format")


def described(schema: Schema) -> str:
    """The kind in words."""
    named, form = kind(schema)
    return f"{named or 'anything'} ({form})" if form else str(named or "anything")
