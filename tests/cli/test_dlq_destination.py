"""Where a letter goes back to, and under which ids."""

import json
from typing import Any

import pytest

from events.routes import ROUTES, source
from events.topology import Names
from workers.cli.dlq.destination import Stays, ToBus, ToInbox, ToQueue, destination, takers
from workers.cli.dlq.letters import dead_letter

NAMES = Names("t")
ROUTE = "codegen-on-task-created"


@pytest.mark.parametrize("route", ROUTES, ids=lambda route: route.name)
def test_a_parked_letter_goes_back_to_the_queue_of_its_route(raw: Any, route: Any) -> None:
    letter = raw.letter("{broken", queue=route.name, MessageGroupId="wf-1")

    assert destination(letter, NAMES) == ToQueue(NAMES.queue(route), "wf-1", "redriven-m1")


def test_a_letter_received_again_keeps_its_deduplication_id_and_one_parked_again_does_not(
    raw: Any,
) -> None:
    first = raw.message(raw.body(), ApproximateReceiveCount="1")
    again = {**raw.message(raw.body(), ApproximateReceiveCount="7"), "ReceiptHandle": "another"}
    parked_again = {**first, "MessageId": "m2"}
    ways: Any = [destination(dead_letter(ROUTE, m), NAMES) for m in (first, again, parked_again)]

    assert ways[0].deduplication_id == ways[1].deduplication_id != ways[2].deduplication_id


def test_a_letter_without_a_group_gets_one_of_its_own(raw: Any) -> None:
    assert destination(raw.letter(), NAMES) == ToQueue(
        "flotilla-t-codegen-on-task-created.fifo", "m1", "redriven-m1"
    )


def test_what_one_inbox_missed_goes_to_that_inbox_alone(raw: Any) -> None:
    inbox = "flotilla-t-codegen-on-task-created-inbox"
    letter = raw.letter(queue="undelivered", DeadLetterQueueSourceArn=f"arn:aws:sqs:r:1:{inbox}")

    assert destination(letter, NAMES) == ToInbox(inbox)


def test_another_queues_name_is_no_way_into_it(raw: Any) -> None:
    told = {"TARGET_ARN": "arn:aws:sqs:r:1:somebody-elses-queue"}
    letter = raw.letter(queue="undelivered", told=told)

    assert isinstance(destination(letter, NAMES), ToBus)


def test_what_a_route_takes_now_goes_to_the_bus_as_it_came(raw: Any) -> None:
    letter = raw.letter(raw.body("outer-1"), queue="unrouted", AWSTraceHeader="Root=1")

    way = destination(letter, NAMES)

    assert isinstance(way, ToBus)
    assert (way.entry["Source"], way.entry["DetailType"]) == ("me", "task.created")
    assert way.entry["TraceHeader"] == "Root=1"
    detail = json.loads(way.entry["Detail"])
    # The bus would give it a new id each time: with this one, sent twice is one event.
    assert detail.pop("metadata") == {"id": "outer-1"}
    assert detail == json.loads(raw.body())["detail"]


def test_an_event_with_an_id_of_its_own_keeps_its_detail_to_the_letter(raw: Any) -> None:
    metadata = {"id": "own", "version": 1, "caused_by": "p", "trace": "Root=2"}
    letter = raw.letter(raw.body(metadata=metadata), queue="unrouted")

    way: Any = destination(letter, NAMES)

    assert json.loads(way.entry["Detail"]) == json.loads(letter.body)["detail"]
    assert way.entry["TraceHeader"] == "Root=2"


@pytest.mark.parametrize(
    ("made", "says"),
    [
        ({"event_type": "task.craeted"}, "nearest: task.created"),
        ({"event_type": "policy.validated"}, "does not own"),
        ({"agent": "absurd"}, "agent is one of"),
        ({"source": None}, "no event"),
        ({"event_type": None}, "no event"),
    ],
)
def test_what_no_route_takes_stays_and_says_why(raw: Any, made: dict[str, Any], says: str) -> None:
    way = destination(raw.letter(raw.body(**made), queue="unrouted"), NAMES)

    assert isinstance(way, Stays)
    assert says in way.reason


@pytest.mark.parametrize(
    "text", ["{", "[]", '{"detail": "text"}', '{"detail-type": "task.created"}']
)
def test_what_is_no_event_stays(raw: Any, text: str) -> None:
    assert isinstance(destination(raw.letter(text, queue="undelivered"), NAMES), Stays)


def test_a_taker_believes_the_source_and_finds_its_filter_met() -> None:
    task = {"detail-type": "task.created", "source": "me", "detail": {"agent": "deployment"}}
    verdict = {"detail-type": "policy.validated", "source": source("policy"), "detail": {}}

    assert [route.worker for route in takers(task)] == ["deployment"]
    assert [route.worker for route in takers(verdict)] == ["tester"]
    assert takers({**verdict, "source": "me"}) == []
    assert takers({**task, "detail": "text"}) == []
    assert takers({}) == []


def test_what_no_bus_could_say_stays(raw: Any) -> None:
    letter = raw.letter(raw.body(title="\ud800"), queue="unrouted")

    assert "Unicode" in str(destination(letter, NAMES))
