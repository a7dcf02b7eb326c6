"""One suite for what the consumer needs of a queue: the fake, and SQS as the emulator has it.

Leases here are a second long: where a test has to see one end, a long poll waits for it.
"""

import json
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest

from tests.adapters.conformance import differences
from workers.adapters.sqs import PARKING_ATTRIBUTES, SqsQueue
from workers.runtime.queue import Message, Parking, Queue, QueueUnavailable
from workers.runtime.testing import FakeQueue

LONG = timedelta(seconds=60)
SHORT = timedelta(seconds=1)
NOW = timedelta(0)
SOON = timedelta(seconds=5)
MAX_RECEIVES = 3
PARKING = Parking(
    cause="undecodable",
    reason="task.created does not fit its schema: service_name: Field required",
    route="codegen-on-task-created",
    event_type="task.created",
    schema_version=1,
    fields=(("service_name", "Field required"), ("buckets.0.name", "too short")),
)
TRACE = "Root=1-65f0c1a2-0123456789abcdef01234567;Parent=53995c3f42cd8ad8;Sampled=1"


class WallClock:
    """The emulator knows no other."""

    def now(self) -> datetime:
        return datetime.now(UTC)


@dataclass
class Backend:
    """A queue, ways to send to it, and a look at its dead letters: bodies, groups, facts."""

    queue: Queue
    send: Callable[..., Awaitable[str]]
    dead: Callable[[], Awaitable[list[tuple[str, str | None, dict[str, str]]]]]
    emulated: bool

    async def take(self, limit: int = 10, *, wait: timedelta = NOW, lease: timedelta = LONG) -> Any:
        return await self.queue.receive(limit, wait, lease)


@pytest.fixture(params=["fake", pytest.param("sqs", marks=pytest.mark.embedded)])
def backend(request: pytest.FixtureRequest) -> Backend:
    found: Backend = request.getfixturevalue(request.param)
    return found


@pytest.fixture
def fake() -> Backend:
    return fake_backend()


@pytest.fixture
async def sqs(embedded_clients: Any) -> Backend:
    return await sqs_backend(await embedded_clients("sqs"))


def fake_backend() -> Backend:
    queue = FakeQueue(WallClock(), max_receives=MAX_RECEIVES)

    async def send(body: str, group: str = "g", deduplication: str | None = None) -> str:
        return queue.send(body, group=group, deduplication=deduplication)

    async def dead() -> list[tuple[str, str | None, dict[str, str]]]:
        return [(m.body, m.group, _facts(parking)) for m, parking in queue.dead_letters]

    return Backend(queue, send, dead, emulated=False)


def _facts(parking: Parking | None) -> dict[str, str]:
    if parking is None:
        return {}
    return {
        "cause": parking.cause,
        "reason": parking.reason,
        "route": parking.route,
        "event_type": str(parking.event_type),
        "schema_version": str(parking.schema_version),
        "fields": json.dumps(parking.fields),
    }


async def sqs_backend(client: Any) -> Backend:
    """A pair of queues as the templates make them."""
    name = f"conformance-{uuid4().hex[:8]}"
    fifo = {"FifoQueue": "true", "VisibilityTimeout": "60"}
    dead_url = (await client.create_queue(QueueName=f"{name}-dlq.fifo", Attributes=fifo))[
        "QueueUrl"
    ]
    attributes = await client.get_queue_attributes(QueueUrl=dead_url, AttributeNames=["QueueArn"])
    redrive = {
        "deadLetterTargetArn": attributes["Attributes"]["QueueArn"],
        "maxReceiveCount": str(MAX_RECEIVES),
    }
    made = await client.create_queue(
        QueueName=f"{name}.fifo", Attributes={**fifo, "RedrivePolicy": json.dumps(redrive)}
    )
    url = made["QueueUrl"]

    async def send(body: str, group: str = "g", deduplication: str | None = None) -> str:
        answer = await client.send_message(
            QueueUrl=url,
            MessageBody=body,
            MessageGroupId=group,
            MessageDeduplicationId=deduplication or uuid4().hex,
        )
        return str(answer["MessageId"])

    async def dead() -> list[tuple[str, str | None, dict[str, str]]]:
        letters = await SqsQueue(client, dead_url, dead_url).receive(10, SHORT, LONG)
        return [(m.body, m.group, dict(m.attributes)) for m in letters]

    return Backend(SqsQueue(client, url, dead_url), send, dead, emulated=True)


