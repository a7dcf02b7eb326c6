"""What is known of the fleet from outside: one file, replaced whole, and a lock.

The lock is the truth about whether a fleet runs: the system lets it go however its holder ends.
"""

import fcntl
import json
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Literal

ProcessState = Literal["starting", "running", "restarting", "given up", "stopped"]
FleetState = Literal["starting", "ready", "stopping"]

_STATUS = "fleet.json"
_LOCK = "fleet.lock"


class FleetRunning(Exception):
    """Raised when another fleet runs from the same folder; says which."""


@dataclass(frozen=True, slots=True)
class ProcessStatus:
    """One process of the fleet."""

    name: str
    pid: int | None
    restarts: int
    state: ProcessState


@dataclass(frozen=True, slots=True)
class FleetStatus:
    """The fleet; `pid` is the process that leads it, and that ends it on SIGTERM."""

    pid: int
    state: FleetState
    endpoint_url: str | None
    environment: str
    region: str
    processes: tuple[ProcessStatus, ...] = ()


def write(home: Path, status: FleetStatus) -> None:
    """Replaces the file, so that a reader finds the old one or the new one, whole."""
    part = home / f"{_STATUS}.part"
    part.write_text(json.dumps(asdict(status), indent=2) + "\n")
    part.replace(home / _STATUS)


def read(home: Path) -> FleetStatus | None:
    """The fleet that runs from this folder; None when none does."""
    if not is_running(home):
        return None
    try:
        found = json.loads((home / _STATUS).read_text())
        processes = tuple(ProcessStatus(**each) for each in found.pop("processes"))
        return FleetStatus(**found, processes=processes)
    except (FileNotFoundError, ValueError, KeyError, TypeError, AttributeError):
        # Not there yet, or not ours: either way it says nothing of the fleet.
        return None


def is_running(home: Path) -> bool:
    """Whether a fleet runs from this folder."""
    try:
        descriptor = os.open(home / _LOCK, os.O_RDONLY)
    except FileNotFoundError:
        return False
    try:
        fcntl.flock(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    finally:
        os.close(descriptor)
    return False


@contextmanager
def alone(home: Path) -> Iterator[None]:
    """Holds the folder for one fleet, and leaves no status behind. Raises FleetRunning."""
    home.mkdir(parents=True, exist_ok=True)
    with (home / _LOCK).open("ab") as lock:
        if not _locked(lock.fileno()):
            raise FleetRunning(f"a fleet already runs from {home}: end it with `flotilla down`")
        (home / _STATUS).unlink(missing_ok=True)
        try:
            yield
        finally:
            (home / _STATUS).unlink(missing_ok=True)


def _locked(descriptor: int) -> bool:
    # Somebody who only asks holds a shared lock for an instant, which is no fleet.
    for _ in range(5):
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            time.sleep(0.02)
        else:
            return True
    return False
