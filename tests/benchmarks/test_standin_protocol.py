"""Flotilla's own adapters, through real clients, find in the stand-in what they find on AWS."""

import asyncio
import json
from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import pytest
from aiobotocore.session import get_session
from botocore.exceptions import ClientError

from benchmarks.standin.server import HOST, StandIn, listen
from workers.adapters.dynamodb_ledger import DynamoLedger
from workers.adapters.eventbridge import EventBridgeBus
from workers.adapters.sqs import SqsQueue
from workers.runtime.ledger import Claim, ClaimLost, Committed, Done, Held
from workers.testing import FakeClock

LEASE = timedelta(seconds=30)
NOTHING = timedelta(0)
ENTRY = {"Source": "s", "DetailType": "t", "Detail": '{"number": 1, "group": 0, "sequence": 0}'}


class Place:
    """A stand-in in this event loop, and clients to it."""

    def __init__(self, standin: StandIn, clients: dict[str, Any]) -> None:
        self.standin = standin
        self.clients = clients
        self.clock = FakeClock()

    async def ledger(self) -> DynamoLedger:
        await self.clients["dynamodb"].create_table(
            TableName="ledger",
            BillingMode="PAY_PER_REQUEST",
            AttributeDefinitions=[{"AttributeName": "delivery", "AttributeType": "S"}],
            KeySchema=[{"AttributeName": "delivery", "KeyType": "HASH"}],
        )
        return DynamoLedger(self.clients["dynamodb"], "ledger", self.clock.now, timedelta(days=25))

    async def queue(self) -> SqsQueue:
        sqs = self.clients["sqs"]
        urls = [
            (await sqs.create_queue(QueueName=name))["QueueUrl"] for name in ("q.fifo", "d.fifo")
        ]
        return SqsQueue(sqs, *urls)

    async def send(self, *bodies: str, group: str = "g") -> None:
        url = (await self.clients["sqs"].get_queue_url(QueueName="q.fifo"))["QueueUrl"]
        entries = [
            {"Id": str(n), "MessageBody": body, "MessageGroupId": group}
            for n, body in enumerate(bodies)
        ]
        await self.clients["sqs"].send_message_batch(QueueUrl=url, Entries=entries)


@pytest.fixture
async def place() -> AsyncIterator[Place]:
    standin = StandIn()
    server = await listen(standin, 0)
    endpoint = f"http://{HOST}:{server.sockets[0].getsockname()[1]}"
    session = get_session()
    opened = [
        session.create_client(
            service,
            endpoint_url=endpoint,
            region_name="us-east-1",
            aws_access_key_id="test",
            aws_secret_access_key="test",
        )
        for service in ("sqs", "dynamodb", "events")
    ]
    async with opened[0] as sqs, opened[1] as dynamodb, opened[2] as events:
        yield Place(standin, {"sqs": sqs, "dynamodb": dynamodb, "events": events})
    server.close()


async def test_a_claim_is_held_until_its_lease_ends(place: Place) -> None:
    ledger = await place.ledger()

    first = await ledger.claim("w", "e", LEASE)
    assert isinstance(first, Claim)
    assert isinstance(await ledger.claim("w", "e", LEASE), Held)
    place.clock.advance(LEASE)
    second = await ledger.claim("w", "e", LEASE)

    assert isinstance(second, Claim)
    assert (first.token, second.token) == (1, 2)
    with pytest.raises(ClaimLost):
        await ledger.commit(first, [])


async def test_an_answer_is_kept_until_it_is_published(place: Place) -> None:
    ledger = await place.ledger()
    claim = await ledger.claim("w", "e", LEASE)
    assert isinstance(claim, Claim)

    await ledger.record(claim, "step", '"result"')
    await ledger.commit(claim, [ENTRY])
    found = await ledger.claim("w", "e", LEASE)
    await ledger.finish(claim)
    await ledger.flush()

    assert isinstance(found, Committed)
    assert list(found.entries) == [ENTRY]
    assert isinstance(await ledger.claim("w", "e", LEASE), Done)