def bodies(messages: Any) -> list[str]:
    return [message.body for message in messages]


async def test_a_message_arrives_with_its_body_group_and_count(backend: Backend) -> None:
    sent = await backend.send('{"ü": 1}', group="wf-1")

    [message] = await backend.take(wait=SOON)

    assert (message.id, message.body, message.group) == (sent, '{"ü": 1}', "wf-1")
    assert message.receives == 1
    assert message.sent_at is not None
    assert abs(datetime.now(UTC) - message.sent_at) < timedelta(minutes=5)


async def test_no_more_arrive_than_asked_for_and_in_the_order_of_the_group(
    backend: Backend,
) -> None:
    for number in range(5):
        await backend.send(f"a{number}")

    assert bodies(await backend.take(3)) == ["a0", "a1", "a2"]


async def test_an_empty_queue_answers_with_nothing(backend: Backend) -> None:
    assert list(await backend.take()) == []
    assert list(await backend.take(wait=SHORT)) == []


async def test_a_received_message_is_hidden_until_its_lease_ends(backend: Backend) -> None:
    await backend.send("a")
    [first] = await backend.take(lease=SHORT)

    assert list(await backend.take()) == []
    [again] = await backend.take(wait=SOON)

    assert (again.id, again.receives) == (first.id, 2)
    assert again.receipt != first.receipt


async def test_a_renewed_lease_lasts_longer(backend: Backend) -> None:
    await backend.send("a")
    [message] = await backend.take(lease=SHORT)

    assert await backend.queue.hide([message], LONG) == frozenset()

    assert list(await backend.take(wait=timedelta(seconds=2))) == []


async def test_a_group_with_a_message_in_flight_gives_no_other(backend: Backend) -> None:
    for body, group in (("a1", "a"), ("a2", "a"), ("b1", "b")):
        await backend.send(body, group=group)
    [first] = await backend.take(1)

    assert bodies(await backend.take()) == ["b1"]
    await backend.queue.delete([first])
    assert bodies(await backend.take()) == ["a2"]


async def test_what_is_given_back_comes_first_again_in_its_order(backend: Backend) -> None:
    for number in range(3):
        await backend.send(f"a{number}")
    received = await backend.take(2)

    assert await backend.queue.hide(received, NOW) == frozenset()

    assert bodies(await backend.take()) == ["a0", "a1", "a2"]


async def test_a_group_waits_until_all_of_it_that_was_received_is_given_back(
    backend: Backend,
) -> None:
    await backend.send("a0")
    await backend.send("a1")
    first, second = await backend.take()

    await backend.queue.hide([first], NOW)
    assert list(await backend.take()) == []
    await backend.queue.hide([second], NOW)
    assert bodies(await backend.take()) == ["a0", "a1"]


async def test_a_backoff_holds_the_group_and_no_other(backend: Backend) -> None:
    for body, group in (("a1", "a"), ("a2", "a"), ("b1", "b")):
        await backend.send(body, group=group)
    received = {message.body: message for message in await backend.take()}

    await backend.queue.hide([received["a1"]], LONG)
    await backend.queue.hide([received["a2"], received["b1"]], NOW)

    assert bodies(await backend.take()) == ["b1"]


async def test_what_is_deleted_does_not_come_back(backend: Backend) -> None:
    await backend.send("a0")
    await backend.send("a1")
    received = await backend.take(lease=SHORT)

    assert await backend.queue.delete(received) == frozenset()

    assert list(await backend.take(wait=timedelta(seconds=2))) == []


async def test_a_duplicate_within_the_window_is_dropped_also_after_a_delete(
    backend: Backend,
) -> None:
    await backend.send("a", deduplication="once")
    await backend.send("a", deduplication="once")
    received = await backend.take()
    assert bodies(received) == ["a"]
    await backend.queue.delete(received)
    await backend.send("a", deduplication="once")

    assert list(await backend.take()) == []


async def taken_over(backend: Backend) -> tuple[Message, Message]:
    """The same message as its late owner and as its new owner hold it."""
    await backend.send("a")
    [late] = await backend.take(lease=SHORT)
    [new] = await backend.take(wait=SOON)
    return late, new


