"""What EventBridge Scheduler is asked for, and that SQS takes what it would be sent.

No emulator sends by a universal target, so here stands what goes in and what comes back; the
message itself is handed to SQS as the schedule has it.
"""

import json
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from typing import Any
from uuid import uuid4

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from events.errors import Oversized
from events.topology import Names
from workers.adapters.scheduler import INPUT_LIMIT, EventBridgeScheduler
from workers.adapters.sqs import SqsQueue
from workers.runtime.postpone import (
    BODY_LIMIT,
    POSTPONED,
    Postponement,
    PostponementUnavailable,
    postponements,
)
from workers.runtime.queue import Message

Clients = Callable[[str, str], AbstractAsyncContextManager[Any]]

NAMES = Names("a-name-of-16-chs")
QUEUE_URL = "https://sqs.eu-central-1.amazonaws.com/123456789012/flotilla-x.fifo"
ROLE = "arn:aws:iam::123456789012:role/flotilla-scheduler"
UNDELIVERED = "arn:aws:sqs:eu-central-1:123456789012:flotilla-x-undelivered"
TRACE = "Root=1-65f0c1a2-0123456789abcdef01234567;Parent=53995c3f42cd8ad8;Sampled=1"
AT = datetime(2026, 11, 3, 1, 30, tzinfo=UTC)
MESSAGE = Message(
    str(uuid4()), '{"detail":{"title":"ünï"}}', "r", 1, group="wf-1", attributes={"own": "1"}
)


class Recorder:
    """Takes the place of the client, and keeps what it was asked."""

    def __init__(self) -> None:
        self.asked: list[dict[str, Any]] = []

    async def create_schedule(self, **request: Any) -> None:
        self.asked.append(request)


def scheduler(
    client: Any, queue_url: str = QUEUE_URL, undelivered: str = UNDELIVERED
) -> EventBridgeScheduler:
    return EventBridgeScheduler(
        client, queue_url, prefix=NAMES.prefix, role=ROLE, undelivered=undelivered
    )


def postponement(message: Message = MESSAGE, *, at: datetime = AT, count: int = 1) -> Postponement:
    return Postponement(message, message.body, at, count)


async def asked(made: Postponement, **options: Any) -> dict[str, Any]:
    client = Recorder()
    await scheduler(client, **options).postpone(made)
    [request] = client.asked
    return request


async def test_a_schedule_sends_the_message_once_and_then_goes() -> None:
    request = await asked(postponement(replace(MESSAGE, trace=TRACE), count=3))
    target = request["Target"]
    said = json.loads(target.pop("Input"))

    assert request == {
        "Name": request["Name"],
        "ScheduleExpression": "at(2026-11-03T01:30:00)",
        "ScheduleExpressionTimezone": "UTC",
        "FlexibleTimeWindow": {"Mode": "OFF"},
        "ActionAfterCompletion": "DELETE",
        "Target": {
            "Arn": "arn:aws:scheduler:::aws-sdk:sqs:sendMessage",
            "RoleArn": ROLE,
            "DeadLetterConfig": {"Arn": UNDELIVERED},
        },
    }
    assert said == {
        "QueueUrl": QUEUE_URL,
        "MessageBody": MESSAGE.body,
        "MessageGroupId": "wf-1",
        "MessageDeduplicationId": request["Name"],
        "MessageAttributes": {
            POSTPONED: {"DataType": "String", "StringValue": "3"},
            "own": {"DataType": "String", "StringValue": "1"},
        },
        "MessageSystemAttributes": {"AWSTraceHeader": {"DataType": "String", "StringValue": TRACE}},
    }


async def test_the_request_is_one_that_the_service_describes() -> None:
    from botocore.session import Session
    from botocore.validate import ParamValidator

    request = await asked(postponement(replace(MESSAGE, trace=TRACE)))
    for service, operation, parameters in (
        ("scheduler", "CreateSchedule", request),
        ("sqs", "SendMessage", json.loads(request["Target"]["Input"])),
    ):
        described = Session().get_service_model(service).operation_model(operation)
        report = ParamValidator().validate(parameters, described.input_shape)
        assert not report.has_errors(), report.generate_report()


async def test_a_name_is_the_postponements_own_and_short_enough() -> None:
    async def name(made: Postponement, **options: Any) -> str:
        return str((await asked(made, **options))["Name"])

    first = await name(postponement())
    assert first == await name(postponement(replace(MESSAGE, receipt="r9", receives=9)))
    others = {
        await name(postponement(count=2)),
        await name(postponement(replace(MESSAGE, id=str(uuid4())))),
        await name(postponement(), queue_url=QUEUE_URL.replace("-x", "-y")),
    }
    assert len(others | {first}) == 4
    assert first.startswith("flotilla-a-name-of-16-chs-")
    assert len(first) <= 64
    assert first.replace("-", "").isalnum()


@pytest.mark.parametrize(
    ("at", "said"),
    [
        (AT, "at(2026-11-03T01:30:00)"),
        (AT + timedelta(microseconds=1), "at(2026-11-03T01:30:01)"),
        (AT.replace(second=59, microsecond=1), "at(2026-11-03T01:31:00)"),
        (AT.astimezone(timezone(timedelta(hours=9))), "at(2026-11-03T01:30:00)"),
    ],
)
async def test_a_time_is_said_in_utc_and_never_too_early(at: datetime, said: str) -> None:
    assert (await asked(postponement(at=at)))["ScheduleExpression"] == said


