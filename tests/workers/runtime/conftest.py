"""A bench for the runtime: fakes, a consumer over them, and an event loop whose time is virtual.

Time stands still while there is anything to do and jumps to the next timer when there is not, so
that a story of hours takes milliseconds, and takes the same turns every time.
"""

import asyncio
import io
import json
import selectors
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from events.codec import Entry
from events.publisher import Publisher
from events.routes import Route
from events.topology import SPARE_RECEIVES
from schemas.codegen import CodegenCompleted
from schemas.task import TaskCreated, TaskFailed
from workers.ports import Context
from workers.runtime.consumer import Consumer, Pace
from workers.runtime.delivery import Courier
from workers.runtime.handlers import Handler
from workers.runtime.ledger import Claim, Write
from workers.runtime.logs import Log
from workers.runtime.testing import FakeBus, FakeLedger, FakeQueue
from workers.runtime.tracing import SilentTracer

Handle = Callable[[TaskCreated, Context], Awaitable[object]]

EPOCH = datetime(2026, 11, 2, tzinfo=UTC)
ROUTE = Route(event=TaskCreated, worker="codegen", publishes=(TaskFailed, CodegenCompleted))
LEASE = timedelta(seconds=12)
# No story is longer. One that is waits for something that does not happen.
LONGEST = timedelta(days=4)


class _Jump(selectors.DefaultSelector):
    """Waits for nothing: where it would, it moves time on."""

    now = 0.0

    def select(self, timeout: float | None = None) -> Any:
        if timeout is None:
            raise RuntimeError("nothing is left to happen, and the test still waits")
        ready = super().select(0)
        if not ready and timeout > 0:
            self.now += timeout
        if self.now > LONGEST.total_seconds():
            raise RuntimeError(f"the story is longer than {LONGEST}")
        return ready


class VirtualTimeLoop(asyncio.SelectorEventLoop):
    """An event loop in which a sleep takes no time."""

    def __init__(self) -> None:
        self._jump = _Jump()
        super().__init__(self._jump)

    def time(self) -> float:
        return self._jump.now

    def call_exception_handler(self, context: Any) -> None:
        # Nobody is left to ask what a killed process's tasks died of.
        if not isinstance(context.get("exception"), Killed):
            super().call_exception_handler(context)


def pytest_asyncio_loop_factories(config: Any, item: Any) -> Mapping[str, Any]:
    return {"virtual": VirtualTimeLoop}


class LoopClock:
    """The event loop's time as a date."""

    def now(self) -> datetime:
        return EPOCH + timedelta(seconds=asyncio.get_running_loop().time())


class RecordingLedger(FakeLedger):
    """Remembers what was committed, in order."""

    def __init__(self, clock: LoopClock) -> None:
        super().__init__(clock)
        self.commits: list[str] = []

    async def commit(
        self, claim: Claim, entries: Sequence[Entry], writes: Sequence[Write] = ()
    ) -> None:
        await super().commit(claim, entries, writes)
        self.commits.append(claim.event_id)


class Killed(BaseException):
    """The process is gone: it neither answers nor calls any more."""


class Process:
    """One process's wires to the outside.

    It dies at its n-th call, or its first of a name, before or after the call's effect.
    """

    def __init__(self, *, dies_at: int | str | None = None, afterwards: bool = False) -> None:
        self.calls: list[str] = []
        self._dies_at = dies_at
        self._afterwards = afterwards
        self._dead = False

    @property
    def dead(self) -> bool:
        return self._dead

    async def call(
        self, name: str, function: Callable[..., Awaitable[Any]], *arguments: Any
    ) -> Any:
        self._alive()
        deadly = self._dies_at in (len(self.calls), name)
        self.calls.append(name)
        self._dead = deadly and not self._afterwards
        self._alive()
        answer = await function(*arguments)
        self._alive()
        self._dead = deadly
        self._alive()
        return answer

    def wire(self, target: Any) -> Any:
        """The target, as this process reaches it."""
        return _Wire(self, target)

    def _alive(self) -> None:
        if self._dead:
            raise Killed


