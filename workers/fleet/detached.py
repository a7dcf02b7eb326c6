"""A fleet that outlives the command that started it, and its end from another command."""

import asyncio
import contextlib
import os
import signal
from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path

from localstack.embedded import last_line
from workers.fleet import status
from workers.fleet.status import FleetStatus
from workers.fleet.supervisor import FleetFailed

_LOOK_AGAIN = 0.1


async def detach(command: Sequence[str], home: Path) -> FleetStatus:
    """Runs the command, which starts a fleet, in a session of its own, until that is ready.

    Raises FleetFailed with its last line when it ends before. A caller that is cancelled ends it.
    """
    log = _log(home)
    with log.open("wb") as output:
        process = await asyncio.create_subprocess_exec(
            *command,
            stdin=asyncio.subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            start_new_session=True,
        )
    try:
        while process.returncode is None:
            found = status.read(home)
            if found and found.pid == process.pid and found.state == "ready":
                return found
            await asyncio.sleep(_LOOK_AGAIN)
    except asyncio.CancelledError:
        with contextlib.suppress(ProcessLookupError):
            process.terminate()
        await process.wait()
        raise
    raise FleetFailed(last_line(log))


async def end(home: Path, grace: timedelta = timedelta(seconds=30)) -> bool:
    """Ends the fleet that runs from this folder, and waits; False when none does.

    Its processes end with its leader: after the grace that is killed, and they with it.
    """
    found = status.read(home)
    if found is None:
        return False
    for number, patience in ((signal.SIGTERM, grace), (signal.SIGKILL, timedelta(seconds=5))):
        with contextlib.suppress(ProcessLookupError):
            os.kill(found.pid, number)
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(patience.total_seconds()):
                while status.is_running(home):  # noqa: ASYNC110 - no event crosses processes
                    await asyncio.sleep(_LOOK_AGAIN)
                return True
    raise FleetFailed(f"process {found.pid} does not end")


def _log(home: Path) -> Path:
    (home / "logs").mkdir(parents=True, exist_ok=True)
    return home / "logs" / "fleet.log"
