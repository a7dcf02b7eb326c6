"""What each event does to a workflow."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from schemas.deployment import DeploymentCompleted, DeploymentFailed, InfraProvisioned
from schemas.health import HealthVerified
from schemas.remediation import RemediationApplied, RemediationProposed
from schemas.task import TaskFailed
from schemas.tests import TestsFailed, TestsPassed
from workers.conductor.answers import again, failure, onward
from workers.conductor.decisions import MAX_ITERATIONS, advance
from workers.testing import EPOCH
from workers.workflow import WorkflowState

Make = Callable[..., Any]
NOW = EPOCH + timedelta(minutes=1)


def after(state: WorkflowState, *events: Any) -> WorkflowState:
    """The state after the events, which have the ids e1, e2, ..."""
    for number, event in enumerate(events, start=1):
        state = advance(state, event, f"e{number}", NOW)
    return state


def statuses(state: WorkflowState) -> str:
    """The first letters of the tasks' statuses: w(aiting) r(unning) d(one) f(ailed) c(ancelled)."""
    return "".join(task.status[0] for task in state.tasks)


def generated(event: Make) -> list[Any]:
    return [event(TestsPassed, task_id=task) for task in ("t1", "t2", "t3")]


@pytest.mark.parametrize(
    ("kind", "fields", "expected"),
    [
        (TestsPassed, {}, "drrww"),
        (TestsPassed, {"iteration": 2}, "rrwww"),
        (TestsPassed, {"iteration": 1000}, "rrwww"),
        (TestsPassed, {"origin": "outside"}, "rrwww"),
        (TestsFailed, {"origin": "outside"}, "rrwww"),
        (TaskFailed, {"origin": "outside"}, "rrwww"),
        (TestsPassed, {"task_id": "t3"}, "rrwww"),
        (TestsPassed, {"task_id": "t4"}, "rrwww"),
        (TestsPassed, {"task_id": "of-nobody"}, "rrwww"),
        (TestsFailed, {}, "rrwww"),
        (TestsFailed, {"task_id": "t3"}, "rrwww"),
        (TaskFailed, {}, "fcccc"),
        (TaskFailed, {"task_id": "t3"}, "rrwww"),
        (TaskFailed, {"iteration": 2}, "rrwww"),
        (DeploymentCompleted, {}, "rrwww"),
        (DeploymentFailed, {}, "rrwww"),
        (HealthVerified, {}, "rrwww"),
        (InfraProvisioned, {}, "rrwww"),
        (RemediationApplied, {}, "rrwww"),
        (RemediationProposed, {}, "rrwww"),
    ],
)
def test_only_running_tasks_of_the_same_iteration_are_moved(
    planned: WorkflowState, event: Make, kind: Any, fields: dict[str, Any], expected: str
) -> None:
    assert statuses(after(planned, event(kind, **fields))) == expected


@pytest.mark.parametrize(
    ("kind", "fields", "expected"),
    [
        (DeploymentCompleted, {"origin": "outside"}, "dddrw"),
        (DeploymentFailed, {"origin": "outside"}, "dddrw"),
        (HealthVerified, {"origin": "outside"}, "dddrw"),
        (DeploymentCompleted, {}, "ddddr"),
        (DeploymentCompleted, {"task_id": None}, "ddddr"),
        (DeploymentCompleted, {"task_id": "t5"}, "dddrw"),
        (DeploymentCompleted, {"task_id": "t1"}, "dddrw"),
        (DeploymentFailed, {}, "dddfc"),
        (HealthVerified, {}, "dddrd"),
        (RemediationApplied, {}, "dddcf"),
        (RemediationApplied, {"action": "restart"}, "dddrw"),
        (RemediationProposed, {}, "dddcf"),
        (TestsPassed, {"task_id": "t4"}, "dddrw"),
        (TestsPassed, {}, "dddrw"),
        (TestsFailed, {}, "dddrw"),
        (TaskFailed, {}, "dddrw"),
    ],
)
def test_with_the_deployment_running(
    planned: WorkflowState, event: Make, kind: Any, fields: dict[str, Any], expected: str
) -> None:
    assert statuses(after(planned, *generated(event), event(kind, **fields))) == expected


