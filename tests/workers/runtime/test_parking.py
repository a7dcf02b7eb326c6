"""A parked message says all that a person, or a redrive, has to know of it."""

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from importlib.metadata import version
from typing import Any

import pytest

from events.routes import source
from workers.ports import Reject, Retry
from workers.runtime.ledger import Claim
from workers.runtime.parking import PAST, Past, completed, past
from workers.runtime.queue import Message, Parking

NOW = datetime(2026, 11, 2, 12, tzinfo=UTC)
EARLIER = NOW - timedelta(hours=3)
ROUTE_NAME = "codegen-on-task-created"
WHY = Parking("bug", "boom", ROUTE_NAME)


def message(body: str, **changes: Any) -> Message:
    return replace(Message("m1", body, "r", 2, group="g", first_received_at=EARLIER), **changes)


def test_a_parking_is_completed_from_the_message_the_clock_and_the_installation(bench: Any) -> None:
    made = completed(WHY, message(bench.body("e1"), trace="Root=1"), bench.route(), 5, NOW)

    assert (made.cause, made.reason, made.route) == ("bug", "boom", ROUTE_NAME)
    assert (made.event_type, made.event_id, made.schema_version) == ("task.created", "e1", 1)
    assert (made.attempts, made.first_failed_at, made.last_failed_at) == (5, EARLIER, NOW)
    assert (made.worker_version, made.trace) == (version("flotilla"), "Root=1")
    assert made.fingerprint


def test_the_id_of_an_event_is_the_one_that_the_ledger_knows(bench: Any) -> None:
    detail = {
        **json.loads(bench.body("e1"))["detail"],
        "metadata": {"id": "own", "trace": "Root=2"},
    }
    body = bench.body("e1", detail=detail, source=source("conductor"))

    made = completed(WHY, message(body, trace="Root=1"), bench.route(), 1, NOW)

    assert (made.event_id, made.trace) == ("own", "Root=2")


@pytest.mark.parametrize("body", ["", "{", "[]", '"x"', "null", "[" * 5000, '{"detail": 3}'])
def test_what_is_no_event_is_completed_as_far_as_it_goes(bench: Any, body: str) -> None:
    made = completed(WHY, message(body, first_received_at=None), bench.route(), 1, NOW)

    assert (made.event_type, made.event_id, made.schema_version) == (None, None, None)
    assert (made.first_failed_at, made.last_failed_at) == (NOW, NOW)


def test_what_is_known_already_is_kept(bench: Any) -> None:
    why = replace(WHY, event_type="x.done", schema_version=9, fingerprint="f")

    made = completed(why, message(bench.body("e1")), bench.route(), 1, NOW)

    assert (made.event_type, made.schema_version, made.fingerprint) == ("x.done", 9, "f")


def test_the_first_failure_is_remembered_across_redrives(bench: Any) -> None:
    long_ago = NOW - timedelta(days=9)
    carried = {PAST: Past(long_ago, 2).text()}

    made = completed(WHY, message(bench.body("e1"), attributes=carried), bench.route(), 1, NOW)

    assert made.first_failed_at == long_ago


@pytest.mark.parametrize(
    ("text", "found"),
    [
        (Past(NOW, 3).text(), Past(NOW, 3)),
        (Past().text(), Past()),
        ("", Past()),
        ("{", Past()),
        ("[1]", Past()),
        ('{"first_failed_at": "yesterday", "redrives": "many"}', Past()),
        ('{"first_failed_at": "2026-11-02T12:00:00"}', Past()),
    ],
)
def test_a_past_is_read_as_it_was_written_and_none_is_made_up(text: str, found: Past) -> None:
    assert past({PAST: text}) == found


async def run(bench: Any, turn: object, **route: Any) -> tuple[Message, Parking]:
    async def handle(_: Any, __: Any) -> Any:
        if isinstance(turn, BaseException):
            raise turn
        return turn

    bench.send("e1")
    await bench.run(bench.consumer(handle, **route))
    [(parked, parking)] = bench.queue.dead_letters
    return parked, parking


async def test_what_was_given_up_says_when_it_failed_first_and_last_and_how_often(
    bench: Any,
) -> None:
    start = bench.clock.now()

    _, parking = await run(bench, ZeroDivisionError("by zero"), attempts=3)

    assert parking.attempts == 3
    assert start <= parking.first_failed_at < parking.last_failed_at
    assert parking.event_id == "e1"


async def test_the_ledger_says_that_an_event_waits_for_a_person(bench: Any) -> None:
    _, parking = await run(bench, Reject("no"))

    assert bench.ledger.parked(ROUTE_NAME, "e1") == parking
    assert parking.fingerprint


async def test_what_was_parked_can_be_claimed_and_then_waits_no_more(bench: Any) -> None:
    await run(bench, ZeroDivisionError("by zero"), attempts=1)

    claim = await bench.ledger.claim(ROUTE_NAME, "e1", bench.lease)

    assert isinstance(claim, Claim)
    assert bench.ledger.parked(ROUTE_NAME, "e1") is None


async def test_what_cannot_be_decoded_is_noted_nowhere(bench: Any) -> None:
    bench.send("e1", detail={"service_name": "../x"})
    bench.send("forged", source="me")

    async def handle(_: Any, __: Any) -> None: ...

    await bench.run(bench.consumer(handle, trusts=("conductor",)))

    assert set(bench.parked().values()) == {"untrusted"}
    assert bench.ledger.state(ROUTE_NAME, "forged") is None


async def test_a_ledger_that_is_away_keeps_nothing_from_being_parked(bench: Any) -> None:
    async def handle(_: Any, __: Any) -> None:
        bench.ledger.down = True
        raise Reject("no")

    bench.send("e1")
    await bench.run(bench.consumer(handle))

    assert bench.parked() == {"e1": "rejected"}
    assert len(bench.log_lines("parking not noted")) == 1


async def test_equal_failures_of_different_events_have_one_fingerprint(bench: Any) -> None:
    async def handle(event: Any, context: Any) -> None:
        if event.title == "slow":
            raise Retry(f"no answer for {context.event_id}")
        raise LookupError(f"nothing under {context.event_id}")

    for number in range(4):
        bench.send(f"e{number}", group=f"g{number}", title="slow" if number % 2 else "")
    await bench.run(bench.consumer(handle, attempts=1))

    made = {
        message.body[8:10]: parking.fingerprint for message, parking in bench.queue.dead_letters
    }
    assert made["e0"] == made["e2"] != made["e1"] == made["e3"]
