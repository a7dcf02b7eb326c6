"""Events that are too large to travel, through a whole delivery: out, in, away and gone."""

import json
from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

from events.claim_check import CARRIED_LIMIT, claim_check, reduced_body
from events.codec import entry_size
from schemas.task import TaskCreated, TaskFailed
from workers.ports import Context, Reject
from workers.runtime.consumer import Consumer, Pace
from workers.runtime.logs import Log
from workers.runtime.stowing import StowingLedger
from workers.runtime.testing_payloads import FakePayloads

Handle = Callable[[TaskCreated, Context], Awaitable[TaskFailed | None]]
LARGE = "ü" * CARRIED_LIMIT


async def verbose(event: TaskCreated, context: Context) -> TaskFailed:
    return TaskFailed(workflow_id="wf-1", task_id="task-1", agent="codegen", reason=LARGE)


def consumer(bench: Any, handle: Handle, payloads: FakePayloads) -> Consumer:
    courier = bench.courier(handle)
    return Consumer(
        replace(courier, payloads=payloads, ledger=StowingLedger(bench.ledger, payloads)),
        bench.queue,
        Pace(lease=bench.lease),
        Log(stream=bench.logged, now=bench.clock.now),
        chance=lambda: 0.5,
    )


async def small(bench: Any, payloads: FakePayloads, event_id: str) -> str:
    """A body whose detail lies in the store."""
    body = bench.body(event_id, title="the whole title")
    content = json.dumps(json.loads(body)["detail"], separators=(",", ":")).encode()
    await payloads.store(content)
    reduced = json.loads(reduced_body(body, claim_check(content)))
    del reduced["detail"]["title"]
    return json.dumps(reduced)


async def test_a_large_answer_travels_by_claim_check(bench: Any) -> None:
    payloads = FakePayloads()
    bench.send("e1")

    await bench.run(consumer(bench, verbose, payloads))

    [made] = bench.bus.entries
    detail = json.loads(made["Detail"])
    assert entry_size(made) <= CARRIED_LIMIT
    assert (detail["workflow_id"], "reason" in detail) == ("wf-1", False)
    [kept] = payloads.kept.values()
    assert json.loads(kept)["reason"] == LARGE


async def test_a_handler_sees_the_whole_of_what_came_by_claim_check(bench: Any) -> None:
    payloads, seen = FakePayloads(), []

    async def look(event: TaskCreated, context: Context) -> None:
        seen.append(event.title)

    bench.queue.send(await small(bench, payloads, "e1"), group="g")

    await bench.run(consumer(bench, look, payloads))

    assert seen == ["the whole title"]
    assert bench.ledger.commits == ["e1"]


async def test_what_is_parked_travels_small_and_is_known_by_its_event(bench: Any) -> None:
    payloads = FakePayloads()

    async def no(event: TaskCreated, context: Context) -> None:
        raise Reject("not today")

    body = await small(bench, payloads, "e1")
    bench.queue.send(body, group="g")

    await bench.run(consumer(bench, no, payloads))

    [(message, parking)] = bench.queue.dead_letters
    assert message.body == body
    assert (parking.cause, parking.event_id) == ("rejected", "e1")


async def test_a_payload_that_is_gone_parks_its_event_at_once(bench: Any) -> None:
    payloads = FakePayloads()
    bench.queue.send(await small(bench, payloads, "e1"), group="g")
    payloads.kept.clear()

    await bench.run(consumer(bench, verbose, payloads))

    assert bench.parked() == {"e1": "undecodable"}


async def test_a_store_that_is_away_costs_no_message_a_try(bench: Any) -> None:
    payloads = FakePayloads()
    bench.queue.send(await small(bench, payloads, "in"), group="in")
    bench.send("out", group="out")
    payloads.down = True
    served = consumer(bench, verbose, payloads)

    started = bench.clock.now()
    await bench.run(
        served,
        until=lambda: bench.clock.now() > started + timedelta(hours=1),
    )
    assert bench.parked() == {}
    assert bench.ledger.commits == []

    payloads.down = False
    await bench.run(consumer(bench, verbose, payloads))

    assert bench.parked() == {}
    assert sorted(bench.ledger.commits) == ["in", "out"]
