"""The list of differences speaks of facts that the suite states, and of emulators only."""

import re
from pathlib import Path

import pytest

from tests.adapters.conformance.differences import DIFFERENCES, FAKE, LOCALSTACK, MINISTACK

HERE = Path(__file__).parent
STATED = frozenset(
    fact
    for path in HERE.glob("test_*conformance.py")
    for fact in re.findall(r"^async def test_(\w+)\(", path.read_text(), re.MULTILINE)
)
DOCUMENT = Path(__file__).parents[3] / "docs" / "emulators.md"


@pytest.mark.parametrize(("fact", "backend"), DIFFERENCES)
def test_a_difference_is_one_of_an_emulator_from_a_stated_fact(fact: str, backend: str) -> None:
    assert fact in STATED
    assert backend in {MINISTACK, LOCALSTACK}


def test_the_fake_has_no_differences() -> None:
    assert FAKE not in {backend for _, backend in DIFFERENCES}


@pytest.mark.parametrize("fact", sorted({fact for fact, _ in DIFFERENCES}))
def test_a_reader_is_told_of_each_fact_that_an_emulator_lacks(fact: str) -> None:
    assert fact.replace("_", " ") in DOCUMENT.read_text()
