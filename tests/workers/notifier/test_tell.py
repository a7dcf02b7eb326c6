"""The report and the message of a closed workflow."""

from datetime import timedelta
from typing import Any

import pytest

from events.routes import ROUTES
from schemas.workflow import WorkflowCompleted, WorkflowFailed
from workers.notifier import on_workflow_completed, on_workflow_failed
from workers.notifier.report import DeliveryReport
from workers.ports import Reject
from workers.runtime.handlers import load
from workers.testing import EPOCH
from workers.workflow import WorkflowState

COMPLETED = WorkflowCompleted(
    workflow_id="wf-1",
    service_name="user-service",
    environment="staging",
    requested_by="ada@example.com",
    tasks=4,
    duration_seconds=20.0,
)


def test_each_route_has_its_handler_with_the_ports_that_it_needs() -> None:
    found = {r.event.type: len(load(r).ports) for r in ROUTES if r.worker == "notifier"}

    assert found == {
        "workflow.completed": 4,
        "workflow.failed": 4,
        "migration.completed": 1,
        "migration.failed": 1,
    }


async def written(stores: Any, workflow_id: str = "wf-1") -> tuple[DeliveryReport, str]:
    files = await stores.reports.read(workflow_id)
    assert set(files) == {"delivery-report.md", "delivery-report.json"}
    report = DeliveryReport.model_validate_json(files["delivery-report.json"])
    return report, files["delivery-report.md"].decode()


async def test_a_delivered_workflow_is_reported_in_full(
    stores: Any, delivered: WorkflowState
) -> None:
    await stores.workflows.create(delivered)
    await on_workflow_completed.handle(COMPLETED, *stores.ports)
    report, markdown = await written(stores)

    assert (report.outcome, report.duration_seconds) == ("completed", 20.0)
    assert (report.violations_found, report.violations_repaired) == (1, 1)
    assert report.repairs[0].diff.endswith("+  public = false\n")
    assert (report.tests.passed, report.tests.skipped, report.tests.duration_seconds) == (14, 2, 5)
    assert [(t.task_id, t.duration_seconds, t.revision) for t in report.tasks] == [
        ("t1", 1.5, 1),
        ("t2", 1.5, 2),
        ("t3", 1.5, None),
        ("t4", 1.5, None),
    ]
    assert report.notes == ("planned by rules: no model key is set", "no model key is set")
    assert report.deployment is not None and report.deployment.endpoint == "http://127.0.0.1:8000"
    assert report.health is not None and report.health.service_level is not None

    for shown in (
        "# Delivery report: user-service",
        "```text\nCreate a user-service\n```",
        "| `t2` | done | 2026-11-02 09:00:02 UTC | 2026-11-02 09:00:03 UTC | 1.5 s | 1 | 2 | "
        "remediation |",
        "Found 1, repaired 1.",
        "```diff\n--- a/s3.tf\n+++ b/s3.tf\n-  public = true\n+  public = false\n```",
        "| **all** | 14 | 0 | 0 | 2 | 5.0 s |",
        "| Endpoint | `http://127.0.0.1:8000` |",
        "| p95 latency | 500 ms | 4 ms |",
        "- Note: planned by rules: no model key is set",
    ):
        assert shown in markdown
    assert "Why it failed" not in markdown


async def test_the_person_is_told_after_the_report_is_stored(
    stores: Any, delivered: WorkflowState
) -> None:
    await stores.workflows.create(delivered)
    await on_workflow_completed.handle(COMPLETED, *stores.ports)
    [note] = stores.notifications.sent
    assert (note.recipient, note.outcome) == ("ada@example.com", "completed")
    assert note.subject == "user-service is delivered to staging"
    assert note.text.splitlines() == [
        "4 tasks done in 20.0 s",
        "Endpoint: http://127.0.0.1:8000",
        "Violations: 1 found, 1 repaired",
        "Tests: 14 passed, 0 failed",
        "Health: 2 checks passed",
        "Report: delivery-report.md of workflow wf-1",
    ]


async def test_the_same_event_writes_the_same_report(stores: Any, delivered: WorkflowState) -> None:
    await stores.workflows.create(delivered)
    await on_workflow_completed.handle(COMPLETED, *stores.ports)
    first = await stores.reports.read("wf-1")
    await on_workflow_completed.handle(COMPLETED, *stores.ports)
    assert await stores.reports.read("wf-1") == first


