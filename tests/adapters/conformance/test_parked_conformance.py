"""A parked message in its dead-letter queue: what it keeps, what it says, and that it is one."""

import json
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from tests.adapters.conformance.queues import (
    LONG,
    PARKING,
    SOON,
    Backend,
    Sqs,
    bodies,
    expected_facts,
    taken_over,
)
from workers.adapters.sqs import PARKING_ATTRIBUTES, SqsQueue
from workers.runtime.queue import Parking

TRACE = "Root=1-65f0c1a2-0123456789abcdef01234567;Parent=53995c3f42cd8ad8;Sampled=1"


async def test_a_parked_message_keeps_body_and_group_and_says_why(backend: Backend) -> None:
    await backend.send('{"broken": "ü"}', group="wf-1")
    await backend.send("next", group="wf-1")
    [message] = await backend.take(1)

    await backend.queue.park(message, PARKING)

    [letter] = await backend.dead()
    assert (letter.body, letter.group) == ('{"broken": "ü"}', "wf-1")
    assert letter.facts.items() >= expected_facts(PARKING).items()
    assert bodies(await backend.take()) == ["next"]


async def test_a_message_that_is_parked_again_is_one_dead_letter(backend: Backend) -> None:
    late, new = await taken_over(backend)

    await backend.queue.park(late, PARKING)
    await backend.queue.park(new, PARKING)

    assert len(await backend.dead()) == 1
    assert await backend.take() == []


@pytest.mark.parametrize(
    "reason", ["\0", "tail: \x1b[31mred\x1b[0m\r\n", "\ud800", "\ufffe\uffff", "x" * 5000, "ü🚢"]
)
async def test_any_reason_can_be_parked(sqs: Sqs, reason: str) -> None:
    await sqs.send("a")
    [message] = await sqs.take()

    await sqs.queue.park(message, Parking("bug", reason, "route", event_type=reason[:500]))

    [letter] = await sqs.dead()
    assert 0 < len(letter.facts["reason"]) <= 1000
    assert (letter.facts["cause"], letter.facts["receives"]) == ("bug", "1")


async def parked(sqs: Sqs, body: str, attributes: dict[str, str]) -> Mapping[str, str]:
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
    [letter] = await sqs.dead()
    assert letter.body == body
    return letter.facts


async def test_a_parked_message_says_where_when_how_often_and_by_whom_it_failed(
    sqs: Sqs,
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


async def test_a_messages_own_attributes_survive_as_far_as_there_is_room(sqs: Sqs) -> None:
    own = {f"own-{number}": "x" for number in range(9)}

    facts = await parked(sqs, "a", {**own, "cause": "forged"})

    assert len(facts) == 10
    assert facts["cause"] == "undecodable"
    assert [name for name in facts if name in own] != []
    assert "parking" in facts


async def test_a_message_as_large_as_they_get_can_still_be_parked(sqs: Sqs) -> None:
    facts = await parked(sqs, "x" * (1024 * 1024 - 100), {"own": "y" * 90})

    assert facts["cause"] == "undecodable"
    assert "own" not in facts


async def test_a_parked_message_stays_in_its_trace(sqs: Sqs) -> None:
    await sqs.client.send_message(
        QueueUrl=sqs.url,
        MessageBody="a",
        MessageGroupId="g",
        MessageDeduplicationId="1",
        MessageSystemAttributes={"AWSTraceHeader": {"DataType": "String", "StringValue": TRACE}},
    )
    [message] = await sqs.take(wait=SOON)
    assert message.trace == TRACE

    await sqs.queue.park(message, PARKING)

    dead = SqsQueue(sqs.client, sqs.dead_url, sqs.dead_url)
    [letter] = await dead.receive(1, SOON, LONG)
    assert letter.trace == TRACE


async def test_waits_of_a_part_of_a_second_are_not_cut_to_nothing(sqs: Sqs) -> None:
    await sqs.send("a")
    [message] = await sqs.take()

    await sqs.queue.hide([message], timedelta(milliseconds=300))

    assert await sqs.take() == []
    assert bodies(await sqs.take(wait=SOON)) == ["a"]
