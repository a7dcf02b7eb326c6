"""Whatever dies or fails at whatever call: each event has one effect, in order, and none is lost.

Each story is told once for every call that a process makes to the outside, and once more at random.
"""

import asyncio
import json
import random
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from events.publisher import Refusal
from schemas.envelope import child_id
from schemas.task import TaskCreated, TaskFailed
from workers.ports import Context, Reject, Retry
from workers.runtime.ledger import LedgerUnavailable
from workers.runtime.queue import QueueUnavailable

ROUTE_NAME = "codegen-on-task-created"
FAILURE = TaskFailed(workflow_id="wf-1", task_id="task-1", agent="codegen", reason="no")
STORY = ("a1", "a2", "b1")


async def handle(event: TaskCreated, context: Context) -> Any:
    """Says something about most events, and nothing about some."""
    await asyncio.sleep(0.1)
    return None if event.title == "silent" else FAILURE


def send_story(bench: Any) -> None:
    bench.send("a1", group="a")
    bench.send("a2", group="a", title="silent")
    bench.send("b1", group="b")


def check_story(bench: Any) -> None:
    """One effect an event, its outgoing event at least once under one id, nothing left over."""
    assert sorted(bench.ledger.commits) == sorted(STORY)
    assert bench.ledger.commits.index("a1") < bench.ledger.commits.index("a2")
    assert set(bench.published()) == {child_id(ROUTE_NAME, each, 0) for each in ("a1", "b1")}
    assert {bench.ledger.state(ROUTE_NAME, each) for each in STORY} == {"done"}
    assert bench.queue.depth == 0
    assert bench.parked() == {}


async def calls_of_the_story(bench_of: Callable[[], Any]) -> list[str]:
    """What a process calls when nothing goes wrong."""
    bench = bench_of()
    process = bench.process()
    send_story(bench)
    await bench.run(bench.consumer(handle, process=process))
    check_story(bench)
    calls: list[str] = process.calls
    return calls


@pytest.fixture
def bench_of(bench: Any) -> Callable[[], Any]:
    """Makes a bench of its own for each telling."""
    return type(bench)


@pytest.mark.parametrize("afterwards", [False, True], ids=["before", "after"])
async def test_a_process_may_be_killed_at_any_call(
    bench_of: Callable[[], Any], afterwards: bool
) -> None:
    calls = await calls_of_the_story(bench_of)
    assert {"receive", "claim", "handle", "commit", "put", "finish", "delete"} <= set(calls)
    for place in range(len(calls)):
        bench = bench_of()
        send_story(bench)
        process = bench.process(dies_at=place, afterwards=afterwards)
        with pytest.raises(bench.Killed):
            await bench.run(bench.consumer(handle, process=process))

        await bench.run(bench.consumer(handle))

        check_story(bench)


@pytest.mark.parametrize("afterwards", [False, True], ids=["before", "after"])
async def test_the_next_process_may_be_killed_at_any_call_too(
    bench_of: Callable[[], Any], afterwards: bool
) -> None:
    calls = await calls_of_the_story(bench_of)
    chance = random.Random(7)
    for _ in range(40):
        bench = bench_of()
        send_story(bench)
        for _ in range(3):
            place = chance.randrange(len(calls))
            process = bench.process(dies_at=place, afterwards=afterwards)
            try:
                await bench.run(bench.consumer(handle, process=process))
            except bench.Killed:
                continue

        await bench.run(bench.consumer(handle))

        check_story(bench)


class Unreliable:
    """A process whose n-th call gets no answer, before or after its effect; it lives on."""

    def __init__(self, failing: set[int], *, afterwards: bool) -> None:
        self.calls: list[str] = []
        self._failing = failing
        self._afterwards = afterwards

    async def call(self, name: str, function: Any, *arguments: Any) -> Any:
        fails = len(self.calls) in self._failing
        self.calls.append(name)
        if not fails:
            return await function(*arguments)
        if self._afterwards:
            await function(*arguments)
        return self._failed(name, arguments)

    def _failed(self, name: str, arguments: Any) -> Any:
        if name == "put":
            return [Refusal("InternalFailure", "no answer")] * len(arguments[0])
        if name == "handle":
            raise ZeroDivisionError
        if name in ("receive", "delete", "hide", "park"):
            raise QueueUnavailable("no answer")
        raise LedgerUnavailable("no answer")

    def wire(self, target: Any) -> Any:
        process = self

        class Wire:
            def __getattr__(self, name: str) -> Any:
                async def called(*arguments: Any) -> Any:
                    return await process.call(name, getattr(target, name), *arguments)

                return called

        return Wire()


