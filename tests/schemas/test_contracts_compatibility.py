"""What may change under a version, and what needs a new one: both directions, one table each."""

from collections.abc import Callable
from typing import Annotated, Any, Literal

import jsonschema
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import BaseModel, Field, create_model

from events.contracts.compatibility import Break, breaks
from events.contracts.export import schema
from schemas.base import Event, Value
from schemas.catalog import EVENTS

Fields = dict[str, Any]
Color = Literal["red", "green"]
Colors = Literal["red", "green", "blue"]
Name = Annotated[str, Field(pattern="^[a-z]+$")]
OTHER_NAME = Annotated[str, Field(pattern="^[a-z0-9]+$")]


def model(base: type[BaseModel] = Value, /, **fields: Any) -> Any:
    return create_model("Made", __base__=base, **fields)


def event(**fields: Any) -> dict[str, Any]:
    """The exported schema of an event with these fields."""
    made = model(Event, **fields)
    made.type = "test.made"
    return schema(made)


def items(**fields: Any) -> Fields:
    """The fields inside of a list inside of a model."""
    return {"box": (model(things=(tuple[model(**fields), ...], ...)), ...)}


# What is refused: the fields before, the fields after, the field and the kind of what breaks.
REFUSED: dict[str, tuple[Fields, Fields, str, str]] = {
    "a required field is removed": ({"a": (str, ...)}, {}, "a", "removed field"),
    "an optional field is removed": ({"a": (str, "")}, {}, "a", "removed field"),
    "a field is renamed": (
        {"a": (str, "")},
        {"b": (str, "")},
        "a",
        "removed field",
    ),
    "a field is retyped": ({"a": (str, ...)}, {"a": (int, ...)}, "a", "retyped field"),
    "an integer becomes a number": ({"a": (int, ...)}, {"a": (float, ...)}, "a", "retyped field"),
    "a number becomes an integer": ({"a": (float, ...)}, {"a": (int, ...)}, "a", "retyped field"),
    "a value becomes a list of it": (
        {"a": (str, ...)},
        {"a": (tuple[str, ...], ...)},
        "a",
        "retyped field",
    ),
    "an optional field is retyped": (
        {"a": (str | None, None)},
        {"a": (int | None, None)},
        "a",
        "retyped field",
    ),
    "a list's items are retyped": (
        {"a": (tuple[str, ...], ())},
        {"a": (tuple[int, ...], ())},
        "a[]",
        "retyped field",
    ),
    "a mapping's values are retyped": (
        {"a": (dict[str, str], ...)},
        {"a": (dict[str, int], ...)},
        "a.*",
        "retyped field",
    ),
    "anything becomes a text": ({"a": (Any, ...)}, {"a": (str, ...)}, "a", "retyped field"),
    "a new field is required": ({}, {"a": (str, ...)}, "a", "new required field"),
    "a choice is gone": ({"a": (Colors, ...)}, {"a": (Color, ...)}, "a", "narrowed choice"),
    "the last but one choice is gone": (
        {"a": (Color, ...)},
        {"a": (Literal["red"], ...)},
        "a",
        "narrowed choice",
    ),
    "one choice is replaced": (
        {"a": (Color, ...)},
        {"a": (Literal["red", "lime"], ...)},
        "a",
        "narrowed choice",
    ),
    "a free text becomes a choice": (
        {"a": (str, ...)},
        {"a": (Color, ...)},
        "a",
        "narrowed choice",
    ),
    "true is no longer taken": (
        {"a": (bool, ...)},
        {"a": (Literal[False], ...)},
        "a",
        "narrowed choice",
    ),
    "a text gets a pattern": ({"a": (str, ...)}, {"a": (Name, ...)}, "a", "narrowed choice"),
    "a pattern changes": ({"a": (Name, ...)}, {"a": (OTHER_NAME, ...)}, "a", "narrowed choice"),
    "a text gets shorter": (
        {"a": (str, Field(max_length=9))},
        {"a": (str, Field(max_length=8))},
        "a",
        "narrowed choice",
    ),
    "a text gets a limit": (
        {"a": (str, ...)},
        {"a": (str, Field(max_length=10**6))},
        "a",
        "narrowed choice",
    ),
    "a text may not be empty": (
        {"a": (str, ...)},
        {"a": (str, Field(min_length=1))},
        "a",
        "narrowed choice",
    ),
    "a list may not be empty": (
        {"a": (tuple[str, ...], ...)},
        {"a": (tuple[str, ...], Field(min_length=1))},
        "a",
        "narrowed choice",
    ),
    "a number gets a floor": (
        {"a": (int, ...)},
        {"a": (int, Field(ge=-(10**9)))},
        "a",
        "narrowed choice",
    ),
    "a floor rises": ({"a": (int, Field(ge=0))}, {"a": (int, Field(ge=1))}, "a", "narrowed choice"),
    "a floor is no longer included": (
        {"a": (float, Field(ge=0))},
        {"a": (float, Field(gt=0))},
        "a",
        "narrowed choice",
    ),
    "a ceiling sinks": (
        {"a": (int, Field(le=9))},
        {"a": (int, Field(le=8))},
        "a",
        "narrowed choice",
    ),
    "a ceiling is no longer included": (
        {"a": (float, Field(le=9))},
        {"a": (float, Field(lt=9))},
        "a",
        "narrowed choice",
    ),
    "a number gets a step": (
        {"a": (int, ...)},
        {"a": (int, Field(multiple_of=2))},
        "a",
        "narrowed choice",
    ),
    "an optional field is required": (
        {"a": (str, "")},
        {"a": (str, ...)},
        "a",
        "narrowed choice",
    ),
    "a union loses a type": (
        {"a": (str | int, ...)},
        {"a": (str, ...)},
        "a",
        "narrowed choice",
    ),
    "a union loses null": (
        {"a": (str | None, None)},
        {"a": (str, "")},
        "a",
        "narrowed choice",
    ),
    "a branch of a union narrows": (
        {"a": (Colors | None, None)},
        {"a": (Color | None, None)},
        "a",
        "narrowed choice",
    ),
    "a default changes": ({"a": (int, 1)}, {"a": (int, 2)}, "a", "changed default"),
    "a default of 1 becomes true": (
        {"a": (int | bool, 1)},
        {"a": (int | bool, True)},
        "a",
        "changed default",
    ),
    "a default loses an entry": (
        {"a": (dict[str, int], {"b": 1, "c": 2})},
        {"a": (dict[str, int], {"b": 1})},
        "a",
        "changed default",
    ),
    "a nested field is removed": (
        items(a=(str, ""), b=(str, "")),
        items(b=(str, "")),
        "box.things[].a",
        "removed field",
    ),
    "a nested field is retyped": (
        items(a=(str, "")),
        items(a=(int, 0)),
        "box.things[].a",
        "retyped field",
    ),
    "a nested field is new and required": (
        items(b=(str, "")),
        items(a=(str, ...), b=(str, "")),
        "box.things[].a",
        "new required field",
    ),
    "a nested choice narrows": (
        items(a=(Colors, ...)),
        items(a=(Color, ...)),
        "box.things[].a",
        "narrowed choice",
    ),
    "a nested default changes": (
        items(a=(str, "")),
        items(a=(str, "x")),
        "box.things[].a",
        "changed default",
    ),
    "a model in a union loses a field": (
        {"a": (model(b=(str, ""), c=(int, 0)) | None, None)},
        {"a": (model(b=(str, "")) | None, None)},
        "a.c",
        "removed field",
    ),
}

