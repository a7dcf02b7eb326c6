"""Worker processes of a run: how they start and end, and the processor time that they use."""

import os
import signal
import subprocess
import time
from bisect import bisect_left
from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path

from benchmarks import affinity

ROOT = Path(__file__).resolve().parent.parent
# From SIGTERM to the end.
_END_SECONDS = 5.0
_TICKS = os.sysconf("SC_CLK_TCK")
# Processor time of a process is known by the tick, and a share of less than this means nothing.
_SHORTEST_SECONDS = 0.05

Process = subprocess.Popen[bytes]
# Processor time used up to moments, both in seconds.
Usage = Sequence[tuple[float, float]]


@contextmanager
def worker(command: list[str], core: int | Collection[int] | None, log: Path) -> Iterator[Process]:
    """A process for the length of a block, told to end after it, ended if it does not."""
    with affinity.pinned(core), log.open("wb") as output:
        process = subprocess.Popen(  # noqa: S603
            command,
            cwd=ROOT,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            start_new_session=True,
        )
    try:
        yield process
        end([process])
    finally:
        _kill(process)


def end(processes: Sequence[Process]) -> None:
    """Tells processes to end, all at the same time, and ends those that take too long."""
    deadline = time.monotonic() + _END_SECONDS
    for process in processes:
        process.send_signal(signal.SIGTERM)
    for process in processes:
        # It was told; what it has done is counted already.
        with suppress(subprocess.TimeoutExpired):
            process.wait(max(0.0, deadline - time.monotonic()))
        _kill(process)


def cpu_seconds(pid: int) -> float:
    """The processor time that a process has used."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / _TICKS


def share(usage: Usage, began: float, ended: float) -> float:
    """The share of a core that was used between two moments."""
    moments = [moment for moment, _ in usage]
    first = usage[max(0, bisect_left(moments, began) - 1)]
    last = usage[min(len(usage) - 1, bisect_left(moments, ended))]
    return (last[1] - first[1]) / max(last[0] - first[0], _SHORTEST_SECONDS)


def last_line(text: str) -> str:
    """What a process said last."""
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    return lines[-1] if lines else "it said nothing"


def _kill(process: Process) -> None:
    if process.poll() is None:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()
