"""A port that is away for everybody pauses its consumer, and costs no message its tries."""

import asyncio
from dataclasses import replace
from datetime import timedelta
from typing import Any, Protocol

import pytest

from schemas.task import TaskCreated, TaskFailed
from workers.ports import Away, Context
from workers.runtime.breaker import Bounds, Breakers
from workers.runtime.consumer import Consumer, Pace
from workers.runtime.guarded import guarded
from workers.runtime.handlers import Handler
from workers.runtime.health import Limits, ailment
from workers.runtime.logs import Log

MINUTE = timedelta(minutes=1)


class Oracle(Protocol):
    """A port of the tests' own."""

    async def ask(self, event_id: str) -> str: ...


class Moody:
    """Away until a time, and for some events always."""

    def __init__(self, bench: Any, back_after: timedelta, cursed: frozenset[str]) -> None:
        self._bench = bench
        self._back = bench.clock.now() + back_after
        self._cursed = cursed
        self.asked: list[str] = []
        self.answered: list[str] = []
        self.at_once = self.most = 0

    async def ask(self, event_id: str) -> str:
        self.asked.append(event_id)
        self.at_once += 1
        self.most = max(self.most, self.at_once)
        await asyncio.sleep(0.1)
        self.at_once -= 1
        if self._bench.clock.now() < self._back or event_id in self._cursed:
            raise Away("no answer")
        self.answered.append(event_id)
        return "yes"


class World:
    """A consumer of a route whose handler asks the oracle."""

    def __init__(
        self, bench: Any, back_after: timedelta, cursed: frozenset[str] = frozenset()
    ) -> None:
        self.bench = bench
        self.oracle = Moody(bench, back_after, cursed)
        self.breakers = Breakers(Bounds(failures=3), lambda: 0.5)
        self.process = bench.process()

    def consumer(self, **changes: Any) -> Consumer:
        async def handle(event: TaskCreated, oracle: Oracle, context: Context) -> None:
            await oracle.ask(context.event_id)

        port = guarded(self.oracle, Oracle, self.breakers, asyncio.get_running_loop().time)
        courier = replace(
            self.bench.courier(handle, process=self.process, **changes),
            handler=Handler(handle, {"oracle": Oracle, "context": Context}),
            ports={"oracle": port},
            breakers=self.breakers,
        )
        log = Log(stream=self.bench.logged, now=self.bench.clock.now)
        return Consumer(
            courier,
            self.process.wire(self.bench.queue),
            Pace(lease=self.bench.lease),
            log,
            chance=lambda: 0.5,
        )


@pytest.mark.parametrize("outage", [MINUTE, timedelta(hours=1), timedelta(hours=13)], ids=str)
async def test_an_outage_of_whatever_length_parks_nothing(bench: Any, outage: timedelta) -> None:
    world = World(bench, outage)
    for number in range(6):
        bench.send(f"a{number}", group="a")
        bench.send(f"b{number}", group=f"b{number}")

    await bench.run(world.consumer(attempts=3), longest=timedelta(days=1, hours=12))

    assert bench.parked() == {}
    assert len(world.oracle.answered) == 12
    assert [each for each in world.oracle.answered if each[0] == "a"] == [f"a{n}" for n in range(6)]


async def test_a_paused_consumer_receives_nothing_and_lives(bench: Any) -> None:
    world = World(bench, timedelta(hours=1))
    for number in range(40):
        bench.send(f"e{number}", group=f"g{number}")
    consumer = world.consumer(concurrency=4)
    running = asyncio.create_task(consumer.run())
    await asyncio.sleep(60)
    assert set(consumer.away) == {"Oracle"}
    before, asked = world.process.calls.count("receive"), len(world.oracle.asked)
    held = consumer.gauges.buffered

    for _ in range(120):
        await asyncio.sleep(10)
        limits = Limits(poll=50 * MINUTE / 60, attempt=MINUTE, drain=MINUTE)
        assert ailment(consumer.progress.ages(), limits) is None

    # One is received for a probe, as long as there is room.
    assert world.process.calls.count("receive") - before <= len(world.oracle.asked) - asked + 1
    assert held <= consumer.gauges.buffered <= 8
    # A probe at a time, a minute apart at the most; half of it with a chance that is the middle.
    assert 120 * 10 / 60 <= len(world.oracle.asked) - asked <= 120 * 10 / 25
    assert 'flotilla_port_away{route="r",port="Oracle"} 1' in consumer.metrics.text(
        "r", consumer.gauges
    )
    consumer.stop()
    await running
    # What it held is there for others at once, but for the group that failed last.
    assert len(bench.queue.visible()) >= 39


