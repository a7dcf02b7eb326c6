"""What goes onto the wire comes back, and what is not an event of the route is refused."""

import json
import types
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from functools import lru_cache
from typing import Annotated, Any, Literal, Union, get_args, get_origin

import annotated_types
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from pydantic import BaseModel, JsonValue, StringConstraints, ValidationError
from pydantic.fields import FieldInfo

from events.codec import ENTRY_LIMIT, decode, entry, entry_size, parse
from events.errors import Oversized, Undecodable, Untrusted
from events.routes import ROUTES, Route, source
from events.topology import producers
from schemas.base import Event
from schemas.catalog import EVENTS
from schemas.deployment import DeploymentCompleted
from schemas.envelope import Envelope
from schemas.task import TaskCreated
from schemas.workflow import WorkflowFailed

NOON = datetime(2026, 11, 2, 12, tzinfo=UTC)
TRACE = "Root=1-65000000-000000000000000000000001;Parent=0000000000000002;Sampled=1"
OPEN = Route(event=TaskCreated, worker="codegen")
TRUSTING = Route(event=DeploymentCompleted, worker="conductor", trusts=("deployment",))
TASK = {
    "service_name": "user-service",
    "workflow_id": "wf-1",
    "task_id": "task-1",
    "agent": "codegen",
}

# Nobody, one of our workers that publishes nothing at all, and one that is none of ours.
STRANGERS = ("me", source("notifier"), source("nobody"))

# Texts as people write them, and as nobody does; no lone surrogates, which UTF-8 can't carry.
TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=30)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**60), 2**60) | TEXT,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXT, inner, max_size=3),
    max_leaves=5,
)
TIMES = st.datetimes(
    min_value=datetime(1970, 1, 1),
    max_value=datetime(2100, 1, 1),
    timezones=st.sampled_from([UTC, timezone(timedelta(hours=5, minutes=30))]),
)


@lru_cache
def models(model: type[BaseModel]) -> st.SearchStrategy[Any]:
    """Instances of a pydantic model; what only its validators refuse is drawn again."""
    fields = {name: _field(field) for name, field in model.model_fields.items()}

    @st.composite
    def drawn(draw: st.DrawFn) -> Any:
        values = {name: draw(strategy) for name, strategy in fields.items()}
        try:
            return model(**values)
        except ValidationError:
            assume(False)

    return drawn()


def _field(field: FieldInfo) -> st.SearchStrategy[Any]:
    return _values(field.annotation, field.metadata)


def _values(wanted: Any, limits: list[Any]) -> st.SearchStrategy[Any]:
    origin, inside = get_origin(wanted), get_args(wanted)
    if origin is Annotated:
        return _values(inside[0], [*inside[1:], *limits])
    if origin is Literal:
        return st.sampled_from(inside)
    if origin in (Union, types.UnionType):
        return st.one_of([_values(each, limits) for each in inside])
    if origin is tuple:
        sizes = {"min_size": _limit(limits, "min_length", 0), "max_size": 3}
        return st.lists(_values(inside[0], []), **sizes).map(tuple)
    if origin is dict:
        values = JSON if inside[1] == JsonValue else _values(inside[1], [])
        return st.dictionaries(TEXT, values, max_size=3)
    return _plain(wanted, limits)


def _plain(wanted: Any, limits: list[Any]) -> st.SearchStrategy[Any]:
    if wanted is type(None):
        return st.none()
    if wanted is bool:
        return st.booleans()
    if wanted is int:
        low = _limit(limits, "ge", 0)
        return st.integers(low, _limit(limits, "le", 2**53))
    if wanted is float:
        low = _limit(limits, "ge", None)
        above = _limit(limits, "gt", None)
        return st.floats(
            low if above is None else above,
            _limit(limits, "le", 1e300),
            exclude_min=above is not None,
            allow_nan=False,
            allow_infinity=False,
        )
    if wanted is str:
        return _text(limits)
    if isinstance(wanted, type) and issubclass(wanted, BaseModel):
        return models(wanted)
    raise TypeError(f"no strategy for {wanted!r}: teach it to this test")


def _text(limits: list[Any]) -> st.SearchStrategy[str]:
    pattern = _limit(limits, "pattern", None)
    longest, shortest = _limit(limits, "max_length", 10_000), _limit(limits, "min_length", 0)
    drawn = st.from_regex(pattern, fullmatch=True) if pattern else TEXT
    if pattern and pattern.startswith("^artifacts/"):
        drawn = st.binary(min_size=32, max_size=32).map(lambda b: f"artifacts/{b.hex()}.tar.gz")
    return drawn.map(str.strip).filter(lambda text: shortest <= len(text) <= longest)