# What is allowed: every old event is still an event, and what older consumers know is still there.
ALLOWED: dict[str, tuple[Fields, Fields]] = {
    "nothing changes": (items(a=(Color, ...)), items(a=(Color, ...))),
    "an optional field is added": ({}, {"a": (str, "")}),
    "a nested optional field is added": (items(b=(str, "")), items(a=(str, ""), b=(str, ""))),
    "a field is added to a model that is a default": (
        {"a": (model(b=(str, "")), model(b=(str, ""))())},
        {"a": (model(b=(str, ""), c=(int, 0)), model(b=(str, ""), c=(int, 0))())},
    ),
    "fields change places": (
        {"a": (str, ...), "b": (str, ...)},
        {"b": (str, ...), "a": (str, ...)},
    ),
    "a model is named otherwise": (
        {"a": (create_model("One", __base__=Value, b=(str, "")), ...)},
        {"a": (create_model("Two", __base__=Value, b=(str, "")), ...)},
    ),
    "a description changes": (
        {"a": (str, Field(description="one"))},
        {"a": (str, Field(description="two", examples=["x"]))},
    ),
    "a choice is added": ({"a": (Color, ...)}, {"a": (Colors, ...)}),
    "the only choice is joined by another": (
        {"a": (Literal["red"], ...)},
        {"a": (Color, ...)},
    ),
    "a choice becomes a free text": ({"a": (Color, ...)}, {"a": (str, ...)}),
    "a pattern is dropped": ({"a": (Name, ...)}, {"a": (str, ...)}),
    "a text may be longer": (
        {"a": (str, Field(min_length=1, max_length=8))},
        {"a": (str, Field(max_length=9))},
    ),
    "a floor sinks and a ceiling rises": (
        {"a": (int, Field(ge=1, le=8))},
        {"a": (int, Field(ge=0, le=9))},
    ),
    "a floor is included now": ({"a": (float, Field(gt=0))}, {"a": (float, Field(ge=0))}),
    "bounds are dropped": ({"a": (int, Field(ge=1, lt=8))}, {"a": (int, ...)}),
    "a step is dropped": ({"a": (int, Field(multiple_of=1))}, {"a": (int, ...)}),
    "a required field may be left out": ({"a": (str, ...)}, {"a": (str, "")}),
    "a field may be null as well": ({"a": (str, ...)}, {"a": (str | None, ...)}),
    "a union gains a type": ({"a": (str | int, ...)}, {"a": (str | int | bool, ...)}),
    "a union is told in another order": ({"a": (str | int, ...)}, {"a": (int | str, ...)}),
    "one of two models gains a field": (
        {"a": (model(b=(str, ...)) | model(c=(str, ...)), ...)},
        {"a": (model(c=(str, ...)) | model(b=(str, ...), d=(str, "")), ...)},
    ),
    "choices of several types become free": (
        {"a": (Literal["red", 1], ...)},
        {"a": (str | int, ...)},
    ),
    "a branch of a union widens": (
        {"a": (Color | None, None)},
        {"a": (Colors | None, None)},
    ),
}


