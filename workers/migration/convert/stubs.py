"""Steps of a shared library without its source: calls of composite actions that are to be written.

The action fails until somebody writes it, so a run never passes over what is missing.
"""

import re
from collections.abc import Iterator, Mapping

from workers.migration.actions.expressions import wrapped
from workers.migration.actions.model import CompositeAction, Scalar
from workers.migration.actions.model import Step as Made
from workers.migration.convert.frame import Frame
from workers.migration.convert.resolving import shown
from workers.migration.convert.work import Work
from workers.migration.pipeline.nodes import Value
from workers.migration.pipeline.pipeline import Pipeline
from workers.migration.pipeline.steps import Step
from workers.migration.pipeline.values import Call
from workers.migration.replacing import replace

FOLDER = ".github/actions"

# Steps of a composite action have to name their shell.
_SHELL = "bash"
_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_-]*")
_CHECKOUT = "actions/checkout"


def uses_libraries(pipeline: Pipeline) -> bool:
    """Whether steps may come from a shared library."""
    return bool(pipeline.libraries) or any(
        (isinstance(each, Step) and each.kind == "library")
        or (isinstance(each, Call) and each.name == "library" and each.receiver is None)
        for each in (pipeline.nodes if "library" in pipeline.words else ())
    )


def stubbed(work: Work, step: Step, frame: Frame) -> bool:
    """Calls an action of the repository in place of a step that nobody knows; False if it cannot.

    It cannot where no library is used, where the step has a block, where a value is not known even
    to the run, and where the repository, in which the action lies, is not checked out.
    """
    if step.body is not None or not _NAME.fullmatch(step.kind) or not uses_libraries(work.pipeline):
        return False
    inputs = dict(_inputs(work, step, frame))
    if None in inputs.values() or not all(map(_NAME.fullmatch, inputs)) or not _there(work, frame):
        return False
    given: dict[str, Scalar] = {name: value for name, value in inputs.items() if value is not None}
    made = Made(name=step.kind, uses=f"./{FOLDER}/{step.kind}", inputs=given)
    work.add(step, made, frame)
    path = f"{FOLDER}/{step.kind}/action.yml"
    written = stub(step.kind, given)
    before = work.actions.get(step.kind)
    work.actions[step.kind] = merged(before, written) if before else written
    work.record.task("action", path, f"write what the step {step.kind} of the library does")
    work.record.manual(step, f"write {path}: it fails until then")
    return True


def stub(name: str, inputs: Mapping[str, Scalar]) -> CompositeAction:
    """The action that stands in for a step."""
    said = f"The step {name} of the shared library is not written yet: see vars/{name}.groovy."
    env = {f"INPUT_{each.upper().replace('-', '_')}": wrapped(f"inputs.{each}") for each in inputs}
    run = f'echo "::error::{said}"\nexit 1\n'
    step = Made(name=f"Say that {name} is missing", shell=_SHELL, env=env, run=run)
    return CompositeAction(
        name=name,
        description=f"What the step {name} of a shared library of Jenkins does",
        steps=(step,),
        inputs=dict.fromkeys(inputs, ""),
        comments=(
            f"TO DO by hand: do here what vars/{name}.groovy of the shared library does.",
            "The inputs reach its script as variables.",
        ),
    )


def merged(one: CompositeAction, other: CompositeAction) -> CompositeAction:
    """One stub for calls with different inputs."""
    inputs = {**one.inputs, **other.inputs}
    step = replace(one.steps[0], env={**one.steps[0].env, **other.steps[0].env})
    return replace(one, inputs=inputs, steps=(step,))


def _inputs(work: Work, step: Step, frame: Frame) -> Iterator[tuple[str, str | None]]:
    for name, value in step.named.items():
        yield name, _text(work, value, frame)
    found, only = work.constant(step.positional[0], frame) if step.positional else (False, None)
    if found and isinstance(only, dict) and len(step.positional) == 1:
        # A map in front is how Groovy hands on named arguments.
        for name, each in only.items():
            yield name, None if isinstance(each, list | dict) else shown(each)
        return
    for at, value in enumerate(step.positional, 1):
        name = "argument" if len(step.positional) == 1 else f"argument-{at}"
        yield name, _text(work, value, frame)


def _text(work: Work, value: Value, frame: Frame) -> str | None:
    found, constant = work.constant(value, frame)
    if found and isinstance(constant, list | dict):
        return None
    return work.inline(value, frame)


def _there(work: Work, frame: Frame) -> bool:
    """Whether the files of the repository lie where the step runs."""
    placement = frame.placement
    return placement is not None and (
        placement.checkout
        or any(
            each.step.action == _CHECKOUT
            for draft in work.layout.drafts
            if draft.placement is placement
            for each in draft.steps
        )
    )
