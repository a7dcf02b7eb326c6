"""Powertools' BatchProcessor in a plain loop that does what Lambda's poller does around it.

Variant "idempotent": with Powertools' idempotency on DynamoDB, keyed by the message id.
"""

import os
from collections.abc import Callable
from typing import Any

import boto3
from aws_lambda_powertools.utilities.batch import (
    BatchProcessor,
    EventType,
    SqsFifoPartialProcessor,
    process_partial_response,
)
from aws_lambda_powertools.utilities.data_classes.sqs_event import SQSRecord
from aws_lambda_powertools.utilities.idempotency import (
    DynamoDBPersistenceLayer,
    IdempotencyConfig,
    idempotent_function,
)

from benchmarks.peers.job import (
    IDEMPOTENCY_TABLE,
    VISIBILITY_SECONDS,
    WAIT_SECONDS,
    Job,
    answer_to,
    client_options,
    event_of,
    main,
)


class Context:
    """What idempotency asks Lambda: the time that is left."""

    def get_remaining_time_in_millis(self) -> int:
        """As if the function had half a minute."""
        return 30_000


def work(job: Job) -> None:
    """Consumes until it is ended."""
    sqs = boto3.client("sqs", **client_options(job))
    handler = _handler(job)
    fifo = job.queue.endswith(".fifo")
    processor = SqsFifoPartialProcessor() if fifo else BatchProcessor(event_type=EventType.SQS)
    while True:
        answer = sqs.receive_message(
            QueueUrl=job.queue_url,
            MaxNumberOfMessages=10,
            WaitTimeSeconds=WAIT_SECONDS,
            VisibilityTimeout=VISIBILITY_SECONDS,
            MessageSystemAttributeNames=["All"],
        )
        messages = answer.get("Messages", [])
        if not messages:
            continue
        event = {"Records": [_record(job, message) for message in messages]}
        said = process_partial_response(event, handler, processor)
        failed = {each["itemIdentifier"] for each in said["batchItemFailures"]}
        sqs.delete_message_batch(
            QueueUrl=job.queue_url,
            Entries=[
                {"Id": str(place), "ReceiptHandle": message["ReceiptHandle"]}
                for place, message in enumerate(messages)
                if message["MessageId"] not in failed
            ],
        )


def _handler(job: Job) -> Callable[..., Any]:
    meter = job.meter("aws-lambda-powertools", "boto3", "botocore")
    events = boto3.client("events", **client_options(job)) if job.publishes else None

    def handle(record: SQSRecord) -> None:
        event = event_of(record.body)
        meter.began(event)
        if events is not None:
            events.put_events(Entries=[answer_to(event)])
        meter.ended(event)

    if job.variant != "idempotent":
        return handle
    config = IdempotencyConfig(event_key_jmespath="messageId")
    config.register_lambda_context(Context())
    store = DynamoDBPersistenceLayer(
        table_name=IDEMPOTENCY_TABLE,
        boto3_client=boto3.client("dynamodb", **client_options(job)),
    )
    decorated: Callable[..., Any] = idempotent_function(
        handle, data_keyword_argument="record", persistence_store=store, config=config
    )
    return decorated


def _record(job: Job, message: dict[str, Any]) -> dict[str, Any]:
    """A message as Lambda hands it to a function."""
    return {
        "messageId": message["MessageId"],
        "receiptHandle": message["ReceiptHandle"],
        "body": message["Body"],
        "attributes": message["Attributes"],
        "messageAttributes": {},
        "md5OfBody": message["MD5OfBody"],
        "eventSource": "aws:sqs",
        "eventSourceARN": f"arn:aws:sqs:us-east-1:000000000000:{job.queue}",
        "awsRegion": "us-east-1",
    }


if __name__ == "__main__":
    # Off outside Lambda otherwise, where it looks for its settings.
    os.environ.setdefault("POWERTOOLS_SERVICE_NAME", "benchmark")
    main(work)
