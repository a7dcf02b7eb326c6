"""What both transports make of good answers, and what they send for them."""

import json
from datetime import UTC, datetime
from typing import Any

import pytest
from botocore.exceptions import ParamValidationError

from tests.adapters.lean.aws_server import Answers, Cuts, running
from tests.adapters.lean.transports import Opened

QUEUE = "http://sqs/000000000000/q"
KEY = {"id": {"S": "1"}}
MIB = 1024 * 1024

# Service, method, arguments, and an answer of that operation.
CALLS: list[tuple[str, str, dict[str, Any], dict[str, Any]]] = [
    (
        "sqs",
        "receive_message",
        {"QueueUrl": QUEUE, "MaxNumberOfMessages": 10, "MessageSystemAttributeNames": ["All"]},
        {"Messages": [{"MessageId": "m", "Body": "b", "Attributes": {"MessageGroupId": "g"}}]},
    ),
    ("sqs", "delete_message", {"QueueUrl": QUEUE, "ReceiptHandle": "r"}, {}),
    (
        "sqs",
        "delete_message_batch",
        {"QueueUrl": QUEUE, "Entries": [{"Id": "0", "ReceiptHandle": "r"}]},
        {
            "Successful": [{"Id": "0"}],
            "Failed": [{"Id": "1", "Code": "ReceiptHandleIsInvalid", "SenderFault": True}],
        },
    ),
    (
        "sqs",
        "change_message_visibility",
        {"QueueUrl": QUEUE, "ReceiptHandle": "r", "VisibilityTimeout": 3},
        {},
    ),
    (
        "sqs",
        "change_message_visibility_batch",
        {"QueueUrl": QUEUE, "Entries": [{"Id": "0", "ReceiptHandle": "r", "VisibilityTimeout": 0}]},
        {"Successful": [{"Id": "0"}]},
    ),
    ("sqs", "send_message", {"QueueUrl": QUEUE, "MessageBody": "b"}, {"MessageId": "m"}),
    (
        "sqs",
        "send_message_batch",
        {"QueueUrl": QUEUE, "Entries": [{"Id": "0", "MessageBody": "b"}]},
        {"Successful": [{"Id": "0", "MessageId": "m"}], "Failed": []},
    ),
    ("sqs", "get_queue_url", {"QueueName": "q"}, {"QueueUrl": QUEUE}),
    (
        "sqs",
        "get_queue_attributes",
        {"QueueUrl": QUEUE, "AttributeNames": ["All"]},
        {"Attributes": {"QueueArn": "arn"}},
    ),
    (
        "events",
        "put_events",
        {"Entries": [{"Source": "s", "DetailType": "t", "Detail": "{}", "EventBusName": "b"}]},
        {
            "FailedEntryCount": 1,
            "Entries": [{"EventId": "e"}, {"ErrorCode": "InternalFailure", "ErrorMessage": "no"}],
        },
    ),
    (
        "dynamodb",
        "batch_execute_statement",
        {"Statements": [{"Statement": "SELECT", "Parameters": [{"S": "x"}, {"N": "1"}]}]},
        {
            "Responses": [
                {"TableName": "t"},
                {"Error": {"Code": "DuplicateItem", "Message": "there"}, "TableName": "t"},
            ]
        },
    ),
    (
        "dynamodb",
        "update_item",
        {"TableName": "table", "Key": KEY, "UpdateExpression": "SET a = :a"},
        {"Attributes": {"a": {"M": {"l": {"L": [{"NULL": True}, {"N": "1"}]}}}}},
    ),
    ("dynamodb", "get_item", {"TableName": "table", "Key": KEY}, {"Item": KEY}),
    ("dynamodb", "put_item", {"TableName": "table", "Item": KEY}, {}),
    ("dynamodb", "delete_item", {"TableName": "table", "Key": KEY}, {}),
    (
        "dynamodb",
        "query",
        {"TableName": "table", "KeyConditionExpression": "id = :id"},
        {"Items": [KEY], "Count": 1, "ScannedCount": 1},
    ),
    (
        "dynamodb",
        "batch_write_item",
        {"RequestItems": {"table": [{"PutRequest": {"Item": KEY}}]}},
        {"UnprocessedItems": {"table": [{"PutRequest": {"Item": KEY}}]}},
    ),
    (
        "dynamodb",
        "transact_write_items",
        {
            "TransactItems": [{"Delete": {"TableName": "table", "Key": KEY}}],
            "ClientRequestToken": "token",
        },
        {},
    ),
]