def _limit(limits: list[Any], name: str, default: Any) -> Any:
    for limit in limits:
        for each in limit if isinstance(limit, annotated_types.GroupedMetadata) else (limit,):
            if getattr(each, name, None) is not None:
                return getattr(each, name)
        if isinstance(limit, StringConstraints) and getattr(limit, name) is not None:
            return getattr(limit, name)
    return default


def delivered(made: Mapping[str, Any], event_id: str = "aws-id") -> str:
    """The body that EventBridge makes of an entry for a queue."""
    return json.dumps(
        {
            "version": "0",
            "id": event_id,
            "detail-type": made["DetailType"],
            "source": made["Source"],
            "account": "000000000000",
            "time": made["Time"],
            "region": "us-east-1",
            "resources": [],
            "detail": json.loads(made["Detail"]),
        }
    )


def body(detail: object = None, **outer: object) -> str:
    """A task.created as anybody may publish it."""
    made = {"id": "aws-id", "source": "me", "detail-type": "task.created", "time": "2026-11-02"}
    return json.dumps({**made, "detail": TASK if detail is None else detail, **outer})


@pytest.mark.parametrize("event_type", EVENTS, ids=lambda event: event.type)
@settings(max_examples=25)
@given(data=st.data())
def test_every_event_of_the_catalog_survives_the_wire(
    event_type: type[Event], data: st.DataObject
) -> None:
    drawn = Envelope(
        id=data.draw(st.uuids().map(str)),
        source="",
        time=data.draw(TIMES),
        event=data.draw(models(event_type)),
        caused_by=data.draw(st.none() | st.uuids().map(str)),
        trace=data.draw(st.none() | st.just(TRACE)),
    )
    route = Route(event=event_type, worker="any")
    owners = producers(event_type.type)

    for sender in {*owners, *STRANGERS}:
        before = replace(drawn, source=sender)
        after = decode(delivered(entry(before)), route)
        assert replace(after, id=before.id) == before
        # Who publishes such events keeps the id; anybody else gets one that is theirs alone.
        assert (after.id == before.id) is (sender in owners)
        assert after.id != "aws-id"


def test_an_entry_holds_the_fields_flat_and_nothing_else_but_metadata() -> None:
    event = WorkflowFailed(workflow_id="wf-1", reason="no")
    made = entry(Envelope("e1", source("planner"), NOON, event, caused_by="e0", trace=TRACE))

    assert json.loads(made["Detail"]) == {
        "workflow_id": "wf-1",
        "reason": "no",
        "requested_by": "unknown",
        "missing": [],
        "metadata": {"id": "e1", "version": 1, "caused_by": "e0", "trace": TRACE},
    }
    assert made["TraceHeader"] == TRACE
    assert all(type(value) is str for value in made.values())


def test_a_plain_event_from_outside_needs_no_metadata() -> None:
    envelope = decode(body(source="me"), OPEN)

    assert envelope.event == TaskCreated.model_validate(TASK)
    assert (envelope.id, envelope.source) == ("aws-id", "me")
    assert (envelope.caused_by, envelope.trace) == (None, None)


def test_fields_of_a_newer_producer_are_dropped() -> None:
    newer = {**TASK, "colour": "blue", "metadata": {"id": "x", "shade": ["dark"]}}

    assert decode(body(newer), OPEN).event == TaskCreated.model_validate(TASK)


@pytest.mark.parametrize("outsider", [*STRANGERS, source("tester"), "flotilla.cli"])
def test_an_outsider_cannot_take_the_id_of_one_of_ours(outsider: str) -> None:
    ours = decode(body({**TASK, "metadata": {"id": "e1"}}, source=source("conductor")), OPEN)
    theirs = decode(body({**TASK, "metadata": {"id": "e1"}}, source=outsider), OPEN)

    assert ours.id == "e1"
    assert theirs.id != ours.id


@given(
    one=st.tuples(TEXT.filter(bool), TEXT.filter(bool)),
    other=st.tuples(TEXT.filter(bool), TEXT.filter(bool)),
)
def test_two_outsiders_share_an_id_only_if_source_and_id_are_equal(
    one: tuple[str, str], other: tuple[str, str]
) -> None:
    ids = [
        decode(body({**TASK, "metadata": {"id": given_id}}, source=name), OPEN).id
        for name, given_id in (one, other)
    ]

    assert (ids[0] == ids[1]) is (one == other)


