"""The files that a migration starts from."""

import os
from collections.abc import Iterator
from pathlib import Path

from workers.cli.output import USAGE, CommandError
from workers.migration.batch import MOST_BYTES, Failed, Source
from workers.migration.naming import workflow_names
from workers.migration.sources import holds_pipeline, may_hold_pipeline

_SKIPPED = frozenset({".git", ".hg", ".svn", ".venv", "__pycache__", "node_modules", "venv"})
_LOOKED_FOR = "Jenkinsfile, Jenkinsfile.*, *.jenkinsfile, *.groovy with a pipeline, config.xml"


def sources(start: Path, apart: frozenset[Path] = frozenset()) -> tuple[list[Source], list[Failed]]:
    """The file, or those of a folder that hold pipelines, and those that could not be read.

    Folders whose resolved paths are in `apart` are left out. Raises CommandError when there are
    none.
    """
    if start.is_dir():
        found = _read(start, list(_candidates(start, apart)))
    elif start.exists():
        found = _read_one(start)
    else:
        raise CommandError(f"{start} does not exist; name a Jenkinsfile or a folder", USAGE)
    if not any(found):
        raise CommandError(f"no pipeline in {start}: looked for {_LOOKED_FOR}", USAGE)
    return found


def _read_one(path: Path) -> tuple[list[Source], list[Failed]]:
    found = content(path)
    if isinstance(found, Failed):
        return [], [found]
    (name,) = workflow_names([_told(path)]).values()
    return [Source(str(path), name, found)], []


def _told(path: Path) -> str:
    """What of a single file's path is about the pipeline: never where a user keeps projects."""
    if not path.is_absolute() and ".." not in path.parts:
        return path.as_posix()
    # The job's name is the name of the folder.
    return "/".join(path.parts[-2:]) if path.name == "config.xml" else path.name


def _read(start: Path, paths: list[Path]) -> tuple[list[Source], list[Failed]]:
    names = workflow_names(path.relative_to(start).as_posix() for path in paths)
    found: list[Source] = []
    failed: list[Failed] = []
    for path in paths:
        each = content(path)
        if isinstance(each, Failed):
            failed.append(each)
        elif holds_pipeline(path.name, each):
            name = names[path.relative_to(start).as_posix()]
            found.append(Source(str(path), name, each))
    return found, failed


def _candidates(start: Path, apart: frozenset[Path]) -> Iterator[Path]:
    """Files whose names say that a pipeline may be in them; none from outside of the folder."""
    root = start.resolve()
    for folder, folders, files in os.walk(start):
        folders[:] = sorted(each for each in folders if each not in _SKIPPED)
        if apart:
            folders[:] = [each for each in folders if Path(folder, each).resolve() not in apart]
        for name in sorted(files):
            path = Path(folder, name)
            if may_hold_pipeline(name) and path.resolve().is_relative_to(root) and path.is_file():
                yield path


def content(path: Path) -> bytes | Failed:
    """The bytes of a file, of one that is too large only so many that this is seen."""
    try:
        with path.open("rb") as file:
            return file.read(MOST_BYTES + 1)
    except OSError as error:
        return Failed(str(path), error.strerror or type(error).__name__)
