"""Values that a JSON Schema takes, drawn from it alone: an older version has no model any more."""

from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import strategies as st

from events.contracts.variants import inlined, variants

Schema = dict[str, Any]
Instances = Callable[[Schema], st.SearchStrategy[Any]]

TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=30)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**60), 2**60) | TEXT,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXT, inner, max_size=3),
    max_leaves=5,
)
# Hypothesis draws long exact repetitions slowly.
KEYS = st.binary(min_size=32, max_size=32).map(lambda b: f"artifacts/{b.hex()}.tar.gz")


@pytest.fixture(scope="session")
def instances() -> Instances:
    """The strategy of a schema's instances."""
    return lambda schema: _any_of(inlined(schema))


def _any_of(schema: Schema) -> st.SearchStrategy[Any]:
    return st.one_of([_of_one(each) for each in variants(schema)])


def _of_one(schema: Schema) -> st.SearchStrategy[Any]:
    if "const" in schema:
        return st.just(schema["const"])
    if "enum" in schema:
        return st.sampled_from(schema["enum"])
    drawn = {
        None: lambda _: JSON,
        "null": lambda _: st.none(),
        "boolean": lambda _: st.booleans(),
        "integer": _integers,
        "number": _numbers,
        "string": _strings,
        "array": _arrays,
        "object": _objects,
    }
    return drawn[schema.get("type")](schema)


def _integers(schema: Schema) -> st.SearchStrategy[int]:
    below = schema.get("exclusiveMaximum", 2**53 + 1)
    return st.integers(schema.get("minimum", -(2**53)), schema.get("maximum", below - 1))


def _numbers(schema: Schema) -> st.SearchStrategy[float]:
    above = schema.get("exclusiveMinimum")
    return st.floats(
        schema.get("minimum") if above is None else above,
        schema.get("maximum", 1e300),
        exclude_min=above is not None,
        allow_nan=False,
        allow_infinity=False,
    )


def _strings(schema: Schema) -> st.SearchStrategy[str]:
    pattern = schema.get("pattern")
    shortest, longest = schema.get("minLength", 0), schema.get("maxLength", 10_000)
    drawn = st.from_regex(pattern, fullmatch=True) if pattern else TEXT
    if pattern and pattern.startswith("^artifacts/"):
        drawn = KEYS
    return drawn.filter(lambda text: shortest <= len(text) <= longest and text[-1:] != "\n")


def _arrays(schema: Schema) -> st.SearchStrategy[list[Any]]:
    shortest = schema.get("minItems", 0)
    return st.lists(_any_of(schema.get("items", {})), min_size=shortest, max_size=max(shortest, 3))


def _objects(schema: Schema) -> st.SearchStrategy[dict[str, Any]]:
    fields = {name: _any_of(each) for name, each in schema.get("properties", {}).items()}
    if not fields:
        return st.dictionaries(TEXT, _any_of(schema.get("additionalProperties", {})), max_size=3)
    required = schema.get("required", ())
    return st.fixed_dictionaries(
        {name: each for name, each in fields.items() if name in required},
        optional={name: each for name, each in fields.items() if name not in required},
    )
