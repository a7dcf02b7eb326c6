"""How long migrations take on one core, and how that grows with a file."""

import time
from dataclasses import dataclass

from benchmarks.pipelines import jenkinsfile
from workers.migration.actions.rendering import rendered
from workers.migration.convert.converter import converted
from workers.migration.jenkinsfile.read import read

LINES = 150
# A file so many times as long.
LONGER = 10
# At most so many files are compared with longer ones, each by the quickest of so many times.
_COMPARED = 16
_TIMES = 3


@dataclass(frozen=True, slots=True)
class Speed:
    """Processor seconds for files of `LINES` lines, and how many times one takes `LONGER` ones."""

    files: int
    seconds: float
    growth: float

    @property
    def for_a_thousand(self) -> float:
        """Seconds for 1,000 files."""
        return 1000 * self.seconds / self.files


def speed(files: int) -> Speed:
    """What generated files take, from their bytes to the text of the workflow and its ledger."""
    # The catalogues are read once a process.
    _seconds(_content(files, LINES))
    total = sum(_seconds(_content(seed, LINES)) for seed in range(files))
    return Speed(files, total, _growth(min(files, _COMPARED)))


def _growth(files: int) -> float:
    short = sum(_quickest(_content(seed, LINES)) for seed in range(files))
    long = sum(_quickest(_content(seed, LINES * LONGER)) for seed in range(files))
    return long / short


def _content(seed: int, lines: int) -> bytes:
    return jenkinsfile(seed, lines).encode()


def _quickest(content: bytes) -> float:
    return min(_seconds(content) for _ in range(_TIMES))


def _seconds(content: bytes) -> float:
    started = time.process_time()
    rendered(converted(read(content, "generated")).workflow)
    return time.process_time() - started
