"""Artifacts of the cells of a matrix: a name for each cell, and all of them for who takes them.

GitHub refuses a second artifact of the same name in a run; Jenkins lets the later one win.
"""

import re
from collections.abc import Iterable, Iterator, Sequence

from workers.migration.actions.expressions import wrapped
from workers.migration.actions.model import Scalar, Step, Strategy
from workers.migration.convert.layout import Draft, Planned
from workers.migration.replacing import replace

_UPLOAD = "actions/upload-artifact"
_DOWNLOAD = "actions/download-artifact"
_UNPACK = re.compile(r'\Atar -xf "\$RUNNER_TEMP/([\w.-]+)"\Z')
# What may stand in the name of an artifact and reads well there.
_PLAIN = re.compile(r"[\w.-]+")
_MOST_AXES = 3


def told_apart(drafts: Sequence[Draft]) -> None:
    """Gives the artifacts of each cell names of their own, and those who download them all."""
    givers: dict[str, Draft] = {}
    for draft in drafts:
        strategy = draft.frame.strategy
        for planned in draft.steps if strategy is not None else ():
            name = _name(planned.step, _UPLOAD)
            if strategy is not None and name is not None and not _says_cell(name, strategy):
                givers[name] = draft
                _rename(planned, f"{name}-{cell(strategy)}")
    if givers:
        for draft in drafts:
            _fetch(draft, givers)


def cell(strategy: Strategy) -> str:
    """What tells a cell from the others: its values, or its number where they make no name."""
    values = [str(each) for axis in strategy.axes.values() for each in axis]
    plain = all(_PLAIN.fullmatch(each) for each in values) and len(strategy.axes) <= _MOST_AXES
    if any(isinstance(axis, str) for axis in strategy.axes.values()) or not plain:
        return wrapped("strategy.job-index")
    return "-".join(wrapped(f"matrix.{name}") for name in strategy.axes)


def by_matrix(steps: Iterable[Step], strategy: Strategy | None) -> Iterator[Step]:
    """The steps that ask for `matrix.AXIS` where they asked for the variable that holds it."""
    if strategy is None:
        yield from steps
        return
    for step in steps:
        held = [each for each in strategy.axes if step.env.get(each) == wrapped(f"matrix.{each}")]
        if not held:
            yield step
            continue
        variable = re.compile(rf"\benv\.({'|'.join(map(re.escape, held))})\b")
        asked = {
            name: variable.sub(r"matrix.\1", text) if isinstance(text, str) else text
            for name, text in step.inputs.items()
        }
        condition = step.condition and variable.sub(r"matrix.\1", step.condition)
        folder = step.working_directory and variable.sub(r"matrix.\1", step.working_directory)
        made = replace(step, inputs=asked, condition=condition, working_directory=folder)
        named = set() if step.run is not None else set(held)
        env = {name: value for name, value in step.env.items() if name not in named}
        yield replace(made, env=env)


def of_all_cells(name: str, folder: str, archive: str) -> tuple[dict[str, Scalar], str]:
    """The inputs that download the artifacts of all cells, and the script that unpacks them."""
    unpack = f'find "$RUNNER_TEMP" -name {archive} -exec tar -xf {{}} \\;'
    return {"pattern": f"{name}-*", "path": folder}, unpack


def _fetch(draft: Draft, givers: dict[str, Draft]) -> None:
    for place, planned in enumerate(draft.steps):
        name = _name(planned.step, _DOWNLOAD)
        giver = givers.get(name) if name is not None else None
        if name is None or giver is None:
            continue
        strategy = giver.frame.strategy
        if strategy is not None and strategy == draft.frame.strategy:
            _rename(planned, f"{name}-{cell(strategy)}")
        else:
            _all(planned, draft.steps[place + 1 : place + 2], name)


def _all(planned: Planned, following: Sequence[Planned], name: str) -> None:
    inputs: dict[str, Scalar] = {**planned.step.inputs, "pattern": f"{name}-*"}
    del inputs["name"]
    for each in following:
        if found := _UNPACK.match(each.step.run or ""):
            folder = str(planned.step.inputs.get("path", "."))
            inputs, unpack = of_all_cells(name, folder, found.group(1))
            each.step = replace(each.step, run=unpack)
            planned.step = replace(planned.step, inputs=inputs)
            return
    planned.step = replace(planned.step, inputs={**inputs, "merge-multiple": True})


def _rename(planned: Planned, name: str) -> None:
    planned.step = replace(planned.step, inputs={**planned.step.inputs, "name": name})


def _name(step: Step, action: str) -> str | None:
    return str(step.inputs["name"]) if step.action == action and "name" in step.inputs else None


def _says_cell(name: str, strategy: Strategy) -> bool:
    """Whether the name already has a value of every axis in it."""
    return all(re.search(rf"\b(?:env|matrix)\.{re.escape(axis)}\b", name) for axis in strategy.axes)
