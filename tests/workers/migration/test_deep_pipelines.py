"""A pipeline is converted or refused with a place, however deep it is nested."""

import threading
from collections.abc import Callable

import pytest

from workers.migration.batch import Failed, Given, Migrated, Source, migrated


def stages(levels: int) -> str:
    return "node {\n" + "stage('s') {\n" * levels + "sh 'x'\n" + "}\n" * levels + "}\n"


def conditions(levels: int) -> str:
    return "node {\n" + "if (a) {\n" * levels + "sh 'x'\n" + "}\n" * levels + "}\n"


def lists(levels: int) -> str:
    return f"node {{ sh {'[' * levels}'x'{']' * levels} }}\n"


def sums(levels: int) -> str:
    return f"node {{ sh {' + '.join([repr('x')] * levels)} }}\n"


def calls(levels: int) -> str:
    return f"node {{ echo a{'.b()' * levels} }}\n"


def declarative(levels: int) -> str:
    inner = "stage('last') { steps { sh 'x' } }"
    head = "stage('s') { stages {\n"
    return f"pipeline {{ agent any\n stages {{ {head * levels}{inner}{'}}' * levels}\n }} }}\n"


SHAPES = [stages, conditions, lists, sums, calls, declarative]


@pytest.mark.parametrize("levels", [25, 50])
@pytest.mark.parametrize("shape", SHAPES)
def test_what_is_nested_as_no_pipeline_is_nested_is_converted(
    shape: Callable[[int], str], levels: int
) -> None:
    assert isinstance(outcome(shape(levels)), Migrated)


@pytest.mark.parametrize("levels", [200, 1000])
@pytest.mark.parametrize("shape", SHAPES)
def test_what_is_nested_too_deep_is_refused_with_its_place(
    shape: Callable[[int], str], levels: int
) -> None:
    found = outcome(shape(levels))

    if isinstance(found, Failed):
        assert "nested" in found.reason
        assert found.line >= 1
        assert found.column >= 1


def test_it_is_refused_in_a_thread_too() -> None:
    found: list[Migrated | Failed] = []
    thread = threading.Thread(target=lambda: found.append(outcome(stages(500))))
    thread.start()
    thread.join()

    [failed] = found
    assert isinstance(failed, Failed)
    assert (failed.line, failed.column) != (0, 0)


def outcome(text: str) -> Migrated | Failed:
    return migrated(Source("Jenkinsfile", "build", text.encode()), Given())
