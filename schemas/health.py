"""A release was looked at from outside."""

from typing import ClassVar

from pydantic import Field

from schemas.base import Value
from schemas.deployment import DeploymentFields
from schemas.identifiers import ArtifactKey, Attempt


class HealthCheck(Value):
    """One request, or one round trip of requests, against a release."""

    name: str
    ok: bool
    detail: str = ""
    latency_ms: float = Field(default=0.0, ge=0)


class ServiceLevel(Value):
    """What was measured, beside what was promised."""

    availability: float = Field(ge=0, le=1, description="share of requests that succeeded")
    availability_objective: float = Field(ge=0, le=1)
    p95_latency_ms: float = Field(ge=0)
    p95_latency_objective_ms: float = Field(gt=0)


class HealthFields(DeploymentFields):
    """The evidence of one look at a release."""

    endpoint: str
    checks: tuple[HealthCheck, ...] = Field(min_length=1)
    service_level: ServiceLevel
    attempt: Attempt = 1


class HealthVerified(HealthFields):
    """Every check passed and the service level objectives hold."""

    type: ClassVar[str] = "health.verified"

    summary: str
    openapi: ArtifactKey | None = Field(default=None, description="the running app's own document")