def test_a_good_run_ends_with_one_completion(planned: WorkflowState, event: Make) -> None:
    run = [*generated(event), event(InfraProvisioned), event(DeploymentCompleted)]
    state = after(planned, *run, event(HealthVerified))
    assert (state.status, statuses(state), state.closed_by) == ("completed", "ddddd", "e6")
    [completed] = onward(state, "e6")
    assert completed.model_dump(exclude={"workflow_id"}) == {
        "service_name": "user-service",
        "environment": "staging",
        "requested_by": "ada@example.com",
        "tasks": 5,
        "endpoint": "http://127.0.0.1:9",
        "duration_seconds": 60.0,
    }
    deployed = state.tasks[3].evidence
    assert deployed["resources"] == [{"type": "process", "name": "api", "id": "1"}]
    assert (deployed["version"], deployed["duration_seconds"]) == ("v1", 2.5)


def test_a_health_check_may_be_in_before_its_deployment(
    planned: WorkflowState, event: Make
) -> None:
    early = after(planned, *generated(event), event(HealthVerified))
    assert (early.status, statuses(early), onward(early, "e4")) == ("running", "dddrd", ())
    state = advance(early, event(DeploymentCompleted), "e5", NOW)
    assert (state.status, state.closed_by) == ("completed", "e5")
    assert [e.type for e in onward(state, "e5")] == ["workflow.completed"]


def test_resources_that_are_told_late_are_noted_all_the_same(
    planned: WorkflowState, event: Make
) -> None:
    state = after(planned, *generated(event), event(DeploymentCompleted), event(InfraProvisioned))
    assert len(state.tasks[3].evidence["resources"]) == 1
    assert state.tasks[3].evidence["endpoint"] == "http://127.0.0.1:9"


def test_a_passed_task_keeps_its_artifact_and_lets_its_children_start(
    planned: WorkflowState, event: Make
) -> None:
    state = after(planned, event(TestsPassed, revision=2))
    assert state.tasks[0].artifact == f"artifacts/{'a' * 64}.tar.gz"
    assert state.tasks[0].evidence["revision"] == 2
    assert state.tasks[0].evidence["summary"]["passed"] == 7
    [created] = onward(state, "e1")
    assert created.type == "task.created"
    assert (created.task_id, created.agent, created.part) == ("t3", "codegen", "delivery")
    assert created.artifacts == (f"artifacts/{'a' * 64}.tar.gz",)


def test_a_rejected_task_is_created_again_with_what_was_wrong(
    planned: WorkflowState, event: Make
) -> None:
    state = after(planned, event(TestsFailed))
    [created] = again(state, "e1")
    assert created.type == "task.created"
    assert (created.task_id, created.iteration) == ("t1", 2)
    assert created.feedback == "E   assert 1 == 2"
    assert advance(state, event(TestsFailed), "e1", NOW) == state
    assert statuses(after(state, event(TestsPassed))) == "rrwww"
    assert statuses(after(state, event(TestsPassed, iteration=2))) == "drrww"


def test_a_task_is_given_up_after_the_last_iteration(planned: WorkflowState, event: Make) -> None:
    rounds = [
        event(TestsFailed, iteration=n, fingerprint=f"f-{n}", tail=f"round {n}")
        for n in range(1, MAX_ITERATIONS + 1)
    ]
    state = after(planned, *rounds[:-1])
    assert statuses(state) == "rrwww"
    state = advance(state, rounds[-1], "last", NOW)
    assert (state.status, statuses(state)) == ("failed", "fcccc")
    [failed] = again(state, "last")
    assert failed.type == "workflow.failed"
    assert failed.task_id == "t1"
    assert failed.reason == (
        "the tests of t1 failed in round 3 of 3 (2 failed, 0 errors, 5 passed):\nround 3"
    )
    assert [r["iteration"] for r in state.tasks[0].evidence["failed_rounds"]] == [1, 2, 3]