async def test_a_request_that_nobody_could_plan_is_reported_from_its_event(stores: Any) -> None:
    failed = WorkflowFailed(
        workflow_id="wf-9",
        reason="the request names no service",
        requested_by="ada",
        missing=("service_name",),
        example="Create a service called user-service",
    )
    await on_workflow_failed.handle(failed, *stores.ports)
    report, markdown = await written(stores, "wf-9")
    assert (report.outcome, report.missing, report.tasks) == ("failed", ("service_name",), ())
    assert "- Field `service_name`" in markdown
    assert "```text\nCreate a service called user-service\n```" in markdown
    [note] = stores.notifications.sent
    assert note.subject == "wf-9 failed: the request names no service"
    assert "Try: Create a service called user-service" in note.text


async def test_a_failed_workflow_shows_what_stopped_it_and_what_a_person_could_do(
    stores: Any, delivered: WorkflowState
) -> None:
    violation = {"severity": "high", "rule": "iam-star", "message": "too wide", "path": "iam.tf"}
    proposal = {
        "kind": "assisted",
        "rule": "iam-star",
        "advice": "name the actions",
        "path": "iam.tf",
        "patch": "-*\n+s3:GetObject",
    }
    lost = delivered.tasks[1].model_copy(
        update={
            "status": "failed",
            "artifact": None,
            "reason": "beyond repair",
            "evidence": {"violations": [violation], "proposals": [proposal]},
        }
    )
    state = delivered.model_copy(
        update={"status": "failed", "tasks": (delivered.tasks[0], lost), "reason": "beyond repair"}
    )
    await stores.workflows.create(state)
    event = WorkflowFailed(
        workflow_id="wf-1", reason="t2: beyond repair", service_name="user-service"
    )
    await on_workflow_failed.handle(event, *stores.ports)
    report, markdown = await written(stores)
    assert (report.violations_found, report.violations_repaired) == (1, 0)
    assert "| `t2` | `iam-star` | high | `iam.tf` | too wide |" in markdown
    assert "### `iam-star` in `iam.tf` (apply after approval)" in markdown
    assert "```diff\n-*\n+s3:GetObject\n```" in markdown
    assert "## Deployment" not in markdown and "## Health" not in markdown


async def test_rejected_rounds_are_told_with_the_last_output_and_no_secret(
    stores: Any, delivered: WorkflowState
) -> None:
    rounds = [
        {"iteration": n, "reason": "failed", "summary": {"passed": 3, "failed": n}} for n in (1, 2)
    ]
    lost = delivered.tasks[0].model_copy(
        update={
            "status": "failed",
            "evidence": {"failed_rounds": rounds},
            "feedback": "E  assert 1 == 2\npassword=hunter2",
        }
    )
    await stores.workflows.create(delivered.model_copy(update={"tasks": (lost,)}))
    event = WorkflowFailed(workflow_id="wf-1", reason="tests failed: api_key=hunter2")
    await on_workflow_failed.handle(event, *stores.ports)
    report, markdown = await written(stores)
    assert (report.tests.passed, report.tests.failed) == (3, 2)
    assert "Round 2 of `t1` was rejected by its own tests (failed: 2 failed, 0 errors)." in markdown
    assert "E  assert 1 == 2" in markdown
    for text in (markdown, report.model_dump_json(), stores.notifications.sent[0].text):
        assert "hunter2" not in text


async def test_nobody_is_told_of_a_report_that_could_not_be_written(
    stores: Any, delivered: WorkflowState
) -> None:
    await stores.workflows.create(delivered)
    stores.artifacts.packed.clear()
    with pytest.raises(Reject):
        await on_workflow_completed.handle(COMPLETED, *stores.ports)
    assert stores.notifications.sent == []


async def test_a_task_that_never_started_and_clocks_that_disagree_are_no_trouble(
    stores: Any, delivered: WorkflowState
) -> None:
    waiting = delivered.tasks[0].model_copy(
        update={"started_at": None, "ended_at": None, "artifact": None, "evidence": {}}
    )
    state = delivered.model_copy(
        update={"tasks": (waiting,), "closed_at": EPOCH - timedelta(hours=1)}
    )
    await stores.workflows.create(state)
    await on_workflow_completed.handle(COMPLETED, *stores.ports)
    report, markdown = await written(stores)
    assert (report.duration_seconds, report.tasks[0].duration_seconds) == (0.0, None)
    assert "| `t1` | done | – | – | – | 1 | – | – |" in markdown
