"""Both transports on the embedded AWS: the same calls have the same answers and errors."""

import json
from collections.abc import AsyncIterator
from functools import partial
from typing import Any
from uuid import uuid4

import pytest
from botocore.exceptions import ClientError

from tests.adapters.lean.transports import Opened, botocore, lean

pytestmark = pytest.mark.embedded

# What differs from call to call.
VOLATILE = {
    "MessageId",
    "ReceiptHandle",
    "EventId",
    "SequenceNumber",
    "SentTimestamp",
    "ApproximateFirstReceiveTimestamp",
    "CreationTime",
    "LastModifiedTime",
    "CreatedTimestamp",
    "LastModifiedTimestamp",
    "RequestId",
    "date",
    "x-amzn-requestid",
    "x-amz-request-id",
    "x-amz-id-2",
}


def steady(value: Any, own: str) -> Any:
    """The value without what differs from call to call, and without its own names."""
    if isinstance(value, dict):
        return {
            name: type(each) if name in VOLATILE else steady(each, own)
            for name, each in value.items()
            # How long an answer is depends on what is left out here.
            if name not in {"content-length", "x-amz-crc32"}
        }
    if isinstance(value, list | tuple):
        return type(value)(steady(each, own) for each in value)
    return value.replace(own, "own") if isinstance(value, str) else value


async def outcome(called: Any) -> Any:
    try:
        return await called
    except ClientError as error:
        return type(error).__name__, str(error), error.response


@pytest.fixture
async def both(ministack: str, aws: Any) -> AsyncIterator[list[Opened]]:
    yield [
        lambda service: botocore(aws, service, ministack),
        lambda service: lean(service, ministack),
    ]


@pytest.fixture
def setup(ministack: str, aws: Any) -> Opened:
    """Opens the clients that make queues, buses and tables."""
    return partial(lambda service: botocore(aws, service, ministack))


async def test_a_queue_answers_both_alike(both: list[Opened], setup: Opened) -> None:
    seen = []
    for opened in both:
        name = f"{uuid4().hex}.fifo"
        async with setup("sqs") as sqs:
            await sqs.create_queue(QueueName=name, Attributes={"FifoQueue": "true"})
        async with opened("sqs") as client:
            seen.append(steady(await on_a_queue(client, name), name))
    assert seen[0] == seen[1]
    errors = [each[0] for each in seen[1] if isinstance(each, tuple)]
    assert errors[:2] == ["QueueDoesNotExist", "QueueDoesNotExist"]
    assert len(seen[1][4]["Messages"]) == 2


async def on_a_queue(client: Any, name: str) -> list[Any]:
    """Every operation on a queue, the failing ones too."""
    url = (await client.get_queue_url(QueueName=name))["QueueUrl"]
    to_it = {"QueueUrl": url}
    seen = [
        await outcome(client.get_queue_url(QueueName="nowhere")),
        await outcome(client.receive_message(QueueUrl=f"{url}x")),
        await outcome(client.receive_message(**to_it, WaitTimeSeconds=0)),
        await outcome(
            client.send_message_batch(
                **to_it,
                Entries=[
                    {
                        "Id": str(place),
                        "MessageBody": json.dumps({"ä": "😀", "place": place}, ensure_ascii=False),
                        "MessageGroupId": "g",
                        "MessageDeduplicationId": str(place),
                        "MessageAttributes": {
                            "bytes": {"DataType": "Binary", "BinaryValue": b"\xff\x00"},
                            "text": {"DataType": "String", "StringValue": "ö"},
                        },
                    }
                    for place in range(2)
                ],
            )
        ),
    ]
    received = await client.receive_message(
        **to_it,
        MaxNumberOfMessages=10,
        MessageAttributeNames=["All"],
        MessageSystemAttributeNames=["All"],
    )
    first, second = (each["ReceiptHandle"] for each in received["Messages"])
    seen += [
        received,
        await outcome(
            client.change_message_visibility_batch(
                **to_it,
                Entries=[
                    {"Id": "a", "ReceiptHandle": first, "VisibilityTimeout": 60},
                    {"Id": "b", "ReceiptHandle": "none", "VisibilityTimeout": 60},
                ],
            )
        ),
        await outcome(
            client.change_message_visibility(
                **to_it, ReceiptHandle=first, VisibilityTimeout=99_999_999
            )
        ),
        await outcome(client.delete_message(**to_it, ReceiptHandle=first)),
        await outcome(
            client.delete_message_batch(**to_it, Entries=[{"Id": "b", "ReceiptHandle": second}])
        ),
        await outcome(client.delete_message_batch(**to_it, Entries=[])),
        await outcome(client.send_message(**to_it, MessageBody="no group")),
        await outcome(client.get_queue_attributes(**to_it, AttributeNames=["All"])),
    ]
    return seen


