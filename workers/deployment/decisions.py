"""What is deployed, under which names, and what came of it. Pure."""

import hashlib
from collections.abc import Sequence
from datetime import datetime, timedelta

from pydantic import ConfigDict, ValidationError

from schemas.deployment import (
    DeploymentCompleted,
    DeploymentFailed,
    InfraProvisioned,
    ProvisionedResource,
    SmokePlan,
)
from schemas.task import TaskCreated
from workers.bundle import Bundle, Manifest, artifact_key, pack
from workers.ports import DeploymentRecord, Release, ReleaseFailed, Running

SMOKE = "deploy/smoke.json"
NOTHING = "none"
NO_BUNDLE = Bundle({}, Manifest(service_name="none", part="service"))


class _SmokeFile(SmokePlan):
    """The plan as a bundle writes it: a misspelt field must not become a default."""

    model_config = ConfigDict(extra="forbid")


def merged(service_name: str, bundles: Sequence[Bundle]) -> Bundle:
    """One bundle with the files of all. Raises ReleaseFailed where two disagree about a file.

    Its manifest says nothing of how the parts came to be, so that equal files make equal bundles.
    """
    files: dict[str, bytes] = {}
    for bundle in bundles:
        for path, content in bundle.files.items():
            if files.setdefault(path, content) != content:
                raise ReleaseFailed(f"two artifacts hold different versions of {path}")
    return Bundle(files, Manifest(service_name=service_name, part="service"))


def release(event: TaskCreated, event_id: str, bundle: Bundle) -> Release:
    """The same event is the same deployment; the same files are the same version."""
    return Release(
        deployment_id=f"dep-{hashlib.sha256(event_id.encode()).hexdigest()[:12]}",
        service_name=event.service_name,
        environment=event.environment,
        version=_version(bundle),
    )


def smoke_plan(bundle: Bundle) -> SmokePlan | None:
    """How the bundle wants to be exercised. Raises ReleaseFailed for one that does not fit."""
    if SMOKE not in bundle.files:
        return None
    try:
        found = _SmokeFile.model_validate_json(bundle.files[SMOKE])
    except ValidationError as error:
        problems = error.errors(include_url=False, include_input=False)
        wrong = "; ".join(f"{'.'.join(map(str, p['loc']))}: {p['msg']}" for p in problems)
        raise ReleaseFailed(f"{SMOKE} does not fit its schema: {wrong}") from error
    return SmokePlan.model_validate(found.model_dump())


def provisioned(
    event: TaskCreated, made: Release, resources: tuple[ProvisionedResource, ...]
) -> InfraProvisioned:
    """What the release needs is there."""
    return InfraProvisioned.model_validate({**_about(event, made), "resources": resources})


def completed(
    event: TaskCreated, running: Running, took: timedelta, smoke: SmokePlan | None
) -> DeploymentCompleted:
    """The release takes the traffic."""
    return DeploymentCompleted.model_validate(
        {
            **_about(event, running.release),
            "duration_seconds": took.total_seconds(),
            "endpoint": running.endpoint,
            "previous_version": running.previous_version,
            "smoke": smoke,
        }
    )


def failed(
    event: TaskCreated, made: Release, took: timedelta, failure: ReleaseFailed
) -> DeploymentFailed:
    """The release does not take the traffic; what it replaces still does."""
    return DeploymentFailed.model_validate(
        {
            **_about(event, made),
            "reason": str(failure),
            "duration_seconds": took.total_seconds(),
            "rolled_back_to": failure.rolled_back_to,
        }
    )


def record(outcome: DeploymentCompleted | DeploymentFailed, time: datetime) -> DeploymentRecord:
    """The row of the history; with the event's time, it is the same row on every delivery."""
    return DeploymentRecord(
        deployment_id=outcome.deployment_id,
        timestamp=time,
        workflow_id=outcome.workflow_id,
        service_name=outcome.service_name,
        environment=outcome.environment,
        version=outcome.version,
        status=outcome.status,
        detail=_detail(outcome),
    )


def _detail(outcome: DeploymentCompleted | DeploymentFailed) -> str:
    if isinstance(outcome, DeploymentFailed):
        return outcome.reason
    return outcome.endpoint or "no endpoint"


def _version(bundle: Bundle) -> str:
    if not bundle.files:
        return NOTHING
    digest = artifact_key(pack(bundle)).removeprefix("artifacts/")
    return f"v0.1.0-{digest[:8]}"


def _about(event: TaskCreated, made: Release) -> dict[str, object]:
    return {
        "deployment_id": made.deployment_id,
        "workflow_id": event.workflow_id,
        "task_id": event.task_id,
        "service_name": made.service_name,
        "environment": made.environment,
        "version": made.version,
    }
