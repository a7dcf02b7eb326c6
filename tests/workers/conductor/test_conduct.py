"""The conductor's handlers on the stores they share."""

import asyncio
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from events.routes import ROUTES, Route
from schemas.base import Event
from schemas.deployment import DeploymentCompleted, InfraProvisioned
from schemas.envelope import child_id
from schemas.health import HealthVerified
from schemas.task import TaskCreated
from schemas.tests import TestsFailed, TestsPassed
from workers.conductor import on_infra_provisioned, on_tests_failed, on_tests_passed
from workers.conductor.conduct import conduct
from workers.conductor.decisions import MAX_ITERATIONS
from workers.ports import Context, Retry
from workers.runtime.handlers import load
from workers.testing import EPOCH, FakeClock, FakeWorkflows
from workers.workflow import WorkflowState, creations

Make = Callable[..., Any]
CONDUCTED = [route for route in ROUTES if route.worker == "conductor"]


def context(event_id: str) -> Context:
    return Context(event_id=event_id, time=EPOCH, deadline=EPOCH + timedelta(seconds=30))


@pytest.mark.parametrize("route", CONDUCTED, ids=lambda route: route.name)
async def test_every_route_has_its_handler_and_lets_unknown_workflows_pass(
    route: Route, event: Make
) -> None:
    function = load(route).function
    answer = await function(event(route.event), FakeWorkflows(), FakeClock(), context("e1"))
    assert answer in ((), None)


async def test_an_event_that_comes_again_gives_the_same_answer_and_writes_nothing(
    planned: WorkflowState, event: Make
) -> None:
    workflows, clock = FakeWorkflows(), FakeClock()
    await workflows.create(planned)
    first = await on_tests_passed.handle(event(TestsPassed), workflows, clock, context("e1"))
    clock.advance(timedelta(hours=1))
    again = await on_tests_passed.handle(event(TestsPassed), workflows, clock, context("e1"))
    assert [e.type for e in first] == ["task.created"]
    assert again == first
    assert workflows.saves == 1


async def test_an_answer_that_was_lost_is_given_after_the_workflow_moved_on(
    planned: WorkflowState, event: Make
) -> None:
    workflows, clock = FakeWorkflows(), FakeClock()
    await workflows.create(planned)
    lost = await on_tests_failed.handle(event(TestsFailed), workflows, clock, context("e1"))
    await on_tests_passed.handle(event(TestsPassed, task_id="t2"), workflows, clock, context("e2"))
    assert await on_tests_failed.handle(event(TestsFailed), workflows, clock, context("e1")) == lost


async def test_resources_are_noted_and_nothing_follows(planned: WorkflowState, event: Make) -> None:
    workflows, clock = FakeWorkflows(), FakeClock()
    running = planned.tasks[3].model_copy(update={"status": "running"})
    tasks = (*planned.tasks[:3], running, planned.tasks[4])
    await workflows.create(planned.model_copy(update={"tasks": tasks}))
    await on_infra_provisioned.handle(event(InfraProvisioned), workflows, clock, context("e1"))
    stored = await workflows.load("wf-1")
    assert stored is not None
    assert stored.tasks[3].evidence["resources"][0]["name"] == "api"


class Contended(FakeWorkflows):
    """Another writer is faster the first `times` times."""

    def __init__(self, times: int) -> None:
        super().__init__()
        self.tries = 0
        self._times = times

    async def save(self, before: WorkflowState, after: WorkflowState) -> bool:
        self.tries += 1
        if self.tries <= self._times:
            await super().save(before, before.model_copy(update={"notes": (str(self.tries),)}))
        return await super().save(before, after)


async def test_what_lost_to_another_writer_is_done_again_on_its_state(
    planned: WorkflowState, event: Make
) -> None:
    workflows = Contended(times=3)
    await workflows.create(planned)
    state = await conduct(event(TestsPassed), workflows, FakeClock(), context("e1"))
    stored = await workflows.load("wf-1")
    assert state is not None and stored is not None
    assert (stored.tasks, stored.notes, stored.version) == (state.tasks, ("3",), 4)


async def test_who_always_loses_comes_again_later(planned: WorkflowState, event: Make) -> None:
    workflows = Contended(times=10_000)
    await workflows.create(planned)
    with pytest.raises(Retry):
        await conduct(event(TestsPassed), workflows, FakeClock(), context("e1"))
    assert workflows.tries == 10


