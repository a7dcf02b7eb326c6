"""An event that has changed: every version that ever was is still read, as the newest."""

import json
from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any, ClassVar, Literal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import Field

from events.codec import decode, parse
from events.contracts.export import schema
from events.errors import Undecodable
from events.routes import Route
from schemas.base import Event
from schemas.catalog import EVENTS
from schemas.upcasting import BrokenChain, Fields, check_chain, upcast


class FirstEstimate(Event):
    """How the estimate began: one amount, in dollars unless said otherwise."""

    type: ClassVar[str] = "cost.estimated"

    service: str
    monthly: float = Field(ge=0)
    currency: Literal["USD", "EUR"] = "USD"


class SecondEstimate(Event):
    """Then it counted cents."""

    type: ClassVar[str] = "cost.estimated"

    service: str
    monthly_cents: int = Field(ge=0)
    currency: Literal["USD", "EUR"] = "USD"


def in_cents(fields: Fields) -> Fields:
    rest = {name: value for name, value in fields.items() if name != "monthly"}
    return {**rest, "monthly_cents": round(float(fields["monthly"]) * 100)}


def with_lines(fields: Fields) -> Fields:
    rest = {name: fields[name] for name in fields if name not in ("monthly_cents", "currency")}
    currency = fields.get("currency", "USD")
    return {**rest, "lines": [{"cents": fields["monthly_cents"], "currency": currency}]}


class CostEstimated(Event):
    """Now it lists what it adds up."""

    type: ClassVar[str] = "cost.estimated"
    schema_version: ClassVar[int] = 3
    upcasters: ClassVar[Mapping[int, Callable[[Fields], Fields]]] = MappingProxyType(
        {1: in_cents, 2: with_lines}
    )

    service: str
    lines: tuple[dict[str, int | str], ...] = Field(min_length=1)


ROUTE = Route(event=CostEstimated, worker="reporter", ordered_by=None)
NEWEST = CostEstimated(service="users", lines=({"cents": 1250, "currency": "USD"},))
SAID = {
    1: {"service": "users", "monthly": 12.5},
    2: {"service": "users", "monthly_cents": 1250},
    3: {"service": "users", "lines": [{"cents": 1250, "currency": "USD"}]},
}


def body(detail: Any, version: object = None) -> str:
    metadata = {} if version is None else {"metadata": {"version": version}}
    outer = {"id": "e1", "source": "me", "detail-type": "cost.estimated"}
    return json.dumps({**outer, "detail": {**detail, **metadata}})


@pytest.mark.parametrize("version", SAID)
def test_every_version_is_read_as_the_newest(version: int) -> None:
    assert decode(body(SAID[version], version), ROUTE).event == NEWEST


def test_an_event_that_says_no_version_is_of_the_first() -> None:
    assert decode(body(SAID[1]), ROUTE).event == NEWEST
    with pytest.raises(Undecodable):
        decode(body(SAID[3]), ROUTE)


def test_what_is_parsed_without_a_version_is_of_the_newest() -> None:
    assert parse(CostEstimated, SAID[3]) == NEWEST


@pytest.mark.parametrize("version", [0, 4, 10**9, -1, True, "1", 1.0, None, [1]])
def test_a_version_that_never_was_is_refused(version: object) -> None:
    with pytest.raises(Undecodable, match="is not one of 1 to 3"):
        detail = {**SAID[3], "metadata": {"version": version}}
        decode(body(detail), ROUTE)


def test_upcasting_leaves_what_it_was_given_as_it_was() -> None:
    before = json.dumps(SAID)

    for version, fields in SAID.items():
        upcast(fields, version, CostEstimated.upcasters)

    assert json.dumps(SAID) == before


def test_a_misfit_of_an_older_version_says_both_versions_and_the_new_path() -> None:
    with pytest.raises(Undecodable) as caught:
        decode(body({"service": 7, "monthly_cents": 5}, 2), ROUTE)

    assert caught.value.reason == "cost.estimated of version 2 does not fit version 3"
    assert caught.value.schema_version == 2
    assert [path for path, _ in caught.value.fields] == ["service"]


@pytest.mark.parametrize(
    "fields", [{}, {"monthly": "sk-SECRET"}, {"monthly": None}, {"monthly": 1e400}, {"monthly": []}]
)
def test_what_an_upcaster_cannot_read_is_undecodable_and_not_repeated(
    fields: dict[str, object],
) -> None:
    with pytest.raises(Undecodable) as caught:
        parse(CostEstimated, {"service": "users", **fields}, 1)

    assert "of version 1 does not fit version 3" in caught.value.reason
    assert "SECRET" not in str(caught.value)


@given(
    detail=st.dictionaries(
        st.sampled_from(["service", "monthly", "monthly_cents", "currency", "lines"]),
        st.recursive(st.none() | st.booleans() | st.floats() | st.text(), st.lists, max_leaves=3),
    ),
    version=st.sampled_from([1, 2, 3]),
)
def test_no_fields_of_any_version_make_anything_else_than_undecodable(
    detail: dict[str, Any], version: int
) -> None:
    try:
        event = parse(CostEstimated, detail, version)
    except Undecodable:
        return
    assert isinstance(event, CostEstimated)


@pytest.mark.parametrize(("version", "model"), [(1, FirstEstimate), (2, SecondEstimate)])
@given(data=st.data())
def test_every_instance_of_an_older_schema_is_accepted(
    version: int, model: type[Event], instances: Callable[..., Any], data: st.DataObject
) -> None:
    drawn = data.draw(instances(schema(model)).filter(lambda each: each.get("monthly", 0) < 1e290))

    assert decode(body(drawn, version), ROUTE).event.type == "cost.estimated"


@pytest.mark.parametrize(
    ("version", "links"),
    [(2, ()), (3, (1,)), (3, (2,)), (3, (1, 3)), (1, (1,)), (2, (0, 1)), (0, ()), (-1, ())],
)
def test_a_chain_with_a_hole_is_refused(version: int, links: tuple[int, ...]) -> None:
    with pytest.raises(BrokenChain):
        check_chain("cost.estimated", version, dict.fromkeys(links, in_cents))


def test_an_event_with_a_missing_link_cannot_even_be_defined() -> None:
    with pytest.raises(BrokenChain, match=r"cost.estimated is at schema version 3.*from: 2"):

        class _Torn(Event):
            type: ClassVar[str] = "cost.estimated"
            schema_version: ClassVar[int] = 3
            upcasters: ClassVar = MappingProxyType({1: in_cents})


@pytest.mark.parametrize("event", EVENTS, ids=lambda event: event.type)
def test_the_catalog_has_a_whole_chain_for_each_event(event: type[Event]) -> None:
    check_chain(event.type, event.schema_version, event.upcasters)
