"""Many files at once, each on its own: none stops the others."""

import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import Executor, Future, ProcessPoolExecutor, ThreadPoolExecutor
from concurrent.futures import as_completed as completed
from dataclasses import dataclass, field
from multiprocessing import get_context

from workers.migration.batch import Failed, Given, Migrated, Source, migrated
from workers.migration.library import LibraryFile, library
from workers.migration.loads import Script, scripts

# So many are converted before the first process would be up.
_A_FEW = 32


@dataclass(frozen=True, slots=True)
class Known:
    """What is known besides the files.

    A library goes to each process as bytes and is read there: as a tree it would weigh far more.
    """

    runners: Mapping[str, str] = field(default_factory=dict)
    project: Mapping[str, str] = field(default_factory=dict)
    library: tuple[LibraryFile, ...] = ()
    scripts: tuple[Script, ...] = ()


def results(
    sources: Sequence[Source], known: Known, advance: Callable[[], None]
) -> Iterator[Migrated | Failed]:
    """What came of each file, in the order in which they are done."""
    with _executor(len(sources)) as executor:
        waiting = {executor.submit(_migrated, each, known): each for each in sources}
        try:
            for future in completed(waiting):
                advance()
                yield _result(waiting[future], future)
        finally:
            # After Ctrl-C nothing new is begun.
            for future in waiting:
                future.cancel()


def _migrated(source: Source, known: Known) -> Migrated | Failed:
    steps, loaded = library(known.library).steps, scripts(known.scripts).steps
    return migrated(source, Given(known.runners, known.project, steps, loaded))


def _executor(count: int) -> Executor:
    if count <= _A_FEW:
        return ThreadPoolExecutor(1)
    processes = max(1, min(os.cpu_count() or 1, count // _A_FEW + 1))
    # A fork would copy the thread that draws the progress bar.
    return ProcessPoolExecutor(processes, mp_context=get_context("spawn"))


def _result(source: Source, future: Future[Migrated | Failed]) -> Migrated | Failed:
    error = future.exception()
    if error is None:
        return future.result()
    what = " ".join(f"{type(error).__name__}: {error}".split())
    return Failed(source.path, f"the converter failed, please report this file: {what}")
