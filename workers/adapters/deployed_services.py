"""What the embedded target runs, for whoever looks at all of it: the command line."""

import shutil
from dataclasses import dataclass
from pathlib import Path

from workers.adapters.process_registry import stop
from workers.adapters.process_table import Process, at_home_in
from workers.adapters.release_folder import ReleaseFolder


@dataclass(frozen=True, slots=True)
class DeployedService:
    """One service that takes traffic."""

    service_name: str
    environment: str
    version: str
    endpoint: str
    pid: int


def endpoints(folder: Path) -> list[DeployedService]:
    """The services below the target's folder whose current release runs, by name."""
    found = []
    for place in _places(folder):
        current = place.current()
        if current and (record := place.processes.find(current.version)):
            found.append(
                DeployedService(
                    service_name=place.root.parent.name,
                    environment=place.root.name,
                    version=current.version,
                    endpoint=record.endpoint,
                    pid=record.pid,
                )
            )
    return found


def stop_all(folder: Path) -> int:
    """Stops every process below the target's folder, and says how many; at most some seconds each.

    Meant for when no worker is left that could start another.
    """
    stopped = 0
    while running := _processes(folder):
        stop(running)
        stopped += len(running)
    return stopped


def _processes(folder: Path) -> list[Process]:
    """Those on record, and one that a worker was about to put there when it was killed."""
    recorded = [record.process() for p in _places(folder) for record in p.processes.running()]
    found = (*recorded, *at_home_in(folder.absolute()))
    return list({process.pid: process for process in found if process}.values())


def clear(folder: Path) -> None:
    """Stops every service below the target's folder, and forgets releases and databases."""
    stop_all(folder)
    shutil.rmtree(folder, ignore_errors=True)


def _places(folder: Path) -> list[ReleaseFolder]:
    return [ReleaseFolder(path.parent) for path in sorted(folder.absolute().glob("*/*/processes"))]
