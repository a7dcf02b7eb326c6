"""A worker at work is protected from scale-in, without a delivery ever waiting for that."""

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import pytest

from schemas.task import TaskCreated
from workers.ports import Context
from workers.runtime.consumer import Consumer, Hooks, Pace
from workers.runtime.logs import Log
from workers.runtime.protection import Guard, ProtectionUnavailable

LASTING = timedelta(minutes=10)


class Agent:
    """Writes down when it was asked for what; refuses while told to."""

    def __init__(self, bench: Any) -> None:
        self._clock = bench.clock
        self._epoch = bench.clock.now()
        self.asked: list[tuple[float, str]] = []
        self.refuses = False

    async def protect(self, lasting: timedelta) -> None:
        assert lasting == LASTING
        self._ask("on")

    async def release(self) -> None:
        self._ask("off")

    def _ask(self, what: str) -> None:
        self.asked.append(((self._clock.now() - self._epoch).total_seconds(), what))
        if self.refuses:
            raise ProtectionUnavailable("no")


@pytest.fixture
async def agent(bench: Any) -> Agent:
    return Agent(bench)


@pytest.fixture
async def guard(bench: Any, agent: Agent) -> AsyncIterator[Guard]:
    made = Guard(agent, Log(stream=bench.logged), lasting=LASTING)
    running = asyncio.create_task(made.run())
    yield made
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)


async def test_an_idle_worker_asks_for_nothing(guard: Guard, agent: Agent) -> None:
    await asyncio.sleep(3600)

    assert agent.asked == []


async def test_it_is_on_at_once_and_off_a_while_after_the_last(guard: Guard, agent: Agent) -> None:
    await asyncio.sleep(5)
    guard.busy(True)
    await asyncio.sleep(20)
    guard.busy(False)
    await asyncio.sleep(60)

    assert agent.asked == [(5, "on"), (35, "off")]


async def test_short_pauses_are_not_told(guard: Guard, agent: Agent) -> None:
    for _ in range(20):
        guard.busy(True)
        await asyncio.sleep(1)
        guard.busy(False)
        await asyncio.sleep(9)
    await asyncio.sleep(60)

    assert [what for _, what in agent.asked] == ["on", "off"]


async def test_it_is_renewed_before_it_ends_however_often_work_begins(
    guard: Guard, agent: Agent
) -> None:
    for _ in range(180):
        guard.busy(True)
        await asyncio.sleep(9)
        guard.busy(False)
        await asyncio.sleep(1)

    gaps = [later - sooner for (sooner, _), (later, _) in zip(
        agent.asked, agent.asked[1:], strict=False
    )]  # fmt: skip
    assert {what for _, what in agent.asked} == {"on"}
    assert len(gaps) == 5
    assert max(gaps) < LASTING.total_seconds()


async def test_a_refusal_is_logged_and_tried_again(guard: Guard, agent: Agent, bench: Any) -> None:
    agent.refuses = True
    guard.busy(True)
    await asyncio.sleep(25)
    agent.refuses = False
    await asyncio.sleep(10)
    agent.refuses = True
    guard.busy(False)
    await asyncio.sleep(15)
    agent.refuses = False
    await asyncio.sleep(60)

    assert [what for _, what in agent.asked] == ["on", "on", "on", "on", "off", "off"]
    assert len(bench.log_lines("not protected")) == 3
    assert len(bench.log_lines("protection not released")) == 1


async def test_a_consumer_tells_its_turns_and_waits_for_nobody(
    bench: Any, guard: Guard, agent: Agent
) -> None:
    async def handle(event: TaskCreated, context: Context) -> None:
        await asyncio.sleep(3)

    agent.refuses = True
    for number in range(6):
        bench.send(f"e{number}", group=f"g{number % 2}")
    turns: list[bool] = []

    def turned(is_busy: bool) -> None:
        turns.append(is_busy)
        guard.busy(is_busy)

    log = Log(stream=bench.logged, now=bench.clock.now)
    consumer = Consumer(
        bench.courier(handle),
        bench.queue,
        Pace(lease=bench.lease),
        log,
        hooks=Hooks(on_turn=turned),
    )
    await bench.run(consumer)

    assert len(bench.ledger.commits) == 6
    assert turns == [True, False] * (len(turns) // 2)
    assert 1 <= len(turns) // 2 <= 3
