"""A release on its way to an environment."""

from typing import ClassVar, Literal

from pydantic import Field, JsonValue

from schemas.base import Event, Value
from schemas.identifiers import DeploymentId, Environment, Origin, ServiceName, TaskId, WorkflowId

Strategy = Literal["rolling"]


class DeploymentFields(Event):
    """Which release of which service goes where."""

    deployment_id: DeploymentId
    workflow_id: WorkflowId
    task_id: TaskId | None = None
    service_name: ServiceName
    environment: Environment
    version: str = Field(max_length=100)
    origin: Origin = Field(default="fleet", description="who created the task that led here")


class ProvisionedResource(Value):
    """One resource that exists now."""

    type: str
    name: str
    id: str


class SmokePlan(Value):
    """How the service is exercised from outside: one record's life in one collection."""

    collection: str = Field(pattern=r"^/[A-Za-z0-9/_-]*$", max_length=200)
    create: dict[str, JsonValue]
    update: dict[str, JsonValue]
    update_method: Literal["PATCH", "PUT"] = "PATCH"


class InfraProvisioned(DeploymentFields):
    """What the release needs is there."""

    type: ClassVar[str] = "infra.provisioned"

    resources: tuple[ProvisionedResource, ...] = ()


class DeploymentCompleted(DeploymentFields):
    """The release passed its health gate and takes the traffic."""

    type: ClassVar[str] = "deployment.completed"

    status: Literal["success"] = "success"
    duration_seconds: float = Field(ge=0)
    argocd_sync_id: str | None = None
    strategy: Strategy = "rolling"
    endpoint: str | None = Field(default=None, description="base URL of the release, if known")
    previous_version: str | None = None
    smoke: SmokePlan | None = Field(default=None, description="absent: nothing but `/health`")


class DeploymentFailed(DeploymentFields):
    """The release did not pass its health gate; what ran before runs still."""

    type: ClassVar[str] = "deployment.failed"

    status: Literal["failed"] = "failed"
    reason: str
    duration_seconds: float = Field(default=0.0, ge=0)
    rolled_back_to: str | None = None
