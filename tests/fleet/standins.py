"""Programs that stand in for workers, in processes that the fleet starts."""

import asyncio
import json
import os
import signal
import sys
import threading
from datetime import timedelta
from pathlib import Path

from workers.fleet.program import Program
from workers.fleet.supervisor import Folders, Supervisor


def prepare() -> str:
    return "prepared"


def nothing() -> None:
    raise SystemExit("the shared part can't be loaded")


def worker(prepared: object, name: str, endpoint_url: str, ready: str) -> int:
    """At work until SIGTERM, like a worker that has nothing to do."""
    stop = threading.Event()
    signal.signal(signal.SIGTERM, lambda number, frame: stop.set())
    print(f"{name} has {prepared} and {endpoint_url}", flush=True)
    (Path(ready) / f"{name}.{os.getpid()}").touch()
    stop.wait()
    print(f"{name} drained", flush=True)
    return 0


def stubborn(prepared: object, name: str, endpoint_url: str, ready: str) -> int:
    """At work, and deaf to SIGTERM."""
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    (Path(ready) / f"{name}.{os.getpid()}").touch()
    threading.Event().wait()
    return 0


def stillborn(prepared: object, name: str, endpoint_url: str, ready: str) -> int:
    print("no such table", file=sys.stderr)
    return 1


async def lead(home: Path) -> None:
    """Supervises two workers, says their process ids, and waits to be ended."""
    folders = Folders(logs=home / "logs", ready=home / "ready")
    supervisor = Supervisor("tests.fleet.standins:prepare", folders)
    await supervisor.open()
    arguments = ("http://endpoint", str(folders.ready))
    supervisor.launch(
        [
            Program(name, "tests.fleet.standins:worker", (name, *arguments))
            for name in ("one", "two")
        ]
    )
    await supervisor.ready(timedelta(seconds=60))
    print(json.dumps([process.pid for process in supervisor.processes]), flush=True)
    await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(lead(Path(sys.argv[1])))