async def test_a_late_owner_can_neither_hide_nor_delete(backend: Backend) -> None:
    late, new = await taken_over(backend)

    assert await backend.queue.hide([late], NOW) == {late.id}
    assert await backend.queue.delete([late]) == {late.id}

    assert list(await backend.take()) == []
    assert await backend.queue.delete([new]) == frozenset()


async def test_a_lost_lease_does_not_spoil_the_rest_of_its_batch(backend: Backend) -> None:
    late, _ = await taken_over(backend)
    await backend.send("b", group="b")
    [other] = await backend.take()

    assert await backend.queue.hide([late, other], LONG) == {late.id}
    assert await backend.queue.delete([late, other]) == {late.id}


async def test_a_lapsed_receipt_is_lost(backend: Backend) -> None:
    await backend.send("a")
    [message] = await backend.take(lease=NOW)

    lost = await backend.queue.delete([message])

    taken = backend.emulated and differences.TAKES_A_LAPSED_RECEIPT
    assert lost == (frozenset() if taken else {message.id})


async def test_what_is_gone_can_be_neither_hidden_nor_deleted_again(backend: Backend) -> None:
    await backend.send("a")
    [message] = await backend.take()
    await backend.queue.delete([message])

    assert await backend.queue.hide([message], LONG) == {message.id}
    refused = not backend.emulated or differences.REFUSES_A_SECOND_DELETE
    assert await backend.queue.delete([message]) == ({message.id} if refused else frozenset())


async def test_a_parked_message_keeps_body_and_group_and_says_why(backend: Backend) -> None:
    await backend.send('{"broken": "ü"}', group="wf-1")
    await backend.send("next", group="wf-1")
    [message] = await backend.take(1)

    await backend.queue.park(message, PARKING)

    [(body, group, facts)] = await backend.dead()
    assert (body, group) == ('{"broken": "ü"}', "wf-1")
    assert facts.items() >= _facts(PARKING).items()
    assert bodies(await backend.take()) == ["next"]


async def test_a_message_that_is_parked_again_is_one_dead_letter(backend: Backend) -> None:
    late, new = await taken_over(backend)

    await backend.queue.park(late, PARKING)
    await backend.queue.park(new, PARKING)

    assert len(await backend.dead()) == 1
    assert list(await backend.take()) == []


async def test_the_first_receive_is_remembered_by_the_next(backend: Backend) -> None:
    late, new = await taken_over(backend)

    assert late.first_received_at is not None
    assert late.first_received_at == new.first_received_at


async def test_what_nobody_settles_goes_to_the_dead_letters_by_itself(backend: Backend) -> None:
    await backend.send("a")
    for _ in range(MAX_RECEIVES):
        assert bodies(await backend.take(lease=NOW)) == ["a"]

    assert list(await backend.take()) == []
    assert [(body, group) for body, group, _ in await backend.dead()] == [("a", "g")]


@pytest.mark.embedded
@pytest.mark.parametrize(
    "reason", ["\0", "tail: \x1b[31mred\x1b[0m\r\n", "\ud800", "\ufffe\uffff", "x" * 5000, "ü🚢"]
)
async def test_any_reason_can_be_parked(sqs: Backend, reason: str) -> None:
    await sqs.send("a")
    [message] = await sqs.take()

    await sqs.queue.park(message, Parking("bug", reason, "route", event_type=reason[:500]))

    [(_, _, facts)] = await sqs.dead()
    assert 0 < len(facts["reason"]) <= 1000
    assert (facts["cause"], facts["receives"]) == ("bug", "1")


async def parked(sqs: Backend, body: str, attributes: dict[str, str]) -> dict[str, str]:
    """The attributes of a message with these of its own, once it is parked."""
    await sqs.send(body)
    [message] = await sqs.take()
    known = replace(
        PARKING,
        fingerprint="f1",
        event_id="e1",
        attempts=5,
        first_failed_at=datetime(2026, 11, 1, tzinfo=UTC),
        last_failed_at=datetime(2026, 11, 2, tzinfo=UTC),
        worker_version="0.1.0",
        trace=TRACE,
    )
    await sqs.queue.park(replace(message, attributes=attributes), known)
    [(dead, _, facts)] = await sqs.dead()
    assert dead == body
    return facts


