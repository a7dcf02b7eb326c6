"""The plan of a service, the workflow that starts from it, and the events that tell of it. Pure."""

import hashlib
from collections import Counter
from collections.abc import Sequence
from datetime import datetime

from schemas.identifiers import Part
from schemas.task import TaskCreated
from schemas.workflow import PlannedTask, WorkflowCreated, WorkflowFailed, WorkflowRequested
from workers.planner.specification import EXAMPLE, MISSING, Refused, Specified
from workers.ports import Reject
from workers.workflow import TaskState, WorkflowState, creations, start_ready


class PlanError(Exception):
    """Raised when tasks are no plan: an id twice, an unknown parent, or a cycle; says which."""


def workflow_id(event: WorkflowRequested, event_id: str) -> str:
    """The caller's id, or one that is the same for every delivery of the event."""
    return event.workflow_id or f"wf-{hashlib.sha256(event_id.encode()).hexdigest()[:12]}"


def plan() -> tuple[PlannedTask, ...]:
    """The tasks of every service: three bundles side by side, then out, then a look at it."""
    bundles: tuple[tuple[str, Part, str], ...] = (
        ("t1", "service", "Generate the service"),
        ("t2", "infrastructure", "Generate the Terraform"),
        ("t3", "delivery", "Generate pipelines and manifests"),
    )
    generated = [
        PlannedTask(task_id=task_id, agent="codegen", priority=1, title=title, part=part)
        for task_id, part, title in bundles
    ]
    deployed = PlannedTask(
        task_id="t4",
        agent="deployment",
        priority=2,
        title="Deploy the service",
        depends_on=tuple(task.task_id for task in generated),
    )
    observed = PlannedTask(
        task_id="t5",
        agent="observability",
        priority=3,
        title="Check health and service levels",
        depends_on=(deployed.task_id,),
    )
    return checked_plan((*generated, deployed, observed))


def checked_plan(tasks: Sequence[PlannedTask]) -> tuple[PlannedTask, ...]:
    """The tasks, if they can all be done one after another. Raises PlanError."""
    counts = Counter(task.task_id for task in tasks)
    for task in tasks:
        if counts[task.task_id] > 1:
            raise PlanError(f"{counts[task.task_id]} tasks are called {task.task_id}")
        for parent in task.depends_on:
            if parent not in counts:
                raise PlanError(f"{task.task_id} depends on {parent}, which is not in the plan")
    stuck = _never_ready(tasks)
    if stuck:
        raise PlanError(f"tasks wait for each other: {', '.join(stuck[:10])}")
    return tuple(tasks)


def _never_ready(tasks: Sequence[PlannedTask]) -> list[str]:
    """The tasks on a cycle or behind one: Kahn's algorithm takes away all others."""
    waits = {task.task_id: len(set(task.depends_on)) for task in tasks}
    children: dict[str, list[str]] = {task.task_id: [] for task in tasks}
    for task in tasks:
        for parent in set(task.depends_on):
            children[parent].append(task.task_id)
    ready = [task_id for task_id, count in waits.items() if count == 0]
    while ready:
        for child in children[ready.pop()]:
            waits[child] -= 1
            if waits[child] == 0:
                ready.append(child)
    return [task_id for task_id, count in waits.items() if count > 0]


def opened(
    event: WorkflowRequested,
    outcome: Specified | Refused,
    *,
    planned_by: str,
    by: str,
    now: datetime,
) -> WorkflowState:
    """The workflow as it is first stored: its first tasks started, or failed with the reason."""
    state = WorkflowState(
        workflow_id=workflow_id(event, by),
        request=event.request,
        requested_by=event.requested_by,
        planned_by=planned_by,
        notes=outcome.notes,
        service_name=None,
        created_by=by,
        created_at=now,
    )
    if isinstance(outcome, Refused):
        failed = {"status": "failed", "reason": outcome.reason, "closed_by": by, "closed_at": now}
        return state.model_copy(update={**failed, "service_name": outcome.service_name})
    tasks = tuple(TaskState(plan=task) for task in plan())
    service = {name: getattr(outcome.service, name) for name in type(outcome.service).model_fields}
    return start_ready(state.model_copy(update={**service, "tasks": tasks}), by, now)


def answer(
    state: WorkflowState, by: str
) -> tuple[WorkflowCreated | TaskCreated | WorkflowFailed, ...]:
    """What the event `by` has to say about the stored workflow: the same on every delivery.

    Raises Reject when another event made the workflow: its id is taken, and its fate not ours.
    """
    if state.created_by != by:
        raise Reject("workflow id is taken by another request")
    if not state.tasks:
        return (_failed(state),)
    created = WorkflowCreated.model_validate(
        {
            **state.model_dump(exclude={"tasks"}),
            "tasks": [task.plan for task in state.tasks],
        }
    )
    return (created, *creations(state, by))


def _failed(state: WorkflowState) -> WorkflowFailed:
    missing = [note.removeprefix(MISSING) for note in state.notes if note.startswith(MISSING)]
    return WorkflowFailed(
        workflow_id=state.workflow_id,
        reason=state.reason or "the request can't be carried out",
        requested_by=state.requested_by,
        service_name=state.service_name,
        missing=tuple(missing),
        example=EXAMPLE,
    )
