"""The folder of one service in one environment: its releases, its data, and which is current."""

import asyncio
import fcntl
import os
import re
import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from pydantic import BaseModel, ConfigDict

from workers.adapters.process_registry import ProcessRegistry, stop
from workers.adapters.process_table import at_home_in
from workers.adapters.workspace import holds, unfold
from workers.bundle import Bundle
from workers.ports import Reject, Release, Retry

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,99}")
_LOCK_SECONDS = 60.0
_LOOK_AGAIN_SECONDS = 0.05


class Current(BaseModel):
    """What takes the traffic, and what did before."""

    model_config = ConfigDict(frozen=True)

    deployment_id: str
    version: str
    endpoint: str
    pid: int
    previous: str | None = None


@dataclass(frozen=True, slots=True)
class ReleaseFolder:
    """`<root>/<service>/<environment>`."""

    root: Path

    @classmethod
    def of(cls, folder: Path, release: Release) -> "ReleaseFolder":
        """Raises Reject for a release whose names are no plain names."""
        for name in (release.service_name, release.environment, release.version):
            if not _NAME.fullmatch(name):
                raise Reject(f"{name!r} can't name a folder")
        return cls(folder / release.service_name / release.environment)

    @property
    def processes(self) -> ProcessRegistry:
        return ProcessRegistry(self.root / "processes")

    @property
    def database(self) -> Path:
        return self.root / "data" / "service.db"

    def release(self, version: str) -> Path:
        return self.root / "releases" / version

    def own_space(self, version: str) -> Path:
        """Where the release's process has its HOME and its temporary files; tells it apart."""
        return self.root / "run" / version

    def log(self, version: str) -> Path:
        return self.root / "logs" / f"{version}.log"

    def unpack(self, version: str, bundle: Bundle) -> Path:
        """The release's files; again is the same. Raises Reject when they differ and are in use."""
        for folder in (self.processes.folder, self.log(version).parent, self.database.parent):
            folder.mkdir(parents=True, exist_ok=True)
        release = self.release(version)
        if release.exists() and holds(bundle, release):
            return release
        if self.processes.find(version):
            raise Reject(f"{version} runs already, with other files")
        part = release.with_name(f".{version}.part")
        for leftover in (part, release):
            shutil.rmtree(leftover, ignore_errors=True)
        unfold(bundle, part)
        part.replace(release)
        return release

    def stop(self, version: str) -> None:
        """Ends the version's process and all that it started. Blocks."""
        record = self.processes.find(version)
        process = record.process() if record else None
        stop([*([process] if process else []), *at_home_in(self.own_space(version))])

    def current(self) -> Current | None:
        """What takes the traffic according to the last switch, whether it still runs or not."""
        path = self.root / "current.json"
        return Current.model_validate_json(path.read_bytes()) if path.exists() else None

    def switch(self, current: Current) -> None:
        """Makes it the one that takes the traffic, at once or not at all."""
        part = self.root / "current.json.part"
        part.write_text(current.model_dump_json(indent=2))
        part.replace(self.root / "current.json")

    @asynccontextmanager
    async def alone(self) -> AsyncIterator[None]:
        """One change at a time, over all workers. Raises Retry when another takes too long."""
        self.root.mkdir(parents=True, exist_ok=True)
        lock = os.open(self.root / "change.lock", os.O_RDWR | os.O_CREAT, 0o644)
        try:
            await _locked(lock, self.root)
            yield
        finally:
            os.close(lock)


async def _locked(lock: int, root: Path) -> None:
    try:
        async with asyncio.timeout(_LOCK_SECONDS):
            # The holder may be in another process, so nothing here can tell when it is done.
            while not _try(lock):  # noqa: ASYNC110
                await asyncio.sleep(_LOOK_AGAIN_SECONDS)
    except TimeoutError as error:
        raise Retry(f"another change of {root} is still under way") from error


def _try(lock: int) -> bool:
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
