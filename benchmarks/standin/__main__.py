"""python -m benchmarks.standin: one stand-in on a port of 127.0.0.1, until it is ended."""

import argparse
import asyncio
import gc
import os
import signal
import sys

from benchmarks.standin.server import HOST, StandIn, listen
from localstack.lifeline import end_with_parent


def main() -> int:
    """Returns the exit code."""
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.standin",
        description="A fast local SQS, EventBridge and DynamoDB (AWS JSON), for measuring.",
        epilog="example: python -m benchmarks.standin --port 4599",
    )
    parser.add_argument("--port", type=int, default=0, help="0, the default, takes a free one")
    parser.add_argument(
        "--fifo-receive",
        choices=("grouped", "spread"),
        default="grouped",
        help="grouped: as many messages of one group as it can, as SQS; spread: groups mixed",
    )
    parser.add_argument(
        "--count-units",
        action="store_true",
        help="count DynamoDB's request units, which takes the server's time",
    )
    given = parser.parse_args()
    end_with_parent(os.getppid())
    try:
        asyncio.run(_serve(given.port, _standin(given)))
    except OSError as error:
        print(f"standin: port {given.port}: {error.strerror}", file=sys.stderr)
        return 1
    return 0


def _standin(given: argparse.Namespace) -> StandIn:
    return StandIn(spread=given.fifo_receive == "spread", count_units=given.count_units)


async def _serve(port: int, standin: StandIn) -> None:
    # Nothing here is cyclic, and a collection over many messages would be taken for slowness.
    gc.disable()
    server = await listen(standin, port)
    print(f"ready http://{HOST}:{server.sockets[0].getsockname()[1]}", flush=True)
    over = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, over.set)
    await over.wait()
    server.close()


if __name__ == "__main__":
    sys.exit(main())