async def test_schedulers_own_words_in_a_body_are_left_alone() -> None:
    body = '{"title":"<aws.scheduler.execution-id> \\\\<aws.scheduler.schedule-arn>"}'
    said = (await asked(postponement(replace(MESSAGE, body=body))))["Target"]["Input"]
    assert "<aws.scheduler" not in said
    assert json.loads(said)["MessageBody"] == body


@pytest.mark.parametrize("worst", ["<", '"', "\\", "é", "😀", "x"])
async def test_a_body_within_the_limit_fits_whatever_is_in_it(worst: str) -> None:
    body = worst * (BODY_LIMIT // len(worst.encode()))
    said = (await asked(postponement(replace(MESSAGE, body=body))))["Target"]["Input"]
    assert json.loads(said)["MessageBody"] == body


async def test_what_is_too_large_is_refused_here() -> None:
    with pytest.raises(Oversized):
        await asked(postponement(replace(MESSAGE, body="é" * (INPUT_LIMIT // 2))))


async def test_the_count_comes_along_however_many_attributes_there_are() -> None:
    many = {f"a{number}": "x" for number in range(10)} | {POSTPONED: "1"}
    request = await asked(postponement(replace(MESSAGE, attributes=many), count=2))
    attributes = json.loads(request["Target"]["Input"])["MessageAttributes"]
    assert attributes[POSTPONED]["StringValue"] == "2"
    assert len(attributes) == 10


async def test_the_target_is_of_the_partition_of_its_queues() -> None:
    undelivered = UNDELIVERED.replace("arn:aws:", "arn:aws-cn:")
    request = await asked(postponement(), undelivered=undelivered)
    assert request["Target"]["Arn"] == "arn:aws-cn:scheduler:::aws-sdk:sqs:sendMessage"


@pytest.mark.embedded
async def test_a_postponement_that_was_made_already_is_done(clients: Any) -> None:
    message = replace(MESSAGE, id=str(uuid4()))
    later = datetime.now(UTC) + timedelta(days=5)
    async with clients("scheduler") as client:
        for _ in range(2):
            await scheduler(client).postpone(postponement(message, at=later))
        await scheduler(client).postpone(postponement(message, at=later, count=2))
        request = await asked(postponement(message, at=later))
        found = await client.get_schedule(Name=request["Name"])
    assert found["ScheduleExpression"] == f"at({later + timedelta(seconds=1):%Y-%m-%dT%H:%M:%S})"
    assert found["Target"] == request["Target"]
    assert found["ActionAfterCompletion"] == "DELETE"


@pytest.mark.embedded
async def test_what_a_schedule_would_send_arrives_as_it_left(clients: Any) -> None:
    async with clients("sqs") as client:
        made = await client.create_queue(
            QueueName=f"later-{uuid4().hex[:8]}.fifo", Attributes={"FifoQueue": "true"}
        )
        url = made["QueueUrl"]
        before = replace(MESSAGE, trace=TRACE)
        request = await asked(postponement(before, count=2), queue_url=url)
        # Scheduler sends at least once.
        for _ in range(2):
            await client.send_message(**json.loads(request["Target"]["Input"]))
        [after] = await SqsQueue(client, url, url).receive(10, timedelta(0), timedelta(seconds=30))
    assert (after.body, after.group, after.trace) == (before.body, before.group, before.trace)
    assert after.attributes == {"own": "1", POSTPONED: "2"}
    assert postponements(after) == 2


@pytest.mark.parametrize(
    ("status", "code"),
    [
        (429, "ThrottlingException"),
        (500, "InternalServerException"),
        (402, "ServiceQuotaExceededException"),
        (403, "AccessDeniedException"),
        (404, "ResourceNotFoundException"),
        (400, "ValidationException"),
    ],
)
async def test_a_refusal_leaves_the_message_where_it_is(
    client_at: Clients, status: int, code: str
) -> None:
    async def answer(_request: web.Request) -> web.Response:
        return web.json_response(
            {"Message": "because"}, status=status, headers={"x-amzn-errortype": code}
        )

    async with serving(answer) as endpoint, client_at("scheduler", endpoint) as client:
        with pytest.raises(PostponementUnavailable, match=code):
            await scheduler(client).postpone(postponement())


async def test_a_scheduler_that_is_not_there_leaves_the_message_where_it_is(
    client_at: Clients,
) -> None:
    async with serving(_never) as endpoint:
        pass
    async with client_at("scheduler", endpoint) as client:
        with pytest.raises(PostponementUnavailable):
            await scheduler(client).postpone(postponement())


async def _never(_request: web.Request) -> web.Response:
    raise AssertionError("nobody asks")


@asynccontextmanager
async def serving(
    answer: Callable[[web.Request], Awaitable[web.StreamResponse]],
) -> AsyncIterator[str]:
    app = web.Application()
    app.router.add_route("*", "/{rest:.*}", answer)
    async with TestServer(app) as server:
        yield str(server.make_url("/")).rstrip("/")
