"""The scripts of a repository that pipelines load: which they are, and what is in them. Pure."""

import posixpath
import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache

from workers.migration.library import Library, LibraryFile, parsed

# Only tells which files are worth reading: what is loaded, and where, the parser says.
_LOAD = re.compile(rb"""\bload\b[\s(]*(['"])([^'"\n$\\]{1,240})\1""")


@dataclass(frozen=True, slots=True)
class Script:
    """A script by its path in the repository, and the file."""

    name: str
    file: LibraryFile


def loaded_paths(contents: Iterable[bytes]) -> list[str]:
    """The paths that pipelines may load, in order; none that leaves the repository."""
    found = {
        posixpath.normpath(each[2].decode(errors="replace"))
        for content in contents
        for each in _LOAD.finditer(content)
    }
    return sorted(each for each in found if not each.startswith(("/", "..")))


# As with libraries: once a process.
@lru_cache(maxsize=2)
def scripts(files: tuple[Script, ...]) -> Library:
    """The scripts by their paths in the repository."""
    return parsed((each.name, each.file) for each in files)
