"""A program that runs one command and lets nothing of it outlive, outgrow or outrun its limits.

    python -m workers.adapters.keeper '<an Order as JSON>'      (confinement.py starts it so)

It adopts what loses its parent, so that every descendant is found below it, whatever session or
group it moved to. Its standard input is a lifeline: when the other end closes, because the worker
was cancelled or killed, everything is ended and the temporary folder removed. On its standard
output it writes one JSON object: how the command ended, and the end of what it printed.
"""

import json
import os
import selectors
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from typing import Literal, TypedDict

from workers.adapters import privileges, process_table
from workers.adapters.porter import SIGNALLED, Order, start
from workers.adapters.process_table import Process

EndedBy = Literal["itself", "time", "memory", "crash", "abandoned"]

_POLL_SECONDS = 0.03
_DISK_EVERY_SECONDS = 0.3
_ENDING_SECONDS = 10.0
_ENTRY_LIMIT = 20_000
_OURS = 2  # The porter and init are not the command's doing.


class Answer(TypedDict):
    """How it ended; `note` says in words what ended it, `output` is the end of the output."""

    exit_code: int | None
    ended_by: EndedBy
    note: str
    output: str
    seconds: float


def main() -> None:
    order: Order = json.loads(sys.argv[1])
    order["user"] = privileges.user_of_this_process()
    privileges.adopt_orphans()
    answer = _Watch(order).until_the_end()
    if answer["ended_by"] == "abandoned":
        _remove(order["temporary"])
    else:
        print(json.dumps(answer), flush=True)


def _remove(folder: str) -> None:
    """The worker would have, and is not there. Not by shutil, which recurses less deeply."""
    for argv in (["/bin/chmod", "-R", "u+rwX", folder], ["/bin/rm", "-rf", folder]):
        subprocess.run(argv, check=False, stderr=subprocess.DEVNULL)  # noqa: S603


class _Watch:
    """One command under watch."""

    def __init__(self, order: Order) -> None:
        self._order = order
        self._tail = bytearray()
        self._porter, self._output = start(order)
        self._started = self._looked = self._disk_looked = time.monotonic()

    def until_the_end(self) -> Answer:
        """Watches until the command has ended or oversteps, and ends whatever is left of it."""
        code, ended_by, note = self._wait()
        seconds = time.monotonic() - self._started
        _end_all(self._porter)
        self._drain()
        return {
            "exit_code": code,
            "ended_by": ended_by,
            "note": note,
            "output": self._tail.decode(errors="replace"),
            "seconds": seconds,
        }

    def _wait(self) -> tuple[int | None, EndedBy, str]:
        lifeline = sys.stdin.fileno()
        with selectors.DefaultSelector() as selector:
            selector.register(self._output, selectors.EVENT_READ)
            selector.register(lifeline, selectors.EVENT_READ)
            while True:
                ready = {key.fd for key, _ in selector.select(_POLL_SECONDS)}
                if lifeline in ready and not os.read(lifeline, 1024):
                    return None, "abandoned", ""
                if self._output in ready and not self._read():
                    selector.unregister(self._output)
                for pid, status in _reaped():
                    if pid == self._porter:
                        return _ending(os.waitstatus_to_exitcode(status))
                # Output may come faster than it is worth to look at all processes.
                if (now := time.monotonic()) - self._looked >= _POLL_SECONDS:
                    self._looked = now
                    if overstepped := self._overstepped(now):
                        return None, *overstepped

    def _overstepped(self, now: float) -> tuple[EndedBy, str] | None:
        order = self._order
        if now - self._started > order["seconds"]:
            return "time", f"ended: it ran longer than {order['seconds']:g} s"
        members = _members()
        if len(members) > order["processes"] + _OURS:
            return "crash", f"ended: it had more than {order['processes']} processes"
        # Resident sizes count shared pages once for each process: ask closely only when in doubt.
        most = order["memory_bytes"]
        resident = sum(member.resident_bytes for member in members)
        if resident > most and process_table.memory(members) > most:
            return "memory", f"ended: it held more than {most >> 20} MiB of memory"
        if now - self._disk_looked > _DISK_EVERY_SECONDS:
            self._disk_looked = now
            if _overfull(order["temporary"], 2 * order["file_bytes"]):
                return "crash", f"ended: its files took over {2 * order['file_bytes'] >> 20} MiB"
        return None

    def _read(self) -> bool:
        chunk = os.read(self._output, 1 << 16)
        self._tail += chunk
        del self._tail[: -self._order["output_bytes"]]
        return bool(chunk)

    def _drain(self) -> None:
        """What is still in the pipe; its writers are gone, so it ends."""
        while self._read():
            pass


def _ending(code: int) -> tuple[int | None, EndedBy, str]:
    """Of a command that nobody here ended."""
    if 0 <= code < SIGNALLED:
        return code, "itself", ""
    return None, "crash", f"ended by signal {code - SIGNALLED if code > 0 else -code}"


def _reaped() -> Iterator[tuple[int, int]]:
    while True:
        try:
            pid, status = os.waitpid(-1, os.WNOHANG)
        except ChildProcessError:
            return
        if pid == 0:
            return
        yield pid, status


def _end_all(porter: int) -> None:
    """Kills every descendant and reaps it.

    All are stopped before one is killed: of processes that start others without end, each that is
    killed would make room for the next. The namespaces, where there are any, end with the porter.
    """
    if any(member.pid == porter for member in _members()):
        _signal(porter, signal.SIGKILL)
    deadline = time.monotonic() + _ENDING_SECONDS
    stopped: set[int] = set()
    while time.monotonic() < deadline:
        for _ in _reaped():
            pass
        left = {member.pid for member in _members()}
        for pid in left - stopped:
            _signal(pid, signal.SIGSTOP)
        if left <= stopped:
            for pid in left:
                _signal(pid, signal.SIGKILL)
        if not left:
            return
        stopped = left
        time.sleep(0.005)


def _members() -> list[Process]:
    return process_table.descendants(os.getpid(), process_table.processes())


def _signal(pid: int, number: int) -> None:
    """To a descendant of ours that may have ended; its pid is free only after we reaped it."""
    try:
        os.kill(pid, number)
    except ProcessLookupError:
        return


def _overfull(folder: str, most: int) -> bool:
    """Whether the folder holds more bytes, or more entries, than it may."""
    pending, used, entries = [folder], 0, 0
    while pending:
        try:
            for entry in os.scandir(pending.pop()):
                used += entry.stat(follow_symlinks=False).st_blocks * 512
                entries += 1
                if entry.is_dir(follow_symlinks=False):
                    pending.append(entry.path)
                if used > most or entries > _ENTRY_LIMIT:
                    return True
        except OSError:
            # It vanished, or its path is too long to walk: its parents were counted.
            continue
    return False


if __name__ == "__main__":
    main()
