"""The kernel's limits on a process, set on itself before it gives up root and becomes another."""

import math
import os
import resource
from pathlib import Path

from workers.adapters import privileges

_OPEN_FILES = 512
_THREADS_A_PROCESS = 2


def limit(
    *,
    memory_bytes: int,
    file_bytes: int,
    processes: int | None,
    cpu_seconds: float | None,
    user: int = privileges.NOBODY,
) -> None:
    """Bounds this process and what it starts. A limit that is lower already stays.

    Memory is RLIMIT_DATA, what a process may write to: RLIMIT_AS would also count what threads and
    libraries only reserve. It and RLIMIT_NPROC are backstops for the keeper, which sees all
    processes together: the kernel counts memory for each process by itself, and threads, for the
    whole user.
    """
    wanted = {
        resource.RLIMIT_CORE: 0,
        resource.RLIMIT_DATA: memory_bytes,
        resource.RLIMIT_FSIZE: file_bytes,
        resource.RLIMIT_NOFILE: _OPEN_FILES,
    }
    if cpu_seconds is not None:
        wanted[resource.RLIMIT_CPU] = math.ceil(cpu_seconds)
    others = _tasks_of(user if privileges.is_root() else os.getuid())
    if processes is not None and others is not None:
        wanted[resource.RLIMIT_NPROC] = others + processes * _THREADS_A_PROCESS
    for kind, value in wanted.items():
        hard = resource.getrlimit(kind)[1]
        most = value if hard == resource.RLIM_INFINITY else min(value, hard)
        resource.setrlimit(kind, (most, most))


def _tasks_of(user: int) -> int | None:
    """How many threads the user runs; None where /proc can't tell."""
    proc = Path("/proc")
    if not (proc / "self" / "task").exists():
        return None
    count = 0
    for entry in os.scandir(proc):
        try:
            if entry.name.isdigit() and entry.stat().st_uid == user:
                count += sum(1 for _ in (proc / entry.name / "task").iterdir())
        except OSError:
            # It ended while we looked.
            continue
    return count
