"""What a peer's process is asked to do, as its command line says it. Standard library alone."""

import argparse
import json
import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmarks.peers.journal import Journal
from benchmarks.peers.meter import Meter
from localstack.lifeline import end_with_parent

REGION = "us-east-1"
BUS = "benchmark"
TABLE = "benchmark-ledger"
IDEMPOTENCY_TABLE = "benchmark-idempotency"
DEAD_LETTERS = "benchmark-dead.fifo"
CREDENTIAL = "test"

# How many messages a peer that can is allowed to handle at the same time.
CONCURRENCY = 10
# How long a message stays hidden after its owner's death, and how long a poll waits.
VISIBILITY_SECONDS = 30
WAIT_SECONDS = 20


@dataclass(frozen=True, slots=True)
class Job:
    """One run of one peer. `variant` is what the peer's row says besides its name.

    `journal` is where each message is taken down, for a run of several workers.
    """

    endpoint_url: str
    queue: str
    messages: int
    warm: int
    publishes: bool
    variant: str
    report: Path
    journal: Path | None = None

    @property
    def queue_url(self) -> str:
        return f"{self.endpoint_url}/000000000000/{self.queue}"

    def meter(self, *libraries: str) -> Meter:
        """The meter of this run, which also reports the versions of these distributions."""
        journal = None if self.journal is None else Journal(self.journal, self.messages)
        return Meter(self.messages, self.warm, self.report, libraries, journal)


def client_options(job: Job) -> dict[str, Any]:
    """What boto3 and aiobotocore need to speak to the server of a run."""
    return {
        "region_name": REGION,
        "endpoint_url": job.endpoint_url,
        "aws_access_key_id": CREDENTIAL,
        "aws_secret_access_key": CREDENTIAL,
    }


def event_of(body: str) -> dict[str, Any]:
    """The fields of the event in an EventBridge body."""
    detail: dict[str, Any] = json.loads(body)["detail"]
    return detail


def answer_to(event: dict[str, Any]) -> dict[str, str]:
    """The PutEvents entry that a publishing handler sends."""
    detail = {name: event[name] for name in ("number", "group", "sequence", "text")}
    return {
        "EventBusName": BUS,
        "Source": "benchmark",
        "DetailType": "benchmark.answered",
        "Detail": json.dumps(detail),
    }


def main(work: Callable[[Job], None], wrapped: Callable[[str, str], str] | None = None) -> None:
    """Runs a peer's process: its work, or the bodies that its library reads.

    `wrapped` puts an EventBridge body into the library's own message for a queue.
    """
    parser = argparse.ArgumentParser(description="One peer of the benchmark.")
    commands = parser.add_subparsers(dest="command", required=True)
    run = commands.add_parser("work", help="consume a queue")
    for name in ("endpoint-url", "queue", "variant"):
        run.add_argument(f"--{name}", required=True)
    for name in ("messages", "warm"):
        run.add_argument(f"--{name}", type=int, required=True)
    run.add_argument("--publishes", action="store_true")
    run.add_argument("--report", type=Path, required=True)
    run.add_argument("--journal", type=Path)
    wrap = commands.add_parser("wrap", help="rewrite a file of messages")
    wrap.add_argument("queue")
    wrap.add_argument("plain", type=Path)
    wrap.add_argument("wrapped", type=Path)
    given = vars(parser.parse_args())
    if given.pop("command") == "work":
        end_with_parent(os.getppid())
        work(Job(**{name: given[name] for name in Job.__slots__}))
    else:
        assert wrapped is not None, "this peer reads plain bodies"
        lines = given["plain"].read_text(encoding="utf-8").splitlines()
        rewritten = (
            json.dumps([wrapped(body, given["queue"]), group]) + "\n"
            for body, group in map(json.loads, lines)
        )
        given["wrapped"].write_text("".join(rewritten), encoding="utf-8")
