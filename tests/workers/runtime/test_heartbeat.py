"""What one beat renews, and what neither a call that hangs nor one that fails may do to others."""

import asyncio
import io
import json
from collections.abc import Sequence
from datetime import timedelta
from typing import Any

import pytest

from workers.runtime.heartbeat import Heartbeat, between
from workers.runtime.leases import Lease, Leases
from workers.runtime.ledger import Claim, ClaimLost, LedgerUnavailable
from workers.runtime.logs import Log
from workers.runtime.queue import Message, QueueUnavailable

LEASE = timedelta(seconds=12)
FOREVER = 3600.0


class Stores:
    """A queue and a ledger that note who was renewed when, and fail as they are told by name."""

    def __init__(self) -> None:
        self.hidden: list[tuple[float, list[str]]] = []
        self.extended: list[tuple[float, str]] = []
        self.taken: set[str] = set()
        self.turns: dict[str, list[Any]] = {}

    async def hide(self, messages: Sequence[Message], duration: timedelta) -> frozenset[str]:
        assert duration == LEASE
        names = [each.id for each in messages]
        await self._turn(names[0])
        self.hidden.append((asyncio.get_running_loop().time(), names))
        return frozenset(self.taken.intersection(names))

    async def extend(self, claim: Claim, lease: timedelta) -> None:
        assert lease == LEASE
        await self._turn(claim.event_id)
        self.extended.append((asyncio.get_running_loop().time(), claim.event_id))

    async def _turn(self, name: str) -> None:
        turns = self.turns.get(name)
        turn = turns.pop(0) if turns else None
        if isinstance(turn, Exception):
            raise turn
        if turn is not None:
            await asyncio.sleep(turn)


class Beating:
    """A heartbeat over messages m0, m1, … and the claims of events e0, e1, …"""

    def __init__(self, messages: int) -> None:
        self.stores = Stores()
        self.leases = Leases(asyncio.get_running_loop().time)
        self.logged = io.StringIO()
        log = Log(stream=self.logged)
        stores: Any = self.stores
        self.heartbeat = Heartbeat(self.leases, stores, stores, LEASE, log)
        self.messages = [Message(f"m{n}", "{}", f"r{n}", 1) for n in range(messages)]
        self.leases.keep(self.messages)
        for number, message in enumerate(self.messages):
            self.leases.of(message).holds(Claim("w", f"e{number}", 1))

    def lease(self, number: int) -> Lease:
        return self.leases.of(self.messages[number])

    @property
    def lost(self) -> list[str]:
        return [each.id for each in self.messages if self.leases.of(each).lost is not None]

    async def run(self, seconds: float) -> None:
        beating = asyncio.create_task(self.heartbeat.run())
        await asyncio.sleep(seconds)
        assert not beating.done()
        beating.cancel()
        await asyncio.wait([beating])

    @property
    def lines(self) -> list[dict[str, Any]]:
        return [json.loads(line) for line in self.logged.getvalue().splitlines()]


async def test_a_beat_renews_messages_by_ten_and_claims_each() -> None:
    beating = Beating(23)

    await beating.heartbeat.beat()

    assert [len(names) for _, names in beating.stores.hidden] == [10, 10, 3]
    assert {name for _, name in beating.stores.extended} == {f"e{n}" for n in range(23)}


async def test_what_has_no_claim_yet_or_any_more_is_hidden_alone() -> None:
    beating = Beating(2)
    beating.lease(0).answered()

    await beating.heartbeat.beat()

    assert [names for _, names in beating.stores.hidden] == [["m0", "m1"]]
    assert [name for _, name in beating.stores.extended] == ["e1"]


async def test_a_call_that_hangs_holds_up_no_other_of_its_beat() -> None:
    beating = Beating(30)
    beating.stores.turns = {"m0": [FOREVER], "e3": [FOREVER]}

    await beating.run(4.5)

    assert [(at, names[0]) for at, names in beating.stores.hidden] == [(4, "m10"), (4, "m20")]
    assert len(beating.stores.extended) == 29


