"""Linux namespaces for a command that nobody trusts: processes, mounts and network of its own.

Where the kernel refuses (a container without the right, another system) the keeper goes on without
them: limits, the clean environment and the ending of all descendants hold then too, but the command
can signal other processes of its user, reach the network, and write wherever its user may.
"""

import ctypes
import fcntl
import os
import socket
import struct
from collections.abc import Sequence
from pathlib import Path

# linux/sched.h
_NEW_MOUNTS, _NEW_IPC, _NEW_USER, _NEW_PIDS, _NEW_NETWORK = (
    0x00020000,
    0x08000000,
    0x10000000,
    0x20000000,
    0x40000000,
)
# linux/mount.h
_NOSUID, _NODEV, _NOEXEC, _BIND, _RECURSIVE, _PRIVATE = 2, 4, 8, 4096, 16384, 1 << 18
_ATTR_RDONLY, _AT_RECURSIVE, _AT_FDCWD = 1, 0x8000, -100
_MOUNT_SETATTR = 442  # The same number on every architecture (since Linux 5.12).
# linux/sockios.h, linux/if.h
_SIOCSIFFLAGS, _IFF_UP_RUNNING = 0x8914, 0x41

_SHARED_MEMORY = "/dev/shm"  # noqa: S108 (a mount point, not a file of ours)


def enter() -> None:
    """Moves this process's future children into namespaces of their own. Raises OSError."""
    user, group = os.geteuid(), os.getegid()
    wanted = _NEW_PIDS | _NEW_MOUNTS | _NEW_IPC | _NEW_NETWORK
    _check(_libc().unshare(wanted if user == 0 else wanted | _NEW_USER), "unshare")
    if user != 0:
        Path("/proc/self/setgroups").write_text("deny")
        Path("/proc/self/uid_map").write_text(f"{user} {user} 1")
        Path("/proc/self/gid_map").write_text(f"{group} {group} 1")


def furnish(writable: Sequence[str]) -> None:
    """Read-only files but for `writable`, a view of its own processes alone, a loopback network.

    Runs in the first process of the new namespaces. Raises OSError.
    """
    _mount(None, "/", None, _RECURSIVE | _PRIVATE)
    for path in writable:
        _mount(path, path, None, _BIND)
    _mount("tmpfs", _SHARED_MEMORY, "tmpfs", _NOSUID | _NODEV, b"size=64m")
    _set_read_only("/", recursive=True)
    for path in (*writable, _SHARED_MEMORY):
        _set_writable(path)
    _mount("proc", "/proc", "proc", _NOSUID | _NODEV | _NOEXEC)
    _raise_loopback()


def _raise_loopback() -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as control:
        fcntl.ioctl(control, _SIOCSIFFLAGS, struct.pack("16sh22x", b"lo", _IFF_UP_RUNNING))


def _set_read_only(path: str, *, recursive: bool) -> None:
    _mount_setattr(path, _AT_RECURSIVE if recursive else 0, struct.pack("QQQQ", 1, 0, 0, 0))


def _set_writable(path: str) -> None:
    _mount_setattr(path, 0, struct.pack("QQQQ", 0, _ATTR_RDONLY, 0, 0))


def _mount_setattr(path: str, flags: int, attributes: bytes) -> None:
    result = _libc().syscall(
        ctypes.c_long(_MOUNT_SETATTR),
        ctypes.c_int(_AT_FDCWD),
        ctypes.c_char_p(path.encode()),
        ctypes.c_uint(flags),
        ctypes.c_char_p(attributes),
        ctypes.c_size_t(len(attributes)),
    )
    _check(result, f"mount_setattr {path}")


def _mount(
    source: str | None, target: str, kind: str | None, flags: int, options: bytes | None = None
) -> None:
    result = _libc().mount(
        source.encode() if source else None,
        target.encode(),
        kind.encode() if kind else None,
        ctypes.c_ulong(flags),
        options,
    )
    _check(result, f"mount {target}")


def _libc() -> ctypes.CDLL:
    return ctypes.CDLL(None, use_errno=True)


def _check(result: int, what: str) -> None:
    if result != 0:
        number = ctypes.get_errno()
        raise OSError(number, f"{what}: {os.strerror(number)}")