@pytest.mark.parametrize(
    ("service", "method", "arguments", "answer"), CALLS, ids=[f"{c[0]}-{c[1]}" for c in CALLS]
)
async def test_an_operation_sends_its_arguments_and_returns_the_answer(
    opened: Opened,
    service: str,
    method: str,
    arguments: dict[str, Any],
    answer: dict[str, Any],
) -> None:
    async with running(Answers(answer)) as server, opened(service, server.url) as client:
        said = await getattr(client, method)(**arguments)
    metadata = said.pop("ResponseMetadata")
    assert said == answer
    assert metadata == {
        "HTTPStatusCode": 200,
        "HTTPHeaders": {
            "x-amzn-requestid": "request-1",
            "content-length": str(len(json.dumps(answer))),
        },
        "RequestId": "request-1",
        "RetryAttempts": 0,
    }
    [request] = server.requests
    assert request.document() == arguments
    assert request.line == "POST / HTTP/1.1"
    assert request.operation.lower() == method.replace("_", "")
    assert ("x-amzn-query-mode" in request.headers) == (service == "sqs")


async def test_an_empty_long_poll_has_no_messages(opened: Opened) -> None:
    async with running(Answers({})) as server, opened("sqs", server.url) as client:
        answer = await client.receive_message(QueueUrl=QUEUE, WaitTimeSeconds=20)
    assert answer.keys() == {"ResponseMetadata"}


async def test_an_answer_without_a_body_is_an_empty_one(opened: Opened) -> None:
    async with running(Answers(b"")) as server, opened("sqs", server.url) as client:
        answer = await client.delete_message(QueueUrl=QUEUE, ReceiptHandle="r")
    assert answer.keys() == {"ResponseMetadata"}


@pytest.mark.parametrize("text", ["ä€😀", '"\\\n\t', "\x7f\u2028", "\ud800"])
async def test_a_body_arrives_as_it_was_sent(opened: Opened, text: str) -> None:
    message = {"Messages": [{"Body": text}]}
    async with (
        running(Answers({}), Answers(message)) as server,
        opened("sqs", server.url) as client,
    ):
        await client.send_message(QueueUrl=QUEUE, MessageBody=text)
        answer = await client.receive_message(QueueUrl=QUEUE)
    assert server.requests[0].document()["MessageBody"] == text
    assert answer["Messages"] == message["Messages"]


@pytest.mark.parametrize("chunked", [False, True])
async def test_a_mebibyte_goes_both_ways(opened: Opened, chunked: bool) -> None:
    body = "x" * MIB
    steps = Answers({}), Answers({"Messages": [{"Body": body}]}, chunked=chunked)
    async with running(*steps) as server, opened("sqs", server.url) as client:
        await client.send_message(QueueUrl=QUEUE, MessageBody=body)
        answer = await client.receive_message(QueueUrl=QUEUE)
    assert server.requests[0].document()["MessageBody"] == body
    assert answer["Messages"][0]["Body"] == body
    assert {each.connection for each in server.requests} == {1}


async def test_bytes_travel_as_base64(opened: Opened) -> None:
    item = {"B": {"B": b"\xff\x00"}, "s": {"BS": [b"\xfb", b""]}, "m": {"M": {"B": {"S": "text"}}}}
    wire = {"B": {"B": "/wA="}, "s": {"BS": ["+w==", ""]}, "m": {"M": {"B": {"S": "text"}}}}
    steps = Answers({}), Answers({"Item": wire})
    async with running(*steps) as server, opened("dynamodb", server.url) as client:
        await client.put_item(TableName="table", Item=item)
        answer = await client.get_item(TableName="table", Key=KEY)
    assert server.requests[0].document()["Item"] == wire
    assert answer["Item"] == item


