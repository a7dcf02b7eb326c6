"""Secrets, and what only a runner knows, go to the steps that name them. Pure."""

import re
from collections.abc import Collection, Iterator, Mapping

from workers.migration.actions.model import Job, Scalar, Step, Workflow
from workers.migration.replacing import replace

_SECRET = re.compile(r"\bsecrets\.")
_NOT_EVERYWHERE = re.compile(r"\b(secrets|runner)\.")


def shared(env: Mapping[str, Scalar]) -> dict[str, Scalar]:
    """What the environment of a whole workflow may say."""
    return {name: value for name, value in env.items() if not _narrow(value)}


def narrow(env: Mapping[str, Scalar]) -> dict[str, Scalar]:
    """What only a step may say: secrets, so that no other step sees them, and the runner's."""
    return {name: value for name, value in env.items() if _narrow(value)}


def narrowed(workflow: Workflow, declared: Collection[str]) -> Workflow:
    """The workflow in which secrets of a directive reach only the steps that name them.

    One that no step names stays with all scripts: what they call may read it.
    """
    if not declared:
        return workflow
    named = {
        name
        for name in declared
        if any(_names(step, name) for job in workflow.jobs for step in job.steps)
    }
    return replace(workflow, jobs=tuple(_job(job, declared, named) for job in workflow.jobs))


def _job(job: Job, declared: Collection[str], named: set[str]) -> Job:
    return replace(job, steps=tuple(_step(step, declared, named) for step in job.steps))


def _step(step: Step, declared: Collection[str], named: set[str]) -> Step:
    kept = {
        name: value
        for name, value in step.env.items()
        if name not in declared
        or not _SECRET.search(str(value))
        or (_names(step, name) if name in named else step.run is not None)
    }
    return step if len(kept) == len(step.env) else replace(step, env=kept)


def _names(step: Step, name: str) -> bool:
    word = re.compile(rf"\b{re.escape(name)}\b")
    return any(word.search(text) for text in _texts(step))


def _texts(step: Step) -> Iterator[str]:
    yield step.run or ""
    yield step.condition or ""
    yield from (str(value) for value in step.inputs.values())
    yield from (str(value) for value in step.env.values() if not _SECRET.search(str(value)))


def _narrow(value: Scalar) -> bool:
    return bool(_NOT_EVERYWHERE.search(str(value)))
