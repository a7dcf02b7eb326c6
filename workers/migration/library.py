"""The steps of a shared library, from its files: `vars/deploy.groovy` is `deploy`. Pure."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import PurePosixPath
from types import MappingProxyType

from workers.migration.batch import MOST_BYTES, Failed, refusal
from workers.migration.jenkinsfile.errors import Refused
from workers.migration.jenkinsfile.read import read
from workers.migration.pipeline.pipeline import Pipeline

FOLDER = "vars"
# What pipelines are made of, and no pipelines themselves.
PARTS = (FOLDER, "src")
_SUFFIX = ".groovy"


@dataclass(frozen=True, slots=True)
class LibraryFile:
    """A file of a library: where it lies as its user says it, and its bytes."""

    path: str
    content: bytes

    @property
    def step(self) -> str:
        """The name that pipelines call."""
        return PurePosixPath(self.path).stem


@dataclass(frozen=True, slots=True)
class Library:
    """What pipelines can call by its name, and the files that could not be read."""

    steps: Mapping[str, Pipeline]
    unread: tuple[Failed, ...] = ()


def is_step(path: str) -> bool:
    """Whether a file, by its path in the library, is one that pipelines can call."""
    pure = PurePosixPath(path)
    return pure.parts[:-1] == (FOLDER,) and pure.suffix == _SUFFIX and pure.stem.isidentifier()


def library_files(files: Mapping[str, bytes]) -> tuple[LibraryFile, ...]:
    """The steps among the files of a library, by their paths in it."""
    return tuple(LibraryFile(path, files[path]) for path in sorted(files) if is_step(path))


# Each process reads a library once, however many files are migrated with it.
@lru_cache(maxsize=2)
def library(files: tuple[LibraryFile, ...]) -> Library:
    """The library of these files; of two with one name the first counts."""
    first: dict[str, LibraryFile] = {}
    for each in files:
        first.setdefault(each.step, each)
    return parsed(first.items())


def parsed(files: Iterable[tuple[str, LibraryFile]]) -> Library:
    """Files by the names that they are to have, and those that cannot be read."""
    steps: dict[str, Pipeline] = {}
    unread: list[Failed] = []
    for name, each in files:
        if len(each.content) > MOST_BYTES:
            unread.append(Failed(each.path, "too large for a script"))
            continue
        try:
            steps[name] = read(each.content, each.step)
        except Refused as error:
            unread.append(refusal(each.path, error))
    return Library(MappingProxyType(steps), tuple(unread))
