"""An outcome and a number of tries decide what becomes of a message."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from events import recovery
from workers.runtime.queue import Parking
from workers.runtime.settle import (
    BACKOFF_BASE,
    BACKOFF_CAP,
    LONGEST_DELAY,
    Ack,
    Busy,
    Delay,
    Failed,
    Handled,
    Outcome,
    Park,
    Schedule,
    Settlement,
    Unacceptable,
    Unavailable,
    backoff,
    settle,
)

REASON = Parking("rejected", "no", "route")
SECOND = timedelta(seconds=1)
HOUR = timedelta(hours=1)
LOST = Failed("bug", "boom")
PATIENT = recovery.Retry(attempts=8, base=10 * SECOND, cap=100 * SECOND)
HASTY = recovery.Retry(attempts=1, base=SECOND, cap=SECOND)
ETERNAL = recovery.Retry(attempts=100, base=24 * HOUR, cap=48 * HOUR)
QUOTA = recovery.Park("quota_used_up")


def parked(tries: int) -> Park:
    return Park(Parking("bug", f"boom (gave up after {tries} tries)", "route"))


def failed(own: recovery.Recovery, after: timedelta | None = None) -> Failed:
    return Failed("bug", "boom", after, recovery=own)


# outcome, tries (of 5), chance, what becomes of it
TABLE: list[tuple[Outcome, int, float, Settlement]] = [
    (Handled(), 1, 0.5, Ack()),
    (Handled(), 10_000, 0.5, Ack()),
    (Busy(9 * SECOND), 1, 0.5, Delay(9 * SECOND)),
    (Busy(timedelta(0)), 1, 0.5, Delay(SECOND / 10)),
    (Busy(-9 * SECOND), 1, 0.5, Delay(SECOND / 10)),
    (Busy(9 * SECOND), 10_000, 0.5, Delay(9 * SECOND)),
    (LOST, 1, 0.5, Delay(SECOND / 2)),
    (LOST, 2, 0.5, Delay(SECOND)),
    (LOST, 4, 0.5, Delay(4 * SECOND)),
    (LOST, 4, 0.0, Delay(timedelta(0))),
    (LOST, 5, 0.5, parked(5)),
    (LOST, 10_000, 0.5, parked(10_000)),
    (Failed("retry", "later", 7 * SECOND), 4, 0.5, Delay(7 * SECOND)),
    (Failed("retry", "once more", -7 * SECOND), 4, 0.5, Delay(timedelta(0))),
    (Failed("retry", "tonight", LONGEST_DELAY), 1, 0.5, Delay(LONGEST_DELAY)),
    (Failed("retry", "just over", LONGEST_DELAY + SECOND), 1, 0.5, Schedule(11 * HOUR + SECOND)),
    (Failed("retry", "much later", timedelta(days=9)), 1, 0.5, Schedule(timedelta(days=9))),
    (Failed("bug", "boom", timedelta(days=9)), 5, 0.5, parked(5)),
    (Failed("bug", "boom", 7 * SECOND), 5, 0.5, parked(5)),
    (Unavailable("ledger_unavailable", "down"), 1, 0.5, Delay(SECOND / 2)),
    (Unavailable("ledger_unavailable", "down"), 10_000, 0.5, Delay(BACKOFF_CAP / 2)),
    (Unavailable("port_away", "shut", 30 * SECOND), 1, 0.5, Delay(30 * SECOND)),
    (Unavailable("port_away", "shut", 30 * SECOND), 10_000, 0.5, Delay(BACKOFF_CAP / 2)),
    (Unavailable("port_away", "shut", SECOND), 10_000, 0.0, Delay(SECOND)),
    (Unavailable("port_away", "shut", -SECOND), 1, 0.5, Delay(SECOND / 2)),
    (Unavailable("port_away", "shut", 12 * HOUR), 1, 0.5, Schedule(12 * HOUR)),
    (failed(PATIENT), 1, 0.5, Delay(5 * SECOND)),
    (failed(PATIENT), 2, 0.5, Delay(10 * SECOND)),
    (failed(PATIENT), 7, 0.5, Delay(50 * SECOND)),
    (failed(PATIENT), 8, 0.5, parked(8)),
    (failed(PATIENT), 10_000, 0.5, parked(10_000)),
    (failed(PATIENT, after=7 * SECOND), 7, 0.5, Delay(7 * SECOND)),
    (failed(PATIENT, after=7 * SECOND), 8, 0.5, parked(8)),
    (failed(HASTY), 1, 0.5, parked(1)),
    (failed(ETERNAL), 1, 0.25, Delay(6 * HOUR)),
    (failed(ETERNAL), 1, 0.5, Schedule(12 * HOUR)),
    (failed(ETERNAL), 99, 0.5, Schedule(24 * HOUR)),
    (failed(QUOTA), 1, 0.5, Park(Parking("quota_used_up", "boom", "route"))),
    (failed(QUOTA, after=7 * SECOND), 1, 0.5, Park(Parking("quota_used_up", "boom", "route"))),
    (failed(QUOTA), 10_000, 0.5, Park(Parking("quota_used_up", "boom", "route"))),
    (Unacceptable(REASON), 1, 0.5, Park(REASON)),
    (Unacceptable(REASON), 10_000, 0.5, Park(REASON)),
]


@pytest.mark.parametrize(("outcome", "tries", "chance", "expected"), TABLE)
def test_an_outcome_has_one_fate(
    outcome: Outcome, tries: int, chance: float, expected: Settlement
) -> None:
    assert settle(outcome, tries=tries, attempts=5, route="route", chance=chance) == expected


def test_one_attempt_means_no_second_one() -> None:
    assert isinstance(settle(LOST, tries=1, attempts=1, route="r", chance=0.5), Park)


@given(tries=st.integers(1, 10**9), chance=st.floats(0, 1, exclude_max=True))
def test_a_backoff_is_never_negative_and_never_over_its_ceiling(tries: int, chance: float) -> None:
    wait = backoff(tries, chance)

    ceiling = BACKOFF_CAP if tries > 10 else min(BACKOFF_CAP, BACKOFF_BASE * 2 ** (tries - 1))
    assert timedelta(0) <= wait <= ceiling


@given(tries=st.integers(1, 1000), chance=st.floats(0, 1, exclude_max=True))
def test_a_later_backoff_is_never_shorter_for_the_same_chance(tries: int, chance: float) -> None:
    assert backoff(tries, chance) <= backoff(tries + 1, chance)


@given(
    tries=st.integers(0, 10**9),
    chance=st.floats(0, 1, exclude_max=True),
    base=st.timedeltas(timedelta(microseconds=1), timedelta(days=400)),
    more=st.timedeltas(timedelta(0), timedelta(days=400)),
)
def test_any_base_and_cap_bound_a_backoff(
    tries: int, chance: float, base: timedelta, more: timedelta
) -> None:
    wait = backoff(tries, chance, base, base + more)

    assert timedelta(0) <= wait <= base + more
    if tries <= 1:
        assert wait <= base
    if tries >= 100:
        assert wait == (base + more) * chance


@pytest.mark.parametrize("own", [None, PATIENT, HASTY, QUOTA])
def test_a_parked_failure_keeps_its_fingerprint(own: recovery.Recovery | None) -> None:
    outcome = Failed("bug", "boom", fingerprint="abc", recovery=own)
    settlement = settle(outcome, tries=10_000, attempts=5, route="route", chance=0.5)

    assert isinstance(settlement, Park)
    assert settlement.parking.fingerprint == "abc"


def test_the_jitter_is_full() -> None:
    assert backoff(30, 0.0) == timedelta(0)
    assert backoff(30, 0.25) == BACKOFF_CAP / 4
    assert backoff(30, 0.999) > BACKOFF_CAP * 0.99