async def test_one_message_is_the_probe(bench: Any) -> None:
    world = World(bench, 5 * MINUTE)
    for number in range(12):
        bench.send(f"e{number}", group=f"g{number}")
    consumer = world.consumer(concurrency=6)
    running = asyncio.create_task(consumer.run())
    await asyncio.sleep(30)
    world.oracle.most = 0

    await asyncio.sleep(4 * 60)
    assert world.oracle.most == 1

    await asyncio.sleep(3 * 60)
    assert (bench.queue.depth, world.oracle.most) == (0, 6)
    assert consumer.away == {}
    consumer.stop()
    await running


async def test_a_message_that_alone_breaks_a_healthy_port_is_parked_after_its_tries(
    bench: Any,
) -> None:
    world = World(bench, timedelta(0), cursed=frozenset({"bad"}))
    bench.send("bad", group="bad")
    for number in range(30):
        bench.send(f"e{number}", group=f"g{number}")

    async def more() -> None:
        for number in range(30, 60):
            await asyncio.sleep(2)
            bench.send(f"e{number}", group=f"g{number}")

    sending = asyncio.create_task(more())
    await bench.run(
        world.consumer(attempts=4), until=lambda: sending.done() and not bench.queue.depth
    )

    assert bench.parked() == {"bad": "retry"}
    assert len(world.oracle.answered) == 60


async def test_an_outage_does_not_count_towards_the_tries_after_it(bench: Any) -> None:
    world = World(bench, timedelta(hours=2), cursed=frozenset({"bad"}))
    bench.send("bad", group="bad")
    consumer = world.consumer(attempts=4)
    running = asyncio.create_task(consumer.run())
    await asyncio.sleep(3 * 3600)
    # Alone it can't be told from an outage.
    assert bench.parked() == {}
    vain = world.oracle.asked.count("bad")

    for number in range(60):
        bench.send(f"good{number}", group=f"good{number}")
        await asyncio.sleep(5)

    assert bench.parked() == {"bad": "retry"}
    assert len(world.oracle.answered) == 60
    # Four tries, of which two were before the breaker opened, beside at most a few probes.
    assert 2 <= world.oracle.asked.count("bad") - vain <= 12
    consumer.stop()
    await running


async def test_what_waits_for_a_port_is_parked_before_its_queue_drops_it(bench: Any) -> None:
    world = World(bench, timedelta(days=30))
    bench.send("e1", group="e1")
    await asyncio.sleep(timedelta(days=2, hours=23).total_seconds())

    await bench.run(world.consumer(), longest=timedelta(hours=2))

    assert bench.parked() == {"e1": "port_away"}
    [(message, parking)] = bench.queue.dead_letters
    assert "Oracle" in parking.reason
    assert message.receives < 50


@pytest.mark.parametrize("what", ["ledger", "bus"])
async def test_an_outage_of_a_store_is_waited_for_like_one_of_a_port(bench: Any, what: str) -> None:
    async def handle(event: TaskCreated, context: Context) -> TaskFailed:
        return TaskFailed(workflow_id="wf-1", task_id="task-1", agent="codegen", reason="no")

    def away(is_away: bool) -> None:
        bench.ledger.down = is_away and what == "ledger"
        bench.bus.refuse_next = 10**9 if is_away and what == "bus" else 0

    for number in range(12):
        bench.send(f"e{number}", group=f"g{number % 6}")
    away(True)
    consumer = bench.consumer(handle, attempts=3)
    running = asyncio.create_task(consumer.run())
    await asyncio.sleep(6 * 3600)
    assert set(consumer.away) == {"stores"}
    assert bench.parked() == {}

    away(False)
    await asyncio.sleep(600)

    assert bench.queue.depth == 0
    assert bench.parked() == {}
    assert consumer.away == {}
    assert sorted(bench.ledger.commits) == sorted(f"e{number}" for number in range(12))
    assert len(set(bench.published())) == 12
    consumer.stop()
    await running
