"""The report of a workflow from its state, its bundles' manifests and the closing event. Pure."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from schemas.tests import TestSummary
from schemas.workflow import WorkflowCompleted, WorkflowFailed
from workers.bundle import Manifest
from workers.notifier.report import (
    DeliveryReport,
    DeploymentReport,
    HealthReport,
    OpenViolation,
    RepairReport,
    TaskReport,
)
from workers.redaction import redacted
from workers.workflow import TaskState, WorkflowState

Closed = WorkflowCompleted | WorkflowFailed
Manifests = Mapping[str, Manifest]


def compose(event: Closed, state: WorkflowState | None, manifests: Manifests) -> DeliveryReport:
    """The report; `manifests` by artifact key.

    A request that nobody could plan has no state: its event says it all.
    """
    tasks = state.tasks if state else ()
    repairs, violations = _repairs(tasks, manifests), _violations(tasks)
    return DeliveryReport.model_validate(
        {
            **_header(event, state),
            **_ending(event),
            "notes": _notes(state, manifests),
            "tasks": [_task(task, manifests) for task in tasks],
            "violations_found": len(repairs) + len(violations),
            "violations_repaired": len(repairs),
            "repairs": repairs,
            "violations": violations,
            "proposals": [p for task in tasks for p in task.evidence.get("proposals", ())],
            "tests": _total(filter(None, map(_tests, tasks))),
            "deployment": _evidence_of(tasks, "deployment", DeploymentReport),
            "health": _evidence_of(tasks, "observability", HealthReport),
        }
    )


def _header(event: Closed, state: WorkflowState | None) -> dict[str, Any]:
    known = {"workflow_id": event.workflow_id, "requested_by": event.requested_by}
    if state is None:
        return {**known, "service_name": event.service_name}
    return {
        **known,
        **state.model_dump(
            include={
                "request",
                "service_name",
                "environment",
                "planned_by",
                "created_at",
                "closed_at",
            }
        ),
        "duration_seconds": _seconds(state.created_at, state.closed_at),
    }


def _ending(event: Closed) -> dict[str, Any]:
    if isinstance(event, WorkflowCompleted):
        return {"outcome": "completed"}
    return {
        "outcome": "failed",
        "reason": redacted(event.reason),
        "missing": event.missing,
        "example": event.example,
    }


def _notes(state: WorkflowState | None, manifests: Manifests) -> list[str]:
    """What the planner and the makers of the bundles want a reader to know, each once."""
    planned = list(state.notes) if state else []
    made = [note for manifest in manifests.values() for note in manifest.notes]
    return list(dict.fromkeys([*planned, *made]))


def _task(task: TaskState, manifests: Manifests) -> TaskReport:
    manifest = manifests.get(task.artifact or "")
    return TaskReport.model_validate(
        {
            **task.plan.model_dump(include={"task_id", "agent", "title", "part", "depends_on"}),
            **task.model_dump(
                include={"status", "iteration", "started_at", "ended_at", "artifact"}
            ),
            "duration_seconds": _seconds(task.started_at, task.ended_at),
            "revision": manifest.revision if manifest else None,
            "made_by": manifest.made_by if manifest else None,
            "tests": _tests(task),
            "failed_rounds": task.evidence.get("failed_rounds", ()),
            "output": redacted(task.feedback),
            "reason": redacted(task.reason) if task.reason else None,
        }
    )


def _repairs(tasks: Iterable[TaskState], manifests: Manifests) -> list[RepairReport]:
    return [
        RepairReport(task_id=task.plan.task_id, **repair.model_dump())
        for task in tasks
        if task.artifact and task.artifact in manifests
        for repair in manifests[task.artifact].repairs
    ]


def _violations(tasks: Iterable[TaskState]) -> list[OpenViolation]:
    return [
        OpenViolation(task_id=task.plan.task_id, violation=violation)
        for task in tasks
        for violation in task.evidence.get("violations", ())
    ]


def _tests(task: TaskState) -> TestSummary | None:
    """What the tests of the task's last iteration counted, passed or not."""
    if task.plan.agent != "codegen":
        return None
    rounds = task.evidence.get("failed_rounds", ())
    summary = task.evidence.get("summary") or (rounds[-1]["summary"] if rounds else None)
    return TestSummary.model_validate(summary) if summary else None


def _total(summaries: Iterable[TestSummary]) -> TestSummary:
    counted = list(summaries)
    totals = {name: sum(getattr(s, name) for s in counted) for name in TestSummary.model_fields}
    return TestSummary.model_validate(totals)


def _evidence_of(
    tasks: Iterable[TaskState], agent: str, form: type[DeploymentReport | HealthReport]
) -> DeploymentReport | HealthReport | None:
    """What the last task of an agent left behind, if anything."""
    kept = [task.evidence for task in tasks if task.plan.agent == agent and task.evidence]
    return form.model_validate(kept[-1]) if kept else None


def _seconds(start: datetime | None, end: datetime | None) -> float | None:
    # Two machines' clocks: a small negative difference is none.
    return max((end - start).total_seconds(), 0.0) if start and end else None
