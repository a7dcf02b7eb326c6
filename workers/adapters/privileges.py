"""What a process may do to others: the kin that it is bound to, and root's powers given up.

Untrusted code that ran as root could signal every process, read every environment, and start
processes past every limit, since RLIMIT_NPROC does not hold for root. So under root it runs as
`nobody`.
"""

import ctypes
import os
import stat
import struct
import sys
from collections.abc import Iterable
from pathlib import Path

NOBODY = 65534
# Users without a name, far above those that a system gives out.
_NAMELESS = 1_000_000_000

# linux/prctl.h, linux/securebits.h, linux/capability.h
_PDEATHSIG, _KEEPCAPS, _SUBREAPER, _NO_NEW_PRIVS, _AMBIENT, _AMBIENT_RAISE = 1, 8, 36, 38, 47, 2
_SET_SECUREBITS, _NO_SETUID_FIXUP = 28, 1 << 2
_CAPABILITY_VERSION_3, _DAC_READ_SEARCH = 0x20080522, 2


def adopt_orphans() -> None:
    """Descendants whose parent dies become children of this process. Linux alone."""
    _prctl(_SUBREAPER, 1)


def die_with_parent(signal_number: int) -> None:
    """This process gets the signal when its parent ends, however that ends. Linux alone."""
    _prctl(_PDEATHSIG, signal_number)


def is_root() -> bool:
    return os.geteuid() == 0


def user_of_this_process() -> int:
    """A user that no other process runs as: the kernel counts processes for each user together, so
    that one bomb under a shared user would keep its neighbours from starting anything.
    """
    return _NAMELESS + os.getpid()


def hand_over(folders: Iterable[Path], user: int = NOBODY) -> None:
    """Makes the folders, with all in them, those of whom `lower` will make this process.

    A folder that was handed over before is left alone: whoever has it by now could put a link in
    the place of a file while root changes owners.
    """
    if not is_root():
        return
    for folder in folders:
        if folder.stat().st_uid == user:
            continue
        for path in (folder, *folder.rglob("*")):
            os.chown(path, user, NOBODY, follow_symlinks=False)


def lower(needed: Iterable[Path], user: int = NOBODY) -> None:
    """Root becomes the user; for others nothing changes but that no program gives powers back.

    Where the user could not reach what is `needed` (an interpreter below /root), it may read all
    files, and nothing more.
    """
    _prctl(_NO_NEW_PRIVS, 1)
    if not is_root():
        return
    reads_all = not all(_is_reachable(path) for path in needed)
    if reads_all:
        _prctl(_KEEPCAPS, 1)
        # Without it access(2) would still say no to what open(2) may read, and alembic asks first.
        _prctl(_SET_SECUREBITS, _NO_SETUID_FIXUP)
    os.setgroups([])
    os.setgid(NOBODY)
    os.setuid(user)
    if reads_all:
        _keep_reading()


def _is_reachable(path: Path) -> bool:
    """Whether anybody may pass every folder above the file, and above what it links to."""
    places = {path.absolute(), path.resolve()}
    folders = {folder for place in places for folder in place.parents}
    return all(folder.stat().st_mode & stat.S_IXOTH for folder in folders)


def _keep_reading() -> None:
    """capabilities(7): an ambient capability is what survives both setuid and execve."""
    header = struct.pack("Ii", _CAPABILITY_VERSION_3, 0)
    bit = 1 << _DAC_READ_SEARCH
    words = struct.pack("6I", bit, bit, bit, 0, 0, 0)
    if _libc().capset(header, words) != 0:
        number = ctypes.get_errno()
        raise OSError(number, f"capset: {os.strerror(number)}")
    _prctl(_AMBIENT, _AMBIENT_RAISE, _DAC_READ_SEARCH)


def _prctl(option: int, *arguments: int) -> None:
    if sys.platform == "linux":
        padded = [ctypes.c_ulong(n) for n in (*arguments, *(0,) * (4 - len(arguments)))]
        _libc().prctl(option, *padded)


def _libc() -> ctypes.CDLL:
    return ctypes.CDLL(None, use_errno=True)
