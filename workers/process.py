"""One consumer as an operating-system process: signals, readiness, exit code."""

import asyncio
import importlib
import json
import os
import signal
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from events.routes import ROUTES, Route
from schemas.catalog import CATALOG
from workers import assembly
from workers.adapters.ecs_protection import EcsProtection
from workers.adapters.metrics_server import Page, serving
from workers.adapters.retention import retention
from workers.connections import Connections
from workers.runtime import handlers
from workers.runtime.attempts import nobody
from workers.runtime.consumer import Consumer, EndpointGone, Pace
from workers.runtime.handlers import HandlerError
from workers.runtime.health import Limits, Watchdog, ailment
from workers.runtime.horizon import LEDGER_RETENTION, shortfall
from workers.runtime.logs import Log
from workers.runtime.metrics import CONTENT_TYPE
from workers.runtime.protection import Guard
from workers.runtime.queue import QueueUnavailable
from workers.settings import Settings, load

EXIT_OK = 0
EXIT_FAULT = 1
EXIT_USAGE = 2

# What several workers use, or what takes long to load; each knows itself what it loads later.
_ADAPTERS = (
    "detect_secrets",
    "dynamodb_workflows",
    "embedded_target",
    "http_probe",
    "lean.opening",
    "rego_wasm",
    "s3",
)

# An emulator on this machine costs nothing to ask, and a drain waits for the receive it is in.
EMBEDDED_WAIT = timedelta(seconds=2)
# Less than what the local fleet's supervisor waits before it kills.
EMBEDDED_STOP = timedelta(seconds=9)

# A protection is renewed at half of its time.
_PROTECTION = timedelta(minutes=10)


class UnknownRoute(Exception):
    """Raised when a worker is asked to serve a route that the table does not have."""


class HorizonTooShort(Exception):
    """Raised when a message could come again after the ledger has forgotten it."""


_FAULTS = (
    EndpointGone,
    HandlerError,
    HorizonTooShort,
    QueueUnavailable,
    ClientError,
    BotoCoreError,
    OSError,
)


def find_route(name: str) -> Route:
    """The route of that name. Raises UnknownRoute, naming the ones there are."""
    for route in ROUTES:
        if route.name == name:
            return route
    raise UnknownRoute(f"no route {name!r}; there are: {', '.join(r.name for r in ROUTES)}")


def run_worker(
    route_name: str, settings: Settings, ready: Path | None = None, session: Any = None
) -> int:
    """Serves a route until SIGTERM or SIGINT, and returns the exit code.

    `ready` is a file that is made once the consumer polls. What ends the process early is said in
    one line on standard error.
    """
    log = Log(route=route_name, pid=os.getpid())
    try:
        asyncio.run(_serve(find_route(route_name), settings, log, _marker(ready), session))
    except UnknownRoute as error:
        print(f"flotilla: {error}", file=sys.stderr)
        return EXIT_USAGE
    except _FAULTS as error:
        print(f"flotilla: {route_name}: {error}", file=sys.stderr)
        return EXIT_FAULT
    return EXIT_OK


def run_embedded(session: Any, route_name: str, endpoint_url: str, ready_folder: str) -> int:
    """The same in a process of the local fleet, which was forked with everything loaded."""
    found = load()
    settings = replace(
        found,
        endpoint_url=endpoint_url,
        receive_wait=EMBEDDED_WAIT,
        stop=min(found.stop, EMBEDDED_STOP),
        # All of them would want the same one.
        health_port=None,
    )
    return run_worker(
        route_name, settings, Path(ready_folder) / f"{route_name}.{os.getpid()}", session
    )


def prepared() -> Any:
    """Loads what the workers of a local fleet share, before they are forked from one process.

    Returns an AWS session for `run_embedded`. Leaves no thread behind, which a fork would lose.
    """
    from workers.fleet import warm  # noqa: PLC0415 not in a container

    for event in CATALOG.values():
        event.model_rebuild()
    for route in ROUTES:
        handlers.load(route)
    for name in _ADAPTERS:
        importlib.import_module(f"workers.adapters.{name}")
    return warm.session()


