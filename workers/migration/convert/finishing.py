"""Jobs under way become jobs: conditions lifted, workspaces handed over, names given. Pure."""

import re
from collections.abc import Iterable, Iterator, Sequence

from workers.migration.actions.expressions import joined, told_once, wrapped
from workers.migration.actions.model import Job, RunsOn, Step
from workers.migration.actions.runners import default
from workers.migration.convert.cells import by_matrix, told_apart
from workers.migration.convert.layout import Draft, Planned
from workers.migration.convert.outputs import carried
from workers.migration.convert.workspaces import (
    first_steps,
    handing_over,
    last_steps,
    with_repository,
)
from workers.migration.replacing import replace

# Contexts that GitHub does not offer to the condition of a job.
_OF_STEPS = re.compile(r"\b(env|steps|runner|job|matrix)\.")
_STEP = re.compile(r"\bsteps\.([\w-]+)\.")
_NOT_AFTER_FAILURE = "!failure() && !cancelled()"
_OF_WINDOWS = frozenset({"cmd", "powershell"})


def finished(drafts: Sequence[Draft], timeout: int | None, filters: bool) -> tuple[Job, ...]:
    """The jobs in their order. `filters` when some ask the job `changes` about paths."""
    made: list[Job] = []
    skippable: set[str] = set()
    full = [each for each in drafts if any(_runs(planned.step) for planned in each.steps)]
    giving, stocked = handing_over(full), with_repository(drafts)
    told_apart(full)
    passed = carried(full)
    for draft in full:
        job = _job(draft, skippable, timeout)
        both = passed[draft.id]
        job = replace(
            job,
            needs=tuple(dict.fromkeys((*_known(draft.needs, drafts, full), *both.needs))),
            env={**job.env, **both.env},
            outputs=both.outputs,
            steps=tuple(_with_files(draft, job.steps, giving, stocked)),
        )
        made.append(job)
        if job.condition is not None:
            skippable.add(job.id)
    return tuple(_asking(job) if filters else job for job in made)


def _with_files(
    draft: Draft, steps: tuple[Step, ...], giving: set[str], stocked: set[str]
) -> Iterator[Step]:
    """The steps of a job with those before and after them that bring and keep its files."""
    if draft.reads or draft.id in giving:
        first = list(first_steps(draft, stocked))
        if first and steps and not draft.inherits and _is_the_same(first[0], steps[0]):
            # Jenkins checks out by itself, and again when it is told to.
            first[0] = replace(first[0], source=steps[0].source)
            steps = steps[1:]
        yield from first
    yield from steps
    if draft.id in giving:
        yield from last_steps(draft)


def _is_the_same(step: Step, other: Step) -> bool:
    """Whether one does what the other does, if it is done at all."""
    return (step.uses, step.inputs, other.comments) == (other.uses, other.inputs, ())


def _known(needs: Sequence[str], drafts: Sequence[Draft], full: Sequence[Draft]) -> tuple[str, ...]:
    """The jobs that there are; one that became nothing is stood for by those that it needed."""
    by_id = {each.id: each for each in drafts}
    there = {each.id for each in full}
    found: dict[str, None] = {}
    for each in needs:
        if each in there:
            found[each] = None
        elif each in by_id:
            found.update(dict.fromkeys(_known(by_id[each].needs, drafts, full)))
    return tuple(found)


def _job(draft: Draft, skippable: set[str], timeout: int | None) -> Job:
    lifted, status = _lifted(draft)
    needs = draft.needs
    strategy = draft.frame.strategy
    steps = list(_own(draft, lifted, status))
    return Job(
        id=draft.id,
        name=_title(draft),
        needs=needs,
        condition=_condition(lifted, status, any(each in skippable for each in needs)),
        runs_on=_runner(draft),
        environment=draft.held or draft.frame.environment,
        concurrency=draft.frame.concurrency,
        strategy=strategy,
        container=draft.placement.container,
        env=draft.placement.env,
        timeout_minutes=timeout,
        steps=tuple(by_matrix(_named(steps), strategy)),
    )


def _runner(draft: Draft) -> RunsOn:
    """The runner; where any would do and all scripts are of Windows, one with Windows."""
    runs_on = draft.placement.runs_on
    shells = {each.step.shell for each in draft.steps if each.step.run is not None}
    if runs_on.labels == (default(),) and shells and shells <= _OF_WINDOWS:
        return RunsOn(("windows-latest",))
    return runs_on


def _runs(step: Step) -> bool:
    return step.run is not None or step.uses is not None


def _lifted(draft: Draft) -> tuple[tuple[str, ...], str | None]:
    """The conditions and the status that all steps share, where a job can ask for them."""
    frames = [each.frame for each in draft.steps if _runs(each.step)]
    shared = frames[0].conditions
    for frame in frames:
        shared = tuple(each for each in shared if each in frame.conditions)
    own = {each.step.id for each in draft.steps}
    lifted = tuple(each for each in shared if not _OF_STEPS.search(each) and each not in own)
    statuses = {frame.status for frame in frames}
    status = statuses.pop() if len(statuses) == 1 else None
    return lifted, status if draft.needs else None