@pytest.mark.parametrize(
    ("name", "turn"),
    [
        ("m0", FOREVER),
        ("m0", QueueUnavailable("away")),
        ("e0", FOREVER),
        ("e0", LedgerUnavailable("away")),
    ],
)
async def test_after_a_beat_without_an_answer_there_is_time_for_another(
    name: str, turn: Any
) -> None:
    """It is renewed at 4 s, not at 8 s, and again before its lease ends at 16 s."""
    beating = Beating(1)
    beating.stores.turns = {name: [None, turn]}

    await beating.run(13)

    times = beating.stores.extended if name == "e0" else beating.stores.hidden
    assert [at for at, _ in times] == [4, 12]
    assert beating.lost == []
    assert [line["level"] for line in beating.lines] == ["warning"]
    assert beating.lines[0]["reason"]


async def test_a_beat_that_takes_long_does_not_put_off_the_next() -> None:
    beating = Beating(1)
    beating.stores.turns = {"m0": [3.0, 3.0, 3.0]}

    await beating.run(15.5)

    assert [at for at, _ in beating.stores.hidden] == [7, 11, 15]


async def test_what_the_queue_gave_to_another_is_lost_and_the_rest_of_its_batch_is_not() -> None:
    beating = Beating(3)
    beating.stores.taken = {"m1"}

    await beating.heartbeat.beat()
    await beating.heartbeat.beat()

    assert beating.lost == ["m1"]
    assert [names for _, names in beating.stores.hidden] == [["m0", "m1", "m2"], ["m0", "m2"]]
    assert [line["message_id"] for line in beating.lines] == ["m1"]


async def test_a_claim_that_went_to_another_is_lost() -> None:
    beating = Beating(2)
    beating.stores.turns = {"e1": [ClaimLost("w e1")]}

    await beating.heartbeat.beat()

    assert beating.lost == ["m1"]


async def test_a_claim_that_was_committed_during_the_beat_is_not_lost() -> None:
    beating = Beating(1)
    answered = asyncio.Event()

    class Committed(Stores):
        async def extend(self, claim: Claim, lease: timedelta) -> None:
            await answered.wait()
            raise ClaimLost(claim.event_id)

    stores: Any = Committed()
    beat = asyncio.create_task(
        Heartbeat(beating.leases, stores, stores, LEASE, Log(stream=beating.logged)).beat()
    )
    await asyncio.sleep(1)
    beating.lease(0).answered()
    answered.set()
    await beat

    assert beating.lost == []


async def test_an_owner_over_its_longest_time_is_cancelled_told_and_not_renewed() -> None:
    beating = Beating(2)
    owner = asyncio.create_task(asyncio.sleep(FOREVER))
    work: Any = owner
    beating.leases.own(beating.messages[0], work, timedelta(seconds=5))
    await asyncio.sleep(6)

    await beating.heartbeat.beat()
    await asyncio.wait([owner])

    assert owner.cancelled()
    assert beating.lost == ["m0"]
    assert [names for _, names in beating.stores.hidden] == [["m1"]]
    assert "longer than its route allows" in beating.lines[0]["reason"]


@pytest.mark.parametrize("name", ["m0", "e0"])
async def test_a_beat_that_breaks_or_is_cancelled_is_over_for_who_waits(name: str) -> None:
    beating = Beating(1)
    beating.stores.turns = {name: [KeyError("a bug in an adapter"), FOREVER]}
    with pytest.raises(KeyError):
        await beating.heartbeat.beat()
    await beating.leases.rest(beating.messages[0])

    beat = asyncio.create_task(beating.heartbeat.beat())
    await asyncio.sleep(1)
    beat.cancel()
    await asyncio.wait_for(beating.leases.rest(beating.messages[0]), 1)


def test_two_beats_may_fail_before_a_lease_ends() -> None:
    assert between(LEASE) * 3 == LEASE
