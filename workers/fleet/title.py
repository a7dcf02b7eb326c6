"""The name of a process as `ps` and `top` show it."""

import ctypes
import sys
from pathlib import Path

_PR_SET_NAME = 15


def name_process(title: str) -> None:
    """Shows the title instead of the command line. Does nothing elsewhere than on Linux."""
    if not sys.platform.startswith("linux"):
        return
    # The kernel keeps 15 characters: the end tells one route from another, the start does not.
    ctypes.CDLL(None).prctl(_PR_SET_NAME, title[-15:].encode(), 0, 0, 0)
    start, end = _command_line()
    # The interpreter made a copy of its arguments at its start, so their memory is free to use.
    # The last byte stays zero: another value would tell the kernel to read on.
    text = title.encode()[: end - start - 1]
    ctypes.memmove(start, text.ljust(end - start, b"\0"), end - start)


def _command_line() -> tuple[int, int]:
    """Where the arguments begin and end in memory: proc(5), /proc/pid/stat, fields 48 and 49."""
    after_name = Path("/proc/self/stat").read_text().rpartition(")")[2].split()
    return int(after_name[45]), int(after_name[46])
