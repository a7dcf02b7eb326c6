"""Leases renewed on a thread of their own, under a real event loop that is blocked meanwhile.

What blocks it waits for what the thread does, and so do the tests: none depends on how long that
takes, only on its happening at all.
"""

import asyncio
import io
import threading
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import Any

import pytest

from workers.runtime.leases import Leases
from workers.runtime.ledger import Claim, ClaimLost
from workers.runtime.logs import Log
from workers.runtime.queue import Message
from workers.runtime.renewal_thread import RenewalThread

LEASE = timedelta(seconds=0.3)
LONG = timedelta(hours=1)
# For what has to happen; no test waits that long unless it fails.
PATIENCE = 20.0
MESSAGE = Message("m1", "{}", "r1", 1, group="g")
CLAIM = Claim("w", "e1", 1)


class Noted(io.StringIO):
    """A log whose lines can be waited for from any thread."""

    def __init__(self) -> None:
        super().__init__()
        self.lost = threading.Event()

    def write(self, text: str) -> int:
        if '"lease lost"' in text:
            self.lost.set()
        return super().write(text)


class Stores:
    """A queue and a ledger as the thread sees them."""

    def __init__(self) -> None:
        self.threads: set[int] = set()
        self.opened: list[int] = []
        self.closed = threading.Event()
        self.openings_that_fail = 0
        self.renewals = 0
        self.error: BaseException | None = None
        self.extend_error: Exception | None = None
        self.taken: frozenset[str] = frozenset()
        self.hangs = False
        self._changed = threading.Condition()

    @asynccontextmanager
    async def open(self) -> AsyncIterator[tuple[Any, Any]]:
        self.opened.append(threading.get_ident())
        if len(self.opened) <= self.openings_that_fail:
            raise OSError("no way there")
        try:
            yield self, self
        finally:
            self.closed.set()

    async def hide(self, messages: Sequence[Message], duration: timedelta) -> frozenset[str]:
        assert duration == LEASE
        self.threads.add(threading.get_ident())
        if self.error is not None:
            raise self.error
        with self._changed:
            self.renewals += 1
            self._changed.notify_all()
        if self.hangs:
            await asyncio.sleep(3600)
        return self.taken

    async def extend(self, claim: Claim, lease: timedelta) -> None:
        assert (claim, lease) == (CLAIM, LEASE)
        if self.extend_error is not None:
            raise self.extend_error

    def await_renewals(self, more: int) -> bool:
        """Blocks the thread that asks until so many more have been made."""
        with self._changed:
            end = self.renewals + more
            return self._changed.wait_for(lambda: self.renewals >= end, PATIENCE)


class Looked(Leases):
    """Leases that can be waited for to be looked at."""

    def __init__(self, now: Callable[[], float]) -> None:
        super().__init__(now)
        self.looks = threading.Semaphore(0)

    def __len__(self) -> int:
        self.looks.release()
        return super().__len__()


class Process:
    """One process: leases, the thread that renews them, and a handler that runs as their owner."""

    def __init__(self) -> None:
        self.leases = Looked(asyncio.get_running_loop().time)
        self.stores = Stores()
        self.log = Noted()
        self.thread = RenewalThread(self.leases, self.stores.open, LEASE, Log(stream=self.log))
        self.running = asyncio.create_task(self.thread.run())

    def work(self, handler: Callable[[], object], longest: timedelta = LONG) -> asyncio.Task[None]:
        """A handler that blocks the event loop, and then goes on in it for as long as it may."""

        async def work() -> None:
            handler()
            # Gives way, as what follows a handler does: the ledger, the bus, the queue.
            await asyncio.sleep(0)
            self.leases.of(MESSAGE).ensure()

        self.leases.keep([MESSAGE])
        self.leases.of(MESSAGE).holds(CLAIM)
        owner = asyncio.create_task(work())
        self.leases.own(MESSAGE, owner, longest)
        return owner

    async def end(self) -> None:
        self.running.cancel()
        await asyncio.wait([self.running])


@pytest.fixture
async def process() -> AsyncIterator[Process]:
    made = Process()
    yield made
    await made.end()


def renewers() -> list[threading.Thread]:
    return [each for each in threading.enumerate() if each.name.startswith("lease-renewal")]


def ended(threads: Sequence[threading.Thread]) -> bool:
    for each in threads:
        each.join(PATIENCE)
    return not any(each.is_alive() for each in threads)


async def test_a_handler_that_blocks_the_loop_for_longer_than_the_lease_keeps_it(
    process: Process,
) -> None:
    # Four renewals are more than a lease apart.
    owner = process.work(lambda: process.stores.await_renewals(4) or pytest.fail("not renewed"))

    await owner

    assert process.leases.of(MESSAGE).lost is None
    assert threading.get_ident() not in process.stores.threads
    assert not process.running.done()


