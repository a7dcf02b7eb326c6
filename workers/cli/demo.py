"""`flotilla demo`: one request through the whole fleet on this machine."""

import asyncio
from collections.abc import Coroutine, Mapping
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path
from types import NoneType
from typing import Any, TypeVar
from uuid import uuid4

from schemas.workflow import WorkflowRequested
from workers import ports
from workers.adapters.deployed_services import endpoints
from workers.adapters.dynamodb_workflows import DynamoWorkflows
from workers.cli import dead_letters, delivery
from workers.cli.account import client
from workers.cli.narration import narrate, subject
from workers.cli.output import OUT, CommandError
from workers.cli.parked import until_parked
from workers.cli.publish import publish
from workers.cli.stage import Stage
from workers.cli.tap import Observed, Tap, tap
from workers.cli.up import plan, running
from workers.connections import Connections
from workers.fleet.fleet import ended_by_signals
from workers.process import EMBEDDED_WAIT
from workers.settings import Settings
from workers.workflow import WorkflowState

T = TypeVar("T")

REQUEST = (
    "Create a new microservice called user-service with REST API, PostgreSQL, and deploy to "
    "staging, with a public bucket for avatars"
)

_LOOK = 0.2


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """What a demo is asked to do."""

    request: str = REQUEST
    output: Path = Path("out")
    keep: bool = False
    patience: float = 120.0


async def demo(wish: Wish, settings: Settings, stage: Stage) -> dict[str, Any]:
    """Runs the request and returns the summary. Raises CommandError when the fleet can't run it."""
    delivery.check_writable(wish.output)
    try:
        with ended_by_signals():
            wanted = plan(settings, port=None)
            async with stage.open(), running(wanted, settings, stage, keep=wish.keep) as fleet:
                here = replace(
                    settings, endpoint_url=fleet.endpoint_url, receive_wait=EMBEDDED_WAIT
                )
                async with Connections(here) as connections:
                    run = _Run(wish, here, connections, stage)
                    return await while_at_work(run.summary(), fleet.failed())
    except asyncio.CancelledError:
        raise KeyboardInterrupt from None


class _Run:
    """One request on a fleet that is at work."""

    def __init__(
        self,
        wish: Wish,
        settings: Settings,
        connections: Connections,
        stage: Stage,
    ) -> None:
        self._wish = wish
        self._settings = settings
        self._connections = connections
        self._stage = stage
        self._events = 0

    async def summary(self) -> dict[str, Any]:
        async with tap(self._settings, self._connections) as bus:
            workflow_id = await self._submit()
            listening = asyncio.create_task(self._listen(bus))
            try:
                state = await self._ended(workflow_id)
                self._stage.doing("writing the delivery report")
                report = await delivery.reported(workflow_id, self._settings, self._connections)
                await self._quiet()
            finally:
                listening.cancel()
                await asyncio.gather(listening, return_exceptions=True)
        folder = (self._wish.output / (state.service_name or workflow_id)).absolute()
        files = await delivery.collect(state, self._settings, self._connections)
        await asyncio.to_thread(delivery.lay_down, files, folder)
        parked = await asyncio.to_thread(self._dead_letters)
        return self._figures(state, report, folder, parked)

    async def _submit(self) -> str:
        workflow_id = f"wf-{uuid4().hex[:12]}"
        event = WorkflowRequested(
            request=self._wish.request, workflow_id=workflow_id, requested_by="demo"
        )
        await publish(event, self._settings, self._connections)
        self._stage.doing("planning")
        return workflow_id

    async def _listen(self, bus: Tap) -> None:
        while True:
            for event in await bus.read():
                self._events += 1
                self._stage.say(_line(event), _style(event.type))

    async def _ended(self, workflow_id: str) -> WorkflowState:
        """The workflow once it is closed. Raises CommandError when it is stuck, or hangs."""
        dynamodb = await self._connections.client("dynamodb")
        store = DynamoWorkflows(dynamodb, self._settings.names.table("workflows"))
        stuck = asyncio.create_task(until_parked(self._settings, workflow_id))
        try:
            async with asyncio.timeout(self._wish.patience):
                while not stuck.done():
                    state = await _look(store, workflow_id)
                    if state is not None:
                        self._stage.show(state)
                        if state.status != "running":
                            return state
                    await asyncio.sleep(_LOOK)
            raise CommandError(stuck.result())
        except TimeoutError:
            raise CommandError(
                f"{workflow_id} has not ended after {self._wish.patience:g} s; "
                f"see {self._settings.home / 'logs'}"
            ) from None
        finally:
            stuck.cancel()

    async def _quiet(self) -> None:
        """Waits until the tap has nothing new to tell."""
        heard = -1
        while heard != self._events:
            heard = self._events
            await asyncio.sleep(2 * _LOOK)

    def _dead_letters(self) -> int:
        sqs = client("sqs", self._settings)
        return sum(dead_letters.depths(sqs, self._settings.names).values())

    def _figures(
        self, state: WorkflowState, report: Mapping[str, Any], folder: Path, parked: int
    ) -> dict[str, Any]:
        kept = [s.endpoint for s in endpoints(self._settings.services)] if self._wish.keep else []
        deployment = report.get("deployment")
        return {
            "workflow_id": state.workflow_id,
            "status": state.status,
            "reason": state.reason,
            "tasks": [
                {key: task[key] for key in ("task_id", "agent", "title", "status", "iteration")}
                | {"duration_seconds": task["duration_seconds"]}
                for task in report["tasks"]
            ],
            "violations_found": report["violations_found"],
            "violations_repaired": report["violations_repaired"],
            "tests": report["tests"],
            "deployment": deployment,
            "dead_letters": parked,
            "events": self._events,
            "duration_seconds": round(self._stage.elapsed, 2),
            "output_dir": str(folder),
            "kept": kept,
        }


