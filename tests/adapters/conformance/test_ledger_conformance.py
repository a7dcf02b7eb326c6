"""One suite for the ledger: the fake, and DynamoDB as the emulator has it, under one clock."""

import asyncio
import json
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest

from events.codec import Entry
from events.errors import Oversized
from workers.adapters.dynamodb_ledger import DynamoLedger
from workers.runtime.ledger import (
    Claim,
    ClaimLost,
    Committed,
    Done,
    Held,
    Ledger,
    LedgerUnavailable,
)
from workers.runtime.queue import Parking
from workers.runtime.testing import FakeLedger, VirtualClock

LEASE = timedelta(seconds=12)
RETENTION = timedelta(days=25)
PARKED = Parking("bug", "boom", "w", fingerprint="f1", event_id="e1")
ENTRIES: list[Entry] = [
    {
        "Source": "agentic-framework.codegen",
        "DetailType": "codegen.completed",
        "Detail": json.dumps(
            {"ü": 'quo"ted\\', "n": [1, None], "🚢": "\u2028"}, ensure_ascii=False
        ),
        "Time": "2026-11-02T00:00:00+00:00",
        "TraceHeader": "Root=1-65f0c1a2-0123456789abcdef01234567;Sampled=1",
    },
    {"Source": "s", "DetailType": "task.failed", "Detail": "{}", "Time": "2026-11-02"},
]


@pytest.fixture
def clock() -> VirtualClock:
    return VirtualClock()


@pytest.fixture
async def table(embedded_clients: Any) -> tuple[Any, str]:
    """The ledger's table, as the templates make it."""
    client = await embedded_clients("dynamodb")
    name = f"ledger-{uuid4().hex[:8]}"
    await client.create_table(
        TableName=name,
        BillingMode="PAY_PER_REQUEST",
        AttributeDefinitions=[{"AttributeName": "delivery", "AttributeType": "S"}],
        KeySchema=[{"AttributeName": "delivery", "KeyType": "HASH"}],
    )
    return client, name


@pytest.fixture(params=["fake", pytest.param("dynamodb", marks=pytest.mark.embedded)])
def ledger(request: pytest.FixtureRequest, clock: VirtualClock) -> Ledger:
    if request.param == "fake":
        return FakeLedger(clock)
    client, name = request.getfixturevalue("table")
    return DynamoLedger(client, name, clock.now, RETENTION)


async def claimed(ledger: Ledger, worker: str = "w", event_id: str = "e1") -> Claim:
    found = await ledger.claim(worker, event_id, LEASE)
    assert isinstance(found, Claim), found
    return found


async def test_an_event_is_claimed_by_one(ledger: Ledger) -> None:
    found = await asyncio.gather(*(ledger.claim("w", "e1", LEASE) for _ in range(8)))

    assert len([each for each in found if isinstance(each, Claim)]) == 1
    assert len([each for each in found if isinstance(each, Held)]) == 7


async def test_a_held_claim_says_how_long(ledger: Ledger, clock: VirtualClock) -> None:
    await claimed(ledger)
    clock.advance(timedelta(seconds=5))

    assert await ledger.claim("w", "e1", LEASE) == Held(timedelta(seconds=7))


async def test_another_worker_and_another_event_are_apart(ledger: Ledger) -> None:
    await claimed(ledger, "w", "e1")

    await claimed(ledger, "w", "e2")
    await claimed(ledger, "v", "e1")


async def test_names_that_look_alike_are_apart(ledger: Ledger) -> None:
    await claimed(ledger, "codegen-on-task-created", "ünï#e1 🚢")
    await claimed(ledger, "codegen-on-task-created", "ünï#e1")


async def test_a_lease_ends_when_it_says(ledger: Ledger, clock: VirtualClock) -> None:
    first = await claimed(ledger)
    clock.advance(LEASE - timedelta(milliseconds=1))
    assert isinstance(await ledger.claim("w", "e1", LEASE), Held)
    clock.advance(timedelta(milliseconds=1))

    assert (await claimed(ledger)).token > first.token


