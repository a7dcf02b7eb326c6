"""An artifact came to be, or was repaired."""

from typing import ClassVar, Literal

from pydantic import Field

from schemas.base import Event
from schemas.identifiers import (
    ArtifactKey,
    Attempt,
    Environment,
    Origin,
    Part,
    ServiceName,
    TaskId,
    WorkflowId,
)


class ArtifactFields(Event):
    """Which artifact of which task an event is about, carried unchanged from gate to gate."""

    workflow_id: WorkflowId
    task_id: TaskId
    service_name: ServiceName
    environment: Environment = "staging"
    part: Part = "service"
    artifact: ArtifactKey
    iteration: Attempt = Field(default=1, description="how often the task was generated")
    revision: Attempt = Field(default=1, description="1 as generated, then one more a repair")
    origin: Origin = Field(default="fleet", description="who created the task that led here")


class CodegenCompleted(ArtifactFields):
    """A bundle is in the artifact store: generated, or repaired after a policy violation."""

    type: ClassVar[str] = "codegen.completed"

    files: int = Field(ge=1)
    made_by: Literal["templates", "model", "remediation"] = "templates"
