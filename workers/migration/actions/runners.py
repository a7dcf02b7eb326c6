"""Jenkins labels to GitHub's runners: `runners.toml`, and whatever mapping a user adds."""

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Literal, TypeAlias

from workers.migration.actions.model import RunsOn

RUNNERS = Path(__file__).parent / "runners.toml"
System: TypeAlias = Literal["linux", "macos", "windows"]

_WINDOWS = re.compile(r"\bwin(dows|\d|-)", re.IGNORECASE)
_MACOS = re.compile(r"\bmac(os)?\b", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Runner:
    """What a label became; one that is not known became the default."""

    runs_on: RunsOn
    known: bool = True


@dataclass(frozen=True, slots=True)
class _Row:
    runs_on: str
    words: frozenset[str]


def runner(label: str, own: Mapping[str, str] | None = None) -> Runner:
    """The runner for a label; `own` maps whole labels or words of them, and is asked first."""
    words = [word.lower() for word in re.split(r"[^\w.+]+|&&|\|\|", label) if word]
    for each in (label, *words):
        if own and each in own:
            return Runner(RunsOn((own[each],)))
    if not words:
        return Runner(RunsOn((default(),)))
    parts = {part for word in words for part in (word, *re.split(r"[-_.]+", word))}
    for row in _rows():
        if row.words & parts:
            return Runner(RunsOn((row.runs_on,)))
    return Runner(RunsOn((default(),)), known=False)


def system(runs_on: RunsOn | None) -> System:
    """The operating system of a runner, by its labels."""
    labels = " ".join(runs_on.labels) if runs_on else ""
    if _WINDOWS.search(labels):
        return "windows"
    return "macos" if _MACOS.search(labels) else "linux"


@cache
def default() -> str:
    """The runner for `agent any`."""
    return str(tomllib.loads(RUNNERS.read_text("utf-8"))["default"])


@cache
def _rows() -> tuple[_Row, ...]:
    table = tomllib.loads(RUNNERS.read_text("utf-8"))
    return tuple(_Row(row["runs_on"], frozenset(row["words"])) for row in table["runner"])
