"""dramatiq on its SQS broker: one process with a pool of threads and the default middleware."""

import base64
import threading

import boto3
import dramatiq
from dramatiq_sqs import SQSBroker

from benchmarks.peers.job import (
    CONCURRENCY,
    VISIBILITY_SECONDS,
    Job,
    answer_to,
    client_options,
    event_of,
    main,
)

ACTOR = "handle"


def work(job: Job) -> None:
    """Consumes until it is ended."""
    meter = job.meter("dramatiq", "dramatiq-sqs", "boto3", "botocore")
    events = boto3.client("events", **client_options(job)) if job.publishes else None
    broker = SQSBroker(visibility_timeout=VISIBILITY_SECONDS, **client_options(job))

    def handle(body: str) -> None:
        event = event_of(body)
        meter.began(event)
        if events is not None:
            events.put_events(Entries=[answer_to(event)])
        meter.ended(event)

    dramatiq.actor(handle, broker=broker, actor_name=ACTOR, queue_name=job.queue)
    dramatiq.Worker(broker, worker_threads=CONCURRENCY).start()
    threading.Event().wait()


def wrapped(body: str, queue: str) -> str:
    """The body as the one argument of an actor."""
    message: dramatiq.Message[None] = dramatiq.Message(
        queue_name=queue, actor_name=ACTOR, args=(body,), kwargs={}, options={}
    )
    return base64.b64encode(message.encode()).decode()


if __name__ == "__main__":
    main(work, wrapped)
