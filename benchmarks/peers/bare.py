"""A loop on aiobotocore with batches of ten: the least that anybody writes by hand.

Variant "batched": the events of a batch are published with one request, before its delete.
"""

import asyncio
from typing import Any

from aiobotocore.session import get_session

from benchmarks.peers.job import (
    VISIBILITY_SECONDS,
    WAIT_SECONDS,
    Job,
    answer_to,
    client_options,
    event_of,
    main,
)
from benchmarks.peers.meter import Meter


def work(job: Job) -> None:
    """Consumes until it is ended."""
    asyncio.run(_consume(job, job.meter("aiobotocore", "botocore", "aiohttp")))


async def _consume(job: Job, meter: Meter) -> None:
    session = get_session()
    async with (
        session.create_client("sqs", **client_options(job)) as sqs,
        session.create_client("events", **client_options(job)) as events,
    ):
        while True:
            answer = await sqs.receive_message(
                QueueUrl=job.queue_url,
                MaxNumberOfMessages=10,
                WaitTimeSeconds=WAIT_SECONDS,
                VisibilityTimeout=VISIBILITY_SECONDS,
                MessageSystemAttributeNames=["All"],
            )
            if messages := answer.get("Messages"):
                await _handle(job, meter, events, messages)
                await sqs.delete_message_batch(
                    QueueUrl=job.queue_url,
                    Entries=[
                        {"Id": str(place), "ReceiptHandle": message["ReceiptHandle"]}
                        for place, message in enumerate(messages)
                    ],
                )


async def _handle(job: Job, meter: Meter, events: Any, messages: list[dict[str, Any]]) -> None:
    answers = []
    for message in messages:
        event = event_of(message["Body"])
        meter.began(event)
        if job.publishes and job.variant == "batched":
            answers.append(answer_to(event))
        elif job.publishes:
            await events.put_events(Entries=[answer_to(event)])
        meter.ended(event)
    if answers:
        await events.put_events(Entries=answers)


if __name__ == "__main__":
    main(work)
