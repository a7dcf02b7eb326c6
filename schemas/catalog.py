"""Every event by its wire name."""

from types import MappingProxyType

from schemas.anomaly import AnomalyDetected
from schemas.base import Event
from schemas.codegen import CodegenCompleted
from schemas.deployment import DeploymentCompleted, DeploymentFailed, InfraProvisioned
from schemas.health import HealthVerified
from schemas.migration import MigrationCompleted, MigrationFailed, MigrationRequested
from schemas.policy import PolicyValidated, PolicyViolated
from schemas.remediation import RemediationApplied, RemediationProposed
from schemas.task import TaskCreated, TaskFailed
from schemas.tests import TestsFailed, TestsPassed
from schemas.workflow import (
    WorkflowCompleted,
    WorkflowCreated,
    WorkflowFailed,
    WorkflowRequested,
)

EVENTS: tuple[type[Event], ...] = (
    WorkflowRequested,
    WorkflowCreated,
    WorkflowCompleted,
    WorkflowFailed,
    TaskCreated,
    TaskFailed,
    CodegenCompleted,
    PolicyValidated,
    PolicyViolated,
    TestsPassed,
    TestsFailed,
    InfraProvisioned,
    DeploymentCompleted,
    DeploymentFailed,
    HealthVerified,
    AnomalyDetected,
    RemediationApplied,
    RemediationProposed,
    MigrationRequested,
    MigrationCompleted,
    MigrationFailed,
)

CATALOG = MappingProxyType({event.type: event for event in EVENTS})
