"""What the demo says when the fleet fails under it: the cause, not what it led to."""

import asyncio
from datetime import timedelta

import pytest

from workers.cli.demo import while_at_work
from workers.cli.output import CommandError
from workers.ports import Retry

CAUSE = Exception("the embedded AWS ended")


async def well() -> Exception:
    await asyncio.Event().wait()
    raise AssertionError


async def broken() -> Exception:
    return CAUSE


async def test_work_on_a_fleet_that_is_well_gives_its_result() -> None:
    async def work() -> int:
        return 7

    assert await while_at_work(work(), well()) == 7


async def test_work_that_is_done_counts_even_if_the_fleet_ends_with_it() -> None:
    async def work() -> int:
        return 7

    assert await while_at_work(work(), broken()) == 7


async def test_work_that_would_wait_for_ever_ends_with_the_fleet() -> None:
    cleared = asyncio.Event()

    async def work() -> None:
        try:
            await asyncio.Event().wait()
        finally:
            cleared.set()

    with pytest.raises(CommandError, match="the embedded AWS ended"):
        await while_at_work(work(), broken())
    assert cleared.is_set()


async def test_a_call_that_fails_before_the_fleet_knows_is_not_the_cause() -> None:
    called = asyncio.Event()

    async def work() -> None:
        called.set()
        raise Retry("read the report: EndpointConnectionError")

    async def broken_since() -> Exception:
        await called.wait()
        return CAUSE

    with pytest.raises(CommandError, match="the embedded AWS ended"):
        await while_at_work(work(), broken_since(), timedelta(minutes=1))


@pytest.mark.parametrize("error", [Retry("too many requests"), CommandError("it is stuck")])
async def test_work_that_fails_on_a_fleet_that_is_well_says_why_itself(error: Exception) -> None:
    async def work() -> None:
        raise error

    with pytest.raises(type(error), match=str(error)):
        await while_at_work(work(), well(), timedelta())


async def test_an_interruption_ends_the_work_first() -> None:
    started, cleared = asyncio.Event(), asyncio.Event()

    async def work() -> None:
        started.set()
        try:
            await asyncio.Event().wait()
        finally:
            cleared.set()

    demo = asyncio.create_task(while_at_work(work(), well()))
    await started.wait()
    demo.cancel()

    with pytest.raises(asyncio.CancelledError):
        await demo
    assert cleared.is_set()
