"""One worker process of the run: a real consumer, whose wires may be deadly.

`python -m benchmarks.chaos.worker PLACE TRACE FAULT`, where FAULT is `none` or `call:nth:when`.
"""

import asyncio
import json
import os
import random
import signal
import sys
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

from benchmarks.chaos.faults import Wires
from benchmarks.chaos.place import LEASE, REGION, ROUTE, Place, parse_place
from benchmarks.chaos.story import parse_fault
from events.publisher import Publisher
from schemas.task import TaskCreated, TaskFailed
from workers.adapters.dynamodb_ledger import DynamoLedger
from workers.adapters.eventbridge import EventBridgeBus
from workers.adapters.sqs import SqsQueue
from workers.connections import Connections
from workers.ports import Context
from workers.runtime.consumer import Consumer, Hooks, Pace
from workers.runtime.delivery import Courier, utc_now
from workers.runtime.handlers import Handler
from workers.runtime.leases import Leases
from workers.runtime.ledger import Ledger
from workers.runtime.logs import Log
from workers.runtime.queue import Queue
from workers.runtime.renewal_thread import RenewalThread
from workers.runtime.shared_bus import SharedBus
from workers.runtime.tracing import SilentTracer
from workers.runtime.transaction import Transaction
from workers.settings import Settings, load

RETENTION = timedelta(days=25)
WAIT = timedelta(seconds=1)
PATIENCE = timedelta(minutes=2)


class Effects:
    """The business state: each group's history, which grows by the places of its events."""

    def __init__(self, table: str, transaction: Transaction | None = None) -> None:
        self._table = table
        self._transaction = transaction

    def within(self, transaction: Transaction) -> "Effects":
        return Effects(self._table, transaction)

    def apply(self, group: str, place: int) -> None:
        """Nothing in it refuses a place that is there already or comes too late."""
        assert self._transaction is not None
        update = {
            "TableName": self._table,
            "Key": {"group": {"S": group}},
            "UpdateExpression": "SET #history = list_append(if_not_exists(#history, :none), :new)",
            "ExpressionAttributeNames": {"#history": "history"},
            "ExpressionAttributeValues": {
                ":none": {"L": []},
                ":new": {"L": [{"N": str(place)}]},
            },
        }
        self._transaction.add(group, {"Update": update})


class Trace:
    """Lines that survive a kill: what was started and what was answered, and when."""

    def __init__(self, path: Path) -> None:
        self._file = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT)

    def note(self, what: str, event: str) -> None:
        line = {"pid": os.getpid(), "what": what, "event": event, "at": time.monotonic()}
        os.write(self._file, json.dumps(line).encode() + b"\n")


def handler(trace: Trace, wires: Wires) -> Handler:
    """Takes a little time, applies its effect, and answers with one event."""

    async def work(event: TaskCreated, effects: Effects, context: Context) -> TaskFailed:
        trace.note("start", context.event_id)
        await asyncio.sleep(random.random() * 0.02)  # noqa: S311 no secret hangs on it
        effects.apply(event.workflow_id, int(event.task_id.removeprefix("t")))
        trace.note("end", context.event_id)
        return TaskFailed(
            workflow_id=event.workflow_id, task_id=event.task_id, agent="codegen", reason="chaos"
        )

    async def handle(event: TaskCreated, effects: Effects, context: Context) -> Any:
        return await wires.call("handle", work, event, effects, context)

    return Handler(handle, {"effects": Effects, "context": Context})


async def serve(place: Place, trace: Trace, wires: Wires) -> None:
    """Consumes until SIGTERM."""
    settings = _settings(place)
    async with Connections(settings) as connections:
        ledger, queue = await _stores(place, connections, wires)
        bus = wires.through(EventBridgeBus(await connections.client("events"), place.bus))
        courier = Courier(
            route=ROUTE,
            handler=handler(trace, wires),
            ports={"effects": Effects(place.effects)},
            ledger=ledger,
            publisher=Publisher(SharedBus(bus)),
            tracer=SilentTracer(),
            lease=LEASE,
            now=utc_now,
        )
        log = Log(pid=os.getpid())

        @asynccontextmanager
        async def opened() -> AsyncIterator[tuple[Queue, Ledger]]:
            async with connections.again() as own:
                ledger, queue = await _stores(place, own, wires)
                yield queue, ledger

        def renewal(leases: Leases) -> RenewalThread:
            return RenewalThread(leases, opened, LEASE, log)

        pace = Pace(lease=LEASE, wait=WAIT, patience=PATIENCE)
        consumer = Consumer(courier, queue, pace, log, hooks=Hooks(renewal=renewal))
        asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, consumer.stop)
        await consumer.run()


async def _stores(place: Place, connections: Connections, wires: Wires) -> tuple[Any, Any]:
    ledger = DynamoLedger(await connections.client("dynamodb"), place.ledger, utc_now, RETENTION)
    queue = SqsQueue(await connections.client("sqs"), place.queue_url, place.dead_letter_url)
    return wires.through(ledger), wires.through(queue)


def _settings(place: Place) -> Settings:
    from dataclasses import replace  # noqa: PLC0415

    return replace(load(), endpoint_url=place.endpoint_url, region=REGION, receive_wait=WAIT)


def main() -> None:
    place, trace, fault = sys.argv[1:]
    wires = Wires(None if fault == "none" else parse_fault(fault))
    asyncio.run(serve(parse_place(place), Trace(Path(trace)), wires))


if __name__ == "__main__":
    main()
