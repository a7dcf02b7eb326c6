"""The workers of a run: started, killed, paused, replaced, and ended at last."""

import asyncio
import random
import signal
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from benchmarks.chaos.place import LEASE, Place
from benchmarks.chaos.story import Fault

# A fault that a worker has not come by within so many seconds will be replaced by a plain kill.
_OVERDUE = 8.0


@dataclass
class Worker:
    """One process."""

    process: asyncio.subprocess.Process
    started: float
    fault: Fault | None
    paused: bool = False


@dataclass
class Fleet:
    """`size` workers as long as it runs; `deaths` are the times of those that were killed."""

    place: Place
    folder: Path
    size: int
    faults: Iterator[Fault]
    chance: random.Random
    workers: list[Worker] = field(default_factory=list)
    deaths: dict[int, float] = field(default_factory=dict)
    strange: list[str] = field(default_factory=list)
    pauses: int = 0
    _resuming: set[asyncio.Task[None]] = field(default_factory=set)

    async def tend(self, allowed: int) -> None:
        """Replaces what has died. `allowed` is how many may have died by now."""
        alive: list[Worker] = []
        for worker in self.workers:
            code = worker.process.returncode
            if code is None:
                alive.append(worker)
            elif code == -signal.SIGKILL:
                self.deaths.setdefault(worker.process.pid, time.monotonic())
            else:
                self.strange.append(f"worker {worker.process.pid} ended with {code}")
        self.workers = alive
        while len(self.workers) < self.size:
            armed = sum(each.fault is not None for each in self.workers)
            fault = next(self.faults) if len(self.deaths) + armed < allowed else None
            self.workers.append(await self._started(fault))

    def kill_one(self) -> None:
        """Ends one of them, at whatever it is."""
        overdue = [
            each
            for each in self.workers
            if each.fault is not None and time.monotonic() - each.started > _OVERDUE
        ]
        awake = [each for each in self.workers if not each.paused]
        victim = self.chance.choice(overdue or awake or self.workers)
        self.deaths[victim.process.pid] = time.monotonic()
        victim.process.kill()

    def pause_one(self) -> None:
        """Stops one for two leases; when it wakes, everything it had is somebody else's."""
        awake = [each for each in self.workers if not each.paused]
        if not awake:
            return
        worker = self.chance.choice(awake)
        worker.paused = True
        worker.process.send_signal(signal.SIGSTOP)
        self.pauses += 1
        resuming = asyncio.create_task(self._resume(worker))
        self._resuming.add(resuming)
        resuming.add_done_callback(self._resuming.discard)

    async def end(self) -> None:
        """Lets all of them drain."""
        await asyncio.gather(*self._resuming)
        for worker in self.workers:
            if worker.process.returncode is None:
                worker.process.terminate()
        for worker in self.workers:
            try:
                await asyncio.wait_for(worker.process.wait(), 40)
            except TimeoutError:
                self.strange.append(f"worker {worker.process.pid} did not drain")
                worker.process.kill()

    async def _resume(self, worker: Worker) -> None:
        await asyncio.sleep(2 * LEASE.total_seconds())
        if worker.process.returncode is None:
            worker.process.send_signal(signal.SIGCONT)
        worker.paused = False

    async def _started(self, fault: Fault | None) -> Worker:
        with (self.folder / "workers.log").open("ab") as log:
            process = await asyncio.create_subprocess_exec(
                sys.executable,
                "-m",
                "benchmarks.chaos.worker",
                self.place.text(),
                str(self.folder / "trace.jsonl"),
                fault.text if fault else "none",
                stdout=log,
                stderr=log,
            )
        return Worker(process, time.monotonic(), fault)
