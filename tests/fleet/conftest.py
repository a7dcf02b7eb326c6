"""Processes that are waited for without sleeping, and a supervisor of stand-ins."""

import asyncio
import os
import select
from collections.abc import AsyncIterator, Callable, Iterable
from datetime import timedelta
from pathlib import Path

import pytest

from workers.fleet.lives import Patience
from workers.fleet.program import Program
from workers.fleet.status import ProcessStatus
from workers.fleet.supervisor import Folders, Supervisor

# Long enough for the busiest machine; nothing waits that long unless it hangs.
AT_MOST = timedelta(seconds=60)

MakeSupervisor = Callable[..., "Watched"]


class Watched:
    """A supervisor whose changes can be waited for."""

    def __init__(self, home: Path, prepare: str) -> None:
        self.folders = Folders(logs=home / "logs", ready=home / "ready")
        self._changes: asyncio.Queue[ProcessStatus] = asyncio.Queue()
        hurried = Patience(first_pause=timedelta(milliseconds=10))
        self.supervisor = Supervisor(
            prepare, self.folders, on_change=self._changes.put_nowait, patience=hurried
        )

    def program(self, name: str, does: str = "worker") -> Program:
        ready = str(self.folders.ready)
        return Program(name, f"tests.fleet.standins:{does}", (name, "http://endpoint", ready))

    async def until(self, name: str, state: str) -> ProcessStatus:
        """The next change that brings the process into the state."""
        async with asyncio.timeout(AT_MOST.total_seconds()):
            while True:
                change = await self._changes.get()
                if (change.name, change.state) == (name, state):
                    return change


@pytest.fixture
async def make_supervisor(tmp_path: Path) -> AsyncIterator[MakeSupervisor]:
    made: list[Watched] = []

    def make(prepare: str = "tests.fleet.standins:prepare") -> Watched:
        made.append(Watched(tmp_path, prepare))
        return made[-1]

    yield make
    for watched in made:
        await watched.supervisor.stop(timedelta(0))


class Ends:
    """Handles of processes, taken while they run, to see that they ended."""

    def __init__(self, pids: Iterable[int]) -> None:
        self._left = {os.pidfd_open(pid): pid for pid in pids}

    async def all(self) -> None:
        """Returns when every process has ended."""
        await asyncio.to_thread(self.wait)

    def wait(self) -> None:
        """Returns when every process has ended."""
        while self._left:
            ended, _, _ = select.select(list(self._left), [], [], AT_MOST.total_seconds())
            assert ended, f"still running: {list(self._left.values())}"
            for handle in ended:
                os.close(handle)
                del self._left[handle]