def _condition(lifted: tuple[str, ...], status: str | None, after_skipped: bool) -> str | None:
    checks = list(lifted)
    if status is not None:
        checks = [status, *checks]
    elif after_skipped:
        # A job that needs one which was skipped would be skipped too.
        checks = [_NOT_AFTER_FAILURE, *checks]
    return _expression(joined(checks, "&&")) if checks else None


def _expression(text: str) -> str:
    """As it stands in `if:`; one that begins with an exclamation mark YAML would take for a tag."""
    return wrapped(text) if text.startswith("!") else text


def _own(draft: Draft, lifted: tuple[str, ...], status: str | None) -> Iterator[Step]:
    ids = {each.step.id for each in draft.steps}
    title = _sole_stage(draft)
    for planned in draft.steps:
        rest = [each for each in planned.frame.conditions if each not in lifted]
        rest = told_once([each for each in rest if _can_ask(each, ids, draft.needs)])
        own = planned.frame.status
        if own is not None and own != status:
            rest = [own, *rest]
        condition = _expression(joined(rest, "&&")) if rest else None
        if condition and "!cancelled()" in condition and status:
            condition = condition.replace("!cancelled()", status)
        step = planned.step
        if condition != step.condition and _runs(step):
            step = replace(step, condition=condition)
        yield _in_image(_staged(step, planned, title), planned, draft)


def _can_ask(condition: str, ids: set[str | None], needs: Sequence[str]) -> bool:
    """Whether a job can ask so: about its own steps, and about jobs only when it needs some."""
    asked = set(_STEP.findall(condition))
    return asked <= ids and ("needs.*" not in condition or bool(needs))


def _staged(step: Step, planned: Planned, title: str) -> Step:
    stage = planned.frame.stage
    if not stage or not _runs(step) or not step.run:
        return step
    if stage == title:
        # The job is called so already.
        return step
    return replace(step, name=f"{stage}\n{step.name or ''}")


def _sole_stage(draft: Draft) -> str:
    """The stage that all scripts of a job are of; empty where there are several."""
    stages = {each.frame.stage for each in draft.steps if each.step.run}
    return stages.pop() if len(stages) == 1 else ""


def _named(steps: Iterable[Step]) -> Iterator[Step]:
    """Names: the stage's alone for its only script, otherwise with what the script does."""
    given = list(steps)
    counts: dict[str, int] = {}
    for step in given:
        stage, mark, _ = (step.name or "").partition("\n")
        counts[stage] = counts.get(stage, 0) + bool(mark)
    for step in given:
        stage, mark, what = (step.name or "").partition("\n")
        if mark:
            name = stage if counts[stage] == 1 or not what else f"{stage}: {what}"
            yield replace(step, name=name)
        else:
            yield step


def _title(draft: Draft) -> str | None:
    title = draft.frame.stage
    return title if title and title != draft.id and "${{ env." not in title else None


def _in_image(step: Step, planned: Planned, draft: Draft) -> Step:
    """The script run by `docker run` where the source runs it in a container of its own."""
    image = planned.frame.image
    if image is None or step.run is None or draft.placement.container is not None:
        return step
    names = sorted({*step.env, *draft.placement.env, "CI", "GITHUB_ENV", "GITHUB_OUTPUT"})
    passed = " ".join(f"-e {name}" for name in (*names, "GITHUB_WORKSPACE", "RUNNER_TEMP"))
    place = "/home/runner/work"
    shell = f"docker run --rm -v {place}:{place} {passed} --entrypoint sh {image} -e {{0}}"
    below = f"/{step.working_directory}" if step.working_directory else ""
    folder = f'cd "$GITHUB_WORKSPACE{below}"'
    body = step.run if step.run.endswith("\n") else f"{step.run}\n"
    return replace(step, shell=shell, run=f"{folder}\n{body}", working_directory=None)


def _asking(job: Job) -> Job:
    said = [job.condition or "", *(step.condition or "" for step in job.steps)]
    if not any("needs.changes." in each for each in said):
        return job
    return replace(job, needs=("changes", *job.needs))


def changes(filters: dict[str, str], runs_on: Job) -> Job:
    """The job that says which paths were changed."""
    lines = "".join(f"{name}:\n  - '{pattern}'\n" for pattern, name in filters.items())
    return Job(
        id="changes",
        name="Changed paths",
        runs_on=runs_on.runs_on,
        outputs={name: wrapped(f"steps.filter.outputs.{name}") for name in filters.values()},
        steps=(
            Step(name="Check out", uses="actions/checkout"),
            Step(
                name="Compare paths",
                id="filter",
                uses="dorny/paths-filter",
                inputs={"filters": lines},
            ),
        ),
    )
