"""Settings -> one consumer of a route, with everything that it needs."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial
from typing import Any

from events.publisher import Publisher
from events.routes import Route
from workers import wiring
from workers.adapters.dynamodb_ledger import DynamoLedger
from workers.adapters.sqs import SqsQueue
from workers.connections import Connections
from workers.runtime import handlers
from workers.runtime.attempts import OnTurn, nobody
from workers.runtime.consumer import Consumer, Hooks, Pace
from workers.runtime.delivery import Courier, utc_now
from workers.runtime.leases import Leases
from workers.runtime.ledger import Ledger
from workers.runtime.logs import Log
from workers.runtime.renewal_thread import RenewalThread
from workers.runtime.run import GIVEN
from workers.runtime.shared_bus import SharedBus
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
    return Courier(
        route=route,
        handler=handler,
        ports={
            name: await wiring.adapter(port, settings, connections) for name, port in wanted.items()
        },
        ledger=_ledger(route, await connections.client("dynamodb"), settings),
        publisher=Publisher(SharedBus(await wiring.bus(settings, connections))),
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
        ledger = _ledger(route, await own.client("dynamodb"), settings)
        yield served.through(await own.client("sqs")), ledger


def _ledger(route: Route, client: Any, settings: Settings) -> Ledger:
    if route.pure:
        return Unrecorded()
    return DynamoLedger(client, settings.names.table("ledger"), utc_now, wiring.LEDGER_RETENTION)


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
