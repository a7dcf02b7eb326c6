"""A release does not behave."""

from typing import ClassVar, Literal

from pydantic import Field

from schemas.health import HealthFields


class AnomalyDetected(HealthFields):
    """At least one check failed, or an objective is missed."""

    type: ClassVar[str] = "anomaly.detected"

    kind: Literal["unreachable", "unhealthy", "wrong_answers", "too_slow"]
    description: str
    previous_version: str | None = Field(default=None, description="what a rollback would restore")
