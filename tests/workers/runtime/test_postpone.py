"""A message that has to wait for longer than a queue can hide it, as it is sent again."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from workers.runtime.horizon import LEDGER_RETENTION
from workers.runtime.parking import PAST, Past
from workers.runtime.postpone import (
    LONGEST_WAIT,
    MOST_POSTPONEMENTS,
    POSTPONED,
    Postponement,
    postponed,
    postponements,
)
from workers.runtime.queue import Message, Parking

NOW = datetime(2026, 11, 2, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)
MESSAGE = Message("m1", "body", "r1", 3, group="g")


def after(count: object, *, redrives: int = 0) -> Message:
    attributes = {POSTPONED: str(count)}
    if redrives:
        attributes[PAST] = Past(NOW, redrives).text()
    return replace(MESSAGE, attributes=attributes)


def next_of(message: Message, wait: timedelta = 13 * HOUR) -> Postponement | Parking:
    return postponed(message, message.body, wait, NOW, "route")


@pytest.mark.parametrize(
    ("told", "count"),
    [("0", 0), ("1", 1), ("30", 30), ("", 0), ("-1", 0), ("²", 0), ("x", 0), ("9" * 5000, 0)],
)
def test_how_often_a_message_was_postponed_is_among_its_attributes(told: str, count: int) -> None:
    assert postponements(after(told)) == count
    assert postponements(MESSAGE) == 0


def test_a_postponement_keeps_the_message_and_counts_itself_in() -> None:
    assert next_of(MESSAGE) == Postponement(MESSAGE, "body", NOW + 13 * HOUR, 1)
    assert next_of(after(4)) == Postponement(after(4), "body", NOW + 13 * HOUR, 5)


@pytest.mark.parametrize(
    ("count", "redrives", "may_wait"),
    [
        (0, 0, True),
        (MOST_POSTPONEMENTS - 1, 0, True),
        (MOST_POSTPONEMENTS, 0, False),
        (MOST_POSTPONEMENTS, 1, True),
        (2 * MOST_POSTPONEMENTS, 1, False),
        (MOST_POSTPONEMENTS, -5, False),
        (999_999_999, 0, False),
    ],
)
def test_waits_come_to_an_end_in_the_dead_letters(
    count: int, redrives: int, may_wait: bool
) -> None:
    found = next_of(after(count, redrives=redrives))
    if may_wait:
        assert isinstance(found, Postponement)
    else:
        assert isinstance(found, Parking)
        assert found.cause == "postponed_too_often"
        assert f"after {count} of them" in found.reason


def test_no_wait_outlasts_what_the_ledger_knows_of_the_event() -> None:
    found = next_of(MESSAGE, timedelta(days=10_000))
    assert isinstance(found, Postponement)
    assert found.at == NOW + LONGEST_WAIT
    # It then has the retentions of the queue and of its dead letters before it.
    assert LONGEST_WAIT + timedelta(days=4 + 14) <= LEDGER_RETENTION


@pytest.mark.parametrize(
    ("message", "identity"),
    [
        (MESSAGE, "m1-1"),
        (replace(MESSAGE, receipt="r9", receives=9), "m1-1"),
        (after(1), "m1-2"),
        (replace(MESSAGE, id="m2"), "m2-1"),
    ],
)
def test_the_same_postponement_is_recognised_and_the_next_one_is_another(
    message: Message, identity: str
) -> None:
    found = next_of(message)
    assert isinstance(found, Postponement)
    assert found.identity == identity


def test_a_message_without_a_group_gets_one_of_its_own() -> None:
    assert Postponement(MESSAGE, "body", NOW, 1).group == "g"
    assert Postponement(replace(MESSAGE, group=None), "body", NOW, 1).group == "m1"
