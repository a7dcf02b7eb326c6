"""What a request for a migration is about: its pipelines, and what is known besides them. Pure."""

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from schemas.migration import MigrationRequested, SourceFile
from workers.migration.batch import Failed, Given, Source
from workers.migration.convert.project_versions import named_files
from workers.migration.library import PARTS, LibraryFile, library, library_files
from workers.migration.loads import Script, loaded_paths, scripts
from workers.migration.naming import workflow_names
from workers.migration.sources import holds_pipeline, may_hold_pipeline

Files = Mapping[str, bytes]


@dataclass(frozen=True, slots=True)
class Work:
    """What is to be migrated, with what, and what of the library could not be read."""

    sources: tuple[Source, ...]
    given: Given
    unread: tuple[Failed, ...]


def workflow_id(event: MigrationRequested, event_id: str) -> str:
    """The caller's id, or one that is the same for every delivery of the event."""
    return event.workflow_id or f"mig-{hashlib.sha256(event_id.encode()).hexdigest()[:12]}"


def contents(files: Iterable[SourceFile]) -> Files:
    """The bytes of files by their paths."""
    return {each.path: each.content.encode() for each in files}


def work(files: Files, of_library: Files, runners: Mapping[str, str]) -> Work:
    """What files, looked through as a folder is, and those of a library give to do."""
    found = library(library_files(of_library))
    own = {path: text for path, text in files.items() if not _is_part(path, text, of_library)}
    sources = pipelines(own)
    loaded = scripts(_loaded(sources, files))
    given = Given(runners, project(files), found.steps, loaded.steps)
    return Work(sources, given, (*found.unread, *loaded.unread))


def pipelines(files: Files) -> tuple[Source, ...]:
    """Those that hold a pipeline, each with the name of its workflow."""
    paths = [
        path
        for path, content in sorted(files.items())
        if may_hold_pipeline(path) and holds_pipeline(path, content)
    ]
    names = workflow_names(paths)
    return tuple(Source(path, names[path], files[path]) for path in paths)


def project(files: Files) -> dict[str, str]:
    """The texts that say versions of tools."""
    return {name: files[name].decode(errors="replace") for name in named_files() if name in files}


def _loaded(sources: Iterable[Source], files: Files) -> tuple[Script, ...]:
    paths = loaded_paths(each.content for each in sources)
    return tuple(Script(x, LibraryFile(x, files[x])) for x in paths if x in files)


def _is_part(path: str, content: bytes, of_library: Files) -> bool:
    """Whether a file is of the library, where a bundle holds both."""
    return path.partition("/")[0] in PARTS and of_library.get(path) == content