@pytest.mark.embedded
async def test_a_parked_message_says_where_when_how_often_and_by_whom_it_failed(
    sqs: Backend,
) -> None:
    facts = await parked(sqs, "a", {})

    assert set(facts) <= set(PARKING_ATTRIBUTES)
    assert json.loads(facts["parking"]) == {
        "fingerprint": "f1",
        "event_id": "e1",
        "attempts": 5,
        "first_failed_at": "2026-11-01T00:00:00+00:00",
        "last_failed_at": "2026-11-02T00:00:00+00:00",
        "worker_version": "0.1.0",
        "trace": TRACE,
    }


@pytest.mark.embedded
async def test_a_messages_own_attributes_survive_as_far_as_there_is_room(sqs: Backend) -> None:
    own = {f"own-{number}": "x" for number in range(9)}

    facts = await parked(sqs, "a", {**own, "cause": "forged"})

    assert len(facts) == 10
    assert facts["cause"] == "undecodable"
    assert [name for name in facts if name in own] != []
    assert "parking" in facts


@pytest.mark.embedded
async def test_a_message_as_large_as_they_get_can_still_be_parked(sqs: Backend) -> None:
    facts = await parked(sqs, "x" * (1024 * 1024 - 100), {"own": "y" * 90})

    assert facts["cause"] == "undecodable"
    assert "own" not in facts


@pytest.mark.embedded
async def test_a_parked_message_stays_in_its_trace(sqs: Backend, embedded_clients: Any) -> None:
    client = await embedded_clients("sqs")
    queue: Any = sqs.queue
    await client.send_message(
        QueueUrl=queue._queue_url,
        MessageBody="a",
        MessageGroupId="g",
        MessageDeduplicationId="1",
        MessageSystemAttributes={"AWSTraceHeader": {"DataType": "String", "StringValue": TRACE}},
    )
    [message] = await sqs.take(wait=SOON)
    assert message.trace == TRACE

    await sqs.queue.park(message, PARKING)

    dead = SqsQueue(client, queue._dead_letter_url, queue._dead_letter_url)
    [letter] = await dead.receive(1, SOON, LONG)
    assert letter.trace == TRACE


@pytest.mark.embedded
async def test_waits_of_a_part_of_a_second_are_not_cut_to_nothing(sqs: Backend) -> None:
    await sqs.send("a")
    [message] = await sqs.take()

    await sqs.queue.hide([message], timedelta(milliseconds=300))

    assert list(await sqs.take()) == []
    assert bodies(await sqs.take(wait=SOON)) == ["a"]


CALLS: dict[str, Callable[[Queue, Message], Awaitable[Any]]] = {
    "receive": lambda queue, _: queue.receive(1, NOW, LONG),
    "delete": lambda queue, message: queue.delete([message]),
    "hide": lambda queue, message: queue.hide([message], LONG),
    "park": lambda queue, message: queue.park(message, PARKING),
}


@pytest.mark.parametrize("call", CALLS.values(), ids=CALLS.keys())
async def test_a_fake_that_is_down_is_unavailable(call: Any) -> None:
    queue = FakeQueue(WallClock())
    queue.send("a")
    [message] = await queue.receive(1, NOW, LONG)
    queue.down = True

    with pytest.raises(QueueUnavailable):
        await call(queue, message)


@pytest.mark.embedded
@pytest.mark.parametrize("call", CALLS.values(), ids=CALLS.keys())
async def test_a_queue_that_is_not_there_is_unavailable(sqs: Backend, call: Any) -> None:
    await sqs.send("a")
    [message] = await sqs.take()
    client: Any = sqs.queue._client  # type: ignore[attr-defined]
    nowhere = "http://127.0.0.1/000000000000/nowhere.fifo"

    with pytest.raises(QueueUnavailable):
        await call(SqsQueue(client, nowhere, nowhere), message)


@pytest.mark.parametrize("call", CALLS.values(), ids=CALLS.keys())
async def test_an_endpoint_that_does_not_answer_is_unavailable(call: Any) -> None:
    from aiobotocore.config import AioConfig
    from aiobotocore.session import get_session

    message = Message("m", "a", "r", 1, group="g")
    url = "http://127.0.0.1:9/000000000000/q.fifo"
    async with get_session().create_client(
        "sqs",
        endpoint_url="http://127.0.0.1:9",
        region_name="us-east-1",
        aws_access_key_id="test",
        aws_secret_access_key="test",
        config=AioConfig(retries={"total_max_attempts": 1}, connect_timeout=1),
    ) as client:
        with pytest.raises(QueueUnavailable):
            await call(SqsQueue(client, url, url), message)