def test_a_separator_in_a_source_makes_no_two_outsiders_equal() -> None:
    one = decode(body({**TASK, "metadata": {"id": "b:c"}}, source="a"), OPEN)
    other = decode(body({**TASK, "metadata": {"id": "c"}}, source="a:b"), OPEN)

    assert one.id != other.id


def test_the_same_outside_event_has_the_same_id_on_every_delivery() -> None:
    given_id = {**TASK, "metadata": {"id": "mine"}}

    first, second = (decode(body(given_id, id=aws), OPEN).id for aws in ("aws-1", "aws-2"))

    assert first == second


@pytest.mark.parametrize("given_id", [7, None, "", "x" * 501, ["e1"], {}])
def test_an_id_that_is_none_is_replaced_by_the_delivered_one(given_id: object) -> None:
    assert decode(body({**TASK, "metadata": {"id": given_id}}), OPEN).id == "aws-id"


def completed(**outer: object) -> str:
    detail = {
        "deployment_id": "d1",
        "workflow_id": "wf-1",
        "service_name": "user-service",
        "environment": "staging",
        "version": "1",
        "duration_seconds": 1.5,
        "endpoint": "http://127.0.0.1:1",
    }
    made = {"id": "aws-id", "source": source("deployment"), "detail-type": "deployment.completed"}
    return json.dumps({**made, "detail": detail, **outer})


def test_a_source_that_owns_the_event_is_believed() -> None:
    assert decode(completed(), TRUSTING).source == source("deployment")


@pytest.mark.parametrize(
    "forger",
    ["me", source("tester"), "deployment", source("deployment") + " ", source("Deployment")],
)
def test_a_forged_event_names_who_may_say_it(forger: str) -> None:
    with pytest.raises(Untrusted) as caught:
        decode(completed(source=forger), TRUSTING)

    assert caught.value == Untrusted(forger, "deployment.completed", (source("deployment"),))


def test_a_forged_event_is_untrusted_even_if_its_fields_are_wrong() -> None:
    with pytest.raises(Untrusted):
        decode(completed(source="me", detail={}), TRUSTING)


MALFORMED = {
    "empty": "",
    "not JSON": "{'id': 1}",
    "cut off": body()[:-1],
    "followed by more": body() + "x",
    "not UTF-8": b"\xff\xfe{}",
    "null": "null",
    "a number": "12",
    "an array": "[]",
    "a string": '"task.created"',
    "NaN in a field": body().replace('"task-1"', "NaN"),
    "infinity in a field nobody reads": body().replace('"aws-id"', '"aws-id", "x": -Infinity'),
    "a lone surrogate in an id": body({**TASK, "metadata": {"id": "\ud800"}}),
    "a lone surrogate in a field": body({**TASK, "title": "\udfff"}),
    "a raw lone surrogate": '{"detail-type": "\ud800"}',
    "arrays a thousand deep": body().replace('"me"', '"me", "x": ' + "[" * 1000 + "]" * 1000),
    "arrays 995 deep": body().replace('"me"', '"me", "x": ' + "[" * 995 + "]" * 995),
    "arrays without end": "[" * 1_000_000,
    "objects without end": '{"detail":' * 100_000,
    "a number of 5,000 digits": body({**TASK, "priority": 1}).replace("1}", "1" * 5000 + "}"),
    "no detail type": body(**{"detail-type": None}),
    "a detail type that is a list": body(**{"detail-type": ["task.created"]}),
    "another event": body(**{"detail-type": "task.failed"}),
    "no source": body(source=None),
    "an empty source": body(source=""),
    "a source that is a number": body(source=7),
    "no detail": json.dumps({"id": "1", "source": "me", "detail-type": "task.created"}),
    "detail as a string": body(json.dumps(TASK)),
    "detail as an array": body([TASK]),
    "detail null": json.dumps({"source": "me", "detail-type": "task.created", "detail": None}),
    "no id at all": body(id=None),
    "an id that is an object": body(id={}),
    "an empty detail": body({}),
}


@pytest.mark.parametrize("malformed", MALFORMED.values(), ids=MALFORMED.keys())
def test_what_is_no_event_is_undecodable_and_says_why(malformed: str | bytes) -> None:
    with pytest.raises(Undecodable) as caught:
        decode(malformed, OPEN)

    assert caught.value.reason
    assert len(str(caught.value)) < 1000


