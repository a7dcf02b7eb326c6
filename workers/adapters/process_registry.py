"""Which processes of releases run: records that outlive the worker that started them."""

import json
import os
import signal
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from pydantic import BaseModel, ConfigDict, ValidationError

from workers.adapters import process_table
from workers.adapters.process_table import Process

_STOPPING_SECONDS = 5.0
_POLL_SECONDS = 0.02


class Record(BaseModel):
    """What a release's process wrote about itself when it started."""

    model_config = ConfigDict(frozen=True)

    version: str
    pid: int
    started: str
    boot: str
    port: int
    log: Path

    @property
    def endpoint(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def process(self) -> Process | None:
        """The process, if it still runs and its pid is not another's by now."""
        found = process_table.living(self.pid)
        same = found and found.started == self.started and process_table.boot() == self.boot
        return found if same else None


@dataclass(frozen=True, slots=True)
class ProcessRegistry:
    """The processes of one service in one environment, one record a version."""

    folder: Path

    def record_of(self, version: str) -> Path:
        return self.folder / f"{version}.json"

    def lock_of(self, version: str) -> Path:
        return self.folder / f"{version}.lock"

    def running(self) -> list[Record]:
        """What runs now, by version."""
        records = (_read(path) for path in sorted(self.folder.glob("*.json")))
        return [record for record in records if record and record.process()]

    def find(self, version: str) -> Record | None:
        """The running process of the version."""
        record = self.latest(version)
        return record if record and record.process() else None

    def latest(self, version: str) -> Record | None:
        """The version's process as it was last started, whether or not it still runs."""
        return _read(self.record_of(version))


def stop(processes: Sequence[Process]) -> None:
    """Ends the processes and the groups that they lead: SIGTERM, and SIGKILL after 5 s. Blocks."""
    for process in processes:
        _signal_group(process, signal.SIGTERM)
    deadline = time.monotonic() + _STOPPING_SECONDS
    while any(map(_is_there, processes)):
        if time.monotonic() > deadline:
            for process in processes:
                _signal_group(process, signal.SIGKILL)
        time.sleep(_POLL_SECONDS)


def _signal_group(process: Process, number: int) -> None:
    if not _is_there(process):
        return
    try:
        if os.getpgid(process.pid) == process.pid:
            os.killpg(process.pid, number)
    except ProcessLookupError:
        return
    process_table.send(process, number)


def _is_there(process: Process) -> bool:
    found = process_table.living(process.pid)
    return found is not None and found.started == process.started


def _read(path: Path) -> Record | None:
    """None for a record that is not there, or that this code did not write."""
    try:
        return Record.model_validate(json.loads(path.read_bytes()))
    except (FileNotFoundError, ValueError, ValidationError):
        return None
