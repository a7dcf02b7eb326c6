"""The `on:` of a workflow."""

from collections.abc import Iterable, Sequence

from workers.migration.actions.triggers import (
    Dispatch,
    Input,
    PullRequest,
    Push,
    RepositoryDispatch,
    Schedule,
    Trigger,
    WorkflowRun,
)
from workers.migration.actions.writing import Commented, Tree

# What runs is the default branch's own workflow on the default branch's own files.
_RUN = "zizmor: ignore[dangerous-triggers] runs and checks out the default branch alone"


def triggers(given: Iterable[Trigger]) -> dict[str, Tree]:
    """The events by name; one that says nothing more stands as a bare key."""
    return dict(_trigger(each) for each in given)


def _trigger(trigger: Trigger) -> tuple[str, Tree]:
    match trigger:
        case Push():
            name, tree = "push", _push(trigger)
        case PullRequest():
            name, tree = "pull_request", _pull_request(trigger)
        case Schedule():
            name, tree = "schedule", _schedule(trigger)
        case Dispatch():
            name, tree = "workflow_dispatch", _inputs(trigger.inputs)
        case WorkflowRun():
            name, tree = "workflow_run", _run(trigger)
        case RepositoryDispatch():
            name, tree = "repository_dispatch", _filters(types=trigger.types)
    return name, tree


def _push(trigger: Push) -> Tree:
    return _filters(branches=trigger.branches, tags=trigger.tags, paths=trigger.paths)


def _pull_request(trigger: PullRequest) -> Tree:
    return _filters(types=trigger.types, branches=trigger.branches, paths=trigger.paths)


def _schedule(trigger: Schedule) -> Tree:
    return [{"cron": Commented(cron.line, (), cron.comment)} for cron in trigger.crons]


def _run(trigger: WorkflowRun) -> Tree:
    filters = _filters(workflows=trigger.workflows, types=trigger.types, branches=trigger.branches)
    return Commented(filters, (), _RUN)


def _filters(**lists: Sequence[str]) -> dict[str, Tree] | None:
    return {name: list(values) for name, values in lists.items() if values} or None


def _inputs(inputs: Iterable[Input]) -> dict[str, Tree] | None:
    each: dict[str, Tree] = {one.name: _input(one) for one in inputs}
    return {"inputs": each} if each else None


def _input(one: Input) -> Tree:
    tree: dict[str, Tree] = {
        "description": one.description or None,
        "type": one.kind,
        "required": one.required,
        "default": one.default,
        "options": list(one.options) or None,
    }
    return {key: value for key, value in tree.items() if value is not None}
