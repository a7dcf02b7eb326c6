"""What stays of an event that is too large, what is left in the store, and how it comes back."""

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from events.claim_check import (
    CARRIED_LIMIT,
    PAYLOAD_LIMIT,
    ClaimCheck,
    claim_check,
    claim_check_of,
    detail_of,
    is_payload_key,
    payload_key,
    reduced,
    reduced_body,
    with_detail,
)
from events.codec import ENTRY_LIMIT, Entry, decode, entry, entry_size
from events.errors import Oversized, Undecodable, Untrusted
from events.routes import ROUTES, Route, source
from localstack.grouping import address
from schemas.envelope import Envelope
from schemas.task import TaskCreated
from schemas.workflow import WorkflowFailed

GOLDEN = Path(__file__).parents[1] / "schemas" / "golden"
DIGEST = "ab" * 32
GOOD = {"key": f"payloads/{DIGEST}", "sha256": DIGEST, "bytes": 7}
ROUTE = next(r for r in ROUTES if r.event is WorkflowFailed)
OPEN = next(r for r in ROUTES if r.event is TaskCreated and r.worker == "codegen")
TIME = datetime(2026, 11, 2, 12, tzinfo=UTC)
FILLER = "é" * (ENTRY_LIMIT // 2)


def task(**fields: Any) -> dict[str, Any]:
    golden: dict[str, Any] = json.loads((GOLDEN / "task.created.v1.json").read_text())["detail"]
    return {**golden, **fields}


def body(detail: object, *, route: Route = OPEN, sender: str = "me") -> str:
    """As EventBridge puts it into a queue."""
    outer = {"version": "0", "id": "aws-id", "detail-type": route.event.type, "source": sender}
    told = {**outer, "time": "2026-11-02T12:00:00Z", "region": "us-east-1", "detail": detail}
    return json.dumps(told, ensure_ascii=False)


def claiming(told: object, **fields: Any) -> str:
    return body({"workflow_id": "wf-1", **fields, "metadata": {"claim_check": told}})


def made(detail: dict[str, Any], event_type: str = "task.created") -> Entry:
    return {
        "Source": "me",
        "DetailType": event_type,
        "Detail": json.dumps(detail, ensure_ascii=False),
        "Time": "2026-11-02T12:00:00+00:00",
    }


@pytest.mark.parametrize("route", ROUTES, ids=lambda route: route.name)
def test_what_rules_filter_by_and_pipes_order_by_stays(route: Route) -> None:
    golden = json.loads((GOLDEN / f"{route.event.type}.v1.json").read_text())["detail"]
    whole = {**golden, **route.where, "filler": FILLER, "metadata": {"id": "e1", "trace": "t"}}
    before = made(whole, route.event.type)
    after = reduced(before, claim_check(before["Detail"].encode()))

    stayed = json.loads(after["Detail"])
    assert stayed["metadata"] == {
        "id": "e1",
        "trace": "t",
        "claim_check": {
            "key": payload_key(before["Detail"].encode()),
            "sha256": payload_key(before["Detail"].encode()).removeprefix("payloads/"),
            "bytes": len(before["Detail"].encode()),
        },
    }
    assert route.where.items() <= stayed.items()
    assert address(body(stayed), "m", route.ordered_by) == address(
        body(whole), "m", route.ordered_by
    )
    assert {n: after[n] for n in after if n != "Detail"} == {
        n: before[n] for n in before if n != "Detail"
    }
    assert entry_size(after) < 4096


def test_an_event_that_travelled_by_claim_check_is_the_one_that_was_sent() -> None:
    event = WorkflowFailed.model_validate(
        json.loads((GOLDEN / "workflow.failed.v1.json").read_text())["detail"]
    ).model_copy(update={"reason": FILLER})
    sent = Envelope(
        id="e1",
        source=source("planner"),
        time=TIME,
        event=event,
        caused_by="e0",
        trace="Root=1",
    )
    rendered = entry(sent, limit=None)
    content = rendered["Detail"].encode()
    small = reduced(rendered, claim_check(content))
    arrived = body(json.loads(small["Detail"]), route=ROUTE, sender=sent.source)

    claim = claim_check_of(arrived, ROUTE)

    assert claim == claim_check(content)
    assert decode(with_detail(arrived, content), ROUTE).event == event
    assert decode(with_detail(arrived, content), ROUTE).id == "e1"
    assert decode(with_detail(arrived, content), ROUTE).trace == "Root=1"


def test_size_is_counted_in_bytes_and_not_in_characters() -> None:
    event = WorkflowFailed.model_validate(
        json.loads((GOLDEN / "workflow.failed.v1.json").read_text())["detail"]
    )
    bare = Envelope(id="e1", source=source("planner"), time=TIME, event=event)

    def sized(reason: str) -> Envelope:
        changed = event.model_copy(update={"reason": reason})
        return Envelope(id="e1", source=bare.source, time=bare.time, event=changed)

    room = ENTRY_LIMIT - entry_size(entry(sized("")))
    text = "é" * (room // 2) + "x" * (room % 2)
    assert entry_size(entry(sized(text))) == ENTRY_LIMIT
    assert len(entry(sized(text))["Detail"]) < ENTRY_LIMIT * 6 // 10

    with pytest.raises(Oversized) as refused:
        entry(sized(text + "y"))
    assert refused.value.size == ENTRY_LIMIT + 1
    assert entry_size(entry(sized(text + "y"), limit=None)) == ENTRY_LIMIT + 1


def test_a_rules_envelope_and_a_parkings_attributes_have_room_beside_the_largest_entry() -> None:
    # Version, ids, account, time, region, resources; then ten attributes with a quoted reason.
    assert ENTRY_LIMIT - CARRIED_LIMIT >= 16 * 1024


@pytest.mark.parametrize(
    ("value", "stays"),
    [
        ("a" * 256, True),
        ("a" * 257, False),
        ("é" * 128, True),
        ("é" * 129, False),
        ("", True),
        (0, True),
        (1.5, True),
        (False, True),
        (None, False),
        ([], False),
        ({}, False),
    ],
)
def test_only_small_scalars_stay(value: object, stays: bool) -> None:
    after = reduced(made({"field": value}), ClaimCheck(DIGEST, 7))
    assert ("field" in json.loads(after["Detail"])) is stays


def test_what_is_still_too_large_is_refused() -> None:
    fields = {f"field_{number}": "x" * 250 for number in range(5000)}
    with pytest.raises(Oversized, match=r"task\.created"):
        reduced(made(fields), ClaimCheck(DIGEST, 7))


def test_a_payload_that_no_consumer_would_read_is_refused() -> None:
    with pytest.raises(Oversized):
        claim_check(b"x" * (PAYLOAD_LIMIT + 1))
    assert claim_check(b"x" * PAYLOAD_LIMIT).bytes == PAYLOAD_LIMIT


@pytest.mark.parametrize(
    "told",
    [
        "payloads/x",
        {},
        {**GOOD, "key": "payloads/../secrets"},
        {**GOOD, "key": f"artifacts/{DIGEST}"},
        {**GOOD, "key": f"payloads/{DIGEST}\n"},
        {**GOOD, "sha256": "cd" * 32},
        {**GOOD, "sha256": DIGEST.upper(), "key": f"payloads/{DIGEST.upper()}"},
        {**GOOD, "sha256": None},
        {**GOOD, "bytes": "7"},
        {**GOOD, "bytes": -1},
        {**GOOD, "bytes": True},
        {**GOOD, "bytes": PAYLOAD_LIMIT + 1},
        {"key": GOOD["key"], "sha256": DIGEST},
    ],
)
def test_a_claim_check_that_is_not_ours_is_undecodable(told: object) -> None:
    with pytest.raises(Undecodable, match="not one of ours"):
        claim_check_of(claiming(told), OPEN)


def test_a_claim_check_in_its_right_form_is_found() -> None:
    assert claim_check_of(claiming(GOOD), OPEN) == ClaimCheck(DIGEST, 7)


@pytest.mark.parametrize(
    "detail",
    [
        task(),
        task(claim_check=GOOD),
        task(metadata="claim_check"),
        task(metadata=["claim_check"]),
        task(metadata={"claim_check": None}),
        task(title='has "claim_check" in it'),
    ],
)
def test_a_body_without_one_has_none(detail: object) -> None:
    assert claim_check_of(body(detail), OPEN) is None


def test_nothing_is_fetched_for_a_source_that_is_not_believed() -> None:
    with pytest.raises(Untrusted):
        claim_check_of(
            body({"metadata": {"claim_check": GOOD}}, route=ROUTE, sender="outsider"), ROUTE
        )


@pytest.mark.parametrize(
    ("stayed", "said"),
    [
        ({"agent": "deployment"}, "agent"),
        ({"unheard": 1}, "unheard"),
        ({"priority": True}, "priority"),
    ],
)
def test_a_payload_may_not_disagree_with_what_the_rule_has_seen(
    stayed: dict[str, Any], said: str
) -> None:
    content = json.dumps(task(workflow_id="wf-1", priority=1, metadata={})).encode()
    with pytest.raises(Undecodable, match=f"disagrees with the event about {said}$"):
        with_detail(claiming(GOOD, **stayed), content)


def test_a_number_may_be_written_in_another_way() -> None:
    content = json.dumps({"workflow_id": "wf-1", "share": 1.0, "count": 100}).encode()
    text = claiming(GOOD, share=1, count=0).replace('"count": 0', '"count": 1e2')
    assert json.loads(with_detail(text, content))["detail"]["count"] == 100


def test_a_payload_may_not_bring_metadata_of_another_event() -> None:
    content = json.dumps(task(metadata={"id": "of-another"})).encode()
    with pytest.raises(Undecodable, match="about metadata"):
        with_detail(body({"metadata": {"id": "e1", "claim_check": GOOD}}), content)


@pytest.mark.parametrize("content", [b"", b"[]", b"{", b"null", b'{"a":NaN}', b'{"a":"\xff"}'])
def test_a_payload_that_is_no_detail_is_undecodable(content: bytes) -> None:
    with pytest.raises(Undecodable, match="the payload is no detail"):
        with_detail(claiming(GOOD), content)


def test_a_number_that_json_cannot_say_is_undecodable() -> None:
    huge = claiming(GOOD).replace('"version": "0"', '"version": 1e400')
    with pytest.raises(Undecodable, match="can't be written again"):
        with_detail(huge, b'{"workflow_id":"wf-1"}')
    with pytest.raises(Undecodable, match="can't be written again"):
        detail_of('{"detail":{"a":1e400}}')


def test_a_body_is_reduced_and_comes_back_whole() -> None:
    whole = body(task(feedback=[FILLER], metadata={"id": "e1"}))
    content = detail_of(whole)
    small = reduced_body(whole, claim_check(content))

    assert len(small.encode()) < 4096
    assert json.loads(with_detail(small, content)) == json.loads(whole)


@pytest.mark.parametrize(
    "key",
    [
        "",
        DIGEST,
        f"payloads/{DIGEST}/",
        f"/payloads/{DIGEST}",
        "payloads/",
        f"payloads/payloads/{DIGEST}",
        f"payloads/{DIGEST[:-1]}",
        f"payloads/{'é' * 64}",
    ],
)
def test_other_keys_are_no_payloads(key: str) -> None:
    assert not is_payload_key(key)
    assert is_payload_key(f"payloads/{DIGEST}")


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner),
    max_leaves=10,
)


@given(told=JSON, fields=st.dictionaries(st.text(max_size=10), JSON, max_size=4), content=JSON)
def test_whatever_claims_to_be_one_is_followed_or_undecodable(
    told: object, fields: dict[str, Any], content: object
) -> None:
    text = body({**fields, "metadata": {"claim_check": told}})
    try:
        assert claim_check_of(text, OPEN) is None or isinstance(told, dict)
        assert json.loads(with_detail(text, json.dumps(content).encode()))["detail"] == content
    except Undecodable:
        return
    assert isinstance(content, dict)
