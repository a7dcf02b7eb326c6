"""A delivered workflow as the stores keep it, and the bundles that it made."""

from datetime import timedelta
from typing import Any

import pytest

from schemas.workflow import PlannedTask
from workers.bundle import Bundle, Manifest, Repair, artifact_key, pack
from workers.testing import EPOCH, FakeArtifacts, FakeNotifications, FakeReports, FakeWorkflows
from workers.workflow import TaskState, WorkflowState

DIFF = "--- a/s3.tf\n+++ b/s3.tf\n-  public = true\n+  public = false\n"
SERVICE = Bundle(
    {"app/main.py": b""},
    Manifest(service_name="user-service", part="service", notes=("no model key is set",)),
)
INFRASTRUCTURE = Bundle(
    {"s3.tf": b""},
    Manifest(
        service_name="user-service",
        part="infrastructure",
        revision=2,
        made_by="remediation",
        notes=("no model key is set",),
        repairs=(
            Repair(
                rule="s3-public-access",
                severity="critical",
                message="the bucket avatars is public",
                path="s3.tf",
                diff=DIFF,
                revision=2,
            ),
        ),
    ),
)


class Stores:
    """Everything that the notifier needs, in memory."""

    def __init__(self) -> None:
        self.workflows, self.artifacts = FakeWorkflows(), FakeArtifacts()
        self.reports, self.notifications = FakeReports(), FakeNotifications()

    @property
    def ports(self) -> tuple[Any, ...]:
        return (self.workflows, self.artifacts, self.reports, self.notifications)


@pytest.fixture
async def stores() -> Stores:
    made = Stores()
    for bundle in (SERVICE, INFRASTRUCTURE):
        await made.artifacts.write(bundle)
    return made


def a_task(number: int, agent: str, status: str = "done", **fields: Any) -> TaskState:
    plan = PlannedTask.model_validate(
        {
            "task_id": f"t{number}",
            "agent": agent,
            "title": f"step {number}",
            "depends_on": [f"t{number - 1}"] if number > 1 else [],
        }
    )
    start = EPOCH + timedelta(seconds=number)
    return TaskState.model_validate(
        {
            "plan": plan,
            "status": status,
            "started_at": start,
            "ended_at": start + timedelta(seconds=1.5),
            **fields,
        }
    )


@pytest.fixture
def delivered() -> WorkflowState:
    """A workflow that the conductor has completed."""
    passed = {"passed": 7, "failed": 0, "errors": 0, "skipped": 1, "duration_seconds": 2.5}
    release = {
        "deployment_id": "dep-1",
        "version": "v1",
        "status": "success",
        "endpoint": "http://127.0.0.1:8000",
        "strategy": "rolling",
        "duration_seconds": 3.25,
        "resources": [{"type": "process", "name": "user-service", "id": "4711"}],
    }
    seen = {
        "summary": "2 checks passed",
        "attempt": 1,
        "checks": [
            {"name": "health", "ok": True, "detail": "200", "latency_ms": 3.0},
            {"name": "create", "ok": True, "detail": "201", "latency_ms": 4.0},
        ],
        "service_level": {
            "availability": 1.0,
            "availability_objective": 0.99,
            "p95_latency_ms": 4.0,
            "p95_latency_objective_ms": 500.0,
        },
        "openapi": f"artifacts/{'e' * 64}.tar.gz",
    }
    return WorkflowState(
        workflow_id="wf-1",
        status="completed",
        request="Create a user-service",
        requested_by="ada@example.com",
        service_name="user-service",
        planned_by="rules",
        notes=("planned by rules: no model key is set",),
        created_by="request-1",
        created_at=EPOCH,
        closed_at=EPOCH + timedelta(seconds=20),
        tasks=(
            a_task(
                1,
                "codegen",
                artifact=artifact_key(pack(SERVICE)),
                evidence={"summary": passed, "revision": 1},
            ),
            a_task(
                2,
                "codegen",
                artifact=artifact_key(pack(INFRASTRUCTURE)),
                evidence={"summary": passed, "revision": 2},
            ),
            a_task(3, "deployment", evidence=release),
            a_task(4, "observability", evidence=seen),
        ),
    )
