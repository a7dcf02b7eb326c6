"""What a user gives besides the pipelines: shared libraries, and the project that they build."""

from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from workers.cli.migrate_sources import content
from workers.cli.output import USAGE, CommandError
from workers.migration.batch import Failed, Source
from workers.migration.convert.project_versions import named_files
from workers.migration.library import FOLDER, PARTS, LibraryFile, is_step
from workers.migration.loads import Script, loaded_paths

_NAMES = {"--library": "a shared library's folder, with vars/", "--repo": "the project's folder"}


def project(folder: Path | None) -> dict[str, str]:
    """The texts of a project that say versions of tools. Raises CommandError for no folder."""
    if folder is None:
        return {}
    _check(folder, "--repo")
    found = {name: content(path) for name, path in _inside(folder, folder, named_files())}
    for name, each in found.items():
        if isinstance(each, Failed):
            raise CommandError(f"{folder / name}: {each.reason}", USAGE)
    return {
        name: each.decode(errors="replace")
        for name, each in found.items()
        if isinstance(each, bytes)
    }


def libraries(folders: Sequence[Path]) -> tuple[tuple[LibraryFile, ...], tuple[Failed, ...]]:
    """The steps of shared libraries in the order given, and the files that could not be opened.

    Raises CommandError for a folder without `vars`.
    """
    found: list[Path] = []
    for folder in folders:
        _check(folder, "--library")
        steps = folder / FOLDER
        if not steps.is_dir():
            raise CommandError(f"{folder} has no {FOLDER}; name {_NAMES['--library']}", USAGE)
        found += (path for _, path in _inside(folder, steps, _steps(steps)))
    read = [(path, content(path)) for path in found]
    failed = tuple(each for _, each in read if isinstance(each, Failed))
    files = (LibraryFile(str(path), each) for path, each in read if isinstance(each, bytes))
    return tuple(files), failed


def loaded_scripts(
    repo: Path | None, sources: Iterable[Source]
) -> tuple[tuple[Script, ...], tuple[Failed, ...]]:
    """The scripts of a repository that pipelines load, and those that could not be opened."""
    if repo is None:
        return (), ()
    paths = loaded_paths(each.content for each in sources)
    read = [(name, path, content(path)) for name, path in _inside(repo, repo, paths)]
    failed = tuple(each for _, _, each in read if isinstance(each, Failed))
    files = (
        Script(name, LibraryFile(str(path), each))
        for name, path, each in read
        if isinstance(each, bytes)
    )
    return tuple(files), failed


def parts(folders: Sequence[Path]) -> frozenset[Path]:
    """The folders of libraries in which no pipeline is looked for."""
    return frozenset((folder / part).resolve() for folder in folders for part in PARTS)


def _steps(folder: Path) -> list[str]:
    try:
        names = sorted(each.name for each in folder.iterdir())
    except OSError as error:
        raise CommandError(f"{folder}: {error.strerror}", USAGE) from error
    return [name for name in names if is_step(f"{FOLDER}/{name}")]


def _check(folder: Path, option: str) -> None:
    if not folder.is_dir():
        raise CommandError(f"{option} {folder} is no folder; name {_NAMES[option]}", USAGE)


def _inside(root: Path, folder: Path, names: Iterable[str]) -> Iterator[tuple[str, Path]]:
    """Those files of a folder that are there, and no links out of the root."""
    for name in names:
        path = folder / name
        if path.is_file() and path.resolve().is_relative_to(root.resolve()):
            yield name, path
