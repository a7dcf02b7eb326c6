"""What may become of a task and of its workflow. Pure."""

from dataclasses import dataclass
from datetime import datetime

from workers.workflow import TaskState, TaskStatus, WorkflowState, WorkflowStatus, start_ready


@dataclass(frozen=True, slots=True)
class Mark:
    """Which event changed something, and when."""

    event_id: str
    now: datetime


def replaced(state: WorkflowState, task: TaskState) -> WorkflowState:
    """The state with this task in the place of its former self."""
    tasks = tuple(task if t.plan.task_id == task.plan.task_id else t for t in state.tasks)
    return state.model_copy(update={"tasks": tasks})


def done(state: WorkflowState, task: TaskState, mark: Mark) -> WorkflowState:
    """The task is done; what waited for it starts; after the last one the workflow is complete."""
    # A health check may be in before the deployment that starts its task.
    finished = _settled(task, "done", mark).model_copy(
        update={"started_at": task.started_at or mark.now}
    )
    moved = start_ready(replaced(state, finished), mark.event_id, mark.now)
    if all(t.status == "done" for t in moved.tasks):
        return _closed(moved, "completed", mark)
    return moved


def failed(state: WorkflowState, task: TaskState, reason: str, mark: Mark) -> WorkflowState:
    """The task failed, what is not settled is cancelled, and the workflow failed."""
    lost = _settled(task, "failed", mark).model_copy(update={"reason": reason})
    tasks = tuple(
        _settled(t, "cancelled", mark) if t.status in ("waiting", "running") else t
        for t in replaced(state, lost).tasks
    )
    moved = state.model_copy(update={"tasks": tasks, "reason": reason})
    return _closed(moved, "failed", mark)


def _settled(task: TaskState, status: TaskStatus, mark: Mark) -> TaskState:
    return task.model_copy(
        update={"status": status, "settled_by": mark.event_id, "ended_at": mark.now}
    )


def _closed(state: WorkflowState, status: WorkflowStatus, mark: Mark) -> WorkflowState:
    return state.model_copy(
        update={"status": status, "closed_by": mark.event_id, "closed_at": mark.now}
    )
