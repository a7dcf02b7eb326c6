"""A workflow as the store keeps it: its plan, and how far each task is. Pure values."""

from datetime import datetime
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from schemas.service import Bucket, Database, Language, Template
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
