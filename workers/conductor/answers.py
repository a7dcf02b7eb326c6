"""What an event caused, read from the marks that it left in the state. Pure.

The same state and event give the same answer, however often it is asked for: an answer that was
lost on its way out is given again.
"""

from schemas.task import TaskCreated
from schemas.workflow import WorkflowCompleted, WorkflowFailed
from workers.workflow import TaskState, WorkflowState, creations


def onward(
    state: WorkflowState | None, event_id: str
) -> tuple[TaskCreated | WorkflowCompleted, ...]:
    """The tasks that the event let start, and the workflow's completion if it was the last."""
    if state is None:
        return ()
    return (*creations(state, event_id), *_completion(state, event_id))


def again(state: WorkflowState | None, event_id: str) -> tuple[TaskCreated | WorkflowFailed, ...]:
    """The task that the event sent back, or the workflow's failure if that was hopeless."""
    if state is None:
        return ()
    return (*creations(state, event_id), *failure(state, event_id))


def failure(state: WorkflowState | None, event_id: str) -> tuple[WorkflowFailed, ...]:
    """The workflow's failure, if it was this event that ended it."""
    if state is None or state.status != "failed" or state.closed_by != event_id:
        return ()
    lost = next((t for t in state.tasks if t.settled_by == event_id and t.status == "failed"), None)
    return (
        WorkflowFailed.model_validate(
            {
                "workflow_id": state.workflow_id,
                "reason": state.reason or "unknown",
                "requested_by": state.requested_by,
                "service_name": state.service_name,
                "task_id": lost.plan.task_id if lost else None,
            }
        ),
    )


def _completion(state: WorkflowState, event_id: str) -> tuple[WorkflowCompleted, ...]:
    if state.status != "completed" or state.closed_by != event_id:
        return ()
    # Closed and created were told by two machines' clocks.
    duration = (state.closed_at - state.created_at).total_seconds() if state.closed_at else 0.0
    return (
        WorkflowCompleted.model_validate(
            {
                "workflow_id": state.workflow_id,
                "service_name": state.service_name,
                "environment": state.environment,
                "requested_by": state.requested_by,
                "tasks": len(state.tasks),
                "endpoint": _endpoint(state.tasks),
                "duration_seconds": max(duration, 0.0),
            }
        ),
    )


def _endpoint(tasks: tuple[TaskState, ...]) -> str | None:
    """Where the last deployment of the plan takes traffic."""
    deployments = [t.evidence.get("endpoint") for t in tasks if t.plan.agent == "deployment"]
    return deployments[-1] if deployments else None
