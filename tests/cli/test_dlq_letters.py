"""What is read from a dead letter, and which letters are one failure."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from workers.cli.dlq.letters import dead_letter, why_unrouted
from workers.cli.dlq.selection import Selection, age, failures
from workers.runtime.parking import PAST, Past

NOW = datetime(2026, 11, 2, tzinfo=UTC)


def test_a_parked_letter_says_all_that_it_was_parked_with(raw: Any) -> None:
    parking = {
        "fingerprint": "abc",
        "event_id": "e1",
        "attempts": 5,
        "first_failed_at": "2026-11-01T00:00:00+00:00",
        "last_failed_at": "2026-11-02T00:00:00+00:00",
        "worker_version": "0.1.0",
    }
    told = {
        "cause": "bug",
        "reason": "boom",
        "parking": json.dumps(parking),
        "fields": '[["service_name", "too long"]]',
        "schema_version": "1",
        "receives": "9",
        "own": "kept",
        PAST: Past(NOW, 2).text(),
    }

    letter = raw.letter(told=told, MessageGroupId="g", AWSTraceHeader="Root=1")

    assert (letter.cause, letter.reason, letter.fingerprint) == ("bug", "boom", "abc")
    assert (letter.event_type, letter.event_id, letter.source) == ("task.created", "e1", "me")
    assert (letter.attempts, letter.receives, letter.redrives) == (5, "9", 2)
    assert (letter.first_failed_at, letter.since) == (NOW - timedelta(days=1), NOW)
    assert (letter.schema_version, letter.worker_version) == ("1", "0.1.0")
    assert (letter.group, letter.trace) == ("g", "Root=1")
    assert letter.fields == (("service_name", "too long"),)
    assert set(letter.attributes) == {"own", PAST}


@pytest.mark.parametrize("text", ["", "{", "[]", '"x"', "[" * 5000, '{"detail-type": 3, "id": []}'])
def test_a_letter_that_is_no_event_is_still_a_letter(raw: Any, text: str) -> None:
    letter = dead_letter("unrouted", raw.message(text))

    assert (letter.event_type, letter.event_id, letter.body) == (None, None, text)


def test_what_nobody_settled_is_one_failure_however_it_looks(raw: Any) -> None:
    one, other = raw.letter(raw.body("e1")), raw.letter(raw.body("e2"))

    assert one.cause == "worn_out"
    assert one.fingerprint == other.fingerprint


def test_what_could_not_be_delivered_names_who_missed_it(raw: Any) -> None:
    told = {"TARGET_ARN": "arn:aws:sqs:eu-west-1:1:inbox-a", "ERROR_MESSAGE": "no permission"}

    letter = raw.letter(queue="undelivered", told=told)
    by_queue = raw.letter(queue="undelivered", DeadLetterQueueSourceArn="arn:aws:sqs:r:1:inbox-b")

    assert (letter.origin, letter.reason) == ("inbox-a", "no permission")
    assert by_queue.origin == "inbox-b"


@pytest.mark.parametrize(
    ("outer", "says"),
    [
        ({"detail-type": "task.craeted"}, "nearest: task.created"),
        ({"detail-type": "policy.validated", "source": "me"}, "does not own policy.validated"),
        ({"detail-type": "task.created", "source": "me"}, "agent is one of codegen, deployment"),
        ({}, "no event is called ''"),
        ({"detail-type": ["absurd"] * 9}, "no event is called"),
    ],
)
def test_why_no_route_wanted_an_event(outer: dict[str, Any], says: str) -> None:
    assert says in why_unrouted(outer)


def parked(raw: Any, message_id: str, fingerprint: str, hours: int) -> Any:
    parking = {
        "fingerprint": fingerprint,
        "last_failed_at": (NOW - timedelta(hours=hours)).isoformat(),
    }
    told = {"cause": "bug", "reason": f"boom {hours}", "parking": json.dumps(parking)}
    return dead_letter("q", {**raw.message(raw.body(), told), "MessageId": message_id})


def test_letters_that_failed_alike_are_one_line_with_ages_and_the_newest_reason(raw: Any) -> None:
    letters = [parked(raw, "1", "aaa", 9), parked(raw, "2", "bbb", 1), parked(raw, "3", "aaa", 2)]

    first, second = failures(letters)

    assert (first.fingerprint, first.messages, first.reason) == ("aaa", 2, "boom 2")
    assert (first.oldest, first.newest) == (NOW - timedelta(hours=9), NOW - timedelta(hours=2))
    assert (second.fingerprint, second.messages) == ("bbb", 1)
    assert failures([]) == []


SELECTIONS = [
    (Selection(), {"1", "2", "3"}),
    (Selection(fingerprint="aaa"), {"1", "3"}),
    (Selection(fingerprint="a"), {"1", "3"}),
    (Selection(fingerprint="aaaa"), set()),
    (Selection(message_id="2"), {"2"}),
    (Selection(message_id="2", fingerprint="aaa"), set()),
    (Selection(event_type="task.created"), {"1", "2", "3"}),
    (Selection(event_type="task"), set()),
    (Selection(not_after=NOW - timedelta(hours=2)), {"1", "3"}),
    (Selection(not_after=NOW - timedelta(days=10_000)), set()),
]


@pytest.mark.parametrize(("selection", "taken"), SELECTIONS)
def test_a_selection_takes_what_meets_every_condition(
    raw: Any, selection: Selection, taken: set[str]
) -> None:
    letters = [parked(raw, "1", "aaa", 9), parked(raw, "2", "bbb", 1), parked(raw, "3", "aaa", 2)]

    assert {letter.message_id for letter in letters if selection.takes(letter)} == taken


@pytest.mark.parametrize(
    ("span", "said"),
    [
        (timedelta(seconds=-5), "0 s"),
        (timedelta(seconds=59), "59 s"),
        (timedelta(seconds=60), "1 min"),
        (timedelta(hours=23, minutes=59), "23 h"),
        (timedelta(days=10_000), "10000 d"),
    ],
)
def test_an_age_is_said_in_its_largest_unit(span: timedelta, said: str) -> None:
    assert age(span) == said


@pytest.mark.parametrize("fields", ["", "{", "3", "[1]", '[["a"]]', '{"a": 1}'])
def test_fields_that_are_none_of_ours_are_none(raw: Any, fields: str) -> None:
    assert raw.letter(told={"fields": fields or " "}).fields == ()
