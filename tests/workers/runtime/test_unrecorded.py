"""A pure route spares the ledger: what comes twice is answered twice, under the same ids."""

from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from schemas.envelope import child_id
from schemas.task import TaskCreated, TaskFailed
from workers.ports import Context, Step
from workers.runtime.handlers import HandlerError, check
from workers.runtime.ledger import Claim
from workers.runtime.unrecorded import Unrecorded, UnrecordedError

ROUTE_NAME = "codegen-on-task-created"


async def pure(event: TaskCreated, context: Context) -> Any:
    return TaskFailed(workflow_id="wf-1", task_id="task-1", agent="codegen", reason="no")


async def test_a_message_that_comes_twice_is_answered_twice_under_one_id(bench: Any) -> None:
    bench.ledger = Unrecorded()
    bench.send("e1")
    bench.send("e1")

    await bench.run(bench.consumer(pure))

    assert bench.published() == [child_id(ROUTE_NAME, "e1", 0)] * 2


async def test_tries_are_counted_by_receives_alone(bench: Any) -> None:
    async def bug(event: TaskCreated, context: Context) -> None:
        raise ZeroDivisionError

    bench.ledger = Unrecorded()
    bench.send("e1")

    await bench.run(bench.consumer(bug, attempts=3))

    [(message, parking)] = bench.queue.dead_letters
    assert (parking.cause, message.receives) == ("bug", 3)


@pytest.mark.parametrize(
    "effect",
    [
        lambda ledger, claim: ledger.record(claim, "ask", "1"),
        lambda ledger, claim: ledger.commit(claim, [], [{"Put": {}}]),
    ],
    ids=["a step", "a business write"],
)
async def test_an_effect_of_a_pure_handler_is_a_bug(
    effect: Callable[[Unrecorded, Claim], Awaitable[None]],
) -> None:
    with pytest.raises(UnrecordedError):
        await effect(Unrecorded(), Claim("w", "e1", 1))


def test_a_pure_route_has_no_steps(bench: Any) -> None:
    async def stepping(event: TaskCreated, step: Step) -> TaskFailed:
        raise NotImplementedError

    route = bench.route(pure=True, publishes=(TaskFailed,))

    with pytest.raises(HandlerError, match="has steps"):
        check(route, stepping)
