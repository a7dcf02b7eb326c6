"""Starts the keeper's command: in namespaces of its own where the kernel allows it, else without.

    keeper ── porter ── init ── command ── …
              (in the new namespaces init is process 1; without them the porter is init)

What happens here runs in forked children, which must never return into the keeper's code.
"""

import os
import signal
import sys
import traceback
from collections.abc import Callable
from pathlib import Path
from typing import NoReturn, TypedDict

from workers.adapters import namespaces, privileges, rlimits

# As shells do: a command that a signal ended counts as 128 and the signal's number.
SIGNALLED = 128
_NOT_STARTED = 125


class Order(TypedDict):
    """What to run, where, with which environment and limits. `temporary` holds all that it writes.

    `argv` begins with an absolute path; of `writable` and `temporary` nothing may be outside our
    own folders.
    """

    argv: list[str]
    folder: str
    environment: dict[str, str]
    writable: list[str]
    temporary: str
    seconds: float
    memory_bytes: int
    processes: int
    file_bytes: int
    output_bytes: int
    isolate: bool
    user: int


class NotStarted(Exception):
    """Raised when no process could be made for the command."""


def start(order: Order) -> tuple[int, int]:
    """The porter's pid, and the end of the pipe that the command prints into."""
    privileges.hand_over((Path(path) for path in order["writable"]), _user(order))
    for isolated in (True, False) if order["isolate"] else (False,):
        if started := _attempt(order, isolated):
            return started
    raise NotStarted(order["argv"][0])


def _attempt(order: Order, isolated: bool) -> tuple[int, int] | None:
    output, output_end = os.pipe()
    ready, ready_end = os.pipe()
    porter = os.fork()
    if porter == 0:
        for end, standard in ((os.open(os.devnull, os.O_RDONLY), 0), (output_end, 1)):
            os.dup2(end, standard)
        os.dup2(output_end, 2)
        _end_with(lambda: _carry(order, ready_end, isolated))
    os.close(output_end)
    os.close(ready_end)
    is_ready = bool(os.read(ready, 1))
    os.close(ready)
    if is_ready:
        return porter, output
    os.close(output)
    os.waitpid(porter, 0)
    return None


def _carry(order: Order, ready_end: int, isolated: bool) -> int:
    """The porter: makes the namespaces, which only its children are in, and waits for init."""
    os.setsid()
    if not isolated:
        privileges.die_with_parent(signal.SIGKILL)
        return _bury(order, ready_end)
    namespaces.enter()
    privileges.die_with_parent(signal.SIGKILL)
    init = os.fork()
    if init == 0:
        _end_with(lambda: _furnish_and_bury(order, ready_end))
    os.close(ready_end)
    return _exit_code(os.waitpid(init, 0)[1])


def _furnish_and_bury(order: Order, ready_end: int) -> int:
    privileges.die_with_parent(signal.SIGKILL)
    namespaces.furnish(order["writable"])
    return _bury(order, ready_end)


def _bury(order: Order, ready_end: int) -> int:
    """Init: starts the command and reaps whatever loses its parent, until the command ends."""
    os.write(ready_end, b"1")
    os.close(ready_end)
    command = os.fork()
    if command == 0:
        _end_with(lambda: _become(order))
    while True:
        pid, status = os.wait()
        if pid == command:
            return _exit_code(status)


def _become(order: Order) -> int:
    os.setsid()
    os.chdir(order["folder"])
    rlimits.limit(
        memory_bytes=order["memory_bytes"],
        file_bytes=order["file_bytes"],
        processes=order["processes"],
        cpu_seconds=2 * order["seconds"],
        user=_user(order),
    )
    needed = (order["argv"][0], order["folder"], *order["writable"])
    privileges.lower((Path(path) for path in needed), _user(order))
    os.execve(order["argv"][0], order["argv"], order["environment"])  # noqa: S606


def _user(order: Order) -> int:
    """One of its own for what leaves nothing behind; files that are kept belong to nobody."""
    return privileges.NOBODY if len(order["writable"]) > 1 else order["user"]


def _end_with(work: Callable[[], int]) -> NoReturn:
    code = _NOT_STARTED
    try:
        code = work()
    finally:
        if sys.exc_info()[0] is not None:
            traceback.print_exc()
            sys.stderr.flush()
        os._exit(code)


def _exit_code(status: int) -> int:
    code = os.waitstatus_to_exitcode(status)
    return code if code >= 0 else SIGNALLED - code
