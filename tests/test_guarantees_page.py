"""docs/guarantees.md names tests that exist and faults that are caught, for every guarantee."""

import re
from functools import cache
from pathlib import Path

import pytest

from tests.workers.runtime.faults.faults import FAULTS
from tests.workers.runtime.faults.tested_faults import TESTED_FAULTS

ROOT = Path(__file__).parents[1]
PAGE = ROOT / "docs" / "guarantees.md"
NAMES = [f"G{number}" for number in range(1, 14)]
_LINK = re.compile(r"\[`(test_[a-z0-9_]+)`\]\(\.\./(tests/[^)]+)\)")
_FAULT = re.compile(r"(?<![*\w])\*([^*]+)\*(?!\*)")


@cache
def rows() -> dict[str, str]:
    lines = [line for line in PAGE.read_text().splitlines() if line.startswith("| G")]
    return {line.split()[1]: line for line in lines}


def faults(name: str) -> set[str]:
    caught = {fault.name for fault in FAULTS if fault.breaks == name}
    return caught | {fault.name for fault in TESTED_FAULTS if fault.breaks == name}


def test_all_of_them_stand_on_the_page() -> None:
    assert list(rows()) == NAMES


@pytest.mark.parametrize("name", NAMES)
def test_each_names_tests_that_exist(name: str) -> None:
    links = _LINK.findall(rows()[name])

    assert links
    for test, path in links:
        source = (ROOT / path).read_text()
        assert f"def {test}(" in source or Path(path).stem == test, test


@pytest.mark.parametrize("name", NAMES)
def test_each_names_all_the_faults_that_break_it(name: str) -> None:
    told = set(_FAULT.findall(rows()[name].rpartition(" | ")[2]))

    assert told == faults(name)
    assert told
