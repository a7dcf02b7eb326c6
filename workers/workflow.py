"""A workflow as the store keeps it: its plan, and how far each task is. Pure values."""

from datetime import datetime
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from schemas.service import Bucket, Database, Language, Template
from schemas.task import TaskCreated
from schemas.workflow import PlannedTask

TaskStatus = Literal["waiting", "running", "done", "failed", "cancelled"]
WorkflowStatus = Literal["running", "completed", "failed"]


class TaskState(BaseModel):
    """One node of the plan and its fate.

    `created_by` and `settled_by` are the ids of the events that moved it: an event that is handled
    again finds its own mark and gives the same answer.
    """

    model_config = ConfigDict(frozen=True)

    plan: PlannedTask
    status: TaskStatus = "waiting"
    iteration: int = 1
    created_by: str | None = None
    settled_by: str | None = None
    started_at: datetime | None = None
    ended_at: datetime | None = None
    artifact: str | None = None
    fingerprint: str | None = Field(default=None, description="of the last failed test run")
    feedback: str = ""
    reason: str | None = None
    evidence: dict[str, Any] = Field(default_factory=dict)


class WorkflowState(BaseModel):
    """A workflow with all its tasks. `version` grows by one with every write."""

    model_config = ConfigDict(frozen=True)

    workflow_id: str
    version: int = 0
    status: WorkflowStatus = "running"
    request: str = ""
    requested_by: str = "unknown"
    service_name: str | None = None
    template: Template = "rest-api-postgres"
    environment: str = "staging"
    language: Language = "python"
    database: Database = "postgresql"
    resource: str = "item"
    buckets: tuple[Bucket, ...] = ()
    planned_by: str = "rules"
    notes: tuple[str, ...] = ()
    created_by: str
    closed_by: str | None = None
    created_at: datetime
    closed_at: datetime | None = None
    reason: str | None = None
    tasks: tuple[TaskState, ...] = ()

    def task(self, task_id: str | None) -> TaskState | None:
        """The task of that id, if the plan has one."""
        return next((t for t in self.tasks if t.plan.task_id == task_id), None)


# Agents that wait for `task.created`. The observability task starts by itself: its worker consumes
# `deployment.completed`.
_CALLED = ("codegen", "deployment")


def start_ready(state: WorkflowState, by: str, now: datetime) -> WorkflowState:
    """The state with every waiting task started whose parents are done; `by` is the event's id."""
    done = {task.plan.task_id for task in state.tasks if task.status == "done"}
    started = tuple(
        task.model_copy(update={"status": "running", "created_by": by, "started_at": now})
        if task.status == "waiting" and done.issuperset(task.plan.depends_on)
        else task
        for task in state.tasks
    )
    return state.model_copy(update={"tasks": started})


def creations(state: WorkflowState, by: str) -> tuple[TaskCreated, ...]:
    """The `task.created` events that the event `by` caused, in the order of the plan."""
    made = [task for task in state.tasks if task.created_by == by and task.plan.agent in _CALLED]
    return tuple(_task_created(state, task) for task in made)


def _task_created(state: WorkflowState, task: TaskState) -> TaskCreated:
    fields = state.model_dump(
        include={"workflow_id", "service_name", "template", "environment", "language", "database"}
    )
    parents = [t for t in state.tasks if t.plan.task_id in task.plan.depends_on and t.artifact]
    return TaskCreated.model_validate(
        {
            **fields,
            "resource": state.resource,
            "buckets": state.buckets,
            "task_id": task.plan.task_id,
            "agent": task.plan.agent,
            "priority": task.plan.priority,
            "title": task.plan.title,
            "part": task.plan.part or "service",
            "iteration": task.iteration,
            "feedback": task.feedback,
            "artifacts": [parent.artifact for parent in parents],
        }
    )
