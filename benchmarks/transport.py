"""Processor time of a call: the lean transport beside aiobotocore, on the calls that are hot.

    python -m benchmarks.transport

One process on one core, a server that has its answers ready on another. Each figure is the median
of five; the two take turns, so that a busy machine is busy for both.
"""

import argparse
import asyncio
import json
import statistics
import subprocess
import sys
import time
from collections.abc import Awaitable, Callable, Iterator, Sequence
from contextlib import AsyncExitStack, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from importlib.metadata import version
from pathlib import Path
from typing import Any

from benchmarks import affinity
from benchmarks.machine import load, machine
from benchmarks.transport_server import EVENT, QUEUE, STATEMENT
from workers.connections import Connections
from workers.settings import Settings, Transport

ROUNDS = 5
BATCH = 10
TRANSPORTS: tuple[Transport, ...] = ("botocore", "lean")
RESULTS = Path(__file__).parent / "results" / "transport.md"
# What a message costs at full batches with the ledger on and one event published, in calls.
_CALLS_A_MESSAGE = {
    "receive_message": 1 / BATCH,
    "batch_execute_statement": 2 / BATCH,
    "put_events": 1 / BATCH,
    "delete_message_batch": 1 / BATCH,
}

Call = Callable[[], Awaitable[Any]]
# Microseconds by transport and operation.
Figures = dict[Transport, dict[str, float]]


@dataclass(frozen=True, slots=True)
class Start:
    """What it takes to open the three clients and make one call with each, in a new process."""

    cpu_seconds: float
    modules: int


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.transport", description=__doc__)
    parser.add_argument("--calls", type=int, default=1000, help="of each operation in a round")
    parser.add_argument("--rounds", type=int, default=ROUNDS)
    parser.add_argument("--out", type=Path, default=RESULTS)
    parser.add_argument("--start", help=argparse.SUPPRESS, nargs=2)
    asked = parser.parse_args(arguments)
    if asked.start:
        print(json.dumps(asyncio.run(_started(*asked.start))))
        return
    cores = affinity.cores()
    with _server(cores.server) as url, affinity.pinned(cores.worker):
        figures = asyncio.run(_measured(url, asked.calls, asked.rounds))
        starts = {name: _start(name, url, asked.rounds) for name in TRANSPORTS}
    page = report(figures, starts, asked.calls, asked.rounds)
    asked.out.write_text(page, encoding="utf-8")
    print(page)


def report(figures: Figures, starts: dict[Transport, Start], calls: int, rounds: int) -> str:
    """The page of results."""
    rows = [
        f"| {name} | {figures['botocore'][name]:.0f} | {figures['lean'][name]:.0f} |"
        f" {figures['botocore'][name] / figures['lean'][name]:.1f} |"
        for name in _CALLS_A_MESSAGE
    ]
    slow, quick = a_message(figures["botocore"]), a_message(figures["lean"])
    versions = ", ".join(f"{name} {version(name)}" for name in ("aiobotocore", "botocore"))
    return "\n".join(
        [
            "# The transport: processor time of a call",
            "",
            f"{datetime.now(UTC):%Y-%m-%d %H:%M} UTC. {machine()}; load {load()}.",
            f"Python {sys.version.split()[0]}, {versions}.",
            f"{calls:,} calls of each operation a round, medians of {rounds}; batches of {BATCH},"
            " events of 600 bytes.",
            "Made by `python -m benchmarks.transport`.",
            "",
            "| call | aiobotocore, µs | lean, µs | ratio |",
            "| --- | --- | --- | --- |",
            *rows,
            f"| **a message** (ledger on, one event published) | {slow:.0f} | {quick:.0f} |"
            f" **{slow / quick:.1f}** |",
            "",
            "| start: three clients, one call with each | aiobotocore | lean |",
            "| --- | --- | --- |",
            f"| processor time, s | {starts['botocore'].cpu_seconds:.2f} |"
            f" {starts['lean'].cpu_seconds:.2f} |",
            f"| modules imported | {starts['botocore'].modules} | {starts['lean'].modules} |",
            "",
            "The time is that of the calling process: signing, serialising, sending, receiving and",
            "parsing, system calls included. Absolute figures vary with the machine and what else",
            "it does; the ratio is the result.",
            "",
        ]
    )


def a_message(figures: dict[str, float]) -> float:
    """Microseconds of transport for each message at full batches."""
    return sum(figures[name] * share for name, share in _CALLS_A_MESSAGE.items())


async def _measured(url: str, calls: int, rounds: int) -> Figures:
    taken: dict[Transport, dict[str, list[float]]] = {
        transport: {name: [] for name in _CALLS_A_MESSAGE} for transport in TRANSPORTS
    }
    async with AsyncExitStack() as stack:
        made = {name: await _calls(await _opened(stack, name, url)) for name in TRANSPORTS}
        for _ in range(rounds):
            for transport, operations in made.items():
                for name, call in operations.items():
                    taken[transport][name].append(await _time(call, calls))
    return {
        transport: {name: statistics.median(times) for name, times in operations.items()}
        for transport, operations in taken.items()
    }


async def _opened(stack: AsyncExitStack, transport: Transport, url: str) -> Connections:
    settings = Settings(endpoint_url=url)
    return await stack.enter_async_context(Connections(settings, transport=transport))


async def _calls(connections: Connections) -> dict[str, Call]:
    sqs, events, dynamodb = [
        await connections.client(name) for name in ("sqs", "events", "dynamodb")
    ]
    handles = [{"Id": str(place), "ReceiptHandle": "r" * 180} for place in range(BATCH)]
    return {
        "receive_message": partial(
            sqs.receive_message, QueueUrl=QUEUE, MaxNumberOfMessages=BATCH, WaitTimeSeconds=20
        ),
        "delete_message_batch": partial(sqs.delete_message_batch, QueueUrl=QUEUE, Entries=handles),
        "put_events": partial(events.put_events, Entries=[EVENT] * BATCH),
        "batch_execute_statement": partial(
            dynamodb.batch_execute_statement, Statements=[STATEMENT] * BATCH
        ),
    }


async def _time(call: Call, calls: int) -> float:
    """Microseconds of processor time a call, after one that opens the connection."""
    await call()
    begun = time.process_time()
    for _ in range(calls):
        await call()
    return (time.process_time() - begun) / calls * 1e6


def _start(transport: Transport, url: str, rounds: int) -> Start:
    command = [sys.executable, "-m", "benchmarks.transport", "--start", transport, url]
    seen = [
        json.loads(subprocess.run(command, check=True, capture_output=True).stdout)  # noqa: S603
        for _ in range(rounds)
    ]
    seconds = statistics.median(each["cpu_seconds"] for each in seen)
    return Start(seconds, seen[0]["modules"])


async def _started(transport: Transport, url: str) -> dict[str, float]:
    imported, begun = len(sys.modules), time.process_time()
    async with AsyncExitStack() as stack:
        for call in (await _calls(await _opened(stack, transport, url))).values():
            await call()
        seconds = time.process_time() - begun
    return {"cpu_seconds": seconds, "modules": len(sys.modules) - imported}


@contextmanager
def _server(core: int | None) -> Iterator[str]:
    """The URL of a server on that core, in a process of its own."""
    command = [sys.executable, "-m", "benchmarks.transport_server"]
    with affinity.pinned(core):
        process = subprocess.Popen(  # noqa: S603
            command, stdout=subprocess.PIPE, stdin=subprocess.DEVNULL, text=True
        )
    try:
        assert process.stdout is not None
        yield process.stdout.readline().strip()
    finally:
        process.kill()
        process.communicate()


if __name__ == "__main__":
    main()
