"""What was done, or should be done, about an anomaly."""

from typing import ClassVar, Literal

from pydantic import Field

from schemas.deployment import DeploymentFields, SmokePlan
from schemas.identifiers import Attempt
from schemas.task import Proposal


class RemediationApplied(DeploymentFields):
    """The fleet acted by itself. After a restart the release is looked at again."""

    type: ClassVar[str] = "remediation.applied"

    action: Literal["restart", "rollback"]
    attempt: Attempt
    endpoint: str
    detail: str = ""
    previous_version: str | None = None
    smoke: SmokePlan | None = Field(default=None, description="for the look after a restart")


class RemediationProposed(DeploymentFields):
    """Nothing more is done without a person."""

    type: ClassVar[str] = "remediation.proposed"

    proposals: tuple[Proposal, ...] = Field(min_length=1)
    reason: str
