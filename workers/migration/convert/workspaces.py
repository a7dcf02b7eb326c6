"""Workspaces handed from job to job: who gives, who takes over, and the steps for it. Pure."""

from collections.abc import Container, Iterator, Sequence

from workers.migration.actions.expressions import wrapped
from workers.migration.actions.model import Scalar, Step
from workers.migration.convert.cells import cell, of_all_cells
from workers.migration.convert.layout import Draft

_ARCHIVE = "$RUNNER_TEMP/workspace.tar"


def handing_over(drafts: Sequence[Draft]) -> set[str]:
    """The jobs whose workspace a later one needs, itself or to hand it on."""
    giving: set[str] = set()
    for draft in reversed(drafts):
        if draft.reads or draft.id in giving:
            giving.update(each.id for each in draft.inherits if each.works)
    return giving


def with_repository(drafts: Sequence[Draft]) -> set[str]:
    """The jobs that leave a repository at the top of their workspace."""
    found: set[str] = set()
    for draft in drafts:
        own = any(
            each.step.action == "actions/checkout" and "path" not in each.step.inputs
            for each in draft.steps
        )
        if own or draft.placement.checkout or any(each.id in found for each in draft.inherits):
            found.add(draft.id)
    return found


def first_steps(draft: Draft, stocked: Container[str]) -> Iterator[Step]:
    """The files that a job starts with: checked out, and taken over. `stocked` leave a repository.

    What is handed over has no history, so that is checked out anew.
    """
    if draft.placement.checkout or any(each.id in stocked for each in draft.inherits):
        yield Step(name="Check out", uses="actions/checkout")
    for each in draft.inherits:
        yield from _taken_over(each, draft)
    yield from draft.placement.setup


def last_steps(draft: Draft) -> Iterator[Step]:
    """The files of a job packed for those that need them, also when a script has failed."""
    inputs: dict[str, Scalar] = {
        "name": _handed(draft),
        "path": _ARCHIVE.replace("$RUNNER_TEMP", wrapped("runner.temp")),
        "retention-days": 1,
    }
    condition = wrapped("!cancelled()")
    pack = f'tar --exclude=.git -cf "{_ARCHIVE}" .'
    yield Step(name="Pack the workspace", condition=condition, run=pack)
    yield Step(
        name="Hand over the workspace",
        condition=condition,
        uses="actions/upload-artifact",
        inputs=inputs,
    )


def _taken_over(giver: Draft, draft: Draft) -> Iterator[Step]:
    temporary = wrapped("runner.temp")
    inputs: dict[str, Scalar] = {"name": _handed(giver), "path": temporary}
    unpack = f'tar -xf "{_ARCHIVE}"'
    if giver.frame.strategy and giver.frame.strategy != draft.frame.strategy:
        name, archive = f"workspace-{giver.id}", _ARCHIVE.rpartition("/")[2]
        inputs, unpack = of_all_cells(name, temporary, archive)
    yield Step(name="Take over the workspace", uses="actions/download-artifact", inputs=inputs)
    yield Step(name="Unpack the workspace", run=unpack)


def _handed(draft: Draft) -> str:
    strategy = draft.frame.strategy
    return f"workspace-{draft.id}" + (f"-{cell(strategy)}" if strategy else "")