async def test_an_ended_lease_goes_to_exactly_one_successor_with_a_larger_token(
    ledger: Ledger, clock: VirtualClock
) -> None:
    first = await claimed(ledger)
    for _ in range(3):
        clock.advance(LEASE)

        found = await asyncio.gather(*(ledger.claim("w", "e1", LEASE) for _ in range(8)))

        [winner] = [each for each in found if isinstance(each, Claim)]
        assert winner.token > first.token
        assert all(isinstance(each, Held) for each in found if each is not winner)
        first = winner


async def test_an_extended_lease_lasts_from_now(ledger: Ledger, clock: VirtualClock) -> None:
    claim = await claimed(ledger)
    clock.advance(timedelta(seconds=9))
    await ledger.extend(claim, LEASE)
    clock.advance(timedelta(seconds=11))

    assert await ledger.claim("w", "e1", LEASE) == Held(timedelta(seconds=1))


async def test_a_lapsed_owner_without_a_successor_still_holds(
    ledger: Ledger, clock: VirtualClock
) -> None:
    claim = await claimed(ledger)
    clock.advance(LEASE * 2)

    await ledger.extend(claim, LEASE)
    await ledger.commit(claim, [])

    assert await ledger.claim("w", "e1", LEASE) == Done()


async def test_an_owner_that_was_succeeded_changes_nothing(
    ledger: Ledger, clock: VirtualClock
) -> None:
    late = await claimed(ledger)
    clock.advance(LEASE)
    new = await claimed(ledger)

    with pytest.raises(ClaimLost):
        await ledger.extend(late, LEASE * 100)
    with pytest.raises(ClaimLost):
        await ledger.commit(late, ENTRIES)
    with pytest.raises(ClaimLost):
        await ledger.release(late)
    with pytest.raises(ClaimLost):
        await ledger.finish(late)

    assert await ledger.claim("w", "e1", LEASE) == Held(LEASE)
    await ledger.commit(new, ENTRIES)
    with pytest.raises(ClaimLost):
        await ledger.finish(late)
    assert isinstance(await ledger.claim("w", "e1", LEASE), Committed)


async def test_an_answer_of_nothing_is_done_at_once(ledger: Ledger) -> None:
    await ledger.commit(await claimed(ledger), [])

    assert await ledger.claim("w", "e1", LEASE) == Done()


async def test_an_answer_is_kept_as_it_was_until_it_is_published(
    ledger: Ledger, clock: VirtualClock
) -> None:
    claim = await claimed(ledger)
    await ledger.commit(claim, ENTRIES)
    # No lease ends what is committed: nobody may handle it again.
    clock.advance(timedelta(days=3))

    found = await ledger.claim("w", "e1", LEASE)

    assert isinstance(found, Committed)
    assert list(found.entries) == ENTRIES
    await ledger.finish(found.claim)
    assert await ledger.claim("w", "e1", LEASE) == Done()


async def test_nothing_is_committed_or_finished_twice(ledger: Ledger) -> None:
    claim = await claimed(ledger)
    with pytest.raises(ClaimLost):
        await ledger.finish(claim)
    await ledger.commit(claim, ENTRIES)
    with pytest.raises(ClaimLost):
        await ledger.commit(claim, [])
    await ledger.finish(claim)
    with pytest.raises(ClaimLost):
        await ledger.finish(claim)
    with pytest.raises(ClaimLost):
        await ledger.commit(claim, ENTRIES)


async def test_what_is_committed_is_neither_extended_nor_released(ledger: Ledger) -> None:
    claim = await claimed(ledger)
    await ledger.commit(claim, ENTRIES)

    with pytest.raises(ClaimLost):
        await ledger.extend(claim, LEASE)
    with pytest.raises(ClaimLost):
        await ledger.release(claim)

    assert isinstance(await ledger.claim("w", "e1", LEASE), Committed)


async def test_a_released_claim_can_be_claimed_at_once(ledger: Ledger) -> None:
    claim = await claimed(ledger)
    await ledger.release(claim)

    again = await claimed(ledger)

    assert again.token > claim.token
    with pytest.raises(ClaimLost):
        await ledger.commit(claim, ENTRIES)


