"""Commands that nobody trusts, run under a keeper: bounded, without our environment, and gone
afterwards with everything that they started.

On Linux the command has processes, mounts and a network of its own where the kernel allows it
(root, or unprivileged user namespaces): it sees no other process, writes only where it may, and
reaches only its own loopback. Elsewhere, as in an unprivileged container, all limits hold but
those. On macOS memory is bounded by resident size alone, and of what leaves the process tree by
two forks nothing is found again.
"""

import asyncio
import json
import os
import signal
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from workers.adapters import process_table
from workers.adapters.keeper import Answer
from workers.ports import Limits

_OUTPUT_BYTES = 64 * 1024
# For a keeper that was itself stopped or killed by what it keeps: it ends 10 s after its command.
_GRACE_SECONDS = 15.0


@dataclass(frozen=True, slots=True)
class Command:
    """What to run. `temporary` is made for this command, holds its HOME, and is removed if the
    worker is killed; `writable` are the folders outside it that the command may change.
    """

    argv: tuple[str, ...]
    folder: Path
    environment: Mapping[str, str]
    temporary: Path
    writable: tuple[Path, ...] = ()


def clean_environment(python: Path, temporary: Path) -> dict[str, str]:
    """All that an untrusted process learns from its environment; makes its HOME and TMPDIR."""
    home, scratch = temporary / "home", temporary / "tmp"
    for folder in (home, scratch):
        folder.mkdir(parents=True, exist_ok=True)
    path = os.pathsep.join([str(python.parent), "/usr/local/bin", "/usr/bin", "/bin"])
    return {"PATH": path, "HOME": str(home), "TMPDIR": str(scratch), "LANG": "C.UTF-8"}


async def run_confined(command: Command, limits: Limits, *, isolate: bool = True) -> Answer:
    """Runs the command to its end, or to the first limit that it oversteps.

    `isolate=False` goes without namespaces also where there could be some.
    """
    keeper = await asyncio.create_subprocess_exec(
        sys.executable,
        "-I",
        "-m",
        "workers.adapters.keeper",
        json.dumps(_order(command, limits, isolate=isolate)),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        env={},
        start_new_session=True,
    )
    answer = b""
    try:
        async with asyncio.timeout(limits.seconds + _GRACE_SECONDS):
            answer = await _stream(keeper.stdout).read()
    except TimeoutError:
        answer = b""
    finally:
        await _end(keeper)
        _sweep(command.temporary)
    return _answer(answer)


def _order(command: Command, limits: Limits, *, isolate: bool) -> dict[str, object]:
    return {
        "argv": list(command.argv),
        "folder": str(command.folder),
        "environment": dict(command.environment),
        "writable": [str(path) for path in (command.temporary, *command.writable)],
        "temporary": str(command.temporary),
        "seconds": limits.seconds,
        "memory_bytes": limits.memory_bytes,
        "processes": limits.processes,
        "file_bytes": limits.file_bytes,
        "output_bytes": _OUTPUT_BYTES,
        "isolate": isolate,
    }


def _answer(text: bytes) -> Answer:
    if text:
        answer: Answer = json.loads(text)
        return answer
    return {
        "exit_code": None,
        "ended_by": "crash",
        "note": "ended: the process that watched it was ended first",
        "output": "",
        "seconds": 0.0,
    }


async def _end(keeper: asyncio.subprocess.Process) -> None:
    """Closes the lifeline, which makes the keeper end all, and the keeper if that is not enough."""
    if keeper.stdin is not None:
        keeper.stdin.close()
    try:
        async with asyncio.timeout(_GRACE_SECONDS):
            await keeper.wait()
    except TimeoutError:
        keeper.kill()
        await keeper.wait()


def _sweep(temporary: Path) -> None:
    """What a keeper that was killed has left behind."""
    while left := process_table.at_home_in(temporary):
        for process in left:
            process_table.send(process, signal.SIGKILL)


def _stream(stream: asyncio.StreamReader | None) -> asyncio.StreamReader:
    assert stream is not None, "the keeper's output is a pipe"
    return stream
