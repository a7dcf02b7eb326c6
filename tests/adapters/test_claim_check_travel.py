"""A large event over the emulator's bus: the rule still filters, and the consumer has all of it."""

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest

from events.codec import ENTRY_LIMIT, decode, entry, entry_size
from events.publisher import Publisher
from events.routes import ROUTES, Route, source
from events.topology import pattern
from localstack.grouping import address
from schemas.envelope import Envelope
from schemas.remediation import RemediationApplied
from workers.adapters.eventbridge import EventBridgeBus
from workers.adapters.s3_payloads import S3Payloads
from workers.runtime.claim_check import lightened, whole

pytestmark = pytest.mark.embedded

GOLDEN = Path(__file__).parents[1] / "schemas" / "golden" / "remediation.applied.v1.json"
TAKER, OTHER = (r for r in ROUTES if r.event is RemediationApplied)


def large(action: str) -> Envelope:
    """An event of one byte more than the bus takes, in characters of two bytes."""
    fields = {**json.loads(GOLDEN.read_text())["detail"], "action": action}

    def of(detail: str) -> Envelope:
        event = RemediationApplied.model_validate({**fields, "detail": detail})
        return Envelope("e1", source("remediation"), datetime(2026, 11, 2, tzinfo=UTC), event)

    room = ENTRY_LIMIT + 1 - entry_size(entry(of("")))
    return of("é" * (room // 2) + "x" * (room % 2))


@pytest.mark.parametrize("route", [TAKER, OTHER], ids=lambda route: route.name)
async def test_a_large_event_reaches_the_route_that_wants_it_whole(
    embedded_clients: Any, route: Route
) -> None:
    sent = large(route.where["action"])
    assert entry_size(entry(sent, limit=None)) == ENTRY_LIMIT + 1
    name = f"large-{uuid4().hex[:8]}"
    s3, sqs, events = [await embedded_clients(service) for service in ("s3", "sqs", "events")]
    await s3.create_bucket(Bucket=name)
    queues = {each.name: await fed(sqs, events, name, each) for each in (TAKER, OTHER)}
    payloads = S3Payloads(s3, name)

    made = await lightened(entry(sent, limit=None), payloads)
    await Publisher(EventBridgeBus(events, name)).publish([made])

    got = {
        each: [m["Body"] for m in (await sqs.receive_message(QueueUrl=url)).get("Messages", ())]
        for each, url in queues.items()
    }
    [body] = got.pop(route.name)
    assert list(got.values()) == [[]]
    assert len(body.encode()) < 4096
    stayed = json.loads(GOLDEN.read_text())["detail"]
    assert address(body, "m", route.ordered_by).group == stayed["workflow_id"]
    arrived = decode(await whole(body, route, payloads), route)
    assert (arrived.id, arrived.event) == (sent.id, sent.event)


async def fed(sqs: Any, events: Any, bus: str, route: Route) -> str:
    """A queue that the route's own rule on this bus feeds."""
    if bus not in {each["Name"] for each in (await events.list_event_buses())["EventBuses"]}:
        await events.create_event_bus(Name=bus)
    url: str = (await sqs.create_queue(QueueName=f"{bus}-{route.worker}"))["QueueUrl"]
    told = await sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])
    wanted = json.dumps(pattern(route), default=dict)
    await events.put_rule(Name=route.name, EventBusName=bus, EventPattern=wanted)
    target = {"Id": "queue", "Arn": told["Attributes"]["QueueArn"]}
    await events.put_targets(Rule=route.name, EventBusName=bus, Targets=[target])
    return url
