"""What a task keeps of the events that moved it, for the report. Pure."""

from collections.abc import Mapping
from types import MappingProxyType

from schemas.base import Event
from schemas.codegen import ArtifactFields
from schemas.deployment import DeploymentCompleted, DeploymentFailed, InfraProvisioned
from schemas.health import HealthVerified
from schemas.remediation import RemediationApplied, RemediationProposed
from schemas.task import TaskFailed
from schemas.tests import TestsFailed, TestsPassed
from workers.redaction import redacted
from workers.workflow import TaskState

# What `task.created` takes; a mark may be longer than the secret that it stands for.
_FEEDBACK_LIMIT = 8000

_DEPLOYMENT = frozenset({"deployment_id", "version"})
_ATTEMPT = frozenset({"endpoint", "attempt"})

# The fields of an event that its task keeps under their own names.
_KEPT: Mapping[type[Event], frozenset[str]] = MappingProxyType(
    {
        TestsPassed: frozenset({"summary", "revision"}),
        TaskFailed: frozenset({"violations", "proposals"}),
        InfraProvisioned: frozenset({"resources"}),
        DeploymentCompleted: _DEPLOYMENT
        | {"status", "endpoint", "strategy", "duration_seconds", "previous_version"},
        DeploymentFailed: _DEPLOYMENT | {"status", "duration_seconds", "rolled_back_to"},
        HealthVerified: _ATTEMPT | {"summary", "checks", "service_level", "openapi"},
        RemediationApplied: _ATTEMPT | {"action", "detail", "previous_version"},
        RemediationProposed: frozenset({"proposals"}),
    }
)


def with_evidence(task: TaskState, event: Event) -> TaskState:
    """The task with what the event says about it, and with the artifact that it names."""
    kept = event.model_dump(mode="json", include=set(_KEPT.get(type(event), frozenset())))
    update: dict[str, object] = {"evidence": {**task.evidence, **kept}}
    if isinstance(event, ArtifactFields):
        update["artifact"] = event.artifact
    return task.model_copy(update=update)


def with_failed_round(task: TaskState, event: TestsFailed) -> TaskState:
    """The task with one more round of tests that rejected its artifact."""
    failed_round = {
        "iteration": event.iteration,
        "reason": event.reason,
        "summary": event.summary.model_dump(mode="json"),
        "fingerprint": event.fingerprint,
    }
    rounds = [*task.evidence.get("failed_rounds", ()), failed_round]
    return task.model_copy(
        update={
            "artifact": event.artifact,
            "fingerprint": event.fingerprint,
            "feedback": redacted(event.tail)[-_FEEDBACK_LIMIT:],
            "evidence": {**task.evidence, "failed_rounds": rounds},
        }
    )
