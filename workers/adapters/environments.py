"""Python environments made from pinned requirements, once, and shared by whoever asks next."""

import asyncio
import errno
import fcntl
import hashlib
import os
import shutil
import sys
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from pathlib import Path

from workers.adapters.pip import (
    DiskFull,
    EnvironmentFailed,
    IndexUnreachable,
    Progress,
    check_pinned,
    install,
)
from workers.ports import Away, Reject, Retry

_COMPLETE = ".complete"
_LOOK_AGAIN = 0.2


@dataclass(frozen=True, slots=True)
class Environment:
    """A complete environment."""

    folder: Path

    @property
    def python(self) -> Path:
        return self.folder / "bin" / "python"


class Environments:
    """The environments in a folder. One that is half made is made again, never used.

    Several makers may ask at once, from any process: one makes it and the others wait.
    """

    def __init__(self, folder: Path, python: Path = Path(sys.executable)) -> None:
        # Resolved, since an environment's scripts hold its path, and outlive a link to it.
        self._folder = folder.resolve()
        self._python = python

    async def python_for(self, requirements: bytes) -> Path:
        """The interpreter of an environment with exactly these requirements.

        Raises Away when the index can't be reached, Retry when the disk is full, else Reject.
        """
        name = hashlib.sha256(requirements).hexdigest()
        try:
            return (await self.named(name, requirements)).python
        except IndexUnreachable as error:
            raise Away(str(error)) from error
        except DiskFull as error:
            raise Retry(str(error)) from error
        except EnvironmentFailed as error:
            raise Reject(str(error)) from error

    async def named(
        self, name: str, requirements: bytes, on_progress: Progress = lambda line: None
    ) -> Environment:
        """The environment of that name, made anew when its requirements are no longer these.

        Raises EnvironmentFailed.
        """
        check_pinned(requirements)
        environment = Environment(self._folder / name)
        # Resolved, since one interpreter goes by several names in a virtual environment.
        interpreter = self._python.resolve()
        mark = f"{hashlib.sha256(requirements).hexdigest()} {interpreter}\n"
        with _room():
            if _is_complete(environment, mark):
                return environment
            self._folder.mkdir(parents=True, exist_ok=True)
            async with _alone(self._folder / f"{name}.lock", on_progress) as lock:
                if not _is_complete(environment, mark):
                    listing = _cleared(environment, requirements)
                    on_progress(f"making the environment {name[:16]}")
                    await install(
                        self._python, environment.folder, listing, on_progress, holding=lock
                    )
                    _write_whole(environment.folder / _COMPLETE, mark.encode())
        return environment


def _cleared(environment: Environment, requirements: bytes) -> Path:
    shutil.rmtree(environment.folder, ignore_errors=True)
    environment.folder.mkdir()
    listing = environment.folder / "requirements.txt"
    listing.write_bytes(requirements)
    return listing


def _is_complete(environment: Environment, mark: str) -> bool:
    try:
        made = (environment.folder / _COMPLETE).read_text()
    except FileNotFoundError:
        return False
    # The interpreter that it links to may have been removed since.
    return made == mark and environment.python.exists()


def _write_whole(path: Path, content: bytes) -> None:
    """All of it or nothing, after everything that was written before."""
    part = path.with_suffix(".part")
    with part.open("wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    part.replace(path)


@asynccontextmanager
async def _alone(path: Path, on_progress: Progress) -> AsyncIterator[int]:
    """Holds the lock, which the system lets go when its last holder ends, however that happens."""
    with path.open("ab") as lock:
        waiting = False
        while not _locked(lock.fileno()):
            if not waiting:
                on_progress("waiting for another process that makes the environment")
                waiting = True
            await asyncio.sleep(_LOOK_AGAIN)
        yield lock.fileno()


def _locked(descriptor: int) -> bool:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


@contextmanager
def _room() -> Iterator[None]:
    try:
        yield
    except OSError as error:
        if error.errno in {errno.ENOSPC, errno.EDQUOT}:
            raise DiskFull("the disk is full: make room and try again") from error
        raise EnvironmentFailed(f"the environment can't be made: {error}") from error