class _Wire:
    def __init__(self, process: Process, target: Any) -> None:
        self._process = process
        self._target = target

    def __getattr__(self, name: str) -> Any:
        async def called(*arguments: Any) -> Any:
            return await self._process.call(name, getattr(self._target, name), *arguments)

        return called


class Bench:
    """Everything that one route's consumers share, and ways to send, run and look."""

    # For tests, which can't import from here.
    Killed = Killed
    lease = LEASE

    def __init__(self) -> None:
        self.clock = LoopClock()
        self.queue = FakeQueue(self.clock, max_receives=ROUTE.attempts + SPARE_RECEIVES)
        self.ledger = RecordingLedger(self.clock)
        self.bus = FakeBus()
        self.logged = io.StringIO()

    @staticmethod
    def process(*, dies_at: int | str | None = None, afterwards: bool = False) -> Process:
        """A process that lives, unless told when to die."""
        return Process(dies_at=dies_at, afterwards=afterwards)

    def route(self, **changes: Any) -> Route:
        return replace(ROUTE, **changes)

    def send(
        self, event_id: str, *, group: str | None = "g", title: str = "", **outer: object
    ) -> str:
        """Sends a task.created from outside; its ledger key is the event id as given here."""
        return self.queue.send(self.body(event_id, title=title, **outer), group=group)

    def body(self, event_id: str, *, title: str = "", **outer: object) -> str:
        detail = {
            "service_name": "user-service",
            "workflow_id": "wf-1",
            "task_id": "task-1",
            "agent": "codegen",
            "title": title,
        }
        made = {"id": event_id, "source": "me", "detail-type": "task.created", "detail": detail}
        return json.dumps({**made, **outer})

    def courier(self, handle: Handle, *, process: Process | None = None, **changes: Any) -> Courier:
        """A courier of one process, whose every call goes over that process's wires."""
        process = process or Process()

        async def handled(event: TaskCreated, context: Context) -> object:
            return await process.call("handle", handle, event, context)

        return Courier(
            route=self.route(**changes),
            handler=Handler(handled, {"context": Context}),
            ports={},
            ledger=process.wire(self.ledger),
            publisher=Publisher(process.wire(self.bus), attempts=2, jitter=lambda: 1.0),
            tracer=SilentTracer(),
            lease=LEASE,
            now=self.clock.now,
        )

    def consumer(
        self,
        handle: Handle,
        *,
        process: Process | None = None,
        patience: timedelta = timedelta(seconds=30),
        **changes: Any,
    ) -> Consumer:
        process = process or Process()
        return Consumer(
            self.courier(handle, process=process, **changes),
            process.wire(self.queue),
            Pace(lease=LEASE, patience=patience),
            Log(stream=self.logged, now=self.clock.now),
            chance=lambda: 0.5,
        )

    async def run(
        self,
        consumer: Consumer,
        until: Callable[[], bool] | None = None,
        *,
        longest: timedelta = timedelta(hours=12),
    ) -> None:
        """Runs the consumer until that holds (the queue is empty, unless told), then drains it."""
        until = until or (lambda: self.queue.depth == 0)
        running = asyncio.create_task(consumer.run())
        end = self.clock.now() + longest
        while not until() and not running.done() and self.clock.now() < end:  # noqa: ASYNC110
            await asyncio.sleep(0.5)
        assert until() or running.done(), "it did not happen"
        consumer.stop()
        await running

    def parked(self) -> dict[str, str]:
        """The causes of what is in the dead-letter queue, by event id."""
        return {
            json.loads(message.body)["id"]: parking.cause if parking else "native"
            for message, parking in self.queue.dead_letters
        }

    def published(self) -> list[str]:
        """Ids of the outgoing events, in order, repetitions included."""
        return [json.loads(entry["Detail"])["metadata"]["id"] for entry in self.bus.entries]

    def log_lines(self, event: str) -> list[dict[str, Any]]:
        lines = [json.loads(line) for line in self.logged.getvalue().split("\n") if line]
        return [line for line in lines if line["event"] == event]


@pytest.fixture
async def bench() -> Bench:
    return Bench()


@pytest.fixture
def failure() -> TaskFailed:
    """An answer that the bench's route may publish."""
    return TaskFailed(workflow_id="wf-1", task_id="task-1", agent="codegen", reason="no")