class World:
    """Workers that answer as they should, and a bus that repeats and reorders what they say.

    `rejections` says how often the tests of a task fail before they pass.
    """

    def __init__(self, event: Make, rejections: dict[str, int]) -> None:
        self.workflows, self.clock = FakeWorkflows(), FakeClock()
        self.published: dict[str, Event] = {}
        self.inbox: dict[str, Event] = {}
        self._lost: dict[str, tuple[Event, ...]] = {}
        self._answered: set[str] = set()
        self._event, self._rejections = event, rejections

    def publish(self, event_id: str, event: Event) -> None:
        """What is published again under its id is what it was."""
        assert self.published.setdefault(event_id, event) == event
        for worker, answer in self._workers(event):
            self.inbox.setdefault(child_id(worker, event_id, 0), answer)

    async def deliver(self, event_id: str, *, crash: bool) -> None:
        """To the conductor; a crash comes after its write and before its answer is out."""
        event = self.inbox[event_id]
        handler = load(next(r for r in CONDUCTED if r.event is type(event))).function
        self.clock.advance(timedelta(seconds=1))
        answer = await handler(event, self.workflows, self.clock, context(event_id)) or ()
        if event_id not in self._answered:
            assert self._lost.setdefault(event_id, answer) == answer
        if crash:
            return
        self._answered.add(event_id)
        for ordinal, follows in enumerate(answer):
            if isinstance(follows, TaskCreated):
                assert await self._parents(follows) <= {"done"}
            self.publish(child_id("conductor", event_id, ordinal), follows)

    async def _parents(self, created: TaskCreated) -> set[str]:
        state = await self.workflows.load("wf-1")
        task = state and state.task(created.task_id)
        assert state and task
        return {t.status for t in state.tasks if t.plan.task_id in task.plan.depends_on}

    def _workers(self, event: Event) -> list[tuple[str, Event]]:
        if not isinstance(event, TaskCreated):
            return []
        if event.agent == "codegen":
            return [("tester", self._tests(event.task_id, event.iteration))]
        return [
            ("deployment-1", self._event(InfraProvisioned)),
            ("deployment-2", self._event(DeploymentCompleted)),
            # Observability hears of the deployment as soon as the conductor does.
            ("observability", self._event(HealthVerified)),
        ]

    def _tests(self, task_id: str, iteration: int) -> Event:
        fields = {"task_id": task_id, "iteration": iteration}
        if iteration > self._rejections.get(task_id, 0):
            return self._event(TestsPassed, **fields)  # type: ignore[no-any-return]
        fingerprint = f"failure {iteration}"
        return self._event(TestsFailed, **fields, fingerprint=fingerprint)  # type: ignore[no-any-return]


async def lived_through(
    world: World, planned: WorkflowState, moves: list[tuple[int, bool]]
) -> None:
    """The workflow from its plan on: first the moves, then everything that is left."""
    state = await world.workflows.create(planned)
    for ordinal, created in enumerate(creations(state, "request-1")):
        world.publish(child_id("planner", "request-1", ordinal), created)
    for choice, crash in moves:
        waiting = sorted(world.inbox)
        await world.deliver(waiting[choice % len(waiting)], crash=crash)
    delivered: set[str] = set()
    while rest := sorted(world.inbox.keys() - delivered):
        await world.deliver(rest[0], crash=False)
        delivered.add(rest[0])


MOVES = st.lists(st.tuples(st.integers(0, 10_000), st.booleans()), max_size=40)
# The fixtures are frozen values.
FIXTURES = [HealthCheck.function_scoped_fixture]


@settings(max_examples=100, deadline=None, suppress_health_check=FIXTURES)
@given(moves=MOVES)
def test_any_order_repetition_and_crash_of_a_good_run_completes_it_once(
    moves: list[tuple[int, bool]], event: Make, planned: WorkflowState
) -> None:
    world = World(event, rejections={})
    asyncio.run(lived_through(world, planned, moves))
    created = [e.task_id for e in world.published.values() if isinstance(e, TaskCreated)]
    closed = [e.type for e in world.published.values() if e.type.startswith("workflow.")]
    assert sorted(created) == ["t1", "t2", "t3", "t4"]
    assert closed == ["workflow.completed"]


@settings(max_examples=100, deadline=None, suppress_health_check=FIXTURES)
@given(
    moves=MOVES, rejections=st.dictionaries(st.sampled_from(["t1", "t2", "t3"]), st.integers(0, 4))
)
def test_a_run_with_rejections_is_closed_once_and_creates_each_iteration_once(
    moves: list[tuple[int, bool]],
    rejections: dict[str, int],
    event: Make,
    planned: WorkflowState,
) -> None:
    world = World(event, rejections)
    asyncio.run(lived_through(world, planned, moves))
    created = [
        (e.task_id, e.iteration) for e in world.published.values() if isinstance(e, TaskCreated)
    ]
    closed = [e.type for e in world.published.values() if e.type.startswith("workflow.")]
    hopeless = any(count >= MAX_ITERATIONS for count in rejections.values())
    assert len(created) == len(set(created))
    assert max(iteration for _, iteration in created) <= MAX_ITERATIONS
    assert closed == ["workflow.failed" if hopeless else "workflow.completed"]
