"""Events of one node of a plan."""

from typing import Annotated, ClassVar, Literal

from pydantic import Field, StringConstraints

from schemas.base import Event, Value
from schemas.identifiers import (
    Agent,
    ArtifactKey,
    Attempt,
    Origin,
    Part,
    ServiceName,
    TaskId,
    WorkflowId,
)
from schemas.policy import Violation
from schemas.service import ServiceFields


class TaskCreated(ServiceFields):
    """A task may start: its parents are done. Open to any source."""

    type: ClassVar[str] = "task.created"

    workflow_id: WorkflowId
    task_id: TaskId
    agent: Agent
    priority: int = Field(default=1, ge=1, le=100)
    title: str = Field(default="", max_length=200)
    part: Part = "service"
    iteration: Attempt = 1
    feedback: str = Field(default="", max_length=8000, description="why the last iteration failed")
    artifacts: tuple[ArtifactKey, ...] = Field(default=(), description="what the parents made")


# A patch ends in a line break, and its last line may be a blank one: neither may be stripped.
Patch = Annotated[str, StringConstraints(strip_whitespace=False)]


class Proposal(Value):
    """What a person could do about something that the fleet does not change by itself."""

    kind: Literal["assisted", "advisory"] = Field(
        description="assisted: apply `patch` after approval; advisory: advice only"
    )
    rule: str
    advice: str
    path: str | None = None
    patch: Patch | None = Field(default=None, description="a unified diff")


class TaskFailed(Event):
    """A task can't be done, however often it is tried."""

    type: ClassVar[str] = "task.failed"

    workflow_id: WorkflowId
    task_id: TaskId
    agent: str
    reason: str
    service_name: ServiceName | None = None
    iteration: Attempt = 1
    origin: Origin = Field(default="fleet", description="who created the task that led here")
    violations: tuple[Violation, ...] = ()
    proposals: tuple[Proposal, ...] = ()
