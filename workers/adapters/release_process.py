"""Starting a release's process, and the one that migrates its database."""

import asyncio
import json
import sys
from collections.abc import Mapping
from pathlib import Path

from workers.adapters.confinement import Command, clean_environment, run_confined
from workers.adapters.launcher import ALREADY_RUNNING, Launch
from workers.adapters.process_registry import Record
from workers.adapters.python_environments import PythonEnvironments
from workers.adapters.release_folder import ReleaseFolder
from workers.adapters.workspace import remove
from workers.ports import Limits, Reject, Release, ReleaseFailed, Retry

# The development set holds the runtime set: the release runs on what its tests passed on.
_REQUIREMENTS = ("requirements-dev.txt", "requirements.txt")
_RECORD_SECONDS = 5.0
_LIMITS = Limits(processes=512)
_MIGRATION_LIMITS = Limits(seconds=60.0)

# As `alembic upgrade head` in the release's folder, but alembic is the one of the environment.
_RUN_ALEMBIC = (
    "import sys; from alembic.config import main; sys.path.insert(0, sys.argv.pop(1)); main()"
)


async def migrate(place: ReleaseFolder, release: Release, environments: PythonEnvironments) -> None:
    """Brings the database to the release's schema. Raises ReleaseFailed."""
    folder = place.release(release.version)
    python = await _python(folder, environments)
    # Not the release's own space: the release may be running, and this one is cleared.
    space = place.own_space(f"{release.version}.migration")
    command = Command(
        argv=(str(python), "-P", "-B", "-c", _RUN_ALEMBIC, str(folder), "upgrade", "head"),
        folder=folder,
        environment=_environment(place, release, clean_environment(python, space)),
        temporary=space,
        writable=(place.database.parent,),
    )
    try:
        answer = await run_confined(command, _MIGRATION_LIMITS)
    finally:
        await remove(space)
    if answer["exit_code"] != 0:
        why = "\n".join(part for part in (answer["output"][-2000:].strip(), answer["note"]) if part)
        raise ReleaseFailed(f"the database can't be migrated:\n{why}")


async def start(
    place: ReleaseFolder,
    release: Release,
    environments: PythonEnvironments,
    arguments: tuple[str, ...],
) -> Record:
    """The record of the release's process, which is running as far as one can tell by now.

    Raises ReleaseFailed.
    """
    folder = place.release(release.version)
    python = await _python(folder, environments)
    version = release.version
    space = place.own_space(version)
    launch: Launch = {
        "version": version,
        "argv": [str(python), "-P", "-B", *arguments],
        "folder": str(folder),
        "environment": _environment(place, release, clean_environment(python, space)),
        "writable": [str(space), str(place.database.parent)],
        "memory_bytes": _LIMITS.memory_bytes,
        "processes": _LIMITS.processes,
        "file_bytes": _LIMITS.file_bytes,
        "log": str(place.log(version)),
        "lock": str(place.processes.lock_of(version)),
        "record": str(place.processes.record_of(version)),
    }
    code, said = await _launched(launch)
    if code == ALREADY_RUNNING:
        return await _started_by_another(place, version)
    record = place.processes.latest(version)
    if code != 0 or record is None:
        raise ReleaseFailed(f"{version} could not be started: {said.strip()}")
    return record


async def _started_by_another(place: ReleaseFolder, version: str) -> Record:
    """An interrupted call started it a moment ago; its record is about to be written."""
    try:
        async with asyncio.timeout(_RECORD_SECONDS):
            # Its launcher is another process, which has no way to tell us.
            while not (record := place.processes.find(version)):  # noqa: ASYNC110
                await asyncio.sleep(0.05)
    except TimeoutError as error:
        raise Retry(f"{version} is held by a process that is not on record") from error
    return record


async def _launched(launch: Launch) -> tuple[int | None, str]:
    launcher = await asyncio.create_subprocess_exec(
        sys.executable,
        "-I",
        "-m",
        "workers.adapters.launcher",
        json.dumps(launch),
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.DEVNULL,
        stderr=asyncio.subprocess.PIPE,
        env={"HOME": launch["environment"]["HOME"]},
        start_new_session=True,
    )
    _, said = await launcher.communicate()
    return launcher.returncode, said.decode(errors="replace")[-2000:]


async def _python(folder: Path, environments: PythonEnvironments) -> Path:
    for name in _REQUIREMENTS:
        if (folder / name).is_file():
            return await environments.python_for((folder / name).read_bytes())
    raise Reject(f"the bundle has neither {' nor '.join(_REQUIREMENTS)}")


def _environment(
    place: ReleaseFolder, release: Release, clean: Mapping[str, str]
) -> dict[str, str]:
    """What the generated service reads besides: where it is, and where its data is."""
    return {**clean, "ENVIRONMENT": release.environment, "SQLITE_PATH": str(place.database)}
