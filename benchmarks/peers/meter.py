"""What a worker measures of itself while it handles messages. Standard library alone.

Every peer calls it at the beginning and at the end of its handler, so that all are measured alike
and pay the same for it: about a microsecond a message.
"""

import importlib.metadata
import json
import platform
import threading
import time
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from benchmarks.peers.journal import Journal


class Meter:
    """Counts what was handled; writes its report when every message was.

    The steady state begins when `warm` messages were handled and ends with the last one.
    """

    def __init__(
        self,
        messages: int,
        warm: int,
        report: Path,
        libraries: Iterable[str],
        journal: Journal | None = None,
    ) -> None:
        """`journal` takes down each message, where several workers share them."""
        self._messages = messages
        self._warm = warm
        self._report = report
        self._libraries = tuple(libraries)
        self._journal = journal
        # One byte a message, each touched now, so that the meter itself does not grow.
        self._done = bytearray(b"\0" * messages)
        self._left = messages
        self._latest: dict[int, int] = {}
        self._active: dict[int, int] = {}
        self._first: float | None = None
        self._began: dict[str, float] = {}
        self._overlapped = 0
        self._misordered = 0
        self._duplicates = 0
        self._lock = threading.Lock()

    def began(self, event: dict[str, Any]) -> None:
        """A handler begins with an event."""
        group, sequence = event["group"], event["sequence"]
        with self._lock:
            if self._first is None:
                self._first = time.monotonic()
            if self._journal is not None:
                self._journal.began(event["number"])
            if group < 0:
                return
            active = self._active.get(group, 0)
            self._overlapped += active > 0
            self._active[group] = active + 1
            if sequence < self._latest.get(group, 0):
                self._misordered += 1
            else:
                self._latest[group] = sequence

    def ended(self, event: dict[str, Any]) -> None:
        """The handler is through with it."""
        group, number = event["group"], event["number"]
        with self._lock:
            if group >= 0:
                self._active[group] -= 1
            if self._journal is not None:
                self._journal.ended(number)
            if self._done[number]:
                self._duplicates += 1
                return
            self._done[number] = 1
            self._left -= 1
            if self._messages - self._left == self._warm:
                self._began = _clocks()
            if not self._left:
                self._write()

    def _write(self) -> None:
        said = {
            "first": self._first,
            "began": self._began,
            "ended": _clocks(),
            "overlapped": self._overlapped,
            "misordered": self._misordered,
            "duplicates": self._duplicates,
            "peak_kilobytes": peak_kilobytes(),
            "python": platform.python_version(),
            "versions": {name: importlib.metadata.version(name) for name in self._libraries},
        }
        # Whoever waits for the file must not find half of it.
        draft = self._report.with_suffix(".draft")
        draft.write_text(json.dumps(said))
        draft.rename(self._report)


def peak_kilobytes() -> int:
    """The most memory that this process ever had resident."""
    # Not getrusage, whose maximum a process inherits from the one that started it.
    return status_kilobytes("VmHWM", "self")


def status_kilobytes(name: str, process: int | str) -> int:
    """A figure of a process's status: VmRSS is what it has resident now. 0 where there is none."""
    for line in Path(f"/proc/{process}/status").read_text().splitlines():
        if line.startswith(f"{name}:"):
            return int(line.split()[1])
    return 0


def _clocks() -> dict[str, float]:
    return {"at": time.monotonic(), "cpu": time.process_time()}
