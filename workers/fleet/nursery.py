"""The supervisor's end of the zygote: orders out, what happened in."""

import asyncio
import contextlib
import json
import os
import sys
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from workers.fleet.program import Program


@dataclass(frozen=True, slots=True)
class Started:
    """A process runs."""

    name: str
    pid: int


@dataclass(frozen=True, slots=True)
class Exited:
    """A process has ended; `code` is its exit code, or minus the signal that ended it."""

    name: str
    pid: int
    code: int


@dataclass(frozen=True, slots=True)
class Nursery:
    """A running zygote."""

    process: asyncio.subprocess.Process

    def start(self, program: Program, log: Path) -> None:
        """Orders a process. A zygote that has ended takes no orders; `happenings` tells."""
        self._order(
            {
                "start": program.name,
                "entry": program.entry,
                "arguments": program.arguments,
                "log": str(log),
            }
        )

    def signal(self, name: str, number: int) -> None:
        """Sends a signal to the process, if it still runs."""
        self._order({"signal": name, "number": int(number)})

    async def happenings(self) -> AsyncIterator[Started | Exited]:
        """What happens to the processes, until the zygote ends."""
        assert self.process.stdout is not None
        async for line in self.process.stdout:
            match json.loads(line):
                case {"started": name, "pid": pid}:
                    yield Started(name, pid)
                case {"exited": name, "pid": pid, "code": code}:
                    yield Exited(name, pid, code)

    async def close(self) -> None:
        """Ends the zygote, and with it whatever still runs."""
        assert self.process.stdin is not None
        self.process.stdin.close()
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self.process.wait(), 5)
        if self.process.returncode is None:
            self.process.kill()
        await self.process.wait()

    def _order(self, order: dict[str, Any]) -> None:
        assert self.process.stdin is not None
        if not self.process.stdin.is_closing():
            self.process.stdin.write(json.dumps(order).encode() + b"\n")


async def open_nursery(prepare: str, log: Path) -> Nursery:
    """Starts a zygote, which ends with this process. It loads while this returns already."""
    with log.open("ab") as errors:
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "workers.fleet.zygote", str(os.getpid()), prepare),
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=errors,
            start_new_session=True,
        )
    return Nursery(process)
