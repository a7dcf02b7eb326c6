"""A handler that asks for days: the message is sent again by a scheduler, or waits as it can."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest

from schemas.task import TaskCreated
from workers.ports import Context, Retry
from workers.runtime.consumer import Consumer, Pace
from workers.runtime.logs import Log
from workers.runtime.postpone import (
    MOST_POSTPONEMENTS,
    POSTPONED,
    Postponement,
    PostponementUnavailable,
    Scheduler,
)
from workers.runtime.testing_payloads import FakePayloads

HOUR = timedelta(hours=1)
Handle = Callable[[TaskCreated, Context], Awaitable[None]]


class FakeScheduler:
    """Sends what it was told to at its time, once a name."""

    def __init__(self, bench: Any) -> None:
        self._bench = bench
        self.made: dict[str, Postponement] = {}
        self.asked = 0
        self.down = False
        self._sending: set[asyncio.Task[None]] = set()

    async def postpone(self, postponement: Postponement) -> None:
        await asyncio.sleep(0)
        self.asked += 1
        if self.down:
            raise PostponementUnavailable("the fake scheduler is down")
        if postponement.identity not in self.made:
            self.made[postponement.identity] = postponement
            sending = asyncio.create_task(self._send(postponement))
            self._sending.add(sending)
            sending.add_done_callback(self._sending.discard)

    async def _send(self, due: Postponement) -> None:
        await asyncio.sleep((due.at - self._bench.clock.now()).total_seconds())
        attributes = {**due.message.attributes, POSTPONED: str(due.count)}
        self._bench.queue.send(due.body, group=due.group, attributes=attributes)


class Asking:
    """Asks for a wait so often, and notes when it was called."""

    def __init__(self, bench: Any, wait: timedelta, times: int = 1) -> None:
        self._bench = bench
        self._wait = wait
        self._times = times
        self.at: list[tuple[str, datetime]] = []

    async def __call__(self, event: TaskCreated, context: Context) -> None:
        self.at.append((context.event_id, self._bench.clock.now()))
        if event.title == "wait" and self._times > 0:
            self._times -= 1
            raise Retry("not before", after=self._wait)


def consumer(
    bench: Any,
    handle: Handle,
    scheduler: Scheduler | None,
    *,
    process: Any = None,
    payloads: FakePayloads | None = None,
) -> Consumer:
    process = process or bench.process()
    courier = bench.courier(handle, process=process)
    return Consumer(
        replace(courier, payloads=payloads or FakePayloads(), scheduler=scheduler),
        process.wire(bench.queue),
        Pace(lease=bench.lease),
        Log(stream=bench.logged, now=bench.clock.now),
        chance=lambda: 0.5,
    )


def times(handle: Asking, event_id: str) -> list[datetime]:
    return [at for event, at in handle.at if event == event_id]


async def later(wait: timedelta) -> None:
    """Time in which no consumer runs, which takes none."""
    await asyncio.sleep(wait.total_seconds())


async def test_a_wait_of_days_leaves_the_queue_and_comes_back_in_time(bench: Any) -> None:
    handle, scheduler = Asking(bench, timedelta(days=2)), FakeScheduler(bench)
    bench.send("e1", title="wait")
    bench.send("e2")
    began = bench.clock.now()

    await bench.run(consumer(bench, handle, scheduler))
    # Its group does not wait for it.
    assert bench.ledger.commits == ["e2"]
    [due] = scheduler.made.values()
    assert timedelta(days=2) <= due.at - began < timedelta(days=2) + HOUR
    await later(timedelta(days=2))
    await bench.run(consumer(bench, handle, scheduler))

    assert bench.ledger.commits == ["e2", "e1"]
    assert bench.parked() == {}


async def test_without_a_scheduler_it_waits_for_as_long_as_a_queue_can_hide_it(bench: Any) -> None:
    handle = Asking(bench, timedelta(days=2))
    bench.send("e1", title="wait")

    await bench.run(consumer(bench, handle, None), until=lambda: bool(handle.at))
    await later(10 * HOUR + timedelta(minutes=59))
    assert bench.queue.visible() == []
    await later(timedelta(minutes=2))
    await bench.run(consumer(bench, handle, None))

    assert len(times(handle, "e1")) == 2
    assert bench.ledger.commits == ["e1"]


async def test_a_scheduler_that_is_away_loses_nothing(bench: Any) -> None:
    handle, scheduler = Asking(bench, timedelta(days=2)), FakeScheduler(bench)
    scheduler.down = True
    bench.send("e1", title="wait")

    await bench.run(consumer(bench, handle, scheduler), until=lambda: bool(handle.at))
    assert bench.queue.depth == 1
    await later(11 * HOUR)
    await bench.run(consumer(bench, handle, scheduler))

    assert bench.ledger.commits == ["e1"]
    assert len(bench.log_lines("not postponed")) == 1


async def test_who_dies_between_the_schedule_and_the_delete_schedules_the_same_again(
    bench: Any,
) -> None:
    handle, scheduler = Asking(bench, timedelta(days=1), times=2), FakeScheduler(bench)
    bench.send("e1", title="wait")
    with pytest.raises(bench.Killed):
        await bench.run(consumer(bench, handle, scheduler, process=bench.process(dies_at="delete")))
    assert bench.queue.depth == 1

    await bench.run(consumer(bench, handle, scheduler))
    assert (scheduler.asked, len(scheduler.made)) == (2, 1)
    await later(timedelta(days=1))
    await bench.run(consumer(bench, handle, scheduler))

    assert len(times(handle, "e1")) == 3
    assert bench.ledger.commits == ["e1"]


async def test_what_asks_again_and_again_is_parked_at_last(bench: Any) -> None:
    handle, scheduler = Asking(bench, 12 * HOUR, times=1000), FakeScheduler(bench)
    told = {POSTPONED: str(MOST_POSTPONEMENTS - 1)}
    bench.queue.send(bench.body("e1", title="wait"), group="g", attributes=told)

    await bench.run(consumer(bench, handle, scheduler))
    assert len(scheduler.made) == 1
    await later(12 * HOUR)
    await bench.run(consumer(bench, handle, scheduler))

    assert bench.parked() == {"e1": "postponed_too_often"}
    assert len(times(handle, "e1")) == 2


async def test_a_large_body_waits_by_claim_check(bench: Any) -> None:
    handle, scheduler, payloads = (
        Asking(bench, timedelta(days=1)),
        FakeScheduler(bench),
        FakePayloads(),
    )
    body = bench.body("e1", title="wait")
    large = body.replace('"title": "wait"', f'"title": "wait", "unknown": "{"x" * 100_000}"')
    bench.queue.send(large, group="g")

    await bench.run(consumer(bench, handle, scheduler, payloads=payloads))
    [due] = scheduler.made.values()
    assert len(due.body) < 10_000
    assert "claim_check" in due.body
    await later(timedelta(days=1))
    await bench.run(consumer(bench, handle, scheduler, payloads=payloads))

    assert bench.ledger.commits == ["e1"]