@pytest.mark.parametrize("afterwards", [False, True], ids=["before", "after"])
async def test_any_call_may_fail_once(bench_of: Callable[[], Any], afterwards: bool) -> None:
    calls = await calls_of_the_story(bench_of)
    for place in range(len(calls)):
        bench = bench_of()
        send_story(bench)
        process = Unreliable({place}, afterwards=afterwards)

        await bench.run(bench.consumer(handle, process=process))

        check_story(bench)


@pytest.mark.parametrize("afterwards", [False, True], ids=["before", "after"])
@pytest.mark.parametrize("seed", range(10))
async def test_every_fourth_call_may_fail(
    bench_of: Callable[[], Any], seed: int, afterwards: bool
) -> None:
    bench = bench_of()
    send_story(bench)
    chance = random.Random(seed)
    failing = {place for place in range(10_000) if chance.random() < 0.25}
    process = Unreliable(failing, afterwards=afterwards)

    await bench.run(
        bench.consumer(handle, process=process, attempts=50, patience=timedelta(hours=1))
    )

    check_story(bench)


class World:
    """A random fleet: two consumers that die and come back, duplicates, and handlers of all kinds.

    What a message does is in its title, so that it does the same whoever handles it.
    """

    def __init__(self, bench: Any, seed: int) -> None:
        self.bench = bench
        self.chance = random.Random(seed)
        self.accepted: dict[str, str] = {}
        self.tries: dict[str, int] = {}

    def send(self, messages: int) -> None:
        kinds = ["", "", "silent", "slow", "flaky", "bug", "reject", "later"]
        for number in range(messages):
            group = self.chance.choice("abc")
            event_id, kind = f"{group}{number:02}", self.chance.choice(kinds)
            self.accepted[event_id] = kind
            for _ in range(self.chance.choice([1, 1, 1, 2])):
                self.bench.send(event_id, group=group, title=kind)

    async def handle(self, event: TaskCreated, context: Context) -> Any:
        tries = self.tries[context.event_id] = self.tries.get(context.event_id, 0) + 1
        await asyncio.sleep(self.chance.random() * (60 if event.title == "slow" else 1))
        match event.title:
            case "bug":
                raise ZeroDivisionError
            case "reject":
                raise Reject("no")
            case "flaky" if tries % 2:
                raise ZeroDivisionError
            case "later" if tries % 2:
                raise Retry("later", timedelta(seconds=self.chance.randrange(40)))
            case "silent":
                return None
        return FAILURE

    async def live(self, deaths: int) -> None:
        """One consumer after another in each of two places; the last ones live."""
        await asyncio.gather(*(self._place(deaths) for _ in range(2)))

    async def _place(self, deaths: int) -> None:
        for _ in range(deaths):
            process = self.bench.process(
                dies_at=self.chance.randrange(60), afterwards=self.chance.random() < 0.5
            )
            try:
                await self.bench.run(self._consumer(process), longest=timedelta(hours=6))
            except self.bench.Killed:
                await asyncio.sleep(self.chance.random() * 5)
        await self.bench.run(self._consumer(None))

    def _consumer(self, process: Any) -> Any:
        return self.bench.consumer(
            self.handle, process=process, attempts=20, timeout=timedelta(minutes=5)
        )

    def of_group(self, group: str) -> Iterator[str]:
        return (each for each in self.bench.ledger.commits if each[0] == group)


@settings(max_examples=20, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    seed=st.integers(0, 2**32),
    messages=st.integers(1, 10),
    deaths=st.integers(0, 5),
)
async def test_every_accepted_message_ends_completed_or_parked(
    bench_of: Callable[[], Any], seed: int, messages: int, deaths: int
) -> None:
    bench = bench_of()
    world = World(bench, seed)
    world.send(messages)

    await world.live(deaths)

    commits, parked = bench.ledger.commits, bench.parked()
    assert bench.queue.depth == 0
    assert len(set(commits)) == len(commits), "an event had two effects"
    assert set(commits) | set(parked) == set(world.accepted), "a message was lost"
    assert {each for each, kind in world.accepted.items() if kind in ("bug", "reject")} == set(
        parked
    )
    assert {bench.ledger.state(ROUTE_NAME, each) for each in commits} <= {"done"}
    for group in "abc":
        # Sent in the order of their names; those that never fail keep it.
        kept = list(world.of_group(group))
        assert kept == sorted(kept), "a group was overtaken"
    told = {json.loads(entry["Detail"])["metadata"]["caused_by"] for entry in bench.bus.entries}
    assert told == {each for each in commits if world.accepted[each] != "silent"}
