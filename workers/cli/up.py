"""`flotilla up` and `flotilla down`: the fleet on this machine, in the foreground or beside."""

import asyncio
import contextlib
import os
import signal
import subprocess
import sys
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from localstack.embedded import EmulatorFailed
from localstack.stacks import StackFailed
from workers.adapters.deployed_services import stop_all
from workers.adapters.pip import EnvironmentFailed
from workers.cli.output import CommandError
from workers.cli.stage import Stage
from workers.fleet import fleet, status
from workers.fleet.fleet import Fleet
from workers.fleet.plan import Plan
from workers.fleet.status import FleetRunning, FleetStatus
from workers.fleet.supervisor import FleetFailed
from workers.settings import Settings

WORKER = "workers.process:run_embedded"
DEFAULT_PORT = 4566

_DETACH_PATIENCE = 120.0
_DOWN_PATIENCE = 30.0


def plan(settings: Settings, *, port: int | None, persist: bool = False) -> Plan:
    """The fleet that these settings describe."""
    return Plan(
        home=settings.home,
        worker=WORKER,
        region=settings.region,
        environment=settings.environment,
        port=port,
        persist=persist,
    )


@asynccontextmanager
async def running(wanted: Plan, stage: Stage) -> AsyncIterator[Fleet]:
    """A fleet for the length of a block; nothing of it is left afterwards. Raises CommandError."""
    try:
        started = await fleet.start(wanted, on_progress=stage.say)
    except (EmulatorFailed, EnvironmentFailed, FleetFailed, FleetRunning, StackFailed) as error:
        raise CommandError(str(error)) from error
    try:
        yield started
    finally:
        stage.doing("stopping the fleet")
        await started.stop()


async def up(wanted: Plan, settings: Settings, stage: Stage) -> None:
    """Runs the fleet until SIGTERM or Ctrl-C. Raises CommandError when it can't go on."""
    with fleet.ended_by_signals():
        try:
            async with running(wanted, stage) as started:
                print(ready_line(started.endpoint_url, settings), flush=True)
                raise CommandError(str(await started.failed()))
        except asyncio.CancelledError:
            stage.say("stopped")
        finally:
            stop_all(settings.services)


def ready_line(endpoint_url: str, settings: Settings) -> str:
    """One line that a shell can evaluate after its first word."""
    return (
        f"ready AWS_ENDPOINT_URL={endpoint_url} AWS_REGION={settings.region} "
        "AWS_ACCESS_KEY_ID=test AWS_SECRET_ACCESS_KEY=test "
        f"EVENT_BUS={settings.names.bus}"
    )


def detach(settings: Settings, arguments: list[str]) -> FleetStatus:
    """Starts `flotilla up` beside this process and waits until it is ready. Raises CommandError."""
    if status.is_running(settings.home):
        raise CommandError(f"a fleet already runs from {settings.home}: `flotilla down` ends it")
    log = settings.home / "logs" / "up.log"
    log.parent.mkdir(parents=True, exist_ok=True)
    with log.open("wb") as output:
        process = subprocess.Popen(  # noqa: S603 our own command line
            [sys.executable, "-m", "workers", "up", *arguments],
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            start_new_session=True,
        )
    deadline = time.monotonic() + _DETACH_PATIENCE
    while time.monotonic() < deadline and process.poll() is None:
        found = status.read(settings.home)
        if found is not None and found.state == "ready":
            return found
        time.sleep(0.1)
    process.terminate()
    raise CommandError(f"the fleet did not start: {_last_words(log)}")


def down(settings: Settings) -> str:
    """Ends the fleet that runs from here, and the services it deployed; says what it did."""
    found = status.read(settings.home)
    if found is not None:
        with contextlib.suppress(ProcessLookupError):
            os.kill(found.pid, signal.SIGTERM)
        deadline = time.monotonic() + _DOWN_PATIENCE
        while status.is_running(settings.home):
            if time.monotonic() > deadline:
                raise CommandError(
                    f"the fleet (process {found.pid}) does not end; end it with kill -9"
                )
            time.sleep(0.1)
    services = stop_all(settings.services)
    if found is None and not services:
        return "nothing runs from here"
    parts = ["the fleet"] if found else []
    parts += [f"{services} deployed service processes"] if services else []
    return f"stopped {' and '.join(parts)}"


def _last_words(log: Path) -> str:
    lines = [line for line in log.read_text(errors="replace").splitlines() if line.strip()]
    return lines[-1].removeprefix("flotilla: ") if lines else f"it said nothing; see {log}"