async def test_a_handler_that_blocks_the_loop_for_longer_than_it_may_has_lost_its_lease(
    process: Process,
) -> None:
    def block() -> None:
        assert process.stores.await_renewals(1)
        assert process.log.lost.wait(PATIENCE)

    owner = process.work(block, longest=LEASE)
    await asyncio.wait([owner], timeout=PATIENCE)

    assert owner.cancelled()
    assert "longer than its route allows" in (process.leases.of(MESSAGE).lost or "")
    renewals = process.stores.renewals
    assert not process.running.done()
    # Nothing is left to renew, though the thread goes on.
    other = Message("m2", "{}", "r2", 1)
    process.leases.keep([other])
    assert await asyncio.to_thread(process.stores.await_renewals, 1)
    assert process.stores.renewals > renewals


@pytest.mark.parametrize("from_whom", ["queue", "ledger"])
async def test_a_lease_that_is_lost_while_the_loop_is_blocked_cancels_the_handler_after(
    process: Process, from_whom: str
) -> None:
    if from_whom == "queue":
        process.stores.taken = frozenset({"m1"})
    else:
        process.stores.extend_error = ClaimLost("w e1")

    owner = process.work(lambda: process.log.lost.wait(PATIENCE) or pytest.fail("not lost"))
    await asyncio.wait([owner], timeout=PATIENCE)

    assert owner.cancelled()


async def test_the_loop_waits_for_a_renewal_of_the_thread_before_it_sets_a_backoff(
    process: Process,
) -> None:
    process.stores.hangs = True
    process.leases.keep([MESSAGE])
    assert await asyncio.to_thread(process.stores.await_renewals, 1)
    process.leases.let_go(MESSAGE)

    # The call that hangs is given up; a test that waits in vain fails here.
    await asyncio.wait_for(process.leases.rest(MESSAGE), PATIENCE)

    assert process.leases.begin() == []


async def test_a_call_that_hangs_does_not_end_the_renewals(process: Process) -> None:
    process.stores.hangs = True
    process.leases.keep([MESSAGE])

    assert await asyncio.to_thread(process.stores.await_renewals, 3)

    assert process.leases.of(MESSAGE).lost is None


async def test_nothing_is_opened_before_there_is_anything_to_renew(process: Process) -> None:
    [thread] = renewers()
    for _ in range(3):
        assert await asyncio.to_thread(process.leases.looks.acquire, timeout=PATIENCE)
    assert process.stores.opened == []

    process.leases.keep([MESSAGE])

    assert await asyncio.to_thread(process.stores.await_renewals, 2)
    assert process.stores.opened == [thread.ident]


async def test_an_opening_that_fails_is_said_and_tried_again(process: Process) -> None:
    process.stores.openings_that_fail = 2
    process.leases.keep([MESSAGE])

    assert await asyncio.to_thread(process.stores.await_renewals, 1)

    assert len(process.stores.opened) == 3
    assert process.log.getvalue().count('"lease not renewed"') == 2


async def test_a_thread_that_dies_ends_the_run_with_what_it_died_of(process: Process) -> None:
    [thread] = renewers()
    process.stores.error = KeyError("a bug in an adapter")
    process.leases.keep([MESSAGE])

    with pytest.raises(KeyError, match="a bug in an adapter"):
        await asyncio.wait_for(process.running, PATIENCE)

    assert process.stores.closed.is_set()
    assert await asyncio.to_thread(ended, [thread])
    # Nobody waits for a beat that never ends.
    await asyncio.wait_for(process.leases.rest(MESSAGE), PATIENCE)


async def test_a_thread_that_can_not_begin_ends_the_run() -> None:
    class Crowded(RenewalThread):
        def _thread(self, stop: Any) -> None:
            raise OSError("too many open files")

    crowded = Crowded(Leases(), Stores().open, LEASE, Log(stream=io.StringIO()))

    with pytest.raises(OSError, match="too many open files"):
        await asyncio.wait_for(crowded.run(), PATIENCE)


async def test_the_thread_ends_with_its_run_and_closes_what_it_opened(process: Process) -> None:
    [thread] = renewers()
    process.leases.keep([MESSAGE])
    assert await asyncio.to_thread(process.stores.await_renewals, 1)

    await process.end()

    assert process.running.cancelled()
    assert process.stores.closed.is_set()
    assert await asyncio.to_thread(ended, [thread])


async def test_a_run_that_is_cancelled_at_once_leaves_no_thread_behind() -> None:
    """Python waits for every thread when it ends: one that is never told to would hold it up."""
    before = set(renewers())
    thread = RenewalThread(Leases(), Stores().open, LEASE, Log(stream=io.StringIO()))
    running = asyncio.create_task(thread.run())
    await asyncio.sleep(0)
    started = [each for each in renewers() if each not in before]
    assert len(started) == 1

    running.cancel()
    await asyncio.wait([running], timeout=PATIENCE)

    assert running.cancelled()
    assert await asyncio.to_thread(ended, started)