async def noted(ledger: Any) -> str | None:
    """The fingerprint in the record of e1, as a person would look it up."""
    if isinstance(ledger, FakeLedger):
        parking = ledger.parked("w", "e1")
        return parking.fingerprint if parking else None
    key = {"delivery": {"S": "w#e1"}}
    item = (await ledger._client.get_item(TableName=ledger._table, Key=key)).get("Item", {})
    return item["parked"]["M"]["fingerprint"]["S"] if "parked" in item else None


async def test_a_parked_event_is_noted_until_it_is_claimed_again(ledger: Ledger) -> None:
    claim = await claimed(ledger)
    await ledger.release(claim)

    await ledger.note_parked(PARKED)

    assert await noted(ledger) == "f1"
    assert (await claimed(ledger)).token > claim.token
    assert await noted(ledger) is None


async def test_what_was_parked_before_it_was_published_is_noted_until_it_is_finished(
    ledger: Ledger,
) -> None:
    claim = await claimed(ledger)
    await ledger.commit(claim, ENTRIES)

    await ledger.note_parked(PARKED)

    assert await noted(ledger) == "f1"
    assert isinstance(await ledger.claim("w", "e1", LEASE), Committed)
    await ledger.finish(claim)
    assert await noted(ledger) is None
    await ledger.note_parked(PARKED)
    assert await noted(ledger) is None
    assert await ledger.claim("w", "e1", LEASE) == Done()


async def test_a_late_owner_notes_nothing_in_anothers_claim(ledger: Ledger) -> None:
    await claimed(ledger)

    await ledger.note_parked(PARKED)

    assert await noted(ledger) is None


async def test_what_was_never_claimed_gets_no_record_by_being_parked(ledger: Ledger) -> None:
    await ledger.note_parked(PARKED)
    await ledger.note_parked(Parking("undecodable", "no id", "w"))

    assert (await claimed(ledger)).token == 1


async def test_nothing_can_be_written_without_a_claim(ledger: Ledger) -> None:
    invented = Claim("w", "never", 1)

    for write in (
        ledger.extend(invented, LEASE),
        ledger.commit(invented, ENTRIES),
        ledger.finish(invented),
        ledger.release(invented),
    ):
        with pytest.raises(ClaimLost):
            await write

    assert (await claimed(ledger, "w", "never")).token == 1


@pytest.mark.embedded
async def test_a_record_expires_after_its_retention(
    table: tuple[Any, str], clock: VirtualClock
) -> None:
    client, name = table
    await DynamoLedger(client, name, clock.now, RETENTION).claim("w", "e1", LEASE)

    item = (await client.get_item(TableName=name, Key={"delivery": {"S": "w#e1"}}))["Item"]

    assert int(item["expires_at"]["N"]) == int((clock.now() + RETENTION).timestamp())


@pytest.mark.embedded
async def test_an_answer_too_large_for_an_item_is_oversized_and_not_an_outage(
    table: tuple[Any, str], clock: VirtualClock
) -> None:
    ledger = DynamoLedger(*table, clock.now, RETENTION)
    claim = await claimed(ledger)
    room = 390 * 1024 - len(json.dumps([{**ENTRIES[1], "Detail": ""}]))

    with pytest.raises(Oversized):
        await ledger.commit(claim, [{**ENTRIES[1], "Detail": "ü" * (room // 2 + 1)}])

    await ledger.commit(claim, [{**ENTRIES[1], "Detail": "ü" * (room // 2)}])


@pytest.mark.embedded
async def test_a_table_that_is_not_there_is_unavailable(
    embedded_clients: Any, clock: VirtualClock
) -> None:
    ledger = DynamoLedger(await embedded_clients("dynamodb"), "nowhere", clock.now, RETENTION)
    claim = Claim("w", "e1", 1)

    for call in (
        ledger.claim("w", "e1", LEASE),
        ledger.extend(claim, LEASE),
        ledger.commit(claim, []),
        ledger.finish(claim),
        ledger.release(claim),
    ):
        with pytest.raises(LedgerUnavailable):
            await call


async def test_a_fake_that_is_down_is_unavailable(clock: VirtualClock) -> None:
    ledger = FakeLedger(clock)
    ledger.down = True

    with pytest.raises(LedgerUnavailable):
        await ledger.claim("w", "e1", LEASE)
