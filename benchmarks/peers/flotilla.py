"""Flotilla's own consumer on one route, put together as in a worker process.

Variant "unrecorded": the route is declared pure, which spares the ledger.
"""

import asyncio
import signal
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import timedelta
from typing import Any, ClassVar

from benchmarks.peers.job import (
    BUS,
    CONCURRENCY,
    DEAD_LETTERS,
    REGION,
    TABLE,
    VISIBILITY_SECONDS,
    Job,
    main,
)
from benchmarks.peers.meter import Meter
from events.publisher import Publisher
from events.routes import Route
from schemas.base import Event
from workers.adapters.dynamodb_ledger import DynamoLedger
from workers.adapters.eventbridge import EventBridgeBus
from workers.adapters.sqs import SqsQueue
from workers.connections import Connections
from workers.runtime import handlers
from workers.runtime.consumer import Consumer, Hooks, Pace
from workers.runtime.delivery import Courier, utc_now
from workers.runtime.leases import Leases
from workers.runtime.ledger import Ledger
from workers.runtime.logs import Log
from workers.runtime.renewal_thread import RenewalThread
from workers.runtime.shared_bus import SharedBus
from workers.runtime.tracing import SilentTracer
from workers.runtime.unrecorded import Unrecorded
from workers.settings import Settings, load

_RETENTION = timedelta(days=25)


class BenchmarkRequested(Event):
    """One message of the benchmark."""

    type: ClassVar[str] = "benchmark.requested"

    number: int
    group: int
    sequence: int
    text: str


class BenchmarkAnswered(Event):
    """What a publishing handler answers."""

    type: ClassVar[str] = "benchmark.answered"

    number: int
    group: int
    sequence: int
    text: str


def work(job: Job) -> None:
    """Consumes until SIGTERM, then drains."""
    asyncio.run(_consume(job))


async def _consume(job: Job) -> None:
    # The lease is as long as the others hide their messages for.
    lease = timedelta(seconds=VISIBILITY_SECONDS)
    settings = replace(load(), region=REGION, endpoint_url=job.endpoint_url, lease=lease)
    async with Connections(settings) as connections:
        # As a worker does: PutEvents to a bus that is missing succeeds.
        await (await connections.client("events")).describe_event_bus(Name=BUS)
        consumer = await _consumer(job, settings, connections)
        asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, consumer.stop)
        await consumer.run()


async def _consumer(job: Job, settings: Settings, connections: Connections) -> Consumer:
    route = _route(job)
    log = Log(route=route.name)
    served = await _queue(job, await connections.client("sqs"))

    @asynccontextmanager
    async def opened() -> AsyncIterator[tuple[SqsQueue, Ledger]]:
        async with connections.again() as own:
            ledger = _ledger(route, await own.client("dynamodb"))
            yield served.through(await own.client("sqs")), ledger

    def renewal(leases: Leases) -> RenewalThread:
        return RenewalThread(leases, opened, settings.lease, log)

    courier = Courier(
        route=route,
        handler=handlers.check(route, _handler(job)),
        ports={},
        ledger=_ledger(route, await connections.client("dynamodb")),
        publisher=Publisher(SharedBus(EventBridgeBus(await connections.client("events"), BUS))),
        tracer=SilentTracer(),
        lease=settings.lease,
        now=utc_now,
    )
    pace = Pace(lease=settings.lease, wait=settings.receive_wait, stop=settings.stop)
    return Consumer(courier, served, pace, log, hooks=Hooks(renewal=renewal))


def _route(job: Job) -> Route:
    return Route(
        event=BenchmarkRequested,
        worker="benchmark",
        publishes=(BenchmarkAnswered,) if job.publishes else (),
        ordered_by="group" if job.queue.endswith(".fifo") else None,
        timeout=timedelta(seconds=30),
        concurrency=CONCURRENCY,
        pure=job.variant == "unrecorded",
    )


def _handler(job: Job) -> Callable[..., Awaitable[Any]]:
    meter = job.meter("aiobotocore", "botocore", "pydantic")
    return _publishing(meter) if job.publishes else _silent(meter)


def _silent(meter: Meter) -> Callable[[BenchmarkRequested], Awaitable[None]]:
    async def handle(event: BenchmarkRequested) -> None:
        measured = {"number": event.number, "group": event.group, "sequence": event.sequence}
        meter.began(measured)
        meter.ended(measured)

    return handle


def _publishing(meter: Meter) -> Callable[[BenchmarkRequested], Awaitable[BenchmarkAnswered]]:
    async def handle(event: BenchmarkRequested) -> BenchmarkAnswered:
        measured = {"number": event.number, "group": event.group, "sequence": event.sequence}
        meter.began(measured)
        answer = BenchmarkAnswered(**measured, text=event.text)
        meter.ended(measured)
        return answer

    return handle


def _ledger(route: Route, client: Any) -> Ledger:
    if route.pure:
        return Unrecorded()
    return DynamoLedger(client, TABLE, utc_now, _RETENTION)


async def _queue(job: Job, client: Any) -> SqsQueue:
    own = await client.get_queue_url(QueueName=job.queue)
    dead = await client.get_queue_url(QueueName=DEAD_LETTERS)
    return SqsQueue(client, own["QueueUrl"], dead["QueueUrl"])


if __name__ == "__main__":
    main(work)
