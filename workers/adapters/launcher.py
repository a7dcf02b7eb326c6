"""A program that turns itself into a release's process, and says so before it does.

    python -m workers.adapters.launcher '<a Launch as JSON>'

It ends with 0 when the process is on record and running, with 75 when one of the same version
already is. The record is written by the process that it is about: whoever started it may be killed
at any moment, and what runs is found all the same. The lock passes on to the release's process
and is free again when that ends, however it ends.
"""

import fcntl
import json
import os
import socket
import sys
import traceback
from pathlib import Path
from typing import NoReturn, TypedDict

from workers.adapters import privileges, process_table, rlimits

ALREADY_RUNNING = 75  # EX_TEMPFAIL in sysexits.h
PORT = "{port}"


class Launch(TypedDict):
    """What to start. `{port}` in `argv` becomes a free port; the last three are files of ours."""

    version: str
    argv: list[str]
    folder: str
    environment: dict[str, str]
    writable: list[str]
    memory_bytes: int
    processes: int
    file_bytes: int
    log: str
    lock: str
    record: str


def main() -> int:
    launch: Launch = json.loads(sys.argv[1])
    lock = os.open(launch["lock"], os.O_RDWR | os.O_CREAT, 0o644)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return ALREADY_RUNNING
    privileges.hand_over(Path(path) for path in launch["writable"])
    done, done_end = os.pipe()
    # A grandchild of the worker: it is nobody's child to reap, and no worker's end is its own.
    if os.fork() == 0:
        _become(launch, lock, done_end)
    os.close(done_end)
    return 0 if os.read(done, 1) else 1


def _become(launch: Launch, lock: int, done_end: int) -> NoReturn:
    try:
        os.setsid()
        _redirect(launch["log"])
        os.set_inheritable(lock, True)
        port = _free_port()
        _write_record(launch, port)
        os.write(done_end, b"1")
        os.chdir(launch["folder"])
        rlimits.limit(
            memory_bytes=launch["memory_bytes"],
            file_bytes=launch["file_bytes"],
            processes=launch["processes"],
            cpu_seconds=None,
        )
        needed = (launch["argv"][0], launch["folder"], *launch["writable"])
        privileges.lower(Path(path) for path in needed)
        argv = [word.replace(PORT, str(port)) for word in launch["argv"]]
        os.execve(argv[0], argv, launch["environment"])  # noqa: S606
    finally:
        # Reached only when it could not become the release; the log tells why.
        traceback.print_exc()
        sys.stderr.flush()
        os._exit(1)


def _redirect(log: str) -> None:
    os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
    written = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_APPEND, 0o644)
    os.dup2(written, 1)
    os.dup2(written, 2)


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port: int = probe.getsockname()[1]
        return port


def _write_record(launch: Launch, port: int) -> None:
    this = process_table.living(os.getpid())
    assert this is not None, "this process is alive"
    record = {
        "version": launch["version"],
        "pid": this.pid,
        "started": this.started,
        "boot": process_table.boot(),
        "port": port,
        "log": launch["log"],
    }
    part = Path(launch["record"] + ".part")
    part.write_text(json.dumps(record))
    part.replace(launch["record"])


if __name__ == "__main__":
    sys.exit(main())
