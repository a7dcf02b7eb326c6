"""The policy worker's judgement on a folder, without the fleet."""

import os
import stat
from collections.abc import Iterator
from pathlib import Path

from schemas.identifiers import Environment
from schemas.policy import Violation
from workers.bundle import FILE_LIMIT, SIZE_LIMIT
from workers.policy.decisions import ranked
from workers.policy.documents import FILE_BYTES, unreadable
from workers.policy.judgement import judgement
from workers.ports import PolicyEngine, SecretScanner

# Made by tools from what is judged, or kept beside it.
SKIPPED = frozenset(
    {".git", ".hg", ".svn", ".venv", "venv", ".tox", "node_modules", ".terraform", "__pycache__"}
    | {".mypy_cache", ".pytest_cache", ".ruff_cache"}
)


async def judge(
    folder: Path, environment: Environment, engine: PolicyEngine, scanner: SecretScanner
) -> tuple[Violation, ...]:
    """Every violation in the folder, the gravest first; what can't be read is one, too."""
    files, unread = read(folder)
    return ranked((*unread, *await judgement(files, environment, engine, scanner)))


def read(folder: Path) -> tuple[dict[str, bytes], tuple[Violation, ...]]:
    """The files below the folder by relative path, within a bundle's bounds, and what is not read.

    Links are followed to files inside the folder only.
    """
    root = folder.resolve()
    files: dict[str, bytes] = {}
    unread: list[Violation] = []
    left = SIZE_LIMIT
    for path in _paths(root, unread):
        name = path.relative_to(root).as_posix()
        if len(files) >= FILE_LIMIT or left <= 0:
            bounds = f"more than {FILE_LIMIT} files or {SIZE_LIMIT} bytes, from here on not judged"
            unread.append(unreadable(name, f"the folder holds {bounds}"))
            break
        try:
            content = _content(root, path)
        except OSError as error:
            unread.append(unreadable(name, error.strerror or type(error).__name__))
            continue
        if content is not None:
            files[name] = content
            left -= len(content)
    return files, tuple(unread)


def _paths(root: Path, unread: list[Violation]) -> Iterator[Path]:
    def failed(error: OSError) -> None:
        name = Path(error.filename).relative_to(root).as_posix()
        unread.append(unreadable(name, error.strerror or type(error).__name__))

    for folder, folders, names in os.walk(root, onerror=failed):
        folders[:] = sorted(name for name in folders if name not in SKIPPED)
        # A link to a folder is in `folders`, and is not walked into.
        links = [name for name in folders if (Path(folder) / name).is_symlink()]
        for name in sorted([*names, *links]):
            yield Path(folder) / name


def _content(root: Path, path: Path) -> bytes | None:
    """At most one byte more than is judged; None for what is no file, such as a socket."""
    target = path.resolve(strict=True)
    if not target.is_relative_to(root):
        raise PermissionError(0, "it is a link out of the folder")
    if target.is_dir():
        raise IsADirectoryError(0, "it is a link to a folder")
    if not stat.S_ISREG(target.stat().st_mode):
        return None
    with target.open("rb") as opened:
        return opened.read(FILE_BYTES + 1)
