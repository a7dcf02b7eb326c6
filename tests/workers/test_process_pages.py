"""What a worker says of itself over HTTP while one of its ports is away."""

import asyncio
import io
import json
from datetime import timedelta
from typing import Any

from events.publisher import Publisher
from events.routes import Route
from schemas.task import TaskCreated
from workers.process import pages
from workers.runtime.breaker import Bounds, Breakers
from workers.runtime.consumer import Consumer, Pace
from workers.runtime.delivery import Courier, utc_now
from workers.runtime.handlers import Handler
from workers.runtime.health import Limits
from workers.runtime.logs import Log
from workers.runtime.testing import FakeBus, FakeLedger, FakeQueue, VirtualClock
from workers.runtime.tracing import SilentTracer

ROUTE = Route(event=TaskCreated, worker="codegen")
MINUTE = timedelta(minutes=1)


async def silent(event: TaskCreated) -> None:
    """Says nothing."""


async def a_consumer(breakers: Breakers) -> Consumer:
    clock = VirtualClock()
    courier = Courier(
        route=ROUTE,
        handler=Handler(silent, {}),
        ports={},
        ledger=FakeLedger(clock),
        publisher=Publisher(FakeBus()),
        tracer=SilentTracer(),
        lease=MINUTE,
        now=utc_now,
        breakers=breakers,
    )
    return Consumer(courier, FakeQueue(clock), Pace(), Log(stream=io.StringIO()))


def health_of(consumer: Consumer) -> tuple[int, dict[str, Any]]:
    page = pages(consumer, ROUTE, Limits(poll=MINUTE, attempt=MINUTE, drain=MINUTE))["/health"]()
    return page.status, json.loads(page.body)


async def test_a_paused_worker_is_well_and_names_what_it_waits_for() -> None:
    breakers = Breakers(Bounds(failures=1, base=MINUTE, cap=MINUTE), lambda: 0.5)
    consumer = await a_consumer(breakers)
    assert health_of(consumer) == (200, {**health_of(consumer)[1], "paused": {}})

    breaker, now = breakers.of("Model"), asyncio.get_running_loop().time()
    permit: Any = breaker.allows(now)
    breaker.failed(permit, now)

    status, said = health_of(consumer)
    assert (status, said["healthy"]) == (200, True)
    assert 0 < said["paused"]["Model"] <= 30