async def _serve(
    route: Route, settings: Settings, log: Log, on_ready: Callable[[], None], session: Any
) -> None:
    async with Connections(settings, session) as connections:
        # PutEvents to a bus that is missing succeeds: better to find out before anything is lost.
        events = await connections.client("events")
        await events.describe_event_bus(Name=settings.names.bus)
        await _check_horizon(route, settings, connections)
        guard = _guard(route, settings, log)
        on_turn = guard.busy if guard else nobody
        consumer = await assembly.consumer(route, settings, connections, log, on_turn)
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, consumer.stop)
        async with _attended(consumer, route, settings, log, guard):
            log.info("ready")
            on_ready()
            await consumer.run()
        log.info("drained")


async def _check_horizon(route: Route, settings: Settings, connections: Connections) -> None:
    """Better not to start than to do things twice, weeks later."""
    sqs, names = await connections.client("sqs"), settings.names
    kept = await retention(sqs, names.queue(route))
    parked = await retention(sqs, names.dead_letters(route))
    if wrong := shortfall(kept, parked, ledger=LEDGER_RETENTION):
        raise HorizonTooShort(str(wrong))


def limits(route: Route, settings: Settings) -> Limits:
    """What a consumer may take before it counts as dead.

    One whose polls are refused ends by itself when its patience is over; this is for a poll that
    never comes back.
    """
    return Limits(
        poll=settings.receive_wait + Pace().patience,
        attempt=route.timeout + settings.lease,
        drain=settings.stop,
    )


def pages(consumer: Consumer, route: Route, allowed: Limits) -> dict[str, Callable[[], Page]]:
    """What a consumer says of itself over HTTP."""

    def health() -> Page:
        ages = consumer.progress.ages()
        reason = ailment(ages, allowed)
        said = {
            "route": route.name,
            "healthy": reason is None,
            "reason": reason,
            "last_poll_seconds": round(ages.answered.total_seconds(), 3),
            "in_flight": consumer.gauges.in_flight,
            "draining": ages.draining is not None,
            "paused": {port: _tenths(wait) for port, wait in consumer.away.items()},
        }
        return Page(503 if reason else 200, "application/json", json.dumps(said) + "\n")

    def metrics() -> Page:
        return Page(200, CONTENT_TYPE, consumer.metrics.text(route.name, consumer.gauges))

    return {"/health": health, "/metrics": metrics}


def _tenths(wait: timedelta) -> float:
    return round(wait.total_seconds(), 1)


@asynccontextmanager
async def _attended(
    consumer: Consumer, route: Route, settings: Settings, log: Log, guard: Guard | None
) -> AsyncIterator[None]:
    """Watched, heard and protected, for the length of a block."""
    allowed = limits(route, settings)
    async with AsyncExitStack() as stack:
        if settings.health_port is not None:
            served = pages(consumer, route, allowed)
            await stack.enter_async_context(
                serving(settings.health_host, settings.health_port, served)
            )
        if guard is not None:
            guarding = asyncio.create_task(guard.run())
            stack.callback(guarding.cancel)
        stack.enter_context(Watchdog(consumer.progress, allowed, log))
        yield


def _guard(route: Route, settings: Settings, log: Log) -> Guard | None:
    """Protection from scale-in where there is an ECS agent to ask for it."""
    if settings.ecs_agent_uri is None:
        return None
    lasting = max(_PROTECTION, 2 * (route.timeout + settings.lease))
    return Guard(EcsProtection(settings.ecs_agent_uri), log, lasting=lasting)


def _marker(ready: Path | None) -> Callable[[], None]:
    def mark() -> None:
        if ready is not None:
            ready.parent.mkdir(parents=True, exist_ok=True)
            ready.touch()

    return mark