async def test_a_mebibyte_goes_through_a_queue(both: list[Opened], setup: Opened) -> None:
    body = "ä" * (512 * 1024)
    for opened in both:
        async with setup("sqs") as sqs:
            url = (await sqs.create_queue(QueueName=uuid4().hex))["QueueUrl"]
        async with opened("sqs") as client:
            await client.send_message(QueueUrl=url, MessageBody=body)
            [message] = (await client.receive_message(QueueUrl=url))["Messages"]
        assert message["Body"] == body


async def test_a_bus_answers_both_alike(both: list[Opened], setup: Opened) -> None:
    seen = []
    for opened in both:
        name = uuid4().hex
        async with setup("events") as events:
            await events.create_event_bus(Name=name)
        entry = {"Source": "s", "DetailType": "t", "Detail": '{"a": "😀"}', "EventBusName": name}
        async with opened("events") as client:
            said = [
                await outcome(client.put_events(Entries=[entry, {**entry, "Time": "2026-11-27"}])),
                await outcome(client.describe_event_bus(Name=name)),
                await outcome(client.describe_event_bus(Name="nowhere")),
            ]
        seen.append(steady(said, name))
    assert seen[0] == seen[1]
    assert seen[1][0]["FailedEntryCount"] == 0
    assert seen[1][2][0] == "ResourceNotFoundException"


async def test_a_table_answers_both_alike(both: list[Opened], setup: Opened) -> None:
    seen = []
    for opened in both:
        name = uuid4().hex
        async with setup("dynamodb") as dynamodb:
            await dynamodb.create_table(
                TableName=name,
                BillingMode="PAY_PER_REQUEST",
                AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
                KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
            )
        async with opened("dynamodb") as client:
            seen.append(steady(await on_a_table(client, name), name))
    assert seen[0] == seen[1]
    kinds = [each[0] for each in seen[1] if isinstance(each, tuple)]
    assert kinds == [
        "ConditionalCheckFailedException",
        "TransactionCanceledException",
        "ResourceNotFoundException",
    ]
    assert seen[1][1][2]["Item"]["blob"] == {"B": b"\xff"}


async def on_a_table(client: Any, name: str) -> list[Any]:
    """Every operation on a table, the failing ones too."""
    table: dict[str, Any] = {"TableName": name}
    key = {"id": {"S": "1"}}
    item = {**key, "blob": {"B": b"\xff"}, "n": {"N": "1"}, "m": {"M": {"l": {"L": []}}}}
    absent = {
        "ConditionExpression": "attribute_not_exists(id)",
        "ReturnValuesOnConditionCheckFailure": "ALL_OLD",
    }
    insert = f"INSERT INTO \"{name}\" VALUE {{'id': ?, 'n': ?}}"
    return [
        await outcome(client.put_item(**table, Item=item, **absent)),
        await outcome(client.put_item(**table, Item=item, **absent)),
        await outcome(client.get_item(**table, Key=key, ConsistentRead=True)),
        await outcome(client.get_item(**table, Key={"id": {"S": "nobody"}})),
        await outcome(
            client.update_item(
                **table,
                Key=key,
                UpdateExpression="ADD n :one",
                ExpressionAttributeValues={":one": {"N": "1"}},
                ReturnValues="ALL_NEW",
            )
        ),
        await outcome(
            client.query(
                **table,
                KeyConditionExpression="id = :id",
                ExpressionAttributeValues={":id": {"S": "1"}},
            )
        ),
        await outcome(
            client.batch_execute_statement(
                Statements=[
                    {"Statement": insert, "Parameters": [{"S": each}, {"N": "1"}]}
                    for each in ("1", "2")
                ]
            )
        ),
        await outcome(
            client.transact_write_items(
                TransactItems=[
                    {"Put": {**table, "Item": {"id": {"S": "3"}}}},
                    {"Put": {**table, "Item": key, **absent}},
                ]
            )
        ),
        await outcome(
            client.transact_write_items(
                TransactItems=[{"Put": {**table, "Item": {"id": {"S": "3"}}}}]
            )
        ),
        await outcome(
            client.batch_write_item(RequestItems={name: [{"DeleteRequest": {"Key": key}}]})
        ),
        await outcome(client.delete_item(**table, Key={"id": {"S": "2"}}, ReturnValues="ALL_OLD")),
        await outcome(client.get_item(TableName="nowhere-at-all", Key=key)),
    ]
