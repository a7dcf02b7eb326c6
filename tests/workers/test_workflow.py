"""Which tasks start when their parents are done, and the events that say so."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.service import Bucket
from schemas.task import TaskCreated
from schemas.workflow import PlannedTask
from workers.workflow import TaskState, WorkflowState, creations, start_ready

NOON = datetime(2026, 11, 2, 12, tzinfo=UTC)
KEY = "artifacts/" + "0" * 64 + ".tar.gz"


def task(task_id: str, *parents: str, agent: str = "codegen", **fields: Any) -> TaskState:
    plan = PlannedTask.model_validate({"task_id": task_id, "agent": agent, "depends_on": parents})
    return TaskState(plan=plan, **fields)


def workflow(*tasks: TaskState) -> WorkflowState:
    return WorkflowState(
        workflow_id="wf-1",
        created_by="e0",
        created_at=NOON,
        service_name="user-service",
        resource="user",
        buckets=(Bucket(name="avatars", public=True),),
        tasks=tasks,
    )


def statuses(state: WorkflowState) -> dict[str, str]:
    return {each.plan.task_id: each.status for each in state.tasks}


def ids(made: Sequence[TaskCreated]) -> list[str]:
    return [each.task_id for each in made]


# tasks, those that run afterwards
TABLE: list[tuple[list[TaskState], set[str]]] = [
    ([], set()),
    ([task("a")], {"a"}),
    ([task("a"), task("b")], {"a", "b"}),
    ([task("a"), task("b", "a")], {"a"}),
    ([task("a", status="done"), task("b", "a")], {"b"}),
    ([task("a", status="done"), task("b"), task("c", "a", "b")], {"b"}),
    ([task("a", status="done"), task("b", status="done"), task("c", "a", "b")], {"c"}),
    ([task("a", status="failed"), task("b", "a")], set()),
    ([task("a", status="cancelled"), task("b", "a")], set()),
    ([task("a", status="running"), task("b", "a")], {"a"}),
    ([task("b", "nobody")], set()),
    ([task("a", "a")], set()),
    ([task("a", "b"), task("b", "a")], set()),
    ([task(f"t{n}", f"t{n - 1}") for n in range(1, 50)] + [task("t0")], {"t0"}),
]


@pytest.mark.parametrize(("tasks", "running"), TABLE)
def test_a_task_starts_when_all_its_parents_are_done(
    tasks: list[TaskState], running: set[str]
) -> None:
    after = statuses(start_ready(workflow(*tasks), "e1", NOON))

    assert {name for name, status in after.items() if status == "running"} == running


def test_a_start_is_marked_with_the_event_and_the_time() -> None:
    after = start_ready(workflow(task("a"), task("b", "a")), "e1", NOON)

    assert (after.tasks[0].created_by, after.tasks[0].started_at) == ("e1", NOON)
    assert (after.tasks[1].created_by, after.tasks[1].started_at) == (None, None)


def test_a_task_that_runs_is_not_started_again() -> None:
    before = start_ready(workflow(task("a")), "e1", NOON)

    assert start_ready(before, "e2", NOON) == before


@given(st.data())
def test_every_task_of_an_acyclic_plan_starts_once_and_after_its_parents(
    data: st.DataObject,
) -> None:
    count = data.draw(st.integers(1, 8))
    parents = [data.draw(st.sets(st.integers(0, n - 1)) if n else st.just(set())) for n in
               range(count)]  # fmt: skip
    order = data.draw(st.permutations(range(count)))
    state = workflow(*(task(f"t{n}", *(f"t{p}" for p in parents[n])) for n in order))
    started: list[str] = []
    for step in range(count + 1):
        state = start_ready(state, f"e{step}", NOON)
        started += ids(creations(state, f"e{step}"))
        state = state.model_copy(
            update={
                "tasks": tuple(
                    t.model_copy(update={"status": "done"}) if t.status == "running" else t
                    for t in state.tasks
                )
            }
        )

    assert sorted(started) == sorted(f"t{n}" for n in range(count))
    assert all(
        started.index(f"t{parent}") < started.index(f"t{n}")
        for n in range(count)
        for parent in parents[n]
    )


def test_an_event_creates_what_it_started_and_again_the_same() -> None:
    before = workflow(task("a", status="done", created_by="e0"), task("b", "a"), task("c", "a"))
    after = start_ready(before, "e1", NOON)

    assert ids(creations(after, "e1")) == ["b", "c"]
    assert creations(after, "e1") == creations(after, "e1")
    assert ids(creations(after, "e0")) == ["a"]
    assert creations(after, "nobody") == ()


def test_a_task_that_nobody_has_to_be_told_of_is_started_without_an_event() -> None:
    after = start_ready(workflow(task("watch", agent="observability")), "e1", NOON)

    assert statuses(after) == {"watch": "running"}
    assert creations(after, "e1") == ()


def test_a_created_task_carries_the_service_and_what_its_parents_made() -> None:
    state = workflow(
        task("code", status="done", artifact=KEY),
        task("bare", status="done"),
        task("other", status="done", artifact=KEY.replace("0", "1")),
        task("deploy", "code", "bare", agent="deployment", iteration=2, feedback="tests failed"),
    )
    [made] = creations(start_ready(state, "e1", NOON), "e1")

    assert made.model_dump(exclude_defaults=True) == {
        "workflow_id": "wf-1",
        "task_id": "deploy",
        "agent": "deployment",
        "service_name": "user-service",
        "resource": "user",
        "buckets": ({"name": "avatars", "public": True},),
        "iteration": 2,
        "feedback": "tests failed",
        "artifacts": (KEY,),
    }


def test_a_task_is_found_by_its_id_or_not_at_all() -> None:
    state = workflow(task("a"), task("b"))

    assert state.task("b") is state.tasks[1]
    assert state.task("c") is None
    assert state.task(None) is None