async def while_at_work(
    work: Coroutine[Any, Any, T],
    failed: Coroutine[Any, Any, Exception],
    moment: timedelta = timedelta(seconds=1),
) -> T:
    """What the work gives. Raises CommandError when it can't be done since the fleet has failed.

    `failed` waits for the fleet's failure.
    """
    doing, broken = asyncio.ensure_future(work), asyncio.ensure_future(failed)
    try:
        await asyncio.wait({doing, broken}, return_when=asyncio.FIRST_COMPLETED)
        if doing.done() and not isinstance(doing.exception(), NoneType | CommandError):
            # A call may find the AWS gone an instant before the fleet does.
            await asyncio.wait({broken}, timeout=moment.total_seconds())
        if doing.done() and (doing.exception() is None or not broken.done()):
            return doing.result()
        raise CommandError(str(broken.result()))
    finally:
        doing.cancel()
        broken.cancel()
        await asyncio.gather(doing, broken, return_exceptions=True)


def conclude(figures: Mapping[str, Any]) -> None:
    """Says how it went, for a person."""
    tests, parked = figures["tests"], figures["dead_letters"]
    found, repaired = figures["violations_found"], figures["violations_repaired"]
    completed = figures["status"] == "completed"
    OUT.print(
        f"{figures['workflow_id']} {figures['status']} in {figures['duration_seconds']} s: "
        f"{len(figures['tasks'])} tasks, {figures['events']} events, "
        f"{found} violations of which {repaired} repaired, {tests['passed']} tests passed, "
        f"{parked} dead letters",
        style="bold green" if completed else "bold red",
    )
    if figures["reason"]:
        OUT.print(figures["reason"], style="red")
    for endpoint in figures["kept"]:
        OUT.print(f"still running at {endpoint}; end it with `flotilla down`")
    OUT.print(f"see {figures['output_dir']}/delivery-report.md")


async def _look(store: ports.Workflows, workflow_id: str) -> WorkflowState | None:
    try:
        return await store.load(workflow_id)
    except ports.Retry:
        # The store is away for a moment; whether it stays away is the fleet's to say.
        return None


def _line(event: Observed) -> str:
    told = narrate(event.type, event.detail)
    return f"{event.type:<22} {subject(event.detail):<4} {told}".rstrip()


def _style(event_type: str) -> str:
    if event_type.endswith((".failed", ".violated", ".detected")):
        return "yellow"
    return "green" if event_type.endswith((".completed", ".passed", ".verified")) else ""
