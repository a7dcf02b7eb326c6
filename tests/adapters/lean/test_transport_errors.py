"""What both transports raise, what they try again, and what they never do."""

import asyncio
import zlib
from typing import Any

import pytest
from botocore.exceptions import (
    BotoCoreError,
    ClientError,
    ConnectionClosedError,
    EndpointConnectionError,
    ReadTimeoutError,
)

from localstack.ports import free_port
from tests.adapters.lean.aws_server import Answers, Cuts, Hangs, Step, running
from tests.adapters.lean.transports import Opened

QUEUE = "http://sqs/000000000000/q"
KEY = {"id": {"S": "1"}}
THROTTLED = Answers({"__type": "ThrottlingException", "message": "slower"}, 400)


def says(kind: str, **more: object) -> dict[str, object]:
    return {"__type": kind, "message": "no", **more}


# Service, answer, class, code, message, and what else the response holds.
ERRORS: list[tuple[str, Answers, str, str, str, dict[str, Any]]] = [
    (
        "sqs",
        Answers(
            says("com.amazonaws.sqs#QueueDoesNotExist"),
            400,
            {"x-amzn-query-error": "AWS.SimpleQueueService.NonExistentQueue;Sender"},
        ),
        "QueueDoesNotExist",
        "AWS.SimpleQueueService.NonExistentQueue",
        "no",
        {},
    ),
    (
        "sqs",
        Answers(says("com.amazonaws.sqs#ReceiptHandleIsInvalid"), 400),
        "ReceiptHandleIsInvalid",
        "ReceiptHandleIsInvalid",
        "no",
        {"message": "no"},
    ),
    (
        "sqs",
        Answers(says("AccessDenied"), 403, {"x-amzn-query-error": "odd"}),
        "ClientError",
        "AccessDenied",
        "no",
        {},
    ),
    (
        "events",
        Answers({"__type": "ResourceNotFoundException", "Message": "no bus"}, 400),
        "ResourceNotFoundException",
        "ResourceNotFoundException",
        "no bus",
        {},
    ),
    (
        "events",
        Answers(says("UnrecognizedClientException:http://internal/"), 400),
        "ClientError",
        "UnrecognizedClientException",
        "no",
        {},
    ),
    (
        "dynamodb",
        Answers(says("com.amazonaws.dynamodb.v20120810#ConditionalCheckFailedException"), 400),
        "ConditionalCheckFailedException",
        "ConditionalCheckFailedException",
        "no",
        {"message": "no"},
    ),
    (
        "dynamodb",
        Answers(says("d#ConditionalCheckFailedException", Item={"b": {"B": "/w=="}}), 400),
        "ConditionalCheckFailedException",
        "ConditionalCheckFailedException",
        "no",
        {"message": "no", "Item": {"b": {"B": b"\xff"}}},
    ),
    (
        "dynamodb",
        Answers(
            {
                "__type": "d#TransactionCanceledException",
                "Message": "cancelled",
                "CancellationReasons": [
                    {"Code": "None"},
                    {"Code": "ConditionalCheckFailed", "Item": KEY, "Message": "no"},
                ],
            },
            400,
        ),
        "TransactionCanceledException",
        "TransactionCanceledException",
        "cancelled",
        {
            "Message": "cancelled",
            "CancellationReasons": [
                {"Code": "None"},
                {"Code": "ConditionalCheckFailed", "Item": KEY, "Message": "no"},
            ],
        },
    ),
    (
        "dynamodb",
        Answers(says("com.amazon.coral.validate#ValidationException"), 400),
        "ClientError",
        "ValidationException",
        "no",
        {},
    ),
    ("sqs", Answers(b"<oops>", 404), "ClientError", "404", "<oops>", {}),
    ("sqs", Answers(b"", 413), "ClientError", "413", "", {}),
    ("events", Answers({}, 400), "ClientError", "400", "", {}),
]
CALLS: dict[str, tuple[str, str, dict[str, Any]]] = {
    "sqs": ("receive_message", "ReceiveMessage", {"QueueUrl": QUEUE}),
    "events": ("put_events", "PutEvents", {"Entries": [{"Detail": "{}"}]}),
    "dynamodb": ("get_item", "GetItem", {"TableName": "table", "Key": KEY}),
}


