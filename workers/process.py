"""One consumer as an operating-system process: signals, readiness, exit code."""

import asyncio
import importlib
import os
import signal
import sys
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from events.routes import ROUTES, Route
from workers import wiring
from workers.connections import Connections
from workers.runtime import handlers
from workers.runtime.consumer import EndpointGone
from workers.runtime.handlers import HandlerError
from workers.runtime.logs import Log
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
    "rego_wasm",
    "s3",
)

# An emulator on this machine costs nothing to ask, and a drain waits for the receive it is in.
EMBEDDED_WAIT = timedelta(seconds=2)


class UnknownRoute(Exception):
    """Raised when a worker is asked to serve a route that the table does not have."""


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
    except (EndpointGone, HandlerError, ClientError, BotoCoreError, OSError) as error:
        print(f"flotilla: {route_name}: {error}", file=sys.stderr)
        return EXIT_FAULT
    return EXIT_OK


def run_embedded(session: Any, route_name: str, endpoint_url: str, ready_folder: str) -> int:
    """The same in a process of the local fleet, which was forked with everything loaded."""
    settings = replace(load(), endpoint_url=endpoint_url, receive_wait=EMBEDDED_WAIT)
    return run_worker(
        route_name, settings, Path(ready_folder) / f"{route_name}.{os.getpid()}", session
    )


def prepared() -> Any:
    """Loads what the workers of a local fleet share, before they are forked from one process.

    Returns an AWS session for `run_embedded`. Leaves no thread behind, which a fork would lose.
    """
    from workers.fleet import warm  # noqa: PLC0415 not in a container

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
        consumer = await wiring.consumer(route, settings, connections, log)
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, consumer.stop)
        log.info("ready")
        on_ready()
        await consumer.run()
        log.info("drained")


def _marker(ready: Path | None) -> Callable[[], None]:
    def mark() -> None:
        if ready is not None:
            ready.parent.mkdir(parents=True, exist_ok=True)
            ready.touch()

    return mark
