"""How long a queue keeps what it holds, as SQS says it."""

from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest

from localstack.ports import free_port
from workers.adapters.retention import retention
from workers.runtime.queue import QueueUnavailable

Clients = Callable[[str, str], AbstractAsyncContextManager[Any]]


@pytest.mark.embedded
@pytest.mark.parametrize(
    ("attributes", "expected"),
    [
        ({}, timedelta(days=4)),
        ({"MessageRetentionPeriod": "1209600"}, timedelta(days=14)),
        ({"MessageRetentionPeriod": "60"}, timedelta(minutes=1)),
    ],
)
async def test_a_queues_retention_is_read(
    clients: Any, attributes: dict[str, str], expected: timedelta
) -> None:
    name = f"kept-{uuid4().hex[:8]}.fifo"
    async with clients("sqs") as client:
        await client.create_queue(QueueName=name, Attributes={"FifoQueue": "true", **attributes})
        assert await retention(client, name) == expected


@pytest.mark.embedded
async def test_a_queue_that_is_not_there_is_named(clients: Any) -> None:
    async with clients("sqs") as client:
        with pytest.raises(QueueUnavailable, match=r"retention of nobody\.fifo"):
            await retention(client, "nobody.fifo")


async def test_a_server_that_is_not_there_is_unavailable(client_at: Clients) -> None:
    async with client_at("sqs", f"http://127.0.0.1:{free_port()}") as client:
        with pytest.raises(QueueUnavailable, match=r"retention of any\.fifo"):
            await retention(client, "any.fifo")