@pytest.mark.parametrize("row", REFUSED.values(), ids=REFUSED.keys())
def test_what_breaks_is_named_by_field_and_kind(row: tuple[Fields, Fields, str, str]) -> None:
    before, after, field, kind = row

    found = breaks(event(**before), event(**after))

    assert [(each.field, each.kind) for each in found] == [(field, kind)]


@pytest.mark.parametrize("row", ALLOWED.values(), ids=ALLOWED.keys())
def test_what_widens_is_allowed(row: tuple[Fields, Fields]) -> None:
    before, after = row

    assert breaks(event(**before), event(**after)) == ()


@pytest.mark.parametrize("row", ALLOWED.values(), ids=ALLOWED.keys())
@settings(max_examples=20)
@given(data=st.data())
def test_an_old_event_fits_every_schema_that_is_allowed(
    row: tuple[Fields, Fields], instances: Callable[..., Any], data: st.DataObject
) -> None:
    before, after = (event(**fields) for fields in row)

    drawn = data.draw(instances(before))

    jsonschema.Draft202012Validator(before).validate(drawn)
    jsonschema.Draft202012Validator(after).validate(drawn)


@pytest.mark.parametrize("each", EVENTS, ids=lambda each: each.type)
def test_an_event_may_replace_itself(each: type[Event]) -> None:
    assert breaks(schema(each), schema(each)) == ()


def test_every_break_of_a_change_is_told_at_once() -> None:
    before = event(a=(str, ...), b=(Colors, ...), c=(int, 1))
    after = event(b=(Color, ...), c=(int, 2), d=(str, ...))

    assert [(each.field, each.kind) for each in breaks(before, after)] == [
        ("a", "removed field"),
        ("b", "narrowed choice"),
        ("c", "changed default"),
        ("d", "new required field"),
    ]


@pytest.mark.parametrize(
    ("before", "after", "detail"),
    [
        (
            {"a": (Colors, ...)},
            {"a": (Color, ...)},
            'a: narrowed choice: "blue" is no longer taken',
        ),
        (
            {"a": (str, Field(max_length=9))},
            {"a": (str, Field(max_length=8))},
            "a: narrowed choice: maxLength 9 -> 8",
        ),
        ({"a": (int, 1)}, {"a": (int, 2)}, "a: changed default: 1 -> 2"),
        ({"a": (int, ...)}, {"a": (str, ...)}, "a: retyped field: integer became string"),
    ],
)
def test_a_break_says_what_was_and_what_is(before: Fields, after: Fields, detail: str) -> None:
    assert [str(each) for each in breaks(event(**before), event(**after))] == [detail]


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ({}, {"a": {"if": {"type": "string"}}}),
        ({"a": {"prefixItems": [{"type": "string"}]}}, {"a": {"prefixItems": [{}]}}),
        ({"a": {"not": {"const": 1}}}, {"a": {"not": {"type": "integer"}}}),
        ({"a": {"unheardOf": 1}}, {"a": {}}),
        ({"a": {"additionalProperties": True}}, {"a": {"additionalProperties": False}}),
    ],
)
def test_what_cannot_be_compared_counts_as_narrower(before: Fields, after: Fields) -> None:
    old, new = ({"type": "object", "properties": {"a": {}, **each}} for each in (before, after))

    assert [each.kind for each in breaks(old, new)] == ["narrowed choice"]


def test_a_constraint_beside_a_union_is_seen() -> None:
    either = {"anyOf": [{"type": "string"}, {"type": "integer"}]}

    assert {each.kind for each in breaks(either, {**either, "maxLength": 3})} == {"narrowed choice"}
    assert breaks({**either, "maxLength": 3}, either) == ()


def test_a_model_that_holds_itself_is_compared_as_deep_as_it_was_written() -> None:
    def tree(leaf: dict[str, Any]) -> dict[str, Any]:
        node = {"type": "object", "properties": {"next": {"$ref": "#/$defs/Node"}, "leaf": leaf}}
        return {"$ref": "#/$defs/Node", "$defs": {"Node": node}}

    assert breaks(tree({"type": "string"}), tree({"type": "string"})) == ()
    assert breaks(tree({"type": "string"}), tree({"type": "null"})) == (
        Break("leaf", "retyped field", "string became null"),
    )
