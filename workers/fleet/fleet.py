"""One fleet on one machine, from nothing to at work, and back to nothing."""

import asyncio
import os
import signal
from collections.abc import Callable, Iterator
from contextlib import AsyncExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import timedelta

from localstack import embedded
from workers.fleet import status
from workers.fleet.environments import ministack
from workers.fleet.plan import Plan
from workers.fleet.roll import OnChange
from workers.fleet.status import FleetState, FleetStatus, ProcessStatus
from workers.fleet.supervisor import FleetFailed, Supervisor

Progress = Callable[[str], None]

_READY_WITHIN = timedelta(seconds=60)


@dataclass(slots=True)
class Fleet:
    """A fleet at work."""

    emulator: embedded.Emulator
    supervisor: Supervisor
    _board: "_Board"
    _stack: AsyncExitStack

    @property
    def endpoint_url(self) -> str:
        return self.emulator.endpoint_url

    async def failed(self) -> FleetFailed:
        """Waits until the fleet can't go on, and says why."""
        ended = asyncio.ensure_future(self.emulator.ended())
        given_up = asyncio.ensure_future(self.supervisor.failed())
        try:
            await asyncio.wait({ended, given_up}, return_when=asyncio.FIRST_COMPLETED)
            # A dead emulator makes workers fail too: then it is the cause.
            return FleetFailed(str(ended.result())) if ended.done() else given_up.result()
        finally:
            ended.cancel()
            given_up.cancel()

    async def stop(self) -> None:
        """Ends every process: the workers drain first, then the emulator goes."""
        self._board.show("stopping")
        await self._stack.aclose()


async def start(
    plan: Plan,
    *,
    on_progress: Progress = lambda line: None,
    on_change: OnChange = lambda process: None,
) -> Fleet:
    """Emulator, stacks and processes, all at work. When one fails, what was started is stopped.

    Raises FleetRunning, FleetFailed, EmulatorFailed, EnvironmentFailed or StackFailed, each with
    one line for a person.
    """
    async with AsyncExitStack() as stack:
        stack.enter_context(status.alone(plan.home))
        board = _Board(plan, on_change)
        supervisor = Supervisor(plan.prepare, plan.folders, on_change=board.changed)
        stack.push_async_callback(supervisor.stop)
        # While what the workers share is loaded, the emulator starts and the stacks are made.
        await supervisor.open()
        board.show("starting", supervisor)
        python = await ministack(plan.home, on_progress)
        on_progress("starting the embedded AWS")
        emulator = await embedded.start(python, plan.folders.logs, port=plan.port, state=plan.state)
        stack.push_async_callback(emulator.stop)
        # Again, since what was entered last is left first: workers drain while AWS still answers.
        stack.push_async_callback(supervisor.stop)
        await asyncio.to_thread(_provision, plan, emulator.endpoint_url, on_progress)
        on_progress(f"starting {len(plan.routes)} workers")
        board.endpoint_url = emulator.endpoint_url
        supervisor.launch(plan.programs(emulator.endpoint_url))
        await supervisor.ready(_READY_WITHIN)
        board.show("ready")
        return Fleet(emulator, supervisor, board, stack.pop_all())


@contextmanager
def ended_by_signals() -> Iterator[None]:
    """Within it SIGTERM and a closed terminal cancel the current task, as Ctrl-C does."""
    task, loop = asyncio.current_task(), asyncio.get_running_loop()
    assert task is not None
    numbers = (signal.SIGTERM, signal.SIGHUP)
    for number in numbers:
        loop.add_signal_handler(number, task.cancel)
    try:
        yield
    finally:
        for number in numbers:
            loop.remove_signal_handler(number)


@dataclass(slots=True)
class _Board:
    """Shows the fleet's status to other processes."""

    plan: Plan
    on_change: OnChange
    endpoint_url: str | None = None
    _state: FleetState = field(default="starting", init=False)
    _supervisor: Supervisor | None = field(default=None, init=False)

    def show(self, state: FleetState, supervisor: Supervisor | None = None) -> None:
        self._state = state
        self._supervisor = supervisor or self._supervisor
        self._write()

    def changed(self, process: ProcessStatus) -> None:
        self._write()
        self.on_change(process)

    def _write(self) -> None:
        status.write(
            self.plan.home,
            FleetStatus(
                pid=os.getpid(),
                state=self._state,
                endpoint_url=self.endpoint_url,
                environment=self.plan.environment,
                region=self.plan.region,
                processes=self._supervisor.processes if self._supervisor else (),
            ),
        )


def _provision(plan: Plan, endpoint_url: str, on_progress: Progress) -> None:
    # A third of a second of imports, which `flotilla --help` should not pay.
    from localstack.provision import provision  # noqa: PLC0415

    provision(endpoint_url, plan.region, plan.environment, on_progress)