async def call(client: Any, service: str) -> Any:
    method, _, arguments = CALLS[service]
    return await getattr(client, method)(**arguments)


@pytest.mark.parametrize(
    ("service", "answer", "said"), [(each[0], each[1], each[2:]) for each in ERRORS]
)
async def test_an_error_has_its_class_and_its_response(
    opened: Opened, service: str, answer: Answers, said: tuple[str, str, str, dict[str, Any]]
) -> None:
    kind, code, message, more = said
    async with running(answer) as server, opened(service, server.url) as client:
        with pytest.raises(ClientError) as raised:
            await call(client, service)
        known = getattr(client.exceptions, kind)
    assert type(raised.value) is known
    assert raised.value.operation_name == CALLS[service][1]
    response = dict(raised.value.response)
    error, metadata = response.pop("Error"), response.pop("ResponseMetadata")
    assert (error["Code"], error["Message"]) == (code, message)
    assert response == more
    assert metadata["HTTPStatusCode"] == answer.status
    assert metadata["RequestId"] == "request-1"
    assert metadata["RetryAttempts"] == 0
    assert str(raised.value) == (
        f"An error occurred ({code}) when calling the {CALLS[service][1]} operation: {message}"
    )
    assert len(server.requests) == 1


async def test_an_older_code_of_sqs_comes_with_the_newer_one_and_whose_fault_it_is(
    opened: Opened,
) -> None:
    answer = ERRORS[0][1]
    async with running(answer) as server, opened("sqs", server.url) as client:
        with pytest.raises(ClientError) as raised:
            await call(client, "sqs")
    assert raised.value.response["Error"] == {
        "Code": "AWS.SimpleQueueService.NonExistentQueue",
        "Message": "no",
        "QueryErrorCode": "QueueDoesNotExist",
        "Type": "Sender",
    }


TRANSIENT: list[tuple[str, Step]] = [
    ("events", THROTTLED),
    ("sqs", Answers(says("RequestThrottled"), 403)),
    ("dynamodb", Answers(says("d#ProvisionedThroughputExceededException"), 400)),
    ("dynamodb", Answers(says("d#TransactionInProgressException"), 400)),
    ("sqs", Answers(says("RequestTimeout"), 400)),
    ("events", Answers(says("InternalException"), 500)),
    ("sqs", Answers(b"<html>busy</html>", 503)),
    ("sqs", Answers(b"", 502)),
    ("sqs", Answers(b"upstream", 504)),
    ("sqs", Cuts()),
    ("sqs", Cuts(mid_body=True)),
    ("dynamodb", Answers({}, headers={"x-amz-crc32": str(zlib.crc32(b"else"))})),
]


@pytest.mark.parametrize(("service", "failure"), TRANSIENT)
async def test_what_may_pass_is_tried_again(opened: Opened, service: str, failure: Step) -> None:
    async with running(failure, Answers({})) as server, opened(service, server.url) as client:
        answer = await call(client, service)
    assert answer["ResponseMetadata"]["RetryAttempts"] == 1
    first, second = server.requests
    assert first.body == second.body


async def test_an_error_that_an_operation_calls_retryable_is_tried_again(opened: Opened) -> None:
    conflict = Answers(says("d#ReplicatedWriteConflictException"), 400)
    async with (
        running(conflict, Answers({})) as server,
        opened("dynamodb", server.url) as client,
    ):
        answer = await client.put_item(TableName="table", Item=KEY)
    assert answer["ResponseMetadata"]["RetryAttempts"] == 1


FINAL = [
    ("sqs", Answers(says("InvalidParameterValue"), 400)),
    ("events", Answers(says("AccessDeniedException"), 403)),
    ("dynamodb", Answers(says("d#TransactionConflictException"), 400)),
    ("dynamodb", Answers(says("d#ReplicatedWriteConflictException"), 400)),
    ("sqs", Answers(says("NotImplemented"), 501)),
    ("sqs", Answers(says("Odd"), 505)),
    ("sqs", Answers(says("TooMany"), 429)),
]


@pytest.mark.parametrize(("service", "answer"), FINAL)
async def test_what_stays_is_tried_once(opened: Opened, service: str, answer: Answers) -> None:
    async with running(answer) as server, opened(service, server.url) as client:
        with pytest.raises(ClientError):
            await call(client, service)
    assert len(server.requests) == 1


