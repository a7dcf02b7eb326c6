"""Ties a process to its parent: when the parent ends, even by SIGKILL, the process ends.

As a script it does so for any command: `python lifeline.py PARENT SIGNAL COMMAND...`. It imports
nothing but the standard library, since it may run in an environment without this project.
"""

import ctypes
import os
import signal
import sys

_PR_SET_PDEATHSIG = 1


class Orphaned(Exception):
    """Raised when the parent was already gone."""


def end_with_parent(parent: int, number: int = signal.SIGKILL) -> None:
    """The kernel sends this process the signal when its parent ends. Raises Orphaned.

    It counts as the parent's end when the thread that started this process ends. Elsewhere than on
    Linux nothing is promised: there a parent that is killed can leave the process behind.
    """
    if not sys.platform.startswith("linux"):
        return
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.prctl(_PR_SET_PDEATHSIG, int(number), 0, 0, 0) != 0:
        raise OSError(ctypes.get_errno(), "prctl(PR_SET_PDEATHSIG)")
    # The parent may have ended before the kernel knew: then nobody would send anything.
    if os.getppid() != parent:
        raise Orphaned


def tied(python: str, command: list[str], number: int = signal.SIGKILL) -> list[str]:
    """The command line that runs the command as a child tied to the calling process."""
    return [python, "-I", "-S", __file__, str(os.getpid()), str(int(number)), *command]


def main(arguments: list[str]) -> None:
    """Becomes the command, tied to its parent."""
    parent, number, *command = arguments
    try:
        end_with_parent(int(parent), int(number))
    except Orphaned:
        raise SystemExit(1) from None
    os.execv(command[0], command)  # noqa: S606


if __name__ == "__main__":
    main(sys.argv[1:])
