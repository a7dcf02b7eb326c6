"""What the runtime promises holds whatever happens to a fleet, and in whatever order."""

import asyncio
from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from schemas.task import TaskCreated, TaskFailed
from tests.workers.runtime.stateful.machine import prove
from workers.ports import Context, Reject
from workers.runtime.consumer import Consumer, Pace
from workers.runtime.leases import Leases
from workers.runtime.logs import Log
from workers.runtime.queue import Message, Parking
from workers.runtime.settle import Unacceptable
from workers.runtime.settler import Settler

ANSWER = TaskFailed(workflow_id="wf-1", task_id="task-1", agent="codegen", reason="no")


def test_every_guarantee_holds_after_every_step_of_every_story() -> None:
    prove(examples=50, steps=30)


async def silent(event: TaskCreated, context: Context) -> None:
    return None


async def test_what_the_beat_that_a_settler_waits_for_has_lost_is_not_parked(bench: Any) -> None:
    bench.send("a")
    [message] = await bench.queue.receive(1, timedelta(0), bench.lease)
    leases = Leases(asyncio.get_running_loop().time)
    leases.keep([message])
    lease = leases.of(message)
    courier, log = bench.courier(silent), Log(stream=bench.logged, now=bench.clock.now)
    settler = Settler(courier, bench.queue, leases, log, lambda: 0.5)
    leases.begin()
    rejected = Unacceptable(Parking("rejected", "no", courier.route.name))
    settling = asyncio.create_task(settler.settle(lease, rejected))
    await asyncio.sleep(0.1)

    leases.lose(lease, "the queue gave the message to somebody else")
    leases.end()

    assert not await settling
    assert bench.parked() == {}


class Stalled:
    """A queue whose first answer takes as long as its process is stopped."""

    def __init__(self, queue: Any, seconds: float) -> None:
        self._queue = queue
        self._seconds = seconds

    async def receive(self, limit: int, wait: timedelta, lease: timedelta) -> Sequence[Message]:
        received: Sequence[Message] = await self._queue.receive(limit, wait, lease)
        seconds, self._seconds = self._seconds, 0
        await asyncio.sleep(seconds)
        return received

    def __getattr__(self, name: str) -> Any:
        return getattr(self._queue, name)


async def test_who_slept_over_its_receive_handles_nothing_of_it(bench: Any) -> None:
    handled: list[str] = []

    async def handle(event: TaskCreated, context: Context) -> TaskFailed:
        handled.append(context.event_id)
        if len(handled) == 1:
            raise Reject("not today")
        return ANSWER

    bench.send("a")
    stalled, log = Stalled(bench.queue, 60), Log(stream=bench.logged, now=bench.clock.now)
    sleeper = Consumer(bench.courier(handle), stalled, Pace(lease=bench.lease), log)
    sleeping = asyncio.create_task(sleeper.run())
    await asyncio.sleep(1)
    await bench.run(bench.consumer(handle))
    assert bench.parked() == {"a": "rejected"}

    await asyncio.sleep(100)
    sleeper.stop()
    await sleeping

    assert handled == ["a"]
    assert bench.ledger.commits == []
