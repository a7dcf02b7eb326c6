"""`flotilla up` and `flotilla down`: the fleet on this machine, in the foreground or beside."""

import asyncio
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from localstack.embedded import EmulatorFailed
from localstack.stacks import StackFailed
from workers.adapters.deployed_services import clear, stop_all
from workers.adapters.pip import EnvironmentFailed
from workers.cli.output import CommandError
from workers.cli.stage import Stage
from workers.fleet import detached, fleet, status
from workers.fleet.fleet import Fleet
from workers.fleet.plan import Plan
from workers.fleet.roll import OnChange
from workers.fleet.status import FleetRunning, ProcessStatus
from workers.fleet.supervisor import FleetFailed
from workers.settings import Settings

WORKER = "workers.process:run_embedded"
PREPARE = "workers.process:prepared"


def plan(settings: Settings, *, port: int | None, persist: bool = False) -> Plan:
    """The fleet that these settings describe."""
    return Plan(
        home=settings.home,
        worker=WORKER,
        prepare=PREPARE,
        region=settings.region,
        environment=settings.environment,
        port=port,
        persist=persist,
    )


@asynccontextmanager
async def running(
    wanted: Plan, settings: Settings, stage: Stage, *, keep: bool = False
) -> AsyncIterator[Fleet]:
    """A fleet for the length of a block. Raises CommandError.

    Nothing of it is left afterwards, but the services that it deployed if they are to be kept.
    """
    try:
        started = await fleet.start(wanted, on_progress=stage.say, on_change=_teller(stage))
    except (EmulatorFailed, EnvironmentFailed, FleetFailed, FleetRunning, StackFailed) as error:
        raise CommandError(str(error)) from error
    try:
        yield started
    finally:
        stage.doing("stopping the fleet")
        await started.stop()
        if not keep:
            # What is deployed goes with the AWS that it was deployed on, its database included.
            await asyncio.to_thread(clear if wanted.state is None else stop_all, settings.services)


async def up(wanted: Plan, settings: Settings, stage: Stage) -> None:
    """Runs the fleet until SIGTERM or Ctrl-C. Raises CommandError when it can't go on."""
    with fleet.ended_by_signals():
        try:
            async with running(wanted, settings, stage) as started:
                print(ready_line(started.endpoint_url, settings), flush=True)
                raise CommandError(str(await started.failed()))
        except asyncio.CancelledError:
            stage.say("stopped")


def _teller(stage: Stage) -> OnChange:
    """Says when a process died: that it comes back by itself is for people to see."""

    def tell(process: ProcessStatus) -> None:
        if process.state == "restarting" and process.restarts:
            stage.say(f"{process.name} died and is started again", "yellow")

    return tell


def ready_line(endpoint_url: str, settings: Settings) -> str:
    """One line that a shell can evaluate after its first word."""
    return (
        f"ready AWS_ENDPOINT_URL={endpoint_url} AWS_REGION={settings.region} "
        "AWS_ACCESS_KEY_ID=test AWS_SECRET_ACCESS_KEY=test "
        f"EVENT_BUS={settings.names.bus}"
    )


async def detach(settings: Settings, arguments: list[str]) -> str:
    """Starts `flotilla up` beside this process; the line that it is ready. Raises CommandError."""
    if status.is_running(settings.home):
        raise CommandError(f"a fleet already runs from {settings.home}: `flotilla down` ends it")
    command = [sys.executable, "-m", "workers", "up", *arguments]
    try:
        found = await detached.detach(command, settings.home)
    except FleetFailed as error:
        raise CommandError(str(error).removeprefix("flotilla: ")) from error
    return ready_line(str(found.endpoint_url), settings)


async def down(settings: Settings) -> str:
    """Ends the fleet that runs from here, and the services it deployed; says what it did."""
    try:
        ended = await detached.end(settings.home)
    except FleetFailed as error:
        raise CommandError(f"{error}; end it with kill -9") from error
    services = await asyncio.to_thread(stop_all, settings.services)
    persisted = plan(settings, port=None, persist=True).state
    if persisted is None or not persisted.exists():
        await asyncio.to_thread(clear, settings.services)
    parts = ["the fleet"] if ended else []
    parts += [f"the deployed services ({services} processes)"] if services else []
    return f"stopped {' and '.join(parts)}" if parts else "nothing runs from here"
