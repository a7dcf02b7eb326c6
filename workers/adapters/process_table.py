"""The machine's processes, from /proc or, where there is none (macOS), from `ps`.

A pid alone names nobody: it is used again. A process is the same only if it also started at the
same moment.
"""

import os
import subprocess
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

_PROC = Path("/proc")


@dataclass(frozen=True, slots=True)
class Process:
    """One process at the moment of looking. `started` is comparable within a boot, not readable."""

    pid: int
    parent: int
    started: str
    zombie: bool
    resident_bytes: int


def boot() -> str:
    """Which start of the machine this is: pids and start times begin again with each."""
    path = _PROC / "sys/kernel/random/boot_id"
    return path.read_text().strip() if path.exists() else ""


def processes() -> dict[int, Process]:
    """All processes by pid."""
    if not _has_proc():
        return listed_by_ps()
    pids = (int(entry.name) for entry in os.scandir(_PROC) if entry.name.isdigit())
    return {found.pid: found for pid in pids if (found := _from_proc(pid))}


def living(pid: int) -> Process | None:
    """The process, unless it has ended; a zombie has."""
    found = _from_proc(pid) if _has_proc() else listed_by_ps().get(pid)
    return found if found and not found.zombie else None


def descendants(ancestor: int, table: Mapping[int, Process]) -> list[Process]:
    """Children, their children and so on, without those that have ended."""
    children: dict[int, list[Process]] = {}
    for process in table.values():
        children.setdefault(process.parent, []).append(process)
    found: list[Process] = []
    pending = [ancestor]
    while pending:
        for child in children.get(pending.pop(), ()):
            pending.append(child.pid)
            if not child.zombie:
                found.append(child)
    return found


def at_home_in(folder: Path) -> list[Process]:
    """The processes whose HOME is in the folder: ours alone give it such a one. None without /proc.

    This is how a process is found that left its group, its session and its parent.
    """
    if not _has_proc():
        return []
    wanted = f"HOME={folder}/".encode()
    return [
        process
        for process in processes().values()
        if not process.zombie and any(entry.startswith(wanted) for entry in _environ(process.pid))
    ]


def send(process: Process, signal_number: int) -> None:
    """A signal to this process, not to another that got its pid. Nothing if it has ended."""
    found = living(process.pid)
    if found is None or found.started != process.started:
        return
    try:
        os.kill(process.pid, signal_number)
    except ProcessLookupError:
        return


def listed_by_ps() -> dict[int, Process]:
    """All processes by pid, as `ps` tells it: slower, and the same on Linux and macOS."""
    columns = "pid=,ppid=,state=,rss=,lstart="
    listing = subprocess.run(  # noqa: S603
        ["/bin/ps", "-axo", columns], check=True, capture_output=True, text=True
    ).stdout
    found = {}
    for line in listing.splitlines():
        pid, parent, state, kibibytes, started = line.split(maxsplit=4)
        found[int(pid)] = Process(
            int(pid), int(parent), started.strip(), state.startswith("Z"), int(kibibytes) * 1024
        )
    return found


def memory(members: Iterable[Process]) -> int:
    """Bytes that the processes hold together; pages that they share count once."""
    return sum(_proportional(member) for member in members)


def _has_proc() -> bool:
    return (_PROC / "self" / "stat").exists()


def _from_proc(pid: int) -> Process | None:
    """proc(5), /proc/[pid]/stat: the name in brackets may hold anything, so count from its end."""
    try:
        text = (_PROC / str(pid) / "stat").read_text(errors="replace")
    except OSError:
        return None
    fields = text.rpartition(")")[2].split()
    return Process(
        pid=pid,
        parent=int(fields[1]),
        started=fields[19],
        zombie=fields[0] in "ZX",
        resident_bytes=int(fields[21]) * os.sysconf("SC_PAGE_SIZE"),
    )


def _environ(pid: int) -> list[bytes]:
    try:
        return (_PROC / str(pid) / "environ").read_bytes().split(b"\0")
    except OSError:
        return []


def _proportional(process: Process) -> int:
    try:
        rollup = (_PROC / str(process.pid) / "smaps_rollup").read_text()
    except OSError:
        return process.resident_bytes
    for line in rollup.splitlines():
        if line.startswith("Pss:"):
            return int(line.split()[1]) * 1024
    return process.resident_bytes
