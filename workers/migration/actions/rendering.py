"""A workflow as YAML, in the order in which people write one."""

from collections.abc import Iterable, Mapping, Sequence

from workers.migration.actions.model import (
    CompositeAction,
    Concurrency,
    Container,
    Defaults,
    Environment,
    Job,
    RunsOn,
    Scalars,
    Step,
    Strategy,
    Workflow,
)
from workers.migration.actions.pins import release
from workers.migration.actions.rendering_triggers import triggers
from workers.migration.actions.writing import Commented, Tree, written

_TAGGED = "zizmor: ignore[unpinned-images] the tag stands in the source"


def rendered(workflow: Workflow) -> str:
    """The file's text; the same workflow gives the same bytes."""
    tree = _present(
        {
            "name": workflow.name,
            "on": triggers(workflow.triggers),
            "permissions": _permissions(workflow.permissions),
            "concurrency": _concurrency(workflow.concurrency),
            "env": dict(workflow.env),
            "defaults": _defaults(workflow.defaults),
            "jobs": {job.id: Commented(_job(job), job.comments) for job in workflow.jobs},
        }
    )
    return written(tree, above=workflow.comments, apart=("jobs",))


def rendered_action(action: CompositeAction) -> str:
    """The text of an `action.yml`."""
    inputs: dict[str, Tree] = {
        name: {"description": name, "required": True}
        if default is None
        else {"description": name, "default": default}
        for name, default in action.inputs.items()
    }
    runs: dict[str, Tree] = {"using": "composite", "steps": _steps(action.steps)}
    tree = _present(
        {"name": action.name, "description": action.description, "inputs": inputs, "runs": runs}
    )
    return written(tree, above=action.comments)


def _job(job: Job) -> Tree:
    return _present(
        {
            "name": job.name,
            "needs": job.needs[0] if len(job.needs) == 1 else list(job.needs),
            "if": job.condition,
            "runs-on": _runs_on(job.runs_on),
            "environment": _environment(job.environment),
            "permissions": _permissions(job.permissions),
            "concurrency": _concurrency(job.concurrency),
            "strategy": _strategy(job.strategy),
            "container": _container(job.container),
            "timeout-minutes": job.timeout_minutes,
            "continue-on-error": job.continue_on_error,
            "env": dict(job.env),
            "defaults": _defaults(job.defaults),
            "outputs": dict(job.outputs),
            "steps": _steps(job.steps),
        }
    )


def _steps(steps: Iterable[Step]) -> list[Tree]:
    """The steps; what is only a comment stands above the next one, or below the last."""
    made: list[Tree] = []
    waiting: tuple[str, ...] = ()
    for step in steps:
        if step.uses is None and step.run is None:
            waiting += step.comments
            continue
        made.append(Commented(_step(step), waiting + step.comments))
        waiting = ()
    return [*made, Commented(None, waiting)] if waiting else made


def _step(step: Step) -> Tree:
    return _present(
        {
            "name": step.name,
            "id": step.id,
            "if": step.condition,
            "uses": Commented(step.uses, (), release(step.uses)) if step.uses else None,
            "with": dict(step.inputs),
            "shell": step.shell,
            "working-directory": step.working_directory,
            "env": dict(step.env),
            "continue-on-error": step.continue_on_error,
            "timeout-minutes": step.timeout_minutes,
            "run": step.run,
        }
    )


def _permissions(permissions: Mapping[str, str] | None) -> Tree:
    return None if permissions is None else Commented(dict(sorted(permissions.items())))


def _runs_on(runs_on: RunsOn | None) -> Tree:
    if runs_on is None:
        return None
    labels: Tree = runs_on.labels[0] if len(runs_on.labels) == 1 else list(runs_on.labels)
    return _present({"group": runs_on.group, "labels": labels}) if runs_on.group else labels


def _concurrency(concurrency: Concurrency | None) -> Tree:
    if concurrency is None:
        return None
    return {"group": concurrency.group, "cancel-in-progress": concurrency.cancel}


def _environment(environment: Environment | None) -> Tree:
    if environment is None:
        return None
    return _present({"name": environment.name, "url": environment.url})


def _defaults(defaults: Defaults | None) -> Tree:
    if defaults is None:
        return None
    run = {"shell": defaults.shell, "working-directory": defaults.working_directory}
    return {"run": _present(run)}


def _strategy(strategy: Strategy | None) -> Tree:
    if strategy is None:
        return None
    axes: dict[str, Tree] = {
        name: values if isinstance(values, str) else list(values)
        for name, values in strategy.axes.items()
    }
    cells = {"include": _cells(strategy.include), "exclude": _cells(strategy.exclude)}
    return _present(
        {
            "fail-fast": strategy.fail_fast,
            "matrix": _present({**axes, **cells}),
        }
    )


def _cells(cells: Sequence[Scalars]) -> Tree:
    return [dict(cell) for cell in cells]


def _container(container: Container | None) -> Tree:
    if container is None:
        return None
    return _present(
        {
            "image": _image(container.image),
            "credentials": dict(container.credentials),
            "env": dict(container.env),
            "options": container.options,
        }
    )


def _image(image: str) -> Tree:
    """The image; a tag is the source's own choice, which a scanner need not warn of each time."""
    return image if "@sha256:" in image else Commented(image, (), _TAGGED)


def _present(tree: Mapping[str, Tree]) -> dict[str, Tree]:
    """Without what is not said: None, and what is empty."""
    return {
        key: value for key, value in tree.items() if value is not None and value not in ({}, [])
    }
