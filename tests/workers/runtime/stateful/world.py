"""A route's queue, ledger and bus, the processes that work on it, and what they are sent."""

import asyncio
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from events.publisher import Publisher
from events.routes import Route
from events.topology import SPARE_RECEIVES
from schemas.task import TaskCreated, TaskFailed
from tests.workers.runtime.conftest import VirtualTimeLoop
from tests.workers.runtime.stateful.handling import Book, Forge, Work
from tests.workers.runtime.stateful.plans import Plan
from tests.workers.runtime.stateful.processes import Process, WatchedCourier
from tests.workers.runtime.stateful.stores import WatchedBus, WatchedLedger, WatchedQueue
from tests.workers.runtime.stateful.witness import Accepted, Witness
from workers.runtime.breaker import Bounds, Breakers
from workers.runtime.consumer import Pace
from workers.runtime.guarded import guarded
from workers.runtime.parking import Past
from workers.runtime.tracing import SilentTracer

EPOCH = datetime(2026, 11, 2, tzinfo=UTC)
LEASE = timedelta(seconds=12)
ROUTE = Route(
    event=TaskCreated,
    worker="codegen",
    publishes=(TaskFailed,),
    timeout=timedelta(seconds=20),
    attempts=3,
    concurrency=2,
)
# A world at rest settles everything long before: tries are few, and no backoff is over two minutes.
LONGEST = timedelta(hours=2)


@dataclass(frozen=True, slots=True)
class LoopTime:
    """The event loop's virtual time as a date, also between two runs of the loop."""

    loop: asyncio.AbstractEventLoop

    def now(self) -> datetime:
        return EPOCH + timedelta(seconds=self.loop.time())


class World:
    def __init__(self) -> None:
        self.loop = VirtualTimeLoop()
        self.clock = LoopTime(self.loop)
        self.witness = Witness(ROUTE.name, ROUTE.most_attempts)
        receives = ROUTE.attempts + SPARE_RECEIVES
        self.queue = WatchedQueue(self.clock, self.witness, LEASE, receives)
        self.ledger = WatchedLedger(self.clock, self.witness)
        self.bus = WatchedBus(self.witness)
        self.processes: list[Process] = []
        self.forge = Forge()
        self.work = Work(self.witness)
        self._events = 0

    # What may be done to it.

    def publish(self, group: str, plan: Plan) -> None:
        self._events += 1
        event_id = f"e{self._events}"
        self.send(self._body(event_id, plan), group, event_id)

    def send(self, body: str, group: str, event_id: str | None, **more: Any) -> None:
        name = self.queue.send(body, group=group, **more)
        number = len(self.witness.accepted) + 1
        self.witness.accepted[name] = Accepted(number, group, event_id, body)

    def repeat(self, message: Accepted) -> None:
        """The same event in a second message."""
        self.send(message.body, message.group, message.event_id)

    def redrive(self, *, mended: bool) -> None:
        """Sends everything in the dead letters again, then removes it there."""
        self.look()
        for message, _ in tuple(self.queue.dead_letters):
            known = self.witness.accepted[message.id]
            if mended and known.event_id is not None:
                self.work.mended.add(known.event_id)
            past = {"redriven": Past(redrives=1).text()}
            fresh = f"redrive-{len(self.witness.accepted)}"
            self.send(known.body, known.group, known.event_id, deduplication=fresh, attributes=past)
        self.queue.dead_letters.clear()

    def begin(self) -> Process:
        """Starts a worker process."""
        process = Process(self.witness)
        breakers = Breakers(Bounds(failures=2, cap=timedelta(seconds=20)), lambda: 0.5)
        courier = WatchedCourier(
            route=ROUTE,
            handler=self.work.handler(process),
            ports={"book": Book(), "forge": guarded(self.forge, Forge, breakers, self.loop.time)},
            ledger=process.wire(self.ledger),
            publisher=Publisher(process.wire(self.bus), attempts=2, jitter=lambda: 1.0),
            tracer=SilentTracer(),
            lease=LEASE,
            now=self.clock.now,
            breakers=breakers,
            attempting=process.attempting,
        )
        process.start(courier, self.queue, Pace(lease=LEASE))
        self.processes.append(process)
        return process

    def outages(self) -> Sequence[Any]:
        """What may be down."""
        return (self.queue, self.ledger, self.bus, self.forge)

    def alive(self) -> list[Process]:
        return [each for each in self.processes if each.alive]

    def run(self, seconds: float) -> None:
        """Lets everybody work for so long."""
        self.loop.run_until_complete(asyncio.sleep(seconds))
        self.look()

    def within(self, work: Callable[[], object]) -> None:
        """Does something inside the event loop."""

        async def worked() -> None:
            work()

        self.loop.run_until_complete(worked())

    # What may be looked at.

    def look(self) -> None:
        """Notes what the queue itself has sent to the dead letters."""
        letters = self.queue.dead_letters
        self.witness.worn |= {message.id for message, parking in letters if parking is None}

    def check(self) -> None:
        """What must hold between any two turns of the event loop, and no effect shows by itself."""
        known = self.witness.in_queue()
        if len(known) != self.queue.depth:
            self.witness.violated("G1", f"{len(known)} are to be there, {self.queue.depth} are")
        entered = [write["entered"] for write in self.ledger.writes]
        for event_id in {each for each in entered if entered.count(each) > 1}:
            self.witness.violated("G2", f"the write of {event_id} was applied more than once")
        for event_id in set(entered) - set(self.witness.commits):
            self.witness.violated("G2", f"the write of {event_id} came without its answer")

    def settle(self) -> None:
        """Mends everything, lets two healthy processes finish the work, and checks the sum."""
        for each in self.outages():
            each.down = False
        self.bus.refuse_next = self.ledger.conflicts = 0
        for process in self.alive():
            process.wires.trap = None
            process.wires.wake()
            self.within(process.drain)
        for _ in range(2):
            self.within(self.begin)
        end = self.loop.time() + LONGEST.total_seconds()
        while self.queue.depth and self.loop.time() < end and not self.witness.broken:
            self.run(5)
        self.check()
        if self.queue.depth and not self.witness.broken:
            left = ", ".join(self.witness.in_queue())
            self.witness.violated("G7", f"never settled in {LONGEST}: {left}")
        if not self.witness.broken:
            self._conserved()

    def close(self) -> None:
        """Ends everybody who is left."""
        for process in self.processes:
            process.wires.kill()
        # What is cancelled may begin to tidy up.
        while tasks := asyncio.all_tasks(self.loop):
            for task in tasks:
                task.cancel()
            self.loop.run_until_complete(asyncio.wait(tasks, timeout=1))
        self.loop.close()

    def _conserved(self) -> None:
        letters = {
            self.witness.accepted[message.id].event_id for message, _ in self.queue.dead_letters
        }
        for name, message in self.witness.accepted.items():
            if message.event_id is None:
                continue
            state = self.ledger.state(ROUTE.name, message.event_id)
            if state != "done" and message.event_id not in letters:
                self.witness.violated("G1", f"{message.event_id} ({name}) ended as {state}")
        for event_id, commit in self.witness.commits.items():
            if not self.witness.published.issuperset(commit.ids):
                self.witness.violated("G6", f"an answer to {event_id} was never published")

    def _body(self, event_id: str, plan: Plan) -> str:
        detail = {
            "service_name": "user-service",
            "workflow_id": "wf-1",
            "task_id": "task-1",
            "agent": "codegen",
            "title": plan.text(),
        }
        return json.dumps(
            {"id": event_id, "source": "me", "detail-type": "task.created", "detail": detail}
        )
