"""Which task of a workflow an event is about, if it may move one at all. Pure.

Only what began with a task of the fleet's own does: anyone may publish a `task.created` that names
a workflow and a task of somebody else.
"""

from schemas.codegen import ArtifactFields
from schemas.deployment import DeploymentFields
from schemas.identifiers import Agent
from schemas.task import TaskFailed
from workers.workflow import TaskState, TaskStatus, WorkflowState


def generated(state: WorkflowState, event: ArtifactFields) -> TaskState | None:
    """The codegen task whose current iteration the event judges."""
    task = running(state, event)
    return task if task and task.plan.agent == "codegen" else None


def running(state: WorkflowState, event: ArtifactFields | TaskFailed) -> TaskState | None:
    """The running task whose current iteration the event is about."""
    task = state.task(event.task_id)
    current = task and task.status == "running" and task.iteration == event.iteration
    return task if current and event.origin == "fleet" else None


def deployed(
    state: WorkflowState, event: DeploymentFields, *statuses: TaskStatus
) -> TaskState | None:
    """The deployment task that the event is about, if it has one of the statuses."""
    task = state.task(event.task_id) if event.task_id else _only(state, "deployment")
    fits = task and task.plan.agent == "deployment" and task.status in statuses
    return task if fits and event.origin == "fleet" else None


def watching(state: WorkflowState, event: DeploymentFields) -> TaskState | None:
    """The observability task that looks at the event's deployment, if it is not settled.

    It may still be waiting: `deployment.completed` reaches observability and the conductor through
    different queues, and nothing orders the one before the other.
    """
    deployment = deployed(state, event, "running", "done")
    if deployment is None:
        return None
    return next(
        (
            task
            for task in state.tasks
            if task.plan.agent == "observability"
            and deployment.plan.task_id in task.plan.depends_on
            and task.status in ("waiting", "running")
        ),
        None,
    )


def _only(state: WorkflowState, agent: Agent) -> TaskState | None:
    found = [task for task in state.tasks if task.plan.agent == agent]
    return found[0] if len(found) == 1 else None
