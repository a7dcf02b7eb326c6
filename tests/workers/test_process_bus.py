"""A worker does not start where what it publishes would be lost: PutEvents to no bus succeeds."""

import os
import subprocess
import sys
from pathlib import Path
from uuid import uuid4

import boto3
import pytest

import workers
from events.routes import ROUTES
from events.topology import Names

pytestmark = [pytest.mark.embedded, pytest.mark.process]

ROUTE = ROUTES[0]
# Longer than the busiest machine takes to start one; a worker that does start runs for ever.
AT_MOST = 120


def test_a_worker_does_not_start_without_its_bus(ministack: str, tmp_path: Path) -> None:
    names = Names(f"b{uuid4().hex[:10]}")
    secret = {"aws_access_key_id": "t", "aws_secret_access_key": "t"}
    sqs = boto3.client("sqs", endpoint_url=ministack, region_name="us-east-1", **secret)
    # For longer than a ledger remembers: a worker that does not miss the bus ends, too, over this.
    attributes = {"FifoQueue": "true", "MessageRetentionPeriod": "1209600"}
    for name in (names.queue(ROUTE), names.dead_letters(ROUTE)):
        sqs.create_queue(QueueName=name, Attributes=attributes)

    ended = subprocess.run(
        [sys.executable, "-m", "workers", "worker", ROUTE.name],
        cwd=Path(workers.__file__).parents[1],
        env={
            "PATH": os.environ["PATH"],
            "HOME": str(tmp_path),
            "AWS_ENDPOINT_URL": ministack,
            "FLOTILLA_ENVIRONMENT": names.environment,
            "FLOTILLA_HOME": str(tmp_path),
        },
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=AT_MOST,
        check=False,
    )

    assert ended.returncode == 1
    assert ended.stderr.count("\n") == 1
    assert "DescribeEventBus" in ended.stderr
    assert names.bus in ended.stderr
