"""One suite for the ledger: the fake, and DynamoDB as the emulator has it, under one clock."""

import asyncio
import json
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from pydantic_core import to_json

from events.codec import Entry
from events.errors import Oversized
from workers.adapters.dynamodb_ledger import DynamoLedger
from workers.runtime.ledger import (
    Claim,
    ClaimLost,
    Committed,
    Conflict,
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


async def finished(ledger: Ledger, claim: Claim) -> None:
    """What `finish` promises for soon has happened."""
    await ledger.finish(claim)
    await ledger.flush()


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
        await ledger.record(late, "s", "1")
    await finished(ledger, late)

    assert await ledger.claim("w", "e1", LEASE) == Held(LEASE)
    await ledger.commit(new, ENTRIES)
    await finished(ledger, late)
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
    await finished(ledger, found.claim)
    assert await ledger.claim("w", "e1", LEASE) == Done()


async def test_nothing_is_committed_or_finished_twice(ledger: Ledger) -> None:
    claim = await claimed(ledger)
    await finished(ledger, claim)
    await ledger.commit(claim, ENTRIES)
    with pytest.raises(ClaimLost):
        await ledger.commit(claim, [])
    await finished(ledger, claim)
    await finished(ledger, claim)
    with pytest.raises(ClaimLost):
        await ledger.commit(claim, ENTRIES)


async def test_the_same_commit_again_changes_nothing_and_is_no_error(ledger: Ledger) -> None:
    """The answer to the first may have been lost on its way."""
    claim = await claimed(ledger)
    await ledger.commit(claim, ENTRIES)

    await ledger.commit(claim, ENTRIES)

    found = await ledger.claim("w", "e1", LEASE)
    assert isinstance(found, Committed)
    assert list(found.entries) == ENTRIES


async def test_many_claims_and_commits_at_once_answer_each_for_itself(ledger: Ledger) -> None:
    taken = await claimed(ledger, "w", "e7")

    found = await asyncio.gather(*(ledger.claim("w", f"e{n}", LEASE) for n in range(60)))

    assert [n for n, each in enumerate(found) if not isinstance(each, Claim)] == [7]
    late = Claim("w", "e9", 9)
    claims = [each for each in found if isinstance(each, Claim) and each.event_id != "e9"]
    answers = await asyncio.gather(
        *(ledger.commit(claim, ENTRIES) for claim in [*claims, taken, late]),
        return_exceptions=True,
    )
    assert [isinstance(each, ClaimLost) for each in answers if each is not None] == [True]


async def test_the_results_of_steps_stay_with_the_event(
    ledger: Ledger, clock: VirtualClock
) -> None:
    first = await claimed(ledger)
    assert first.steps == {}
    await ledger.record(first, "ask the model", '{"plan": "ü🚢"}')
    await ledger.record(first, "zero", "0")
    clock.advance(LEASE)

    second = await claimed(ledger)

    assert second.steps == {"ask the model": '{"plan": "ü🚢"}', "zero": "0"}
    with pytest.raises(ClaimLost):
        await ledger.record(first, "late", "1")
    await ledger.commit(second, [])
    with pytest.raises(ClaimLost):
        await ledger.record(second, "after the end", "1")


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
    await finished(ledger, claim)
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
        ledger.record(invented, "s", "1"),
        ledger.release(invented),
    ):
        with pytest.raises(ClaimLost):
            await write
    await finished(ledger, invented)

    assert (await claimed(ledger, "w", "never")).token == 1


@pytest.mark.embedded
async def test_business_writes_are_made_with_the_answer_or_not_at_all(
    table: tuple[Any, str], clock: VirtualClock
) -> None:
    client, name = table
    ledger = DynamoLedger(client, name, clock.now, RETENTION)

    def put(key: str) -> dict[str, Any]:
        unless_there = "attribute_not_exists(delivery)"
        item = {"delivery": {"S": key}}
        return {"Put": {"TableName": name, "Item": item, "ConditionExpression": unless_there}}

    async def there(key: str) -> bool:
        return "Item" in await client.get_item(TableName=name, Key={"delivery": {"S": key}})

    first = await claimed(ledger, "w", "e1")
    await ledger.commit(first, ENTRIES, [put("effect-1"), put("effect-2")])
    assert await there("effect-1")
    assert isinstance(await ledger.claim("w", "e1", LEASE), Committed)
    # The same again is the answer to the first try that was lost.
    await ledger.commit(first, ENTRIES, [put("effect-1"), put("effect-2")])

    second = await claimed(ledger, "w", "e2")
    with pytest.raises(Conflict):
        await ledger.commit(second, [], [put("effect-3"), put("effect-2")])
    assert not await there("effect-3")
    # The claim is held on: the handler may look again, and then it fits.
    await ledger.commit(second, [], [put("effect-3")])
    assert await ledger.claim("w", "e2", LEASE) == Done()

    late = await claimed(ledger, "w", "e3")
    clock.advance(LEASE)
    await claimed(ledger, "w", "e3")
    with pytest.raises(ClaimLost):
        await ledger.commit(late, ENTRIES, [put("effect-4")])
    assert not await there("effect-4")


class CountingClient:
    """Counts the requests that go to the real one, and loses the answers that it is told to."""

    def __init__(self, client: Any) -> None:
        self._client = client
        self.requests: list[str] = []
        self.lose: set[str] = set()

    def __getattr__(self, name: str) -> Any:
        async def called(**parameters: Any) -> Any:
            self.requests.append(name)
            answer = await getattr(self._client, name)(**parameters)
            if name in self.lose:
                self.lose.discard(name)
                raise TimeoutError("the answer is lost")
            return answer

        return called


@pytest.mark.embedded
async def test_ten_events_take_two_requests_and_what_is_in_no_hurry_goes_with_others(
    table: tuple[Any, str], clock: VirtualClock
) -> None:
    client = CountingClient(table[0])
    ledger = DynamoLedger(client, table[1], clock.now, RETENTION)

    for receive in range(3):
        events = [f"e{receive}-{n}" for n in range(10)]
        claims = await asyncio.gather(*(claimed(ledger, "w", event) for event in events))
        await asyncio.gather(*(ledger.commit(claim, ENTRIES) for claim in claims))
        await asyncio.gather(*(ledger.finish(claim) for claim in claims))

    assert client.requests == ["batch_execute_statement"] * 6
    await ledger.flush()
    assert client.requests == ["batch_execute_statement"] * 7
    for receive in range(3):
        assert await ledger.claim("w", f"e{receive}-9", LEASE) == Done()


@pytest.mark.embedded
async def test_a_claim_whose_answer_was_lost_can_be_made_again_when_its_lease_ends(
    table: tuple[Any, str], clock: VirtualClock
) -> None:
    client = CountingClient(table[0])
    ledger = DynamoLedger(client, table[1], clock.now, RETENTION)
    client.lose = {"batch_execute_statement"}
    with pytest.raises(LedgerUnavailable):
        await ledger.claim("w", "e1", LEASE)

    clock.advance(LEASE)

    assert (await claimed(ledger)).token == 2


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
    room = 390 * 1024 - len(to_json([{**ENTRIES[1], "Detail": ""}]))

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
        ledger.record(claim, "s", "1"),
        ledger.release(claim),
    ):
        with pytest.raises(LedgerUnavailable):
            await call


async def test_a_fake_that_is_down_is_unavailable(clock: VirtualClock) -> None:
    ledger = FakeLedger(clock)
    ledger.down = True

    with pytest.raises(LedgerUnavailable):
        await ledger.claim("w", "e1", LEASE)
