"""Keeps the processes of the fleet alive: starts, watches, restarts, gives up, stops."""

import asyncio
import contextlib
import signal
from collections.abc import Coroutine, Sequence
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from localstack.embedded import last_line
from workers.fleet.lives import Lives, Patience
from workers.fleet.nursery import Exited, Nursery, Started, open_nursery
from workers.fleet.program import Program
from workers.fleet.roll import Member, OnChange, Roll
from workers.fleet.status import ProcessStatus

_LOOK_FOR_READY = 0.05


class FleetFailed(Exception):
    """Raised when the fleet can't do its work; one line with the cause and where to look."""


@dataclass(frozen=True, slots=True)
class Folders:
    """Where the processes log, and where they say that they are at work."""

    logs: Path
    ready: Path

    def log(self, name: str) -> Path:
        return self.logs / f"{name}.log"

    def marker(self, name: str, pid: int | None) -> Path:
        return self.ready / f"{name}.{pid}"

    def clear(self) -> None:
        """Makes the folders, and forgets who was at work in an earlier fleet."""
        for folder in (self.logs, self.ready):
            folder.mkdir(parents=True, exist_ok=True)
        for marker in self.ready.iterdir():
            marker.unlink()


class Supervisor:
    """The processes of one fleet, all children of one zygote. Used from one event loop.

    `prepare` names the function that makes what all of them share; `on_change` is told of every
    process whenever something changes for it.
    """

    def __init__(
        self,
        prepare: str,
        folders: Folders,
        *,
        on_change: OnChange = lambda status: None,
        patience: Patience | None = None,
    ) -> None:
        self._prepare = prepare
        self._folders = folders
        self._patience = patience or Patience()
        self._roll = Roll(on_change)
        self._nursery: Nursery | None = None
        self._stopping = False
        self._tasks: set[asyncio.Task[None]] = set()
        self._failure: asyncio.Future[FleetFailed] = asyncio.get_running_loop().create_future()

    @property
    def processes(self) -> tuple[ProcessStatus, ...]:
        """How each process is now."""
        return tuple(member.status for member in self._roll)

    async def open(self) -> None:
        """Starts to load what all processes share, so that `launch` finds it done."""
        self._folders.clear()
        self._nursery = await open_nursery(self._prepare, self._folders.log("zygote"))
        self._spawn(self._follow(self._nursery))
        self._spawn(self._look_for_ready())

    def launch(self, programs: Sequence[Program]) -> None:
        """Starts the programs, each with a fresh log."""
        for program in programs:
            self._folders.log(program.name).unlink(missing_ok=True)
            self._start(self._roll.enter(program))

    async def ready(self, within: timedelta) -> None:
        """Waits until every process is at work. Raises FleetFailed."""

        def late() -> list[str]:
            return [member.program.name for member in self._roll if member.state != "running"]

        try:
            async with asyncio.timeout(within.total_seconds()):
                await self._roll.until(lambda: self._failure.done() or not late())
        except TimeoutError:
            raise FleetFailed(
                f"not at work after {within.total_seconds():g} s: {', '.join(late())};"
                f" see {self._folders.logs}"
            ) from None
        if self._failure.done():
            raise self._failure.result()

    async def failed(self) -> FleetFailed:
        """Waits until a process is given up, and says why."""
        return await asyncio.shield(self._failure)

    async def stop(self, grace: timedelta = timedelta(seconds=10)) -> None:
        """Ends every process: SIGTERM, then SIGKILL to what is left after the grace. Repeatable."""
        self._stopping = True
        try:
            if self._nursery is not None:
                for member in self._roll:
                    self._nursery.signal(member.program.name, signal.SIGTERM)
                with contextlib.suppress(TimeoutError):
                    async with asyncio.timeout(grace.total_seconds()):
                        await self._roll.until(lambda: not any(m.pid for m in self._roll))
        finally:
            if self._nursery is not None:
                await self._nursery.close()
                self._nursery = None
            for task in self._tasks:
                task.cancel()
            await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _follow(self, nursery: Nursery) -> None:
        """Notes what happens, and opens another zygote when one dies: its children die with it."""
        lives, loop = Lives(), asyncio.get_running_loop()
        while True:
            since, worked = loop.time(), False
            async for happening in nursery.happenings():
                self._note(happening)
                worked = True
            if self._stopping:
                return
            lives = lives.after(timedelta(seconds=loop.time() - since), worked, self._patience)
            if lives.hopeless(self._patience):
                self._give_up("zygote")
                return
            for member in self._alive():
                member.lives = member.lives.after(self._patience.steady, True, self._patience)
                self._roll.change(member, "restarting")
            await asyncio.sleep(lives.pause(self._patience).total_seconds())
            self._nursery = nursery = await open_nursery(self._prepare, self._folders.log("zygote"))
            for member in self._alive():
                self._start(member)

    def _note(self, happening: Started | Exited) -> None:
        member, now = self._roll[happening.name], asyncio.get_running_loop().time()
        if isinstance(happening, Started):
            member.since = now
            self._roll.change(member, "starting", happening.pid)
            return
        # It may have got to work and ended between two looks.
        worked = member.state == "running" or self._said_ready(member)
        self._folders.marker(happening.name, happening.pid).unlink(missing_ok=True)
        if self._stopping:
            self._roll.change(member, "stopped")
            return
        lived = timedelta(seconds=now - member.since)
        member.lives = member.lives.after(lived, worked, self._patience)
        self._bury(member)

    def _bury(self, member: Member) -> None:
        if member.lives.hopeless(self._patience):
            self._roll.change(member, "given up")
            self._give_up(member.program.name)
        else:
            self._roll.change(member, "restarting")
            self._spawn(self._restart(member))

    async def _restart(self, member: Member) -> None:
        await asyncio.sleep(member.lives.pause(self._patience).total_seconds())
        self._start(member)

    def _start(self, member: Member) -> None:
        if self._nursery is not None and not self._stopping and member.state == "restarting":
            self._roll.change(member, "starting")
            self._nursery.start(member.program, self._folders.log(member.program.name))

    def _give_up(self, name: str) -> None:
        log = self._folders.log(name)
        self._fail(f"{name} ends as soon as it starts: {last_line(log)}; see {log}")

    def _fail(self, why: str) -> None:
        if not self._failure.done():
            self._failure.set_result(FleetFailed(why))
            self._roll.wake()

    async def _look_for_ready(self) -> None:
        while True:
            for member in self._roll:
                if member.state == "starting" and self._said_ready(member):
                    self._roll.change(member, "running", member.pid)
            await asyncio.sleep(_LOOK_FOR_READY)

    def _said_ready(self, member: Member) -> bool:
        return self._folders.marker(member.program.name, member.pid).exists()

    def _alive(self) -> list[Member]:
        return [member for member in self._roll if member.state != "given up"]

    def _spawn(self, work: Coroutine[None, None, None]) -> None:
        task = asyncio.ensure_future(work)
        self._tasks.add(task)
        task.add_done_callback(self._finished)

    def _finished(self, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        if not task.cancelled() and (error := task.exception()):
            # Nobody would restart anything from here on.
            self._fail(f"the supervisor failed: {error!r}")
