"""Celery on kombu's SQS transport: one process with a pool of threads, acknowledging late."""

import base64
import json
from typing import Any
from uuid import uuid4

import boto3
from celery import Celery

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
    meter = job.meter("celery", "kombu", "boto3", "botocore")
    events = boto3.client("events", **client_options(job)) if job.publishes else None

    def handle(body: str) -> None:
        event = event_of(body)
        meter.began(event)
        if events is not None:
            events.put_events(Entries=[answer_to(event)])
        meter.ended(event)

    app = _app(job)
    app.task(name=TASK, acks_late=True, ignore_result=True)(handle)
    app.worker_main(
        [
            "worker",
            "--pool=threads",
            f"--concurrency={CONCURRENCY}",
            "--loglevel=WARNING",
            "--without-gossip",
            "--without-mingle",
            "--without-heartbeat",
            f"--queues={job.queue}",
        ]
    )


def wrapped(body: str, queue: str) -> str:
    """The body as the one argument of a task, in the form of Celery's protocol 2."""
    task_id = str(uuid4())
    options: dict[str, Any] = {"callbacks": None, "errbacks": None, "chain": None, "chord": None}
    arguments = json.dumps([[body], {}, options]).encode()
    message = {
        "body": base64.b64encode(arguments).decode(),
        "content-encoding": "utf-8",
        "content-type": "application/json",
        "headers": {"lang": "py", "task": TASK, "id": task_id, "root_id": task_id, "retries": 0},
        "properties": {
            "correlation_id": task_id,
            "delivery_mode": 2,
            "delivery_info": {"exchange": "", "routing_key": queue},
            "priority": 0,
            "body_encoding": "base64",
            "delivery_tag": str(uuid4()),
        },
    }
    return base64.b64encode(json.dumps(message).encode()).decode()


def _app(job: Job) -> Celery:
    address = job.endpoint_url.removeprefix("http://")
    app = Celery("benchmark", broker=f"sqs://{CREDENTIAL}:{CREDENTIAL}@{address}")
    app.conf.update(
        broker_transport_options={
            "region": REGION,
            "is_secure": False,
            "wait_time_seconds": WAIT_SECONDS,
            "visibility_timeout": VISIBILITY_SECONDS,
            "predefined_queues": {
                job.queue: {
                    "url": job.queue_url,
                    "access_key_id": CREDENTIAL,
                    "secret_access_key": CREDENTIAL,
                }
            },
        },
        task_default_queue=job.queue,
        worker_enable_remote_control=False,
        worker_prefetch_multiplier=4,
        worker_hijack_root_logger=False,
    )
    return app


if __name__ == "__main__":
    main(work, wrapped)
