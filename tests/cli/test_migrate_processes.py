"""Files are converted each on its own: what breaks the converter breaks one of them."""

from typing import Any

import pytest

from workers.cli.migrate_processes import Known, results
from workers.migration.batch import Failed, Migrated, Source


def test_a_fault_of_the_converter_is_a_failure_of_one_file() -> None:
    broken: Any = None
    sources = [Source("a", "a", broken), Source("b", "b", b"node { sh 'x' }")]
    done: list[int] = []

    found = {each.path: each for each in results(sources, Known(), lambda: done.append(1))}

    assert isinstance(found["b"], Migrated)
    failed = found["a"]
    assert isinstance(failed, Failed)
    assert failed.reason.startswith("the converter failed, please report this file: TypeError: ")
    assert len(done) == 2


def test_nothing_more_is_begun_once_nobody_takes_results() -> None:
    sources = [Source(str(number), "x", b"node { }") for number in range(5)]
    taken = results(sources, Known(), lambda: None)

    assert next(taken).path == "0"
    taken.close()  # type: ignore[attr-defined]

    with pytest.raises(StopIteration):
        next(taken)
