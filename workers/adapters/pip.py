"""Installing pinned requirements with venv and pip, and what it means when that fails.

EnvironmentFailed
├── NotPinned         a requirement is not pinned to a version and to hashes; nothing was run
├── IndexUnreachable  the package index gave no answer: time may help
├── DiskFull          there is no room
└── Uninstallable     the index has no such package, or its bytes don't match the hash
"""

import asyncio
import contextlib
import importlib.util
import os
import re
import signal
import sys
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

Progress = Callable[[str], None]


class EnvironmentFailed(Exception):
    """Raised when an environment can't be made; one line with the cause and the mend."""


class NotPinned(EnvironmentFailed):
    """Raised before anything is installed."""


class IndexUnreachable(EnvironmentFailed):
    """Raised when pip got no answer from the package index."""


class DiskFull(EnvironmentFailed):
    """Raised when pip or we could not write."""


class Uninstallable(EnvironmentFailed):
    """Raised when pip refused what the index has for it."""


# name[extra]==version ; marker --hash=sha256:... and nothing else: no option, no address, no path.
_PINNED = re.compile(
    r"[A-Za-z0-9][A-Za-z0-9._-]*(\[[A-Za-z0-9,._ -]+\])?\s*==\s*[A-Za-z0-9.!+_-]+"
    r"(\s*;[\w.,'\"<>=!~() ]*?)?(\s+--hash=sha256:[0-9a-f]{64})+"
)

_FULL = re.compile(r"No space left on device|Disk quota exceeded|\[Errno (?:28|122)\]")
_MISMATCH = re.compile(r"DO NOT MATCH THE HASHES")
_UNREACHABLE = re.compile(
    r"NewConnectionError|ConnectTimeout|ReadTimeout|Max retries exceeded|ProxyError|"
    r"NameResolutionError|Temporary failure in name resolution|Connection (?:refused|reset)|"
    r"connection broken|RemoteDisconnected|HTTP error 5\d\d|5\d\d Server Error"
)

# Wheels only: a source distribution runs code of its author's while it is installed.
_INSTALL = (
    *("install", "--require-hashes", "--only-binary=:all:", "--no-input"),
    *("--disable-pip-version-check", "--progress-bar=off", "--retries=2", "--timeout=20"),
)


def check_pinned(requirements: bytes) -> None:
    """Every requirement has a version and hashes, and nothing else is said. Raises NotPinned."""
    try:
        text = requirements.decode()
    except UnicodeDecodeError as error:
        raise NotPinned(f"the requirements are not text: {error}") from error
    for line in _requirements(text):
        if not _PINNED.fullmatch(line):
            raise NotPinned(
                f"requirement {line[:80]!r} is not of the form name==version --hash=sha256:...:"
                " compile the requirements with hashes"
            )


async def install(
    python: Path, folder: Path, requirements: Path, on_progress: Progress, *, holding: int
) -> None:
    """Makes a virtual environment and installs into it. Raises EnvironmentFailed.

    Its processes keep the descriptor `holding` open: a lock on it lasts until the last one ends.
    """
    # An environment without pip is made in half the time: ours can install into it.
    ours = importlib.util.find_spec("pip") is not None
    bare = ("--without-pip",) if ours else ()
    inside = str(folder / "bin" / "python")
    pip = [sys.executable, "-m", "pip", "--python", inside] if ours else [inside, "-m", "pip"]
    await _run([str(python), "-m", "venv", *bare, str(folder)], on_progress, holding)
    await _run([*pip, *_INSTALL, "--requirement", str(requirements)], on_progress, holding)


def failure(output: str) -> EnvironmentFailed:
    """What went wrong, read from the output of pip or venv."""
    if _FULL.search(output):
        return DiskFull("the disk is full: make room and try again")
    if _MISMATCH.search(output):
        return Uninstallable(
            "a package does not match its hash: the index or a cache altered it, or the"
            " requirements are stale; run `pip cache purge`, or compile them again"
        )
    if _UNREACHABLE.search(output):
        return IndexUnreachable(
            "the package index can't be reached: check the network, or set PIP_INDEX_URL"
        )
    return Uninstallable(f"the environment can't be installed: {_said(output)}")


def _requirements(text: str) -> Iterator[str]:
    for line in text.replace("\\\r\n", " ").replace("\\\n", " ").splitlines():
        bare = re.sub(r"(^|\s)#.*$", "", line).strip()
        if bare:
            yield bare


def _said(output: str) -> str:
    lines = [line.strip() for line in output.splitlines() if line.strip()]
    errors = [line for line in lines if line.startswith("ERROR:")]
    return (errors or lines or ["it said nothing"])[-1][:300]


async def _run(command: Sequence[str], on_progress: Progress, holding: int) -> None:
    """Runs to the end, or is ended with all that it started when the caller is cancelled."""
    process = await asyncio.create_subprocess_exec(
        *command,
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
        start_new_session=True,
        pass_fds=(holding,),
    )
    said: list[str] = []
    try:
        assert process.stdout is not None
        async for raw in process.stdout:
            line = raw.decode(errors="replace").rstrip()
            said.append(line)
            if line.startswith(("Collecting", "Installing")):
                on_progress(line.partition(" (from ")[0][:100])
        code = await process.wait()
    finally:
        if process.returncode is None:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            await process.wait()
    if code != 0:
        raise failure("\n".join(said))
