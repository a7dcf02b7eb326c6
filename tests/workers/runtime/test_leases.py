"""Leases: who is renewed, who is cancelled, and who waits, from one thread and from two."""

import asyncio
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest

from workers.runtime.leases import Lease, LeaseLost, Leases, tries
from workers.runtime.ledger import Claim
from workers.runtime.queue import Message

LONGEST = timedelta(seconds=30)


def a_message(number: int = 1, receives: int = 1) -> Message:
    return Message(f"m{number}", "{}", f"m{number}-r{receives}", receives, group="g")


class Held:
    """Leases under a clock that moves when told, and a message with an owner that sleeps."""

    def __init__(self) -> None:
        self.seconds = 0.0
        self.leases = Leases(lambda: self.seconds)
        self.message = a_message()
        self.leases.keep([self.message])
        self.lease = self.leases.of(self.message)
        self.owner = asyncio.create_task(self._work())

    async def _work(self) -> None:
        await asyncio.sleep(3600)

    async def ends(self) -> str | None:
        """How the owner ends within its time: with which message, if it was cancelled."""
        try:
            await self.owner
        except asyncio.CancelledError as error:
            return str(error)
        return None


@pytest.fixture
async def held() -> Held:
    return Held()


def renewed(leases: Leases) -> list[str]:
    found = [each.message.id for each in leases.begin()]
    leases.end()
    return found


async def test_what_is_kept_is_renewed_until_it_is_let_go() -> None:
    leases = Leases()
    first, second = a_message(1), a_message(2)
    leases.keep([first])
    leases.keep([second])
    assert renewed(leases) == ["m1", "m2"]

    assert leases.let_go(first)

    assert renewed(leases) == ["m2"]
    assert len(leases) == 1
    assert leases.let_go(first)


async def test_a_lost_lease_cancels_its_owner_once_and_is_not_renewed(held: Held) -> None:
    held.leases.own(held.message, held.owner, LONGEST)

    assert held.leases.lose(held.lease, "taken")
    assert not held.leases.lose(held.lease, "again")

    assert await held.ends() == "lease lost"
    assert held.lease.lost == "taken"
    assert renewed(held.leases) == []
    assert not held.leases.let_go(held.message)
    with pytest.raises(LeaseLost, match="taken"):
        held.lease.ensure()


async def test_what_was_let_go_cancels_nobody_and_is_known_to_be_lost(held: Held) -> None:
    held.leases.own(held.message, held.owner, LONGEST)
    held.leases.let_go(held.message)

    assert not held.leases.lose(held.lease, "too late")

    assert await held.ends() is None
    assert held.lease.lost == "too late"


async def test_a_redelivery_is_not_lost_with_the_delivery_before_it(held: Held) -> None:
    again = a_message(receives=2)
    held.leases.keep([again])

    held.leases.lose(held.lease, "redelivered")

    held.leases.of(again).ensure()
    assert renewed(held.leases) == ["m1"]


async def test_a_lease_that_is_lost_before_it_has_an_owner_says_so_to_whoever_asks(
    held: Held,
) -> None:
    assert held.leases.lose(held.lease, "early")
    held.leases.own(held.message, held.owner, LONGEST)

    with pytest.raises(LeaseLost):
        held.lease.ensure()
    held.owner.cancel()


@pytest.mark.parametrize(("passed", "is_over"), [(0, False), (30, False), (30.5, True)])
async def test_an_owner_has_its_longest_time_and_no_more(
    held: Held, passed: float, is_over: bool
) -> None:
    held.leases.own(held.message, held.owner, LONGEST)
    held.seconds = passed

    assert [each is held.lease for each in held.leases.overdue()] == [True] * is_over


async def test_nothing_is_overdue_that_is_lost_let_go_or_has_no_owner(held: Held) -> None:
    lost, gone, held_on, waiting = (a_message(number) for number in range(2, 6))
    held.leases.keep([lost, gone, held_on, waiting])
    for message in (held.message, lost, gone, held_on):
        held.leases.own(message, held.owner, LONGEST)
    held.seconds = 10_000
    held.leases.lose(held.leases.of(lost), "taken")
    held.leases.let_go(gone)
    held.leases.disown(held_on)
    held.leases.disown(gone)

    assert [each.message.id for each in held.leases.overdue()] == ["m1"]


async def test_a_held_message_has_nobody_to_cancel(held: Held) -> None:
    held.leases.own(held.message, held.owner, LONGEST)
    held.leases.disown(held.message)

    assert held.leases.lose(held.lease, "taken")

    assert await held.ends() is None


async def test_rest_waits_for_a_beat_that_renews_the_message_and_for_no_other(held: Held) -> None:
    await held.leases.rest(held.message)
    held.leases.begin()
    late = a_message(2)
    held.leases.keep([late])
    held.leases.let_go(held.message)
    waits = [asyncio.create_task(held.leases.rest(held.message)) for _ in range(3)]
    await held.leases.rest(late)
    await asyncio.sleep(1)
    assert not any(each.done() for each in waits)
    # Who waits may be cancelled, and that is nobody else's.
    waits[0].cancel()
    await asyncio.sleep(1)

    held.leases.end()

    await asyncio.wait_for(asyncio.gather(*waits[1:]), 1)
    await held.leases.rest(held.message)


@pytest.mark.parametrize(
    ("receives", "token", "excused", "expected"),
    [(1, 1, 0, 1), (5, 2, 0, 2), (1, 6, 0, 1), (9, 7, 4, 3), (10_000, 10_000, 0, 10_000)],
)
def test_a_try_is_what_was_both_received_and_claimed(
    receives: int, token: int, excused: int, expected: int
) -> None:
    claim = Claim("w", "e1", token, excused=excused)
    lease = Lease(a_message(receives=receives))
    assert lease.tries == receives

    lease.holds(claim)

    assert lease.tries == tries(lease.message, claim) == expected
    assert lease.claim is claim
    lease.answered()
    assert lease.tries == expected
    assert [lease.claim] == [None]


async def in_a_thread(work: Callable[[], Any]) -> Any:
    with ThreadPoolExecutor(1) as executor:
        return await asyncio.wrap_future(executor.submit(work))


class Owner:
    """A task, as far as a lease knows it: notes which thread cancels it."""

    def __init__(self) -> None:
        self._loop = asyncio.get_running_loop()
        self.cancelled: asyncio.Future[int] = self._loop.create_future()

    def get_loop(self) -> asyncio.AbstractEventLoop:
        return self._loop

    def cancel(self, _message: str) -> None:
        self.cancelled.set_result(threading.get_ident())


def test_a_lease_that_another_thread_loses_cancels_its_owner_in_its_own_loop() -> None:
    async def story() -> int:
        held = Held()
        owner: Any = Owner()
        held.leases.own(held.message, owner, LONGEST)
        assert await in_a_thread(lambda: held.leases.lose(held.lease, "taken"))
        thread: int = await asyncio.wait_for(owner.cancelled, 20)
        return thread

    assert asyncio.run(story()) == threading.get_ident()


def test_a_beat_that_another_thread_ends_lets_go_on_who_waits() -> None:
    async def story() -> None:
        held = Held()
        await in_a_thread(held.leases.begin)
        waiting = asyncio.create_task(held.leases.rest(held.message))
        await asyncio.sleep(0)
        assert not waiting.done()
        await in_a_thread(held.leases.end)
        await asyncio.wait_for(waiting, 10)

    asyncio.run(story())
