"""Runs the tests that an artifact brings, in a folder and an environment of their own."""

import asyncio
import os
import stat
import tempfile
from datetime import timedelta
from pathlib import Path

from workers.adapters.confinement import Command, clean_environment, run_confined
from workers.adapters.keeper import Answer
from workers.adapters.python_environments import PythonEnvironments
from workers.adapters.workspace import remove, unfold
from workers.bundle import Bundle
from workers.ports import Limits, Reject, TestRun

REQUIREMENTS = "requirements-dev.txt"
_JUNIT_LIMIT = 4 * 1024 * 1024

# As `python -m pytest` does, with the bundle's folder importable; but pytest itself is the one of
# the environment, whatever the bundle holds under that name.
_RUN_PYTEST = "import sys, pytest; sys.path.insert(0, sys.argv.pop(1)); sys.exit(pytest.main())"


class Sandbox:
    """The `TestRunner` of one machine. Temporary folders are made in `folder`.

    `isolate=False` goes without namespaces, for tests that need the network.
    """

    def __init__(
        self,
        environments: PythonEnvironments,
        folder: Path | None = None,
        *,
        isolate: bool = True,
    ) -> None:
        self._environments = environments
        self._folder = folder
        self._isolate = isolate

    async def run(self, bundle: Bundle, limits: Limits) -> TestRun:
        if REQUIREMENTS not in bundle.files:
            raise Reject(f"the bundle has no {REQUIREMENTS}, which says what its tests need")
        python = await self._environments.python_for(bundle.files[REQUIREMENTS])
        temporary = _temporary_folder(self._folder)
        try:
            work = temporary / "work"
            await asyncio.to_thread(unfold, bundle, work)
            junit = temporary / "junit.xml"
            command = _pytest(python, temporary, work, junit, limits)
            answer = await run_confined(command, limits, isolate=self._isolate)
            return _test_run(answer, junit, temporary)
        finally:
            await remove(temporary)


def _temporary_folder(parent: Path | None) -> Path:
    return Path(tempfile.mkdtemp(prefix="flotilla-tests-", dir=parent)).resolve()


def _pytest(python: Path, temporary: Path, work: Path, junit: Path, limits: Limits) -> Command:
    options = (
        "-q",
        f"--junitxml={junit}",
        "-p",
        "no:cacheprovider",
        f"--rootdir={work}",
        # A test that hangs tells where, before the time limit ends it.
        "-o",
        f"faulthandler_timeout={limits.seconds / 2:g}",
    )
    return Command(
        argv=(str(python), "-P", "-B", "-c", _RUN_PYTEST, str(work), *options),
        folder=work,
        environment=clean_environment(python, temporary),
        temporary=temporary,
    )


def _test_run(answer: Answer, junit: Path, temporary: Path) -> TestRun:
    ended_by = answer["ended_by"]
    # The folder has another name in each run; what failed in it has not.
    output = answer["output"].replace(f"{temporary}/work/", "").replace(str(temporary), "<run>")
    return TestRun(
        exit_code=answer["exit_code"],
        ended_by="crash" if ended_by == "abandoned" else ended_by,
        output=f"{output.rstrip()}\n{answer['note']}".strip(),
        junit_xml=_regular_file(junit, _JUNIT_LIMIT),
        duration=timedelta(seconds=answer["seconds"]),
    )


def _regular_file(path: Path, most: int) -> bytes | None:
    """Its content; None for anything that untrusted code may have put there instead of a file."""
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
    except OSError:
        return None
    try:
        status = os.fstat(descriptor)
        if not stat.S_ISREG(status.st_mode) or status.st_size > most:
            return None
        # Nobody is left who could make it grow.
        return os.read(descriptor, most)
    finally:
        os.close(descriptor)