def test_a_task_that_fails_twice_in_the_same_way_is_given_up_early(
    planned: WorkflowState, event: Make
) -> None:
    state = after(planned, event(TestsFailed), event(TestsFailed, iteration=2))
    [failed] = again(state, "e2")
    assert "as in the round before" in failed.model_dump()["reason"]
    assert (state.status, state.tasks[0].iteration) == ("failed", 2)


def test_a_long_tail_is_cut_at_a_line_in_the_reason(planned: WorkflowState, event: Make) -> None:
    tail = "\n".join(f"line {n}" for n in range(800))
    same = [event(TestsFailed, iteration=n, tail=tail) for n in (1, 2)]
    reason = after(planned, *same).reason or ""
    assert len(reason) < 1000
    assert reason.splitlines()[1].startswith("line ")
    assert reason.endswith("line 799")


def test_no_secret_of_the_output_is_handed_on(planned: WorkflowState, event: Make) -> None:
    tail = "token=abc\n" * 727 + "password=hunter2"
    assert len(tail) < 8000
    state = after(planned, event(TestsFailed, tail=tail))
    [created] = again(state, "e1")
    assert "hunter2" not in created.model_dump_json()
    state = advance(state, event(TestsFailed, tail=tail, iteration=2), "e2", NOW)
    [failed] = again(state, "e2")
    assert "password" in failed.model_dump_json() and "hunter2" not in failed.model_dump_json()


def test_a_failed_task_ends_the_workflow_with_its_violations(
    planned: WorkflowState, event: Make
) -> None:
    violation = {"severity": "high", "rule": "s3-public", "message": "is public", "path": "a.tf"}
    proposal = {"kind": "assisted", "rule": "s3-public", "advice": "close it", "patch": "-1\n+2"}
    state = after(
        planned,
        event(TaskFailed, reason="beyond repair", violations=[violation], proposals=[proposal]),
    )
    [failed] = failure(state, "e1")
    assert failed.reason == (
        "t1 (codegen): beyond repair\n"
        "- s3-public (high) in a.tf: is public\n"
        "- assisted for s3-public: close it"
    )
    assert state.tasks[0].evidence["proposals"][0]["patch"] == "-1\n+2"
    assert {t.settled_by for t in state.tasks} == {"e1"}


def test_many_violations_are_counted_in_the_reason(planned: WorkflowState, event: Make) -> None:
    violations = [{"severity": "low", "rule": f"r{n}", "message": "m"} for n in range(10_000)]
    reason = after(planned, event(TaskFailed, violations=violations)).reason or ""
    assert reason.splitlines()[-1] == "- and 9995 more"


def test_nothing_moves_a_closed_workflow(planned: WorkflowState, event: Make) -> None:
    closed = after(planned, event(TaskFailed))
    for kind in (TestsPassed, TestsFailed, TaskFailed, HealthVerified, InfraProvisioned):
        assert advance(closed, event(kind, task_id="t2"), "late", NOW) == closed
    completed = after(planned, *generated(event), event(DeploymentCompleted), event(HealthVerified))
    assert advance(completed, event(InfraProvisioned), "late", NOW) == completed
    assert (onward(closed, "late"), again(closed, "late"), failure(closed, "late")) == ((), (), ())


def test_clocks_that_disagree_make_no_negative_duration(
    planned: WorkflowState, event: Make
) -> None:
    state = after(planned, *generated(event), event(DeploymentCompleted))
    state = advance(state, event(HealthVerified), "e5", EPOCH - timedelta(hours=1))
    [completed] = onward(state, "e5")
    assert completed.model_dump()["duration_seconds"] == 0.0
