"""Generated Python reads as if it had been reviewed: clean under the tools' default settings."""

import sys
from collections.abc import Callable
from pathlib import Path
from subprocess import CompletedProcess
from typing import Any

import pytest

NONE = {"template": "rest-api", "database": "none"}
VARIANTS = pytest.mark.parametrize(
    "fields",
    [{}, {**NONE, "resource": "x", "buckets": []}, {"resource": "a_word_of_thirty_one_letters_xx"}],
    ids=["user", "short", "long"],
)

Tree = Callable[..., Path]
Run = Callable[..., CompletedProcess[str]]


@VARIANTS
@pytest.mark.parametrize("arguments", [["check"], ["format", "--check"]], ids=["check", "format"])
def test_ruff_finds_nothing(
    tree: Tree, run: Run, fields: dict[str, Any], arguments: list[str]
) -> None:
    command = [sys.executable, "-m", "ruff", *arguments, "--isolated", "--no-cache", "."]
    answer = run(*command, folder=tree(**fields))
    assert answer.returncode == 0, answer.stdout


@pytest.mark.process
@VARIANTS
def test_mypy_finds_nothing(
    tree: Tree,
    run: Run,
    python: Path,
    fields: dict[str, Any],
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    cache = tmp_path_factory.getbasetemp() / "mypy-of-generated"
    command = [sys.executable, "-m", "mypy", "--python-executable", python, "--cache-dir", cache]
    answer = run(*command, ".", folder=tree(**fields))
    assert answer.returncode == 0, answer.stdout
