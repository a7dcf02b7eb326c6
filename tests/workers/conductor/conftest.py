"""A planned workflow, and the events that its workers would publish."""

from collections.abc import Callable
from typing import Any

import pytest

from schemas.base import Event
from schemas.deployment import DeploymentCompleted, DeploymentFailed, InfraProvisioned
from schemas.health import HealthVerified
from schemas.remediation import RemediationApplied, RemediationProposed
from schemas.task import TaskFailed
from schemas.tests import TestsFailed, TestsPassed
from schemas.workflow import PlannedTask
from workers.testing import EPOCH
from workers.workflow import TaskState, WorkflowState, start_ready

PLAN = (
    PlannedTask(task_id="t1", agent="codegen", part="service"),
    PlannedTask(task_id="t2", agent="codegen", part="infrastructure"),
    PlannedTask(task_id="t3", agent="codegen", part="delivery", depends_on=("t1",)),
    PlannedTask(task_id="t4", agent="deployment", depends_on=("t1", "t2", "t3")),
    PlannedTask(task_id="t5", agent="observability", depends_on=("t4",)),
)

_SERVICE = {"service_name": "user-service", "environment": "staging"}
_ARTIFACT = {**_SERVICE, "task_id": "t1", "artifact": f"artifacts/{'a' * 64}.tar.gz"}
_RELEASE = {**_SERVICE, "task_id": "t4", "deployment_id": "dep-1", "version": "v1"}
_PROPOSAL = {"kind": "advisory", "rule": "slo", "advice": "look at the logs"}

_DEFAULTS: dict[type[Event], dict[str, Any]] = {
    TestsPassed: {**_ARTIFACT, "summary": {"passed": 7}},
    TestsFailed: {
        **_ARTIFACT,
        "reason": "failed",
        "summary": {"passed": 5, "failed": 2},
        "tail": "E   assert 1 == 2",
        "fingerprint": "f-1",
    },
    TaskFailed: {"task_id": "t1", "agent": "codegen", "reason": "no such template"},
    InfraProvisioned: {**_RELEASE, "resources": ({"type": "process", "name": "api", "id": "1"},)},
    DeploymentCompleted: {**_RELEASE, "duration_seconds": 2.5, "endpoint": "http://127.0.0.1:9"},
    DeploymentFailed: {**_RELEASE, "reason": "never got healthy"},
    HealthVerified: {
        **_RELEASE,
        "endpoint": "http://127.0.0.1:9",
        "summary": "all is well",
        "checks": ({"name": "health", "ok": True},),
        "service_level": {
            "availability": 1.0,
            "availability_objective": 0.99,
            "p95_latency_ms": 3.0,
            "p95_latency_objective_ms": 500.0,
        },
    },
    RemediationApplied: {
        **_RELEASE,
        "action": "rollback",
        "attempt": 2,
        "endpoint": "http://127.0.0.1:9",
        "previous_version": "v0",
    },
    RemediationProposed: {**_RELEASE, "reason": "restarts do not help", "proposals": (_PROPOSAL,)},
}


@pytest.fixture
def planned() -> WorkflowState:
    """A workflow as the planner stores it: t1 and t2 are running."""
    state = WorkflowState(
        workflow_id="wf-1",
        created_by="request-1",
        created_at=EPOCH,
        requested_by="ada@example.com",
        service_name="user-service",
        tasks=tuple(TaskState(plan=task) for task in PLAN),
    )
    return start_ready(state, "request-1", EPOCH)


@pytest.fixture
def event() -> Callable[..., Any]:
    """Makes an event of the workflow, with some of its fields given."""

    def made(kind: type[Event], **fields: Any) -> Event:
        return kind.model_validate({"workflow_id": "wf-1", **_DEFAULTS[kind], **fields})

    return made
