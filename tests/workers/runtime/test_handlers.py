"""A handler whose signature disagrees with its route is refused before the first message."""
# mypy: disable-error-code="empty-body,no-untyped-def"

from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from events.routes import Route
from schemas.anomaly import AnomalyDetected
from schemas.health import HealthVerified
from schemas.policy import PolicyValidated, PolicyViolated
from schemas.task import TaskCreated, TaskFailed
from schemas.workflow import WorkflowFailed
from workers.ports import Artifacts, Clock, Context
from workers.runtime.handlers import HandlerError, answer, check, load

ROUTE = Route(event=TaskCreated, worker="codegen", publishes=(TaskFailed, WorkflowFailed))
SILENT = Route(event=TaskCreated, worker="codegen")
FAILURE = TaskFailed(workflow_id="w", task_id="t", agent="codegen", reason="no")
LOST = WorkflowFailed(workflow_id="w", reason="no")

Function = Callable[..., Awaitable[Any]]


async def one_of(event: TaskCreated) -> TaskFailed | WorkflowFailed: ...
async def many_of(event: TaskCreated) -> tuple[TaskFailed | WorkflowFailed, ...]: ...
async def exactly_two(event: TaskCreated) -> tuple[TaskFailed, WorkflowFailed]: ...
async def perhaps(event: TaskCreated) -> TaskFailed | WorkflowFailed | None: ...
async def by_name(event: "TaskCreated") -> "TaskFailed | WorkflowFailed": ...


@pytest.mark.parametrize("function", [one_of, many_of, exactly_two, perhaps, by_name])
def test_each_form_of_the_answer_is_understood(function: Function) -> None:
    assert check(ROUTE, function).ports == {}


async def ported(
    event: TaskCreated, store: Artifacts, clock: Clock, context: Context
) -> TaskFailed | WorkflowFailed: ...


def test_other_parameters_are_ports_by_type() -> None:
    assert check(ROUTE, ported).ports == {"store": Artifacts, "clock": Clock, "context": Context}


async def silent(event: TaskCreated) -> None: ...
async def unsaid(event: TaskCreated): ...


@pytest.mark.parametrize("function", [silent, unsaid])
def test_a_route_that_publishes_nothing_has_a_silent_handler(function: Function) -> None:
    check(SILENT, function)


async def other_event(event: TaskFailed) -> TaskFailed | WorkflowFailed: ...
async def no_event(store: Artifacts) -> TaskFailed | WorkflowFailed: ...
async def no_parameter() -> TaskFailed | WorkflowFailed: ...
async def untyped(event) -> TaskFailed | WorkflowFailed: ...
async def too_little(event: TaskCreated) -> TaskFailed: ...
async def too_much(
    event: TaskCreated,
) -> TaskFailed | WorkflowFailed | HealthVerified: ...
async def something_else(event: TaskCreated) -> HealthVerified | AnomalyDetected: ...
async def no_answer(event: TaskCreated) -> None: ...
async def no_event_class(event: TaskCreated) -> TaskFailed | WorkflowFailed | str: ...
async def anything(event: TaskCreated) -> Any: ...
async def a_list(event: TaskCreated) -> list[TaskFailed | WorkflowFailed]: ...
async def untyped_port(
    event: TaskCreated,
    store,
) -> TaskFailed | WorkflowFailed: ...
async def unknown_name(event: TaskCreated) -> "Nowhere": ...  # type: ignore[name-defined] # noqa: F821
def not_async(event: TaskCreated) -> TaskFailed | WorkflowFailed: ...


@pytest.mark.parametrize(
    ("function", "said"),
    [
        (other_event, "first parameter must be TaskCreated"),
        (no_event, "first parameter must be TaskCreated"),
        (no_parameter, "first parameter must be TaskCreated"),
        (untyped, "first parameter must be TaskCreated"),
        (too_little, "returns TaskFailed, but the route publishes TaskFailed, WorkflowFailed"),
        (too_much, "returns HealthVerified, TaskFailed, WorkflowFailed, but"),
        (something_else, "returns AnomalyDetected, HealthVerified, but"),
        (no_answer, "returns nothing, but"),
        (no_event_class, "a handler returns events"),
        (anything, "a handler returns events"),
        (a_list, "a handler returns events"),
        (untyped_port, "no type says which port store is"),
        (unknown_name, "Nowhere"),
        (not_async, "must be an async function"),
    ],
)
def test_a_signature_that_is_not_the_routes_is_refused(function: Function, said: str) -> None:
    with pytest.raises(HandlerError, match=said):
        check(ROUTE, function)


def test_a_route_that_publishes_nothing_refuses_an_answer() -> None:
    with pytest.raises(HandlerError, match="but the route publishes nothing"):
        check(SILENT, one_of)


def test_a_route_without_a_module_says_where_it_should_be() -> None:
    with pytest.raises(HandlerError, match=r"workers\.nobody\.on_task_created"):
        load(Route(event=TaskCreated, worker="nobody"))


def test_an_answer_is_a_tuple_of_the_routes_events() -> None:
    assert answer(FAILURE, ROUTE) == (FAILURE,)
    assert answer((FAILURE, LOST), ROUTE) == (FAILURE, LOST)
    assert answer(None, ROUTE) == ()
    assert answer((), ROUTE) == ()


class Sneaky(PolicyValidated):
    """Not an event of any route."""


@pytest.mark.parametrize(
    "value",
    [
        "task.failed",
        {"reason": "no"},
        [FAILURE],
        (FAILURE, "more"),
        0,
        False,
        TaskFailed,
        PolicyViolated.model_construct(),
        Sneaky.model_construct(),
    ],
)
def test_an_answer_that_the_route_does_not_allow_is_refused(value: object) -> None:
    with pytest.raises(HandlerError, match="may not publish"):
        answer(value, ROUTE)
