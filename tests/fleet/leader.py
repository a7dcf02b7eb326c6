"""A process that leads a fleet of stand-ins until SIGTERM, as the command line does."""

import asyncio
import contextlib
import sys
from pathlib import Path

from events.routes import ROUTES
from workers.fleet.fleet import ended_by_signals, start
from workers.fleet.plan import Plan
from workers.fleet.supervisor import FleetFailed


async def lead(home: Path, does: str) -> None:
    with ended_by_signals():
        worker = f"tests.fleet.standins:{does}"
        fleet = await start(Plan(home=home, worker=worker, routes=ROUTES[:2]))
        try:
            raise await fleet.failed()
        finally:
            await fleet.stop()


if __name__ == "__main__":
    try:
        with contextlib.suppress(asyncio.CancelledError):
            asyncio.run(lead(Path(sys.argv[1]), sys.argv[2]))
    except FleetFailed as failure:
        raise SystemExit(f"error: {failure}") from None
