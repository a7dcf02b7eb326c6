"""An environment that several steps share is said once, as high up as it may be. Pure."""

import re
from collections import Counter
from collections.abc import Sequence

from workers.migration.actions.model import Job, Scalar, Step, Workflow
from workers.migration.convert.known import BUILT_IN, ON_THE_RUNNER
from workers.migration.convert.work import label
from workers.migration.replacing import replace

# What only a step may say, and secrets, which stay with the steps that use them.
_LOWER = re.compile(r"\b(secrets|env|steps|runner|job)\.")


def hoisted(workflow: Workflow) -> Workflow:
    """What Jenkins sets for every step moves to the top; what all steps of a job say, to the job.

    Secrets stay with the steps that use them.
    """
    shared = _shared(workflow)
    env = {**shared, **workflow.env}
    jobs = tuple(_job(job, shared) for job in workflow.jobs)
    jobs = tuple(replace(job, steps=tuple(map(_unnamed, job.steps))) for job in jobs)
    return replace(workflow, env=env, jobs=jobs)


def _shared(workflow: Workflow) -> dict[str, Scalar]:
    uses: Counter[tuple[str, Scalar]] = Counter()
    for job in workflow.jobs:
        for step in job.steps:
            uses.update((name, value) for name, value in step.env.items() if _movable(name, value))
    names = Counter(name for name, _ in uses)
    return {name: value for (name, value), count in uses.items() if count > 1 and names[name] == 1}


def _movable(name: str, value: Scalar) -> bool:
    return (
        name in BUILT_IN and name not in ON_THE_RUNNER and value == f"${{{{ {BUILT_IN[name]} }}}}"
    )


def _job(job: Job, shared: dict[str, Scalar]) -> Job:
    steps = tuple(_without(step, shared) for step in job.steps)
    scripts = [step for step in steps if step.run is not None or step.env]
    common = dict(scripts[0].env) if scripts else {}
    for step in scripts:
        if not common:
            break
        common = {
            key: value
            for key, value in common.items()
            if step.env.get(key) == value and not _LOWER.search(str(value))
        }
    common |= _of_cells(scripts)
    # One step says it as well as its job would.
    if len(scripts) < 2 or not common:
        return replace(job, steps=steps)
    env = {**job.env, **common}
    return replace(job, env=env, steps=tuple(_without(step, common) for step in steps))


def _of_cells(steps: Sequence[Step]) -> dict[str, Scalar]:
    """Values of a matrix under the names of their axes: they hold in the whole cell."""
    found: dict[str, set[Scalar]] = {}
    for step in steps:
        for name, value in step.env.items():
            found.setdefault(name, set()).add(value)
    own = {name: f"${{{{ matrix.{name} }}}}" for name in found}
    return {name: own[name] for name, values in found.items() if values == {own[name]}}


def _unnamed(step: Step) -> Step:
    """A step without a name that only repeats its one line; with an environment it reads better."""
    line = (step.run or "").strip()
    same = line and "\n" not in line and step.name == label(line)
    return replace(step, name=None) if same and not (step.env or step.shell) else step


def _without(step: Step, env: dict[str, Scalar]) -> Step:
    left = {key: value for key, value in step.env.items() if env.get(key) != value}
    return step if len(left) == len(step.env) else replace(step, env=left)
