"""docs/guarantees.md names tests that exist and faults that are caught, for every guarantee."""

import ast
import re
from functools import cache
from pathlib import Path

import pytest

from tests.workers.runtime.faults.faults import FAULTS
from tests.workers.runtime.faults.tested_faults import TESTED_FAULTS

ROOT = Path(__file__).parents[1]
PAGE = ROOT / "docs" / "guarantees.md"
NAMES = [f"G{number}" for number in range(1, 14)]
_COLUMNS = 5
_LINK = re.compile(r"\]\(([^)#]+)\)")
_TEST = re.compile(r"\[`(test_[a-z0-9_]+)`\]\(\.\./(tests/[^)]+)\)")
_FAULT = re.compile(r"\*([^*]+)\*")


@cache
def rows() -> dict[str, list[str]]:
    """The cells of each row, by its guarantee."""
    lines = [line for line in PAGE.read_text().splitlines() if line.startswith("| G")]
    cells = [[cell.strip() for cell in line.strip("|").split(" | ")] for line in lines]
    return {row[0].split()[0]: row for row in cells}


def named_tests(text: str) -> list[tuple[str, str]]:
    """The tests that a text names, each with its file."""
    return _TEST.findall(text)


@cache
def defined(path: str) -> frozenset[str]:
    """The functions at the top of a file."""
    found = ast.parse((ROOT / path).read_text()).body
    return frozenset(
        each.name for each in found if isinstance(each, ast.FunctionDef | ast.AsyncFunctionDef)
    )


def test_all_of_them_stand_on_the_page() -> None:
    assert list(rows()) == NAMES
    assert {len(row) for row in rows().values()} == {_COLUMNS}
    assert all(all(row) for row in rows().values())


def test_every_link_leads_somewhere() -> None:
    links = [link for link in _LINK.findall(PAGE.read_text()) if "://" not in link]

    assert links
    assert [link for link in links if not (PAGE.parent / link).exists()] == []


def test_every_test_that_is_named_is_there() -> None:
    named = named_tests(PAGE.read_text())

    assert [(name, path) for name, path in named if name not in defined(path)] == []


@pytest.mark.parametrize("name", NAMES)
def test_each_names_its_tests_and_among_them_what_catches_its_faults(name: str) -> None:
    named = rows()[name][3]
    caught = {
        (each.test.partition("::")[2].partition("[")[0], each.test.partition("::")[0])
        for each in TESTED_FAULTS
        if each.breaks == name
    }

    assert named_tests(named)
    assert named.startswith("machine") == any(each.breaks == name for each in FAULTS)
    assert not caught or caught.intersection(named_tests(named))


@pytest.mark.parametrize("name", NAMES)
def test_each_names_all_the_faults_that_break_it(name: str) -> None:
    told = _FAULT.findall(rows()[name][4])
    seeded = [each.name for each in (*FAULTS, *TESTED_FAULTS) if each.breaks == name]

    assert told
    assert sorted(told) == sorted(seeded)


def test_no_fault_breaks_what_is_not_promised() -> None:
    assert {each.breaks for each in (*FAULTS, *TESTED_FAULTS)} == set(NAMES)


def test_no_two_faults_have_one_name() -> None:
    names = [each.name for each in (*FAULTS, *TESTED_FAULTS)]

    assert len(names) == len(set(names))
