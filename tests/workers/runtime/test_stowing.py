"""Large answers and results of the ledger are left in a store, and come back as they were."""

import json
from datetime import timedelta

import pytest

from events.claim_check import PAYLOAD_LIMIT
from events.codec import Entry
from events.errors import Oversized
from workers.runtime.claim_check import PayloadLost
from workers.runtime.ledger import Claim, Committed, LedgerUnavailable
from workers.runtime.stowing import ANSWER_LIMIT, RESULT_LIMIT, StowingLedger
from workers.runtime.testing import FakeLedger, VirtualClock
from workers.runtime.testing_payloads import FakePayloads

LEASE = timedelta(seconds=12)


def answer(size: int) -> list[Entry]:
    """Two entries that take so many bytes as JSON."""
    entries = [{"Detail": ""}, {"Detail": "é"}]
    room = size - len(json.dumps(entries, ensure_ascii=False).encode())
    return [{"Detail": "é" * (room // 2) + "x" * (room % 2)}, {"Detail": "é"}]


@pytest.fixture
def clock() -> VirtualClock:
    return VirtualClock()


@pytest.fixture
def payloads() -> FakePayloads:
    return FakePayloads()


@pytest.fixture
def ledger(clock: VirtualClock, payloads: FakePayloads) -> StowingLedger:
    return StowingLedger(FakeLedger(clock), payloads)


async def claimed(ledger: StowingLedger) -> Claim:
    found = await ledger.claim("w", "e1", LEASE)
    assert isinstance(found, Claim)
    return found


@pytest.mark.parametrize(
    ("size", "is_away"), [(100, False), (ANSWER_LIMIT, False), (ANSWER_LIMIT + 1, True)]
)
async def test_an_answer_over_what_an_item_takes_is_kept_in_the_store(
    ledger: StowingLedger, payloads: FakePayloads, size: int, is_away: bool
) -> None:
    entries = answer(size)
    await ledger.commit(await claimed(ledger), entries)

    found = await ledger.claim("w", "e1", LEASE)

    assert bool(payloads.kept) is is_away
    assert isinstance(found, Committed)
    assert list(found.entries) == entries


async def test_the_same_commit_again_is_still_no_error(ledger: StowingLedger) -> None:
    claim = await claimed(ledger)
    await ledger.commit(claim, answer(ANSWER_LIMIT + 1))

    await ledger.commit(claim, answer(ANSWER_LIMIT + 1))


@pytest.mark.parametrize(
    ("size", "is_away"), [(10, False), (RESULT_LIMIT, False), (RESULT_LIMIT + 1, True)]
)
async def test_a_large_result_of_a_step_is_kept_in_the_store(
    ledger: StowingLedger, payloads: FakePayloads, clock: VirtualClock, size: int, is_away: bool
) -> None:
    result = json.dumps("x" * (size - 2))
    claim = await claimed(ledger)
    await ledger.record(claim, "ask", result)
    await ledger.record(claim, "zero", "0")
    clock.advance(LEASE)

    assert (await claimed(ledger)).steps == {"ask": result, "zero": "0"}
    assert bool(payloads.kept) is is_away


async def test_a_result_that_looks_like_a_reference_is_none(
    ledger: StowingLedger, clock: VirtualClock
) -> None:
    await ledger.record(await claimed(ledger), "ask", json.dumps("payload:payloads/x"))
    clock.advance(LEASE)

    assert (await claimed(ledger)).steps == {"ask": '"payload:payloads/x"'}


async def test_a_store_that_is_away_and_an_answer_that_is_gone_are_told_apart(
    ledger: StowingLedger, payloads: FakePayloads
) -> None:
    claim = await claimed(ledger)
    payloads.down = True
    with pytest.raises(LedgerUnavailable):
        await ledger.commit(claim, answer(ANSWER_LIMIT + 1))
    payloads.down = False
    await ledger.commit(claim, answer(ANSWER_LIMIT + 1))
    payloads.down = True
    with pytest.raises(LedgerUnavailable):
        await ledger.claim("w", "e1", LEASE)
    payloads.down = False
    payloads.kept.clear()
    with pytest.raises(PayloadLost):
        await ledger.claim("w", "e1", LEASE)


async def test_an_answer_that_could_not_be_read_again_is_refused(
    ledger: StowingLedger, payloads: FakePayloads
) -> None:
    with pytest.raises(Oversized):
        await ledger.commit(await claimed(ledger), answer(PAYLOAD_LIMIT + 1))
    assert payloads.stores == []
