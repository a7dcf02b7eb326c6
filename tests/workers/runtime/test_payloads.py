"""Large events and answers leave what is heavy in a store, and have it back before their use."""

import json
from typing import Any

import pytest

from events.claim_check import CARRIED_LIMIT, PAYLOAD_LIMIT, claim_check, payload_key
from events.codec import ENTRY_LIMIT, Entry, entry_size
from events.errors import Oversized, Undecodable, Untrusted
from events.routes import ROUTES
from schemas.task import TaskCreated
from schemas.workflow import WorkflowFailed
from workers.runtime.claim_check import (
    PayloadsUnavailable,
    lasting,
    lightened,
    whole,
)
from workers.runtime.testing_payloads import FakePayloads

ROUTE = next(r for r in ROUTES if r.event is TaskCreated and r.worker == "codegen")
TRUSTING = next(r for r in ROUTES if r.event is WorkflowFailed)
DETAIL = {"workflow_id": "wf-1", "agent": "codegen", "metadata": {"id": "e1"}}


def made(size: int, **fields: Any) -> Entry:
    """An entry of exactly so many bytes, all but a few of them in characters of two."""
    told = {**DETAIL, **fields, "filler": ""}
    empty = {
        "Source": "me",
        "DetailType": "task.created",
        "Detail": json.dumps(told, ensure_ascii=False),
        "Time": "2026-11-02T12:00:00+00:00",
    }
    room = size - entry_size(empty)
    told["filler"] = "é" * (room // 2) + "x" * (room % 2)
    return {**empty, "Detail": json.dumps(told, ensure_ascii=False)}


def body(entry: Entry, sender: str = "me") -> str:
    outer = {"id": "aws-id", "detail-type": entry["DetailType"], "source": sender}
    return json.dumps({**outer, "detail": json.loads(entry["Detail"])}, ensure_ascii=False)


def claiming(content: bytes, **fields: Any) -> str:
    claim = claim_check(content)
    told = {"key": claim.key, "sha256": claim.sha256, "bytes": claim.bytes}
    metadata = {"metadata": {"id": "e1", "claim_check": {**told, **fields}}}
    return body({**made(400), "Detail": json.dumps({**DETAIL, **metadata})})


@pytest.fixture
def payloads() -> FakePayloads:
    return FakePayloads()


@pytest.mark.parametrize(
    ("size", "travels_light"),
    [(400, False), (CARRIED_LIMIT, False), (CARRIED_LIMIT + 1, True), (ENTRY_LIMIT + 1, True)],
)
async def test_an_entry_over_what_a_queue_takes_goes_by_claim_check(
    payloads: FakePayloads, size: int, travels_light: bool
) -> None:
    before = made(size)
    assert entry_size(before) == size

    after = await lightened(before, payloads)

    assert (after != before) is travels_light
    assert payloads.stores == ([payload_key(before["Detail"].encode())] if travels_light else [])
    assert entry_size(after) <= min(size, CARRIED_LIMIT)
    assert json.loads(await whole(body(after), ROUTE, payloads)) == json.loads(body(before))


async def test_the_same_entry_made_again_is_the_same_by_claim_check(payloads: FakePayloads) -> None:
    heavy = made(ENTRY_LIMIT + 1)
    assert await lightened(heavy, payloads) == await lightened(heavy, payloads)
    assert len(payloads.kept) == 1


async def test_an_entry_that_no_consumer_would_read_is_refused_and_not_stored(
    payloads: FakePayloads,
) -> None:
    with pytest.raises(Oversized):
        await lightened(made(PAYLOAD_LIMIT + 1000), payloads)
    with pytest.raises(Oversized):
        await lightened(made(ENTRY_LIMIT, **{f"f{n}": "x" * 250 for n in range(4000)}), payloads)
    assert payloads.stores == []


async def test_an_entry_whose_payload_could_not_be_stored_is_not_made(
    payloads: FakePayloads,
) -> None:
    payloads.down = True
    with pytest.raises(PayloadsUnavailable):
        await lightened(made(ENTRY_LIMIT + 1), payloads)


async def test_a_body_without_a_claim_check_asks_nobody(payloads: FakePayloads) -> None:
    payloads.down = True
    plain = body(made(400))
    assert await whole(plain, ROUTE, payloads) == plain
    assert await whole("no JSON", ROUTE, payloads) == "no JSON"


async def test_an_unreachable_store_says_nothing_about_the_message(payloads: FakePayloads) -> None:
    payloads.down = True
    with pytest.raises(PayloadsUnavailable):
        await whole(claiming(b"{}"), ROUTE, payloads)


async def test_a_payload_that_is_gone_makes_its_event_undecodable(payloads: FakePayloads) -> None:
    with pytest.raises(Undecodable, match="nothing there"):
        await whole(claiming(b"{}"), ROUTE, payloads)


async def test_a_payload_that_was_changed_makes_its_event_undecodable(
    payloads: FakePayloads,
) -> None:
    content = json.dumps(DETAIL).encode()
    payloads.kept[payload_key(content)] = content.replace(b"codegen", b"planner")
    with pytest.raises(Undecodable, match="don't match its hash"):
        await whole(claiming(content), ROUTE, payloads)


async def test_a_payload_of_another_size_than_was_said_is_undecodable(
    payloads: FakePayloads,
) -> None:
    content = json.dumps(DETAIL).encode()
    await payloads.store(content)
    assert json.loads(await whole(claiming(content), ROUTE, payloads))["detail"] == DETAIL
    with pytest.raises(Undecodable, match=f"has {len(content)} bytes, not 3"):
        await whole(claiming(content, bytes=3), ROUTE, payloads)


async def test_nothing_is_loaded_for_a_source_or_a_key_that_is_not_believed(
    payloads: FakePayloads,
) -> None:
    content = json.dumps(DETAIL).encode()
    await payloads.store(content)
    stranger = json.loads(claiming(content)) | {"detail-type": TRUSTING.event.type}
    with pytest.raises(Untrusted):
        await whole(json.dumps(stranger), TRUSTING, payloads)
    with pytest.raises(Undecodable):
        await whole(claiming(content, key="artifacts/x"), ROUTE, payloads)
    assert payloads.loads == []


async def test_a_small_body_can_wait_as_it_is(payloads: FakePayloads) -> None:
    plain = body(made(400))
    assert await lasting(plain, ROUTE, payloads, limit=len(plain.encode())) == plain
    assert payloads.stores == []


async def test_a_body_over_the_limit_waits_by_claim_check(payloads: FakePayloads) -> None:
    plain = body(made(50_000))
    small = await lasting(plain, ROUTE, payloads, limit=len(plain.encode()) - 1)
    assert len(small.encode()) < 1000
    assert json.loads(await whole(small, ROUTE, payloads)) == json.loads(plain)


async def test_a_wait_begins_a_payloads_time_anew(payloads: FakePayloads) -> None:
    before = await lightened(made(ENTRY_LIMIT + 1), payloads)
    waiting = body(before)
    assert await lasting(waiting, ROUTE, payloads, limit=40_000) == waiting
    assert payloads.stores == [next(iter(payloads.kept))] * 2


async def test_what_cannot_wait_says_so(payloads: FakePayloads) -> None:
    wide = body(made(50_000, **{f"f{n}": "x" * 250 for n in range(200)}))
    with pytest.raises(Oversized):
        await lasting(wide, ROUTE, payloads, limit=10_000)
    with pytest.raises(Undecodable, match="nothing there"):
        await lasting(claiming(b"{}"), ROUTE, payloads, limit=10_000)