@given(st.binary(max_size=200) | st.text(max_size=200) | JSON.map(json.dumps))
def test_no_bytes_at_all_make_anything_else_than_undecodable(anything: str | bytes) -> None:
    with pytest.raises(Undecodable):
        decode(anything, OPEN)


@given(detail=JSON, metadata=JSON)
def test_no_detail_makes_anything_else_than_undecodable(detail: Any, metadata: Any) -> None:
    mixed = {**TASK, **detail} if isinstance(detail, dict) else detail
    if isinstance(mixed, dict):
        mixed["metadata"] = metadata
    try:
        envelope = decode(body(mixed), OPEN)
    except Undecodable:
        return
    assert isinstance(envelope.event, TaskCreated)


@pytest.mark.parametrize("version", [True, False, 0, -1, 2, 10**100, 1.0, "1", None, [1], {}])
def test_a_version_outside_the_range_is_refused(version: object) -> None:
    with pytest.raises(Undecodable, match="schema version"):
        decode(body({**TASK, "metadata": {"version": version}}), OPEN)


@pytest.mark.parametrize("metadata", [None, 3, "x", [], {"version": 1}])
def test_metadata_that_says_no_version_means_the_first(metadata: object) -> None:
    assert decode(body({**TASK, "metadata": metadata}), OPEN).event.type == "task.created"


def test_every_wrong_field_is_named_by_its_path() -> None:
    wrong = {
        "workflow_id": "wf 1",
        "agent": "nobody",
        "task_id": "task-1",
        "buckets": [{"name": "ok"}, {"name": "../x"}],
        "priority": "high",
    }
    with pytest.raises(Undecodable) as caught:
        decode(body(wrong), OPEN)

    assert {path for path, _ in caught.value.fields} == {
        "service_name",
        "workflow_id",
        "agent",
        "buckets.1.name",
        "priority",
    }
    assert caught.value.event_type == "task.created"
    assert caught.value.schema_version == 1


def test_a_number_that_json_cannot_say_again_is_named_by_its_path() -> None:
    detail = json.loads(completed())["detail"]
    endless = json.dumps({**detail, "smoke": {"create": [{"a": 0}]}}).replace("0}", "1e400}")

    with pytest.raises(Undecodable) as caught:
        parse(DeploymentCompleted, json.loads(endless))

    assert caught.value.fields == (("smoke.create.0.a", "Input should be a finite number"),)


def test_a_wrong_value_is_not_repeated_in_the_reason() -> None:
    with pytest.raises(Undecodable) as caught:
        decode(body({**TASK, "service_name": "sk-ant-SECRET"}), OPEN)

    assert "sk-ant-SECRET" not in str(caught.value)


@pytest.mark.parametrize(
    "hostile",
    ["../../etc", "x" * 300, "User-Service", "user\nservice", "ünï", "🚢🚢", "a", "-a", "a--b", ""],
)
def test_a_hostile_service_name_is_refused_at_the_consumer_too(hostile: str) -> None:
    with pytest.raises(Undecodable) as caught:
        decode(body({**TASK, "service_name": hostile}), OPEN)

    assert [path for path, _ in caught.value.fields] == ["service_name"]


@pytest.mark.parametrize("when", [None, 7, "yesterday", "", "2026-13-45"])
def test_a_broken_time_never_fails_a_delivery(when: object) -> None:
    assert decode(body(time=when), OPEN).time.tzinfo is not None


def test_a_time_without_zone_is_utc() -> None:
    assert decode(body(time="2026-11-02T12:00:00"), OPEN).time == NOON


def failed(reason: str) -> Envelope:
    event = WorkflowFailed(workflow_id="w", reason=reason)
    return Envelope("e1", source("planner"), NOON, event)


def test_an_entry_is_measured_in_bytes_not_in_characters() -> None:
    room = ENTRY_LIMIT - entry_size(entry(failed("")))

    assert entry_size(entry(failed("é" * (room // 2)))) >= ENTRY_LIMIT - 1
    with pytest.raises(Oversized) as caught:
        entry(failed("é" * (room // 2 + 1)))
    assert caught.value.size > ENTRY_LIMIT


@given(TEXT)
def test_the_size_is_what_the_bytes_of_the_counted_fields_are(text: str) -> None:
    made = entry(failed(text))

    counted = (made["Source"] + made["DetailType"] + made["Detail"]).encode()
    assert entry_size(made) == len(counted) + 14


def test_every_route_decodes_its_own_event() -> None:
    for route in ROUTES:
        with pytest.raises((Undecodable, Untrusted)):
            decode("{}", route)