async def test_tries_are_counted_and_the_last_error_is_raised(opened: Opened) -> None:
    steps: list[Step] = [Cuts(), Answers(says("InternalException"), 500), THROTTLED]
    async with running(*steps) as server, opened("events", server.url) as client:
        with pytest.raises(ClientError, match=r"\(reached max retries: 2\): slower") as raised:
            await call(client, "events")
    assert raised.value.response["ResponseMetadata"]["MaxAttemptsReached"] is True
    assert len(server.requests) == 3


async def test_one_attempt_is_one_request(opened: Opened) -> None:
    async with (
        running(THROTTLED) as server,
        opened("events", server.url, attempts=1) as client,
    ):
        with pytest.raises(ClientError):
            await call(client, "events")
    assert len(server.requests) == 1


@pytest.mark.parametrize("step", [Cuts(), Cuts(mid_body=True)])
async def test_a_connection_that_is_cut_every_time_is_an_error(opened: Opened, step: Cuts) -> None:
    async with running(step) as server, opened("sqs", server.url, attempts=1) as client:
        with pytest.raises(BotoCoreError) as raised:
            await call(client, "sqs")
    # aiohttp tells a reset before the answer from one within it; to both it is the connection.
    assert isinstance(raised.value, ConnectionClosedError | EndpointConnectionError)


async def test_silence_is_a_read_timeout(opened: Opened) -> None:
    async with (
        running(Hangs()) as server,
        opened("sqs", server.url, attempts=1, read=0.2) as client,
    ):
        with pytest.raises(ReadTimeoutError, match=server.url):
            await call(client, "sqs")


async def test_nobody_at_the_port_is_an_endpoint_error(opened: Opened) -> None:
    url = f"http://127.0.0.1:{free_port('127.0.0.1')}"
    async with opened("sqs", url, attempts=1) as client:
        with pytest.raises(EndpointConnectionError, match=url):
            await call(client, "sqs")


async def test_a_connection_is_kept_for_the_next_call(opened: Opened) -> None:
    async with running(Answers(), Answers()) as server, opened("sqs", server.url) as client:
        await call(client, "sqs")
        await call(client, "sqs")
    assert [each.connection for each in server.requests] == [1, 1]


async def test_a_connection_that_the_server_closed_costs_no_call(opened: Opened) -> None:
    async with (
        running(Answers(hangs_up=True), Answers()) as server,
        opened("sqs", server.url) as client,
    ):
        await call(client, "sqs")
        await call(client, "sqs")
    assert [each.connection for each in server.requests] == [1, 2]


async def test_a_connection_whose_answer_says_close_is_not_kept(opened: Opened) -> None:
    async with (
        running(Answers(headers={"Connection": "close"}), Answers()) as server,
        opened("sqs", server.url) as client,
    ):
        await call(client, "sqs")
        await call(client, "sqs")
    assert [each.connection for each in server.requests] == [1, 2]


async def test_the_connection_of_a_cancelled_call_is_not_used_again(opened: Opened) -> None:
    async with (
        running(Hangs(), Answers({"Messages": []})) as server,
        opened("sqs", server.url) as client,
    ):
        waiting = asyncio.create_task(call(client, "sqs"))
        await server.hanging.wait()
        waiting.cancel()
        with pytest.raises(asyncio.CancelledError):
            await waiting
        answer = await call(client, "sqs")
    assert answer["Messages"] == []
    assert [each.connection for each in server.requests] == [1, 2]


async def test_calls_at_the_same_time_have_a_connection_each(opened: Opened) -> None:
    async with running(*[Answers()] * 5) as server, opened("sqs", server.url) as client:
        await asyncio.gather(*[call(client, "sqs") for _ in range(5)])
    assert len({each.connection for each in server.requests}) == 5


async def test_an_error_with_a_body_that_is_no_json_says_what_it_is(opened: Opened) -> None:
    async with (
        running(Answers(b'{"__type":', 400)) as server,
        opened("sqs", server.url) as client,
    ):
        with pytest.raises(ClientError) as raised:
            await call(client, "sqs")
    assert raised.value.response["Error"] == {"Code": "400", "Message": '{"__type":'}
