"""Settings -> one consumer of a route, with everything that it needs."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial

from events.publisher import Publisher
from events.routes import Route
from workers import wiring
from workers.adapters.dynamodb_ledger import DynamoLedger
from workers.adapters.sqs import SqsQueue
from workers.connections import Connections
from workers.runtime import handlers
from workers.runtime.attempts import OnTurn, nobody
from workers.runtime.breaker import Bounds, Breakers
from workers.runtime.consumer import Consumer, Hooks, Pace
from workers.runtime.delivery import Courier, utc_now
from workers.runtime.guarded import guarded
from workers.runtime.horizon import LEDGER_RETENTION
from workers.runtime.leases import Leases
from workers.runtime.ledger import Ledger
from workers.runtime.logs import Log
from workers.runtime.postpone import Scheduler
from workers.runtime.renewal_thread import RenewalThread
from workers.runtime.run import GIVEN
from workers.runtime.shared_bus import SharedBus
from workers.runtime.stowing import StowingLedger
from workers.runtime.tracing import SilentTracer, Tracer
from workers.runtime.unrecorded import Unrecorded
from workers.settings import Settings


async def consumer(
    route: Route,
    settings: Settings,
    connections: Connections,
    log: Log,
    on_turn: OnTurn = nobody,
) -> Consumer:
    """A consumer of one route with everything it needs. Raises HandlerError.

    `on_turn` is told at each turn from idle to busy and back.
    """
    served = await queue(route, settings, connections)
    opened = partial(_opened, route, served, settings, connections)

    def renewal(leases: Leases) -> RenewalThread:
        return RenewalThread(leases, opened, settings.lease, log)

    return Consumer(
        await _courier(route, settings, connections),
        served,
        Pace(lease=settings.lease, wait=settings.receive_wait, stop=settings.stop),
        log,
        hooks=Hooks(on_turn=on_turn, renewal=renewal),
    )


async def _courier(route: Route, settings: Settings, connections: Connections) -> Courier:
    handler = handlers.load(route)
    wanted = {name: port for name, port in handler.ports.items() if port not in GIVEN}
    # A lone message opens a breaker before it is parked.
    breakers = Breakers(Bounds(failures=min(5, route.attempts)))
    time = asyncio.get_running_loop().time
    return Courier(
        route=route,
        handler=handler,
        ports={
            name: guarded(await wiring.adapter(port, settings, connections), port, breakers, time)
            for name, port in wanted.items()
        },
        breakers=breakers,
        ledger=await _ledger(route, connections, settings),
        publisher=Publisher(SharedBus(await wiring.bus(settings, connections))),
        payloads=wiring.LazyPayloads(settings, connections),
        scheduler=await _scheduler(route, settings, connections),
        tracer=tracer(settings, route),
        lease=settings.lease,
        now=utc_now,
    )


@asynccontextmanager
async def _opened(
    route: Route, served: SqsQueue, settings: Settings, connections: Connections
) -> AsyncIterator[tuple[SqsQueue, Ledger]]:
    """The same queue and ledger on connections of the event loop that asks."""
    async with connections.again() as own:
        ledger = await _ledger(route, own, settings)
        yield served.through(await own.client("sqs")), ledger


async def _ledger(route: Route, connections: Connections, settings: Settings) -> Ledger:
    if route.pure:
        return Unrecorded()
    client, table = await connections.client("dynamodb"), settings.names.table("ledger")
    return StowingLedger(
        DynamoLedger(client, table, utc_now, LEDGER_RETENTION),
        wiring.LazyPayloads(settings, connections),
    )


async def _scheduler(
    route: Route, settings: Settings, connections: Connections
) -> Scheduler | None:
    """On AWS alone: no emulator sends what it was told to send later."""
    role = settings.scheduler_role_arn
    if role is None or settings.embedded:
        return None
    from workers.adapters.scheduler import EventBridgeScheduler  # noqa: PLC0415 rarely used

    sqs, names = await connections.client("sqs"), settings.names
    queue_url = (await sqs.get_queue_url(QueueName=names.queue(route)))["QueueUrl"]
    undelivered = (await sqs.get_queue_url(QueueName=names.undelivered))["QueueUrl"]
    asked = await sqs.get_queue_attributes(QueueUrl=undelivered, AttributeNames=["QueueArn"])
    return EventBridgeScheduler(
        await connections.client("scheduler"),
        queue_url,
        prefix=names.prefix,
        role=role,
        undelivered=asked["Attributes"]["QueueArn"],
    )


async def queue(route: Route, settings: Settings, connections: Connections) -> SqsQueue:
    """A route's queue and its dead-letter queue."""
    sqs = await connections.client("sqs")
    names = settings.names
    url = await sqs.get_queue_url(QueueName=names.queue(route))
    dead = await sqs.get_queue_url(QueueName=names.dead_letters(route))
    return SqsQueue(sqs, url["QueueUrl"], dead["QueueUrl"])


def tracer(settings: Settings, route: Route) -> Tracer:
    """X-Ray where a daemon's address is set; otherwise the trace is only handed on."""
    if settings.xray_address is None:
        return SilentTracer()
    from workers.adapters.xray import XRayTracer  # noqa: PLC0415 only where a daemon is

    return XRayTracer(settings.xray_address, f"flotilla-{route.worker}")
