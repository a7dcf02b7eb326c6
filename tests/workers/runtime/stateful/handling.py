"""The handler of the stories, which does what an event's plan says, and its ports."""

import asyncio
from dataclasses import dataclass
from datetime import timedelta

from schemas.task import TaskCreated, TaskFailed
from tests.workers.runtime.stateful.plans import Plan, plan_in
from tests.workers.runtime.stateful.processes import Process
from tests.workers.runtime.stateful.witness import Witness
from workers.ports import Away, Context, Reject, Retry, Step
from workers.runtime.handlers import Handler
from workers.runtime.transaction import Transaction

ANSWER = TaskFailed(workflow_id="wf-1", task_id="task-1", agent="codegen", reason="no")


class Book:
    """A port whose only write is that an event was entered; it goes with the answer."""

    def within(self, transaction: Transaction) -> "Page":
        return Page(transaction)


@dataclass(frozen=True, slots=True)
class Page:
    transaction: Transaction

    def enter(self, event_id: str) -> None:
        self.transaction.add(event_id, {"entered": event_id})


class Forge:
    """A port that may be away for everybody."""

    def __init__(self) -> None:
        self.down = False

    async def open(self) -> None:
        await asyncio.sleep(0)
        if self.down:
            raise Away("as planned")


class Work:
    """`mended` names the events that fail no more."""

    def __init__(self, witness: Witness) -> None:
        self.mended: set[str] = set()
        self._witness = witness
        self._tries: dict[str, int] = {}

    def handler(self, process: Process) -> Handler:
        """As it runs in a process."""

        async def handle(
            event: TaskCreated, context: Context, step: Step, book: Page, forge: Forge
        ) -> object:
            given = (process, plan_in(event.title), context.event_id, step, book, forge)
            return await process.call("handle", self._handle, *given)

        ports = {"context": Context, "step": Step, "book": Book, "forge": Forge}
        return Handler(handle, ports)

    async def _handle(
        self, process: Process, plan: Plan, event_id: str, step: Step, book: Page, forge: Forge
    ) -> object:
        self._witness.started(event_id)
        if plan.forges:
            await forge.open()
        tries = self._tries[event_id] = self._tries.get(event_id, 0) + 1
        await _works(plan)
        if plan.charges:
            await step("charge", lambda: process.call("charge", self._charge, event_id), str)
        if event_id not in self.mended:
            _fail(plan, tries)
        if plan.writes:
            book.enter(event_id)
        return (ANSWER,) * plan.answers

    async def _charge(self, event_id: str) -> str:
        self._witness.charged(event_id)
        return "charged"


async def _works(plan: Plan) -> None:
    try:
        await asyncio.sleep(plan.seconds)
    except asyncio.CancelledError:
        if not plan.deaf:
            raise


def _fail(plan: Plan, tries: int) -> None:
    if plan.rejects:
        raise Reject("as planned")
    if tries > plan.fails:
        return
    if plan.after is None:
        raise ZeroDivisionError
    raise Retry("as planned", timedelta(seconds=plan.after))
