"""The pipe's hand on one machine: moves each event from its route's inbox to its FIFO queue.

    python -m localstack.forwarder --endpoint-url http://127.0.0.1:4566

Runs until SIGTERM. Exits with 1, and one line, when a queue stays out of reach.
"""

import argparse
import asyncio
import logging
import os
import signal
import sys
from collections.abc import Callable, Coroutine, Sequence
from pathlib import Path
from typing import Any

from aiobotocore.config import AioConfig
from aiobotocore.session import get_session
from botocore.exceptions import BotoCoreError, ClientError

from events.routes import ROUTES, Route
from events.topology import Names
from localstack.endpoint import CREDENTIAL
from localstack.pipe import WAIT_SECONDS, OutOfReach, Pipe

_GIVE_UP_AFTER = 30.0


async def forward(
    endpoint_url: str,
    region: str,
    names: Names,
    *,
    give_up_after: float = _GIVE_UP_AFTER,
    on_ready: Callable[[], None] = lambda: None,
    session: Any = None,
) -> None:
    """Runs every route's pipe until SIGTERM or SIGINT. Raises OutOfReach.

    `session` is an aiobotocore session that may have loaded its descriptions already.
    """
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    async with (session or get_session()).create_client(
        "sqs",
        region_name=region,
        endpoint_url=endpoint_url,
        aws_access_key_id=CREDENTIAL,
        aws_secret_access_key=CREDENTIAL,
        config=_config(len(ROUTES)),
    ) as sqs:
        pipes = await _pipes(sqs, names, stop, give_up_after)
        on_ready()
        try:
            async with asyncio.TaskGroup() as group:
                for pipe in pipes:
                    group.create_task(pipe.run(), name=pipe.route.name)
        except* OutOfReach as failures:
            # When the endpoint is gone every pipe says so, and one of them is enough.
            raise failures.exceptions[0] from None


def _config(routes: int) -> AioConfig:
    # A poll holds its connection for 20 s: with fewer connections than routes, some would starve.
    return AioConfig(
        max_pool_connections=2 * routes + 4,
        connect_timeout=5,
        read_timeout=WAIT_SECONDS + 10,
        retries={"total_max_attempts": 1},
    )


async def _pipes(sqs: Any, names: Names, stop: asyncio.Event, give_up_after: float) -> list[Pipe]:
    async def url(name: str) -> str:
        return str((await sqs.get_queue_url(QueueName=name))["QueueUrl"])

    async def pipe(route: Route) -> Pipe:
        inbox, queue = await url(names.inbox(route)), await url(names.queue(route))
        return Pipe(route, inbox, queue, sqs, stop, give_up_after)

    try:
        return list(await asyncio.gather(*(pipe(route) for route in ROUTES)))
    except (BotoCoreError, ClientError) as error:
        raise OutOfReach(f"the queues of {names.environment!r} are not there: {error}") from error


def run(session: Any, endpoint_url: str, region: str, environment: str, ready_folder: str) -> int:
    """The forwarder as a process of the fleet; the exit code is 1 when it gave up."""
    ready = Path(ready_folder) / f"forwarder.{os.getpid()}"
    names = Names(environment)
    return _run(forward(endpoint_url, region, names, on_ready=ready.touch, session=session))


def main(arguments: Sequence[str] | None = None) -> int:
    """The command line: 0 stopped, 1 gave up, 2 wrong usage."""
    options = _parser().parse_args(arguments)
    return _run(
        forward(
            options.endpoint_url,
            options.region,
            Names(options.environment),
            give_up_after=options.give_up_after,
            on_ready=lambda: print("ready", flush=True),
        )
    )


def _run(forwarding: Coroutine[Any, Any, None]) -> int:
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(message)s")
    try:
        asyncio.run(forwarding)
    except OutOfReach as failure:
        print(f"error: {failure}", file=sys.stderr)
        return 1
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m localstack.forwarder",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--endpoint-url", required=True, help="the emulator")
    parser.add_argument("--region", default="us-east-1", help="default: us-east-1")
    parser.add_argument("--environment", default="local", help="part of every name (local)")
    parser.add_argument(
        "--give-up-after", type=float, default=_GIVE_UP_AFTER, help="seconds without an answer (30)"
    )
    return parser


if __name__ == "__main__":
    raise SystemExit(main())
