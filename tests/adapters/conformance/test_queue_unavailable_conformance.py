"""A queue that does not answer, or is not there, is unavailable, whatever it was asked."""

from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from tests.adapters.conformance.queues import LONG, NOW, PARKING, Sqs
from workers.adapters.sqs import SqsQueue
from workers.runtime.queue import Message, Queue, QueueUnavailable
from workers.runtime.testing import FakeQueue, VirtualClock

CALLS: dict[str, Callable[[Queue, Message], Awaitable[Any]]] = {
    "receive": lambda queue, _: queue.receive(1, NOW, LONG),
    "delete": lambda queue, message: queue.delete([message]),
    "hide": lambda queue, message: queue.hide([message], LONG),
    "park": lambda queue, message: queue.park(message, PARKING),
}


@pytest.mark.parametrize("call", CALLS.values(), ids=CALLS.keys())
async def test_a_fake_that_is_down_is_unavailable(call: Any) -> None:
    queue = FakeQueue(VirtualClock())
    queue.send("a")
    [message] = await queue.receive(1, NOW, LONG)
    queue.down = True

    with pytest.raises(QueueUnavailable):
        await call(queue, message)


@pytest.mark.parametrize("call", CALLS.values(), ids=CALLS.keys())
async def test_a_queue_that_is_not_there_is_unavailable(sqs: Sqs, call: Any) -> None:
    await sqs.send("a")
    [message] = await sqs.take()
    nowhere = "http://127.0.0.1/000000000000/nowhere.fifo"

    with pytest.raises(QueueUnavailable):
        await call(SqsQueue(sqs.client, nowhere, nowhere), message)


@pytest.mark.parametrize("call", CALLS.values(), ids=CALLS.keys())
async def test_an_endpoint_that_does_not_answer_is_unavailable(call: Any) -> None:
    from aiobotocore.config import AioConfig
    from aiobotocore.session import get_session

    message = Message("m", "a", "r", 1, group="g")
    url = "http://127.0.0.1:9/000000000000/q.fifo"
    async with get_session().create_client(
        "sqs",
        endpoint_url="http://127.0.0.1:9",
        region_name="us-east-1",
        aws_access_key_id="test",
        aws_secret_access_key="test",
        config=AioConfig(retries={"total_max_attempts": 1}, connect_timeout=1),
    ) as client:
        with pytest.raises(QueueUnavailable):
            await call(SqsQueue(client, url, url), message)
