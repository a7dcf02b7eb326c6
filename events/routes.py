"""The one table: which worker consumes which event, and what it may publish.

Rules, inboxes, queues, dead-letter queues, processes, trust and documentation all follow from it.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from functools import cached_property
from types import MappingProxyType

from events.recovery import Recovery, Retry
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

SOURCE_PREFIX = "agentic-framework."


# Without slots, so that what follows from its fields is worked out once.
@dataclass(frozen=True, kw_only=True)
class Route:
    """One row: an event type and a filter, the worker that consumes it, and what may follow.

    `trusts` names the workers whose events are believed; empty means that any source may publish.
    `ordered_by` names the field whose value is the message group; None means no order at all.
    `attempts` counts receives, the first included. `pure` says that the handler's answer follows
    from its event and from what never changes, and that it has no other effect: then the ledger is
    spared, and an event that comes twice is handled twice. `on_error` says what else is done about
    an exception, by the name of its class or of one that it derives from.
    """

    event: type[Event]
    worker: str
    publishes: tuple[type[Event], ...] = ()
    where: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    trusts: tuple[str, ...] = ()
    ordered_by: str | None = "workflow_id"
    timeout: timedelta = timedelta(seconds=30)
    attempts: int = 5
    concurrency: int = 4
    pure: bool = False
    on_error: Mapping[str, Recovery] = field(default_factory=lambda: MappingProxyType({}))

    @cached_property
    def name(self) -> str:
        """Unique, and short enough for a queue name (80 characters, `.fifo` included)."""
        return f"{self.worker}-on-{self.event.type.replace('.', '-')}"

    @property
    def module(self) -> str:
        """Where the handler lives: the subscription is the path."""
        return f"workers.{self.worker}.on_{self.event.type.replace('.', '_')}"

    @cached_property
    def most_attempts(self) -> int:
        """The most tries that a message gets, whatever it fails with."""
        recoveries = self.on_error.values()
        retries = (each.attempts for each in recoveries if isinstance(each, Retry))
        return max(self.attempts, *retries, 0)

    @cached_property
    def sources(self) -> tuple[str, ...]:
        """The EventBridge sources that this route believes; empty means any."""
        return tuple(source(worker) for worker in self.trusts)


def source(worker: str) -> str:
    """The EventBridge source of a worker's events."""
    return SOURCE_PREFIX + worker


ROUTES: tuple[Route, ...] = (
    Route(
        event=WorkflowRequested,
        worker="planner",
        publishes=(WorkflowCreated, TaskCreated, WorkflowFailed),
        ordered_by=None,
        timeout=timedelta(seconds=60),
    ),
    Route(
        event=TaskCreated,
        where=MappingProxyType({"agent": "codegen"}),
        worker="codegen",
        publishes=(CodegenCompleted, TaskFailed),
    ),
    Route(
        event=CodegenCompleted,
        worker="policy",
        trusts=("codegen", "remediation"),
        publishes=(PolicyValidated, PolicyViolated),
    ),
    Route(
        event=PolicyViolated,
        worker="remediation",
        trusts=("policy",),
        publishes=(CodegenCompleted, TaskFailed),
    ),
    Route(
        event=PolicyValidated,
        worker="tester",
        trusts=("policy",),
        publishes=(TestsPassed, TestsFailed),
        timeout=timedelta(seconds=180),
        concurrency=2,
    ),
    Route(
        event=TaskCreated,
        where=MappingProxyType({"agent": "deployment"}),
        worker="deployment",
        publishes=(InfraProvisioned, DeploymentCompleted, DeploymentFailed),
        timeout=timedelta(seconds=180),
    ),
    Route(
        event=DeploymentCompleted,
        worker="observability",
        trusts=("deployment",),
        publishes=(HealthVerified, AnomalyDetected),
        timeout=timedelta(seconds=60),
    ),
    Route(
        event=AnomalyDetected,
        worker="remediation",
        trusts=("observability",),
        publishes=(RemediationApplied, RemediationProposed),
        timeout=timedelta(seconds=120),
    ),
    Route(
        event=RemediationApplied,
        where=MappingProxyType({"action": "restart"}),
        worker="observability",
        trusts=("remediation",),
        publishes=(HealthVerified, AnomalyDetected),
        timeout=timedelta(seconds=60),
    ),
    Route(
        event=TestsPassed,
        worker="conductor",
        trusts=("tester",),
        publishes=(TaskCreated, WorkflowCompleted),
    ),
    Route(
        event=TestsFailed,
        worker="conductor",
        trusts=("tester",),
        publishes=(TaskCreated, WorkflowFailed),
    ),
    Route(
        event=TaskFailed,
        worker="conductor",
        trusts=("codegen", "remediation"),
        publishes=(WorkflowFailed,),
    ),
    Route(event=InfraProvisioned, worker="conductor", trusts=("deployment",)),
    Route(
        event=DeploymentCompleted,
        worker="conductor",
        trusts=("deployment",),
        publishes=(TaskCreated, WorkflowCompleted),
    ),
    Route(
        event=DeploymentFailed,
        worker="conductor",
        trusts=("deployment",),
        publishes=(WorkflowFailed,),
    ),
    Route(
        event=HealthVerified,
        worker="conductor",
        trusts=("observability",),
        publishes=(TaskCreated, WorkflowCompleted),
    ),
    Route(
        event=RemediationApplied,
        where=MappingProxyType({"action": "rollback"}),
        worker="conductor",
        trusts=("remediation",),
        publishes=(WorkflowFailed,),
    ),
    Route(
        event=RemediationProposed,
        worker="conductor",
        trusts=("remediation",),
        publishes=(WorkflowFailed,),
    ),
    Route(event=WorkflowCompleted, worker="notifier", trusts=("conductor",)),
    Route(event=WorkflowFailed, worker="notifier", trusts=("planner", "conductor")),
    Route(
        event=MigrationRequested,
        worker="migration",
        publishes=(MigrationCompleted, MigrationFailed),
        ordered_by=None,
        timeout=timedelta(minutes=5),
        attempts=3,
        concurrency=2,
    ),
    Route(event=MigrationCompleted, worker="notifier", trusts=("migration",)),
    Route(event=MigrationFailed, worker="notifier", trusts=("migration",)),
)
