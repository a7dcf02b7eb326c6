"""The bus on EventBridge: each entry's own answer, and a request that fails as a whole."""

import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from events.codec import Entry, decode, entry
from events.errors import Unpublished
from events.publisher import Publisher, Refusal
from events.routes import Route, source
from schemas.envelope import Envelope
from schemas.task import TaskFailed
from tests.adapters.conformance import differences
from workers.adapters.eventbridge import EventBridgeBus

EVENT = TaskFailed(workflow_id="wf-1", task_id="t", agent="codegen", reason="ü🚢 \u2028")
NOON = datetime(2026, 11, 2, 12, tzinfo=UTC)
TRACE = "Root=1-65f0c1a2-0123456789abcdef01234567;Parent=53995c3f42cd8ad8;Sampled=1"

Responder = Callable[[dict[str, Any]], tuple[int, dict[str, Any]]]


def made(event_id: str = "e1") -> Entry:
    return entry(Envelope(event_id, source("codegen"), NOON, EVENT, caused_by="e0", trace=TRACE))


@asynccontextmanager
async def bus_that(answers: Responder) -> AsyncIterator[tuple[EventBridgeBus, list[Any]]]:
    """A bus whose endpoint answers each request by that function; and the requests."""
    from aiobotocore.config import AioConfig
    from aiobotocore.session import get_session

    requests: list[Any] = []

    async def put_events(request: web.Request) -> web.Response:
        requests.append(json.loads(await request.read()))
        status, body = answers(requests[-1])
        return web.json_response(body, status=status)

    app = web.Application(client_max_size=8 * 1024 * 1024)
    app.router.add_post("/", put_events)
    async with (
        TestServer(app) as server,
        get_session().create_client(
            "events",
            endpoint_url=str(server.make_url("")),
            region_name="us-east-1",
            aws_access_key_id="test",
            aws_secret_access_key="test",
            config=AioConfig(retries={"total_max_attempts": 1}),
        ) as client,
    ):
        yield EventBridgeBus(client, "flotilla-test"), requests


def taken(request: dict[str, Any]) -> tuple[int, dict[str, Any]]:
    return 200, {"FailedEntryCount": 0, "Entries": [{"EventId": "x"} for _ in request["Entries"]]}


async def test_an_entry_goes_to_the_named_bus_with_all_it_has() -> None:
    async with bus_that(taken) as (bus, requests):
        assert await bus.put([made()]) == [None]

    [sent] = requests[0]["Entries"]
    assert sent["EventBusName"] == "flotilla-test"
    assert sent["TraceHeader"] == TRACE
    assert sent["Time"] == NOON.timestamp()
    assert json.loads(sent["Detail"])["reason"] == EVENT.reason


async def test_each_entry_has_its_own_answer_in_its_place() -> None:
    def second_is_refused(request: dict[str, Any]) -> tuple[int, dict[str, Any]]:
        refusal = {"ErrorCode": "ThrottlingException", "ErrorMessage": "slow down"}
        return 200, {
            "FailedEntryCount": 1,
            "Entries": [{"EventId": "1"}, refusal, {"EventId": "3"}],
        }

    async with bus_that(second_is_refused) as (bus, _):
        answers = await bus.put([made("e1"), made("e2"), made("e3")])

    assert answers == [None, Refusal("ThrottlingException", "slow down"), None]


@pytest.mark.parametrize(
    ("status", "body"),
    [
        (400, {"__type": "ResourceNotFoundException", "message": "no such bus"}),
        (400, {"__type": "AccessDeniedException", "message": "no"}),
        (500, {"__type": "InternalException", "message": "later"}),
        (503, {}),
    ],
)
async def test_a_request_that_fails_refuses_every_entry_and_says_why(
    status: int, body: dict[str, Any]
) -> None:
    async with bus_that(lambda _: (status, body)) as (bus, _):
        answers = await bus.put([made("e1"), made("e2")])

    assert len(answers) == 2
    for answer in answers:
        assert answer is not None
        assert body.get("message", "PutEvents") in answer.message


async def test_an_endpoint_that_is_gone_refuses_every_entry() -> None:
    from aiobotocore.config import AioConfig
    from aiobotocore.session import get_session

    async with get_session().create_client(
        "events",
        endpoint_url="http://127.0.0.1:9",
        region_name="us-east-1",
        aws_access_key_id="test",
        aws_secret_access_key="test",
        config=AioConfig(retries={"total_max_attempts": 1}, connect_timeout=1),
    ) as client:
        [answer] = await EventBridgeBus(client, "b").put([made()])

    assert isinstance(answer, Refusal)


async def test_over_the_wire_too_only_the_refused_entry_is_sent_again() -> None:
    turns = iter([[{"EventId": "1"}, {"ErrorCode": "InternalFailure"}], [{"EventId": "2"}]])

    async def no_time(seconds: float) -> None:
        del seconds

    async with bus_that(lambda _: (200, {"Entries": next(turns)})) as (bus, requests):
        await Publisher(bus, sleep=no_time).publish([made("e1"), made("e2")])

    sent = [
        [json.loads(each["Detail"])["metadata"]["id"] for each in request["Entries"]]
        for request in requests
    ]
    assert sent == [["e1", "e2"], ["e2"]]


async def test_a_bus_that_is_down_for_good_is_unpublished() -> None:
    async def no_time(seconds: float) -> None:
        del seconds

    async with bus_that(lambda _: (500, {})) as (bus, requests):
        with pytest.raises(Unpublished):
            await Publisher(bus, attempts=3, sleep=no_time).publish([made()])

    assert len(requests) == 3


@pytest.fixture
async def watched(embedded_clients: Any) -> tuple[EventBridgeBus, Any, str]:
    """A bus with a rule that puts everything of ours into a queue: bus, SQS client, queue's URL."""
    name = f"bus-{uuid4().hex[:8]}"
    events, sqs = await embedded_clients("events"), await embedded_clients("sqs")
    url = (await sqs.create_queue(QueueName=name))["QueueUrl"]
    attributes = await sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])
    await events.create_event_bus(Name=name)
    pattern = json.dumps({"detail-type": ["task.failed"]})
    await events.put_rule(Name=name, EventBusName=name, EventPattern=pattern)
    target = {"Id": "1", "Arn": attributes["Attributes"]["QueueArn"]}
    await events.put_targets(Rule=name, EventBusName=name, Targets=[target])
    return EventBridgeBus(events, name), sqs, url


@pytest.mark.embedded
async def test_what_is_put_arrives_as_the_event_it_was(watched: tuple[Any, Any, str]) -> None:
    bus, sqs, url = watched

    assert await bus.put([made()]) == [None]

    answer = await sqs.receive_message(QueueUrl=url, WaitTimeSeconds=10)
    route = Route(event=TaskFailed, worker="conductor", trusts=("codegen",))
    envelope = decode(answer["Messages"][0]["Body"], route)
    sent = Envelope("e1", source("codegen"), NOON, EVENT, caused_by="e0", trace=TRACE)
    assert (envelope.time != NOON) is differences.LOSES_THE_TIME_OF_AN_ENTRY
    assert replace(envelope, time=NOON) == sent


@pytest.mark.embedded
async def test_a_missing_bus_takes_everything_and_says_nothing(embedded_clients: Any) -> None:
    bus = EventBridgeBus(await embedded_clients("events"), "nowhere")

    answers = await bus.put([made()])

    assert (answers == [None]) is differences.ACCEPTS_A_MISSING_BUS
