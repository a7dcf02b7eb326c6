"""Whole Jenkinsfiles: each with the workflow and the ledger that are expected of it.

To write them anew after a change that is meant, delete the file that is expected and run the test
with FLOTILLA_WRITE_CASES=1; then read the difference.
"""

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from workers.migration.actions.rendering import rendered
from workers.migration.convert.converter import Conversion, converted
from workers.migration.jenkinsfile.read import read
from workers.migration.ledger_report import as_json

CASES = Path(__file__).parent / "cases"
NAMES = sorted(path.stem for path in CASES.glob("*.jenkinsfile"))


def compared(path: Path, text: str) -> None:
    if not path.exists() and os.environ.get("FLOTILLA_WRITE_CASES"):
        path.write_text(text, "utf-8")
    assert path.read_text("utf-8") == text


@pytest.mark.parametrize("name", NAMES)
def test_the_workflow_is_the_expected_one(name: str, convert: Callable[..., Conversion]) -> None:
    text = (CASES / f"{name}.jenkinsfile").read_text("utf-8")

    compared(CASES / f"{name}.yml", rendered(convert(text).workflow))


@pytest.mark.parametrize("name", NAMES)
def test_the_ledger_is_the_expected_one(name: str, convert: Callable[..., Conversion]) -> None:
    text = (CASES / f"{name}.jenkinsfile").read_text("utf-8")

    compared(CASES / f"{name}.json", as_json(convert(text).ledger, text, name))


@pytest.mark.parametrize("name", NAMES)
def test_the_same_source_gives_the_same_bytes(name: str) -> None:
    pipeline = read((CASES / f"{name}.jenkinsfile").read_bytes(), name)

    assert rendered(converted(pipeline).workflow) == rendered(converted(pipeline).workflow)


def test_three_tools_find_nothing(judged: Callable[[Path], None]) -> None:
    judged(CASES)


def test_the_tools_would_find_something(judged: Callable[[Path], None], tmp_path: Path) -> None:
    text = (CASES / "declarative.yml").read_text("utf-8").replace("ubuntu-latest", "ubuntu-oldest")
    (tmp_path / "broken.yml").write_text(text.replace("pull_request:", "pull_request_target:"))

    with pytest.raises(AssertionError):
        judged(tmp_path)
