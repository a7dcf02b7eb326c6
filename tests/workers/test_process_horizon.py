"""A worker does not start where a message could outlive what the ledger remembers of it."""

import os
import subprocess
import sys
from pathlib import Path
from uuid import uuid4

import boto3
import pytest

from events.routes import ROUTES
from events.topology import Names

pytestmark = [pytest.mark.embedded, pytest.mark.process]

ROUTE = ROUTES[0]
ROOT = Path(__file__).parents[2]
# Longer than the busiest machine takes to start one; a worker that does start runs for ever.
AT_MOST = 120


def worker(endpoint: str, environment: str, home: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "workers", "worker", ROUTE.name],
        cwd=ROOT,
        env={
            "PATH": os.environ["PATH"],
            "HOME": str(home),
            "AWS_ENDPOINT_URL": endpoint,
            "FLOTILLA_ENVIRONMENT": environment,
            "FLOTILLA_HOME": str(home),
        },
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=AT_MOST,
        check=False,
    )


def deployed(endpoint: str, *, retention: dict[str, str], dead_letters: bool = True) -> str:
    """A bus and the route's queues, in an environment of their own; its name."""
    environment = f"h{uuid4().hex[:10]}"
    names, secret = Names(environment), {"aws_access_key_id": "t", "aws_secret_access_key": "t"}
    place = {"endpoint_url": endpoint, "region_name": "us-east-1", **secret}
    boto3.client("events", **place).create_event_bus(Name=names.bus)
    sqs = boto3.client("sqs", **place)
    for name in (names.queue(ROUTE), names.dead_letters(ROUTE)):
        if dead_letters or name == names.queue(ROUTE):
            sqs.create_queue(QueueName=name, Attributes={"FifoQueue": "true", **retention})
    return environment


def test_a_worker_refuses_to_start_with_one_line_and_the_mend(
    ministack: str, tmp_path: Path
) -> None:
    environment = deployed(ministack, retention={"MessageRetentionPeriod": "1209600"})

    ended = worker(ministack, environment, tmp_path)

    assert ended.returncode == 1
    assert ended.stderr == (
        f"flotilla: {ROUTE.name}: 14 days in the queue, 14 days as a dead letter and 7 days to"
        " replay outlive the 25 days of the ledger, so effects may come twice:"
        " keep messages for 10 days less, or the ledger's records longer\n"
    )


def test_a_missing_dead_letter_queue_is_one_line_too(ministack: str, tmp_path: Path) -> None:
    environment = deployed(ministack, retention={}, dead_letters=False)

    ended = worker(ministack, environment, tmp_path)

    assert ended.returncode == 1
    assert ended.stderr.count("\n") == 1
    assert Names(environment).dead_letters(ROUTE) in ended.stderr