async def test_a_binary_message_attribute_is_bytes(opened: Opened) -> None:
    wire = {"a": {"DataType": "Binary", "BinaryValue": "/wA="}}
    own = {"a": {"DataType": "Binary", "BinaryValue": b"\xff\x00"}}
    steps = Answers({}), Answers({"Messages": [{"MessageAttributes": wire}]})
    async with running(*steps) as server, opened("sqs", server.url) as client:
        await client.send_message(QueueUrl=QUEUE, MessageBody="b", MessageAttributes=own)
        answer = await client.receive_message(QueueUrl=QUEUE)
    assert server.requests[0].document()["MessageAttributes"] == wire
    assert answer["Messages"][0]["MessageAttributes"] == own


async def test_a_null_is_left_out(opened: Opened) -> None:
    entries = [{"EventId": "e", "ErrorCode": None}]
    answer = {"FailedEntryCount": None, "Entries": entries}
    async with running(Answers(answer)) as server, opened("events", server.url) as client:
        said = await client.put_events(Entries=[{"Detail": "null"}])
    assert said["Entries"] == [{"EventId": "e"}]
    assert "FailedEntryCount" not in said


@pytest.mark.parametrize(
    ("time", "seconds"),
    [
        ("2026-11-27T10:00:00.750000+00:00", 1795773600.75),
        ("2026-11-27T11:00:00+01:00", 1795773600),
        ("2026-11-27T10:00:00Z", 1795773600),
        (datetime(2026, 11, 27, 10, 0, 0, 999, tzinfo=UTC), 1795773600.000999),
        (datetime(2026, 11, 27, 10, tzinfo=UTC), 1795773600),
        (1795773600, 1795773600),
    ],
)
async def test_an_events_time_is_sent_as_seconds(
    opened: Opened, time: object, seconds: float
) -> None:
    async with (
        running(Answers({"Entries": []})) as server,
        opened("events", server.url) as client,
    ):
        await client.put_events(Entries=[{"Detail": "{}", "Time": time}])
    assert server.requests[0].document()["Entries"][0]["Time"] == seconds


async def test_a_time_in_an_answer_is_aware(opened: Opened) -> None:
    answer = {"Name": "b", "CreationTime": 1795773600.5, "LastModifiedTime": 1795773600}
    async with running(Answers(answer)) as server, opened("events", server.url) as client:
        bus = await client.describe_event_bus(Name="b")
    assert bus["CreationTime"] == datetime(2026, 11, 27, 10, 0, 0, 500_000, tzinfo=UTC)
    assert bus["LastModifiedTime"] == datetime(2026, 11, 27, 10, tzinfo=UTC)


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ({}, 'Missing required parameter in input: "QueueUrl"'),
        ({"QueueUrl": QUEUE, "Max": 1}, 'Unknown parameter in input: "Max", must be one of:'),
        ({"QueueUrl": object()}, "Invalid type for parameter"),
    ],
)
async def test_arguments_that_are_none_are_not_sent(
    opened: Opened, arguments: dict[str, Any], said: str
) -> None:
    async with running() as server, opened("sqs", server.url) as client:
        with pytest.raises(ParamValidationError, match=said):
            await client.receive_message(**arguments)
    assert server.requests == []


async def test_a_transaction_without_a_token_has_one_that_its_retry_keeps(opened: Opened) -> None:
    async with running(Cuts(), Answers({})) as server, opened("dynamodb", server.url) as client:
        delete = {"Delete": {"TableName": "table", "Key": KEY}}
        await client.transact_write_items(TransactItems=[delete])
    first, second = (each.document()["ClientRequestToken"] for each in server.requests)
    assert first == second
    assert len(first) == 36


async def test_pages_follow_each_other_to_the_end(opened: Opened) -> None:
    pages = [
        Answers({"Items": [KEY], "LastEvaluatedKey": KEY}),
        Answers({"Items": [], "LastEvaluatedKey": {"id": {"S": "2"}}}),
        Answers({"Items": [KEY]}),
    ]
    async with running(*pages) as server, opened("dynamodb", server.url) as client:
        found = client.get_paginator("query").paginate(TableName="table")
        items = [item async for page in found for item in page["Items"]]
    assert items == [KEY, KEY]
    assert [each.document().get("ExclusiveStartKey") for each in server.requests] == [
        None,
        KEY,
        {"id": {"S": "2"}},
    ]