async def test_claims_of_one_moment_go_as_one_request(place: Place) -> None:
    ledger = await place.ledger()

    claims = await asyncio.gather(*(ledger.claim("w", f"e{n}", LEASE) for n in range(10)))

    assert all(isinstance(claim, Claim) for claim in claims)
    assert place.standin.tally.requests["BatchExecuteStatement"] == 1


async def test_a_transaction_happens_whole_or_not_at_all(place: Place) -> None:
    await place.ledger()
    write: dict[str, Any] = {
        "Put": {
            "TableName": "ledger",
            "Item": {"delivery": {"S": "a"}},
            "ConditionExpression": "attribute_not_exists(delivery)",
        }
    }
    other = {"Put": {"TableName": "ledger", "Item": {"delivery": {"S": "b"}}}}
    dynamodb = place.clients["dynamodb"]
    await dynamodb.transact_write_items(TransactItems=[write])

    with pytest.raises(ClientError) as caught:
        await dynamodb.transact_write_items(TransactItems=[other, write])

    codes = [reason["Code"] for reason in caught.value.response["CancellationReasons"]]
    assert codes == ["None", "ConditionalCheckFailed"]
    found = await dynamodb.get_item(TableName="ledger", Key={"delivery": {"S": "b"}})
    assert "Item" not in found


async def test_messages_are_received_given_back_and_deleted(place: Place) -> None:
    queue = await place.queue()
    await place.send("one", "two")

    first, second = await queue.receive(10, NOTHING, LEASE)
    assert (first.body, first.group, first.receives) == ("one", "g", 1)
    await queue.hide([first, second], NOTHING)
    again, _ = await queue.receive(10, NOTHING, LEASE)

    assert (again.id, again.receives) == (first.id, 2)
    assert await queue.delete([first]) == {first.id}
    assert await queue.delete([again]) == frozenset()


async def test_a_receive_waits_for_a_message(place: Place) -> None:
    queue = await place.queue()

    waiting = asyncio.ensure_future(queue.receive(10, timedelta(seconds=20), LEASE))
    await place.send("late")

    assert [message.body for message in await waiting] == ["late"]


async def test_a_receive_that_is_asked_again_answers_the_same(place: Place) -> None:
    await place.queue()
    await place.send("one", "two")
    sqs = place.clients["sqs"]
    url = (await sqs.get_queue_url(QueueName="q.fifo"))["QueueUrl"]

    answers = [
        await sqs.receive_message(QueueUrl=url, ReceiveRequestAttemptId=attempt)
        for attempt in ("a", "a", "b")
    ]

    bodies = [[message["Body"] for message in each.get("Messages", [])] for each in answers]
    assert bodies == [["one"], ["one"], []]


async def test_events_are_taken_and_their_order_is_looked_at(place: Place) -> None:
    await place.clients["events"].create_event_bus(Name="bus")
    bus = EventBridgeBus(place.clients["events"], "bus")
    later = {**ENTRY, "Detail": json.dumps({"number": 2, "group": 0, "sequence": 5})}

    assert list(await bus.put([later, ENTRY, ENTRY])) == [None, None, None]

    tally = place.standin.tally
    assert (tally.published, tally.published_early) == (3, 2)


async def test_what_is_missing_is_refused_by_name(place: Place) -> None:
    for service, call, asked, code in (
        ("sqs", "get_queue_url", {"QueueName": "none"}, "QueueDoesNotExist"),
        ("events", "describe_event_bus", {"Name": "none"}, "ResourceNotFoundException"),
        ("dynamodb", "scan", {"TableName": "none"}, "UnknownOperationException"),
        ("sqs", "list_queues", {}, "UnknownOperationException"),
    ):
        with pytest.raises(ClientError) as caught:
            await getattr(place.clients[service], call)(**asked)
        assert code in str(caught.value.response["Error"])
