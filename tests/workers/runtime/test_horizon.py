"""What the queues keep must not outlive what the ledger remembers."""

from datetime import timedelta

import pytest

from workers.runtime.horizon import LEDGER_RETENTION, REPLAY_WINDOW, said, shortfall

DAY = timedelta(days=1)


# Days in the queue, as a dead letter, in the ledger, to replay; whether that is enough.
@pytest.mark.parametrize(
    ("queue", "dead", "ledger", "replay", "enough"),
    [
        (4, 14, 25, 7, True),
        (4, 14, 24, 7, False),
        (4, 14, 25, 8, False),
        (14, 14, 25, 7, False),
        (14, 14, 35, 7, True),
        (0, 0, 0, 0, True),
        (10_000, 14, 25, 7, False),
        (4, 14, 10_000, 7, True),
    ],
)
def test_the_ledger_remembers_for_as_long_as_an_event_can_come_again(
    queue: int, dead: int, ledger: int, replay: int, enough: bool
) -> None:
    found = shortfall(queue * DAY, dead * DAY, ledger=ledger * DAY, replay=replay * DAY)
    assert (found is None) is enough


def test_a_shortfall_is_one_line_with_the_mend() -> None:
    found = shortfall(14 * DAY, 14 * DAY, ledger=25 * DAY, replay=7 * DAY)
    assert str(found) == (
        "14 days in the queue, 14 days as a dead letter and 7 days to replay outlive the 25 days"
        " of the ledger, so effects may come twice:"
        " keep messages for 10 days less, or the ledger's records longer"
    )


def test_a_second_too_long_is_too_long() -> None:
    found = shortfall(
        4 * DAY + timedelta(seconds=1), 14 * DAY, ledger=25 * DAY, replay=REPLAY_WINDOW
    )
    assert found is not None
    assert found.mend.startswith("keep messages for 1 s less")


def test_the_fleets_own_retention_is_just_enough_for_its_own_queues() -> None:
    assert shortfall(4 * DAY, 14 * DAY, ledger=LEDGER_RETENTION) is None


@pytest.mark.parametrize(
    ("duration", "words"),
    [
        (4 * DAY, "4 days"),
        (1.5 * DAY, "1.5 days"),
        (timedelta(hours=1), "3600 s"),
        (0 * DAY, "0 s"),
    ],
)
def test_durations_are_said_in_days_or_seconds(duration: timedelta, words: str) -> None:
    assert said(duration) == words
