"""`flotilla status` and `flotilla watch`: what the store knows about workflows."""
# ruff: noqa: PLC0415

import asyncio
from datetime import datetime
from pathlib import Path

from rich.console import Console
from rich.live import Live
from rich.table import Table

from workers import ports
from workers.cli.account import aws_errors
from workers.cli.output import OUT, CommandError, emit, plain
from workers.cli.parked import until_parked
from workers.cli.tree import tree, utc_now
from workers.connections import Connections
from workers.settings import Settings
from workers.workflow import WorkflowState

_REFRESH = 0.25


async def status(settings: Settings, workflow_id: str | None, as_json: bool) -> None:
    """Prints one workflow with its tasks, or the newest ones in a line each."""
    async with Connections(settings) as connections:
        store = await _store(settings, connections)
        with aws_errors(settings):
            if workflow_id is not None:
                _print_one(await _load(store, workflow_id), as_json)
                return
            recent = await store.recent()
    if as_json:
        emit([state.model_dump(mode="json", exclude={"tasks"}) for state in recent])
    elif not recent:
        OUT.print('no workflow yet; ask for one with `flotilla submit "..."`')
    else:
        OUT.print(_table(list(recent)))


async def watch(
    settings: Settings, workflow_id: str, *, quiet: bool = False, patience: float = 15.0
) -> WorkflowState:
    """Shows the workflow live until it has ended; returns its last state. Raises CommandError."""
    async with Connections(settings) as connections:
        store = await _store(settings, connections)
        with aws_errors(settings):
            state = await _appears(store, workflow_id, patience)
            console = Console(quiet=True) if quiet else OUT
            stuck = asyncio.create_task(until_parked(settings, workflow_id))
            try:
                with Live(console=console, refresh_per_second=4) as live:
                    while state.status == "running" and not stuck.done():
                        live.update(tree(state, utc_now()))
                        await asyncio.sleep(_REFRESH)
                        state = await _load(store, workflow_id)
                    live.update(tree(state, utc_now()))
            finally:
                stuck.cancel()
    if state.status == "running":
        raise CommandError(f"{workflow_id} is stuck: {stuck.result()}")
    return state


async def exists(settings: Settings, workflow_id: str) -> bool:
    """Whether the store knows a workflow of that id."""
    async with Connections(settings) as connections:
        with aws_errors(settings):
            return await (await _store(settings, connections)).load(workflow_id) is not None


async def fetch(settings: Settings, workflow_id: str, output: Path) -> Path:
    """Lays down what a workflow made, with its report, and returns the folder.

    Raises CommandError for a workflow that has not ended: what has no report is not whole, and
    would not be replaced by what is.
    """
    from workers.cli import delivery

    delivery.check_writable(output)
    async with Connections(settings) as connections:
        store = await _store(settings, connections)
        with aws_errors(settings):
            state = await _load(store, workflow_id)
            if state.status == "running":
                follow = f"follow it to its end with `flotilla watch {workflow_id}`"
                raise CommandError(f"{workflow_id} is still running; {follow}")
            await delivery.reported(workflow_id, settings, connections)
            files = await delivery.collect(state, settings, connections)
    folder = output / (state.service_name or workflow_id)
    await asyncio.to_thread(delivery.lay_down, files, folder)
    return folder


async def _store(settings: Settings, connections: Connections) -> ports.Workflows:
    from workers.adapters.dynamodb_workflows import DynamoWorkflows

    dynamodb = await connections.client("dynamodb")
    return DynamoWorkflows(dynamodb, settings.names.table("workflows"))


async def _appears(store: ports.Workflows, workflow_id: str, patience: float) -> WorkflowState:
    """A workflow that was just asked for is planned a moment later."""
    deadline = asyncio.get_running_loop().time() + patience
    while asyncio.get_running_loop().time() < deadline:
        state = await store.load(workflow_id)
        if state is not None:
            return state
        await asyncio.sleep(_REFRESH)
    return await _load(store, workflow_id)


async def _load(store: ports.Workflows, workflow_id: str) -> WorkflowState:
    state = await store.load(workflow_id)
    if state is None:
        raise CommandError(
            f"no workflow {workflow_id!r} here; `flotilla status` lists the newest, and "
            "`flotilla dlq list` what could not be taken in"
        )
    return state


def _print_one(state: WorkflowState, as_json: bool) -> None:
    if as_json:
        emit(state.model_dump(mode="json"))
    else:
        OUT.print(tree(state, utc_now()))


def _table(states: list[WorkflowState]) -> Table:
    table = Table(box=None, pad_edge=False)
    for heading in ("workflow", "status", "service", "environment", "created"):
        table.add_column(heading, no_wrap=True, overflow="fold")
    table.add_column("reason", no_wrap=True, overflow="ellipsis")
    for state in states:
        table.add_row(
            state.workflow_id,
            state.status,
            state.service_name or "-",
            state.environment,
            _short(state.created_at),
            plain(" ".join((state.reason or "").split())),
        )
    return table


def _short(time: datetime) -> str:
    return time.isoformat(sep=" ", timespec="seconds")
