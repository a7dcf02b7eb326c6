"""One run from the first message to the verdict."""

import asyncio
import json
import random
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from uuid import uuid4

from benchmarks.chaos.fleet import Fleet
from benchmarks.chaos.place import Place
from benchmarks.chaos.story import Sent, Story
from benchmarks.chaos.verdict import Facts, Verdict, judged, recoveries
from benchmarks.chaos.world import World
from localstack import embedded

# More than this many messages in the queue, and the sender waits: kills come all along the way.
_AHEAD = 1500
# When nothing has moved for so many seconds, what is left is stuck.
_STUCK = 60.0
_TURN = 0.2

Say = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Result:
    """A run's verdict with what was done to it."""

    verdict: Verdict
    kills: int
    pauses: int
    restarts: int
    sent: int
    seconds: float
    strange: tuple[str, ...]


async def run(story: Story, python: Path, folder: Path, say: Say) -> Result:
    """Plays the story on an emulator of its own, started with `python`; `folder` takes the logs."""
    emulator = Restartable(python, folder)
    await emulator.start()
    try:
        made = World(Place(emulator.endpoint_url, uuid4().hex[:8]))
        world = await asyncio.to_thread(made.made)
        return await _Play(story, world, emulator, folder, say).whole()
    finally:
        await emulator.stop()


class Restartable:
    """An emulator that comes back where it was, with what it had."""

    def __init__(self, python: Path, folder: Path) -> None:
        self._python = python
        self._folder = folder
        self._now: embedded.Emulator | None = None
        self._port: int | None = None

    @property
    def endpoint_url(self) -> str:
        return f"http://127.0.0.1:{self._port}"

    async def start(self) -> None:
        state = self._folder / "state"
        self._now = await embedded.start(self._python, self._folder, port=self._port, state=state)
        self._port = self._now.port

    async def stop(self) -> None:
        if self._now is not None:
            await self._now.stop()


class _Play:
    def __init__(
        self, story: Story, world: World, emulator: Restartable, folder: Path, say: Say
    ) -> None:
        self._emulator = emulator
        self._story = story
        self._world = world
        self._folder = folder
        self._say = say
        self._messages = story.messages()
        self._sent = 0
        self._restarts = 0
        chance = random.Random(story.seed + 2)  # noqa: S311 it is to be the same again
        self._chance = chance
        self._fleet = Fleet(world.place, folder, story.workers, story.faults(), chance)

    async def whole(self) -> Result:
        began = time.monotonic()
        sending = asyncio.create_task(asyncio.to_thread(self._send))
        try:
            await self._turns(sending)
        finally:
            await self._fleet.end()
        facts = await asyncio.to_thread(self._facts)
        return Result(
            judged(self._every(), facts, self._recoveries()),
            len(self._fleet.deaths),
            self._fleet.pauses,
            self._restarts,
            sum(map(len, self._messages)),
            time.monotonic() - began,
            tuple(self._fleet.strange),
        )

    async def _turns(self, sending: "asyncio.Task[None]") -> None:
        moved, before, total = time.monotonic(), -1, sum(map(len, self._messages))
        while True:
            waiting = await asyncio.to_thread(self._waiting)
            done = self._sent - waiting
            if done != before:
                moved, before = time.monotonic(), done
            self._say(
                f"{done} of {total} messages, {len(self._fleet.deaths)} of {self._story.kills}"
                f" kills, {self._fleet.pauses} pauses, {self._restarts} restarts"
            )
            if sending.done() and (waiting == 0 or time.monotonic() - moved > _STUCK):
                await sending
                return
            await self._harm(done / total)
            await asyncio.sleep(_TURN)

    async def _harm(self, progress: float) -> None:
        """What is due at this point of the story."""
        story, fleet = self._story, self._fleet
        due = min(story.kills, int(story.kills * progress * 1.15) + story.workers)
        await fleet.tend(due)
        if len(fleet.deaths) < due and self._chance.random() < 0.5:
            fleet.kill_one()
        if fleet.pauses < story.pauses * progress * 1.1:
            fleet.pause_one()
        if self._restarts < story.restarts and progress > (self._restarts + 1) / (
            story.restarts + 1.5
        ):
            self._restarts += 1
            await self._emulator.stop()
            await self._emulator.start()

    def _send(self) -> None:
        for number, batch in enumerate(self._messages):
            while number % 20 == 0 and self._waiting() > _AHEAD:
                time.sleep(_TURN)
            self._world.send(number, batch)
            self._sent += len(batch)

    def _waiting(self) -> int:
        return self._world.waiting()

    def _facts(self) -> Facts:
        return Facts(
            self._world.history(),
            self._world.published(),
            self._world.dead(),
            self._world.waiting(),
            self._world.states(),
        )

    def _every(self) -> list[Sent]:
        return [each for batch in self._messages for each in batch]

    def _recoveries(self) -> list[float]:
        trace = self._folder / "trace.jsonl"
        lines = trace.read_text().splitlines() if trace.exists() else []
        return list(recoveries(map(json.loads, lines), self._fleet.deaths))
