"""taskiq on its SQS broker, with batches of ten, as its receiver runs inside a worker process."""

import asyncio
import json
from uuid import uuid4

from aiobotocore.session import get_session
from taskiq import TaskiqMessage
from taskiq.api import run_receiver_task
from taskiq.formatters.proxy_formatter import ProxyFormatter
from taskiq_aio_sqs import SQSBroker

from benchmarks.peers.job import (
    CONCURRENCY,
    CREDENTIAL,
    REGION,
    VISIBILITY_SECONDS,
    WAIT_SECONDS,
    Job,
    answer_to,
    client_options,
    event_of,
    main,
)

TASK = "handle"


def work(job: Job) -> None:
    """Consumes until it is ended."""
    asyncio.run(_consume(job))


async def _consume(job: Job) -> None:
    meter = job.meter("taskiq", "taskiq-aio-sqs", "aiobotocore", "botocore")
    broker = _broker(job.queue, job.endpoint_url)
    async with get_session().create_client("events", **client_options(job)) as events:

        async def handle(body: str) -> None:
            event = event_of(body)
            meter.began(event)
            if job.publishes:
                await events.put_events(Entries=[answer_to(event)])
            meter.ended(event)

        broker.register_task(handle, task_name=TASK)
        broker.is_worker_process = True
        await run_receiver_task(broker, max_async_tasks=CONCURRENCY, run_startup=True)


def wrapped(body: str, queue: str) -> str:
    """The body as the one argument of a task."""
    message = TaskiqMessage(task_id=uuid4().hex, task_name=TASK, labels={}, args=[body], kwargs={})
    formatter = ProxyFormatter(_broker(queue, None))
    return json.dumps(json.loads(formatter.dumps(message).message))


def _broker(queue: str, endpoint_url: str | None) -> SQSBroker:
    return SQSBroker(
        queue,
        endpoint_url=endpoint_url,
        region_name=REGION,
        aws_access_key_id=CREDENTIAL,
        aws_secret_access_key=CREDENTIAL,
        max_number_of_messages=10,
        wait_time_seconds=WAIT_SECONDS,
        visibility_timeout=VISIBILITY_SECONDS,
    )


if __name__ == "__main__":
    main(work, wrapped)
