"""Events of a whole request: asked for, planned, completed or failed."""

from typing import ClassVar, Literal

from pydantic import Field, model_validator

from schemas.base import Event, Value
from schemas.identifiers import (
    Agent,
    Environment,
    Part,
    ResourceName,
    ServiceName,
    TaskId,
    WorkflowId,
)
from schemas.service import Bucket, Database, Language, ServiceFields, Template


class RequestParameters(Value):
    """What a structured request states outright; what it leaves out is read from the sentence."""

    service_name: ServiceName | None = None
    language: Language | None = None
    database: Database | None = None
    environment: Environment | None = None
    resource: ResourceName | None = None
    buckets: tuple[Bucket, ...] = ()


class WorkflowRequested(Event):
    """Somebody asks for a piece of software, in a sentence or in fields. Open to any source."""

    type: ClassVar[str] = "workflow.requested"

    request: str = Field(default="", max_length=4000)
    workflow_id: WorkflowId | None = Field(
        default=None, description="given by the caller, or derived from the event's id"
    )
    requested_by: str = Field(default="unknown", max_length=200)
    template: Template | None = None
    parameters: RequestParameters = RequestParameters()

    @model_validator(mode="after")
    def _says_something(self) -> "WorkflowRequested":
        if not self.request and self.parameters.service_name is None:
            raise ValueError("give a request in words or parameters.service_name")
        return self


class PlannedTask(Value):
    """One node of the plan: who does it and what has to be done before."""

    task_id: TaskId
    agent: Agent
    priority: int = Field(default=1, ge=1, le=100)
    title: str = Field(default="", max_length=200)
    part: Part | None = Field(default=None, description="which bundle a codegen task makes")
    depends_on: tuple[TaskId, ...] = ()


class WorkflowCreated(ServiceFields):
    """The request was understood and planned; its first tasks are published with it."""

    type: ClassVar[str] = "workflow.created"

    workflow_id: WorkflowId
    requested_by: str = Field(default="unknown", max_length=200)
    tasks: tuple[PlannedTask, ...] = Field(min_length=1, max_length=50)
    planned_by: Literal["rules", "model"] = "rules"
    notes: tuple[str, ...] = Field(
        default=(), description="what a reader of the report should know"
    )


class WorkflowCompleted(Event):
    """Every task of the plan is done."""

    type: ClassVar[str] = "workflow.completed"

    workflow_id: WorkflowId
    service_name: ServiceName
    environment: Environment
    requested_by: str = "unknown"
    tasks: int = Field(ge=1)
    endpoint: str | None = None
    duration_seconds: float = Field(ge=0)


class WorkflowFailed(Event):
    """The request can't be carried out; `reason` says why and `example` what would work."""

    type: ClassVar[str] = "workflow.failed"

    workflow_id: WorkflowId
    reason: str
    requested_by: str = "unknown"
    service_name: ServiceName | None = None
    task_id: TaskId | None = None
    missing: tuple[str, ...] = ()
    example: str | None = None
