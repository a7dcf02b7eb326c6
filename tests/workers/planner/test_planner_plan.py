"""Plans: one that is made, and what no plan may be."""

import pytest

from schemas.workflow import PlannedTask
from workers.planner.decisions import PlanError, checked_plan, plan


def task(task_id: str, *depends_on: str) -> PlannedTask:
    return PlannedTask(task_id=task_id, agent="codegen", depends_on=depends_on)


def test_three_bundles_are_made_side_by_side_then_deployed_then_looked_at() -> None:
    assert [(t.task_id, t.agent, t.part, t.priority, t.depends_on) for t in plan()] == [
        ("t1", "codegen", "service", 1, ()),
        ("t2", "codegen", "infrastructure", 1, ()),
        ("t3", "codegen", "delivery", 1, ()),
        ("t4", "deployment", None, 2, ("t1", "t2", "t3")),
        ("t5", "observability", None, 3, ("t4",)),
    ]


NO_PLANS = [
    ("an id twice", [task("a"), task("a")], "2 tasks are called a"),
    ("an unknown parent", [task("a", "ghost")], "a depends on ghost"),
    ("a self-loop", [task("a", "a")], "wait for each other: a"),
    ("a cycle of two", [task("a", "b"), task("b", "a")], "wait for each other: a, b"),
    (
        "a cycle behind a task that is ready",
        [task("r"), task("a", "r", "c"), task("b", "a"), task("c", "b")],
        "wait for each other: a, b, c",
    ),
]


@pytest.mark.parametrize(
    ("tasks", "reason"), [r[1:] for r in NO_PLANS], ids=[r[0] for r in NO_PLANS]
)
def test_what_can_never_be_done_is_no_plan(tasks: list[PlannedTask], reason: str) -> None:
    with pytest.raises(PlanError, match=reason):
        checked_plan(tasks)


PLANS = [
    ("nothing", []),
    ("a diamond, children first", [task("d", "b", "c"), task("b", "a"), task("c", "a"), task("a")]),
    ("a parent named twice", [task("a"), task("b", "a", "a")]),
    ("a chain of 10,000", [task("n0"), *(task(f"n{n}", f"n{n - 1}") for n in range(1, 10_000))]),
]


@pytest.mark.parametrize("tasks", [row[1] for row in PLANS], ids=[row[0] for row in PLANS])
def test_what_can_be_done_in_some_order_is_a_plan(tasks: list[PlannedTask]) -> None:
    assert checked_plan(tasks) == tuple(tasks)
