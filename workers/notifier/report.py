"""The delivery report: how a workflow went, field by field. `delivery-report.json` is this model.

Field names stay; a reader of format 1 ignores fields that it does not know.
"""

from datetime import datetime
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from schemas.deployment import ProvisionedResource
from schemas.health import HealthCheck, ServiceLevel
from schemas.policy import Violation
from schemas.task import Proposal
from schemas.tests import TestSummary
from workers.workflow import TaskStatus


class Part(BaseModel):
    """A part of the report."""

    model_config = ConfigDict(frozen=True)


class FailedRound(Part):
    """One iteration of a task whose own tests rejected it."""

    iteration: int
    reason: str
    summary: TestSummary


class TaskReport(Part):
    """One task of the plan and its fate."""

    task_id: str
    agent: str
    title: str
    part: str | None = Field(description="which bundle a codegen task made")
    depends_on: tuple[str, ...]
    status: TaskStatus
    iteration: int
    revision: int | None = Field(description="1 as generated, then one more a repair")
    started_at: datetime | None
    ended_at: datetime | None
    duration_seconds: float | None
    artifact: str | None
    made_by: str | None = Field(description="templates, a model, or remediation")
    tests: TestSummary | None
    failed_rounds: tuple[FailedRound, ...] = ()
    output: str = Field(default="", description="end of the last failed test run")
    reason: str | None = None


class RepairReport(Part):
    """A violation that the fleet found and repaired by itself."""

    task_id: str
    rule: str
    severity: str
    message: str
    path: str
    revision: int
    diff: str


class OpenViolation(Part):
    """A violation that stopped a task."""

    task_id: str
    violation: Violation


class DeploymentReport(Part):
    """The release and where it runs."""

    deployment_id: str | None = None
    version: str | None = None
    status: str | None = None
    endpoint: str | None = None
    strategy: str | None = None
    duration_seconds: float | None = None
    previous_version: str | None = None
    rolled_back_to: str | None = None
    resources: tuple[ProvisionedResource, ...] = ()


class HealthReport(Part):
    """What was seen from outside."""

    summary: str | None = None
    attempt: int = 1
    checks: tuple[HealthCheck, ...] = ()
    service_level: ServiceLevel | None = None
    openapi: str | None = Field(default=None, description="artifact key of the app's document")


class DeliveryReport(Part):
    """A closed workflow, from the request to the health check."""

    format: Literal["flotilla.delivery-report/1"] = "flotilla.delivery-report/1"
    workflow_id: str
    outcome: Literal["completed", "failed"]
    request: str = ""
    requested_by: str
    service_name: str | None
    environment: str | None = None
    planned_by: str | None = None
    notes: tuple[str, ...] = ()
    created_at: datetime | None = None
    closed_at: datetime | None = None
    duration_seconds: float | None = None
    reason: str | None = Field(default=None, description="why the workflow failed")
    missing: tuple[str, ...] = Field(default=(), description="what a request left open")
    example: str | None = Field(default=None, description="a request that would have worked")
    tasks: tuple[TaskReport, ...] = ()
    violations_found: int = 0
    violations_repaired: int = 0
    repairs: tuple[RepairReport, ...] = ()
    violations: tuple[OpenViolation, ...] = Field(default=(), description="not repaired")
    proposals: tuple[Proposal, ...] = Field(default=(), description="what a person could do")
    tests: TestSummary = Field(description="over all tasks")
    deployment: DeploymentReport | None = None
    health: HealthReport | None = None
