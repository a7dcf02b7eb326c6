"""A release does not behave."""

from typing import ClassVar, Literal

from pydantic import Field

from schemas.deployment import SmokePlan
from schemas.health import HealthFields


class AnomalyDetected(HealthFields):
    """At least one check failed, or an objective is missed."""

    type: ClassVar[str] = "anomaly.detected"

    kind: Literal["unreachable", "unhealthy", "wrong_answers", "too_slow"]
    description: str
    previous_version: str | None = Field(default=None, description="what a rollback would restore")
    smoke: SmokePlan | None = Field(default=None, description="for the look after a restart")
