"""How fast letters go back, on a clock that moves when told."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workers.cli.dlq.rate import TokenBucket, per_second, span
from workers.cli.output import CommandError


class Clock:
    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


def sends(rate: float, pauses: list[float], burst: int = 1) -> list[float]:
    """When each send happens, if the sender waits as told and then needs that long itself."""
    clock = Clock()
    bucket = TokenBucket(rate, clock, burst=burst)
    made = []
    for pause in pauses:
        clock.now += bucket.take()
        made.append(clock.now)
        clock.now += pause
    return made


def test_the_first_goes_at_once_and_the_next_wait_for_their_turn() -> None:
    assert sends(10, [0, 0, 0]) == pytest.approx([1000, 1000.1, 1000.2])


def test_who_is_slower_than_the_rate_never_waits() -> None:
    assert sends(10, [3, 3, 3]) == pytest.approx([1000, 1003, 1006])


def test_time_that_was_not_used_is_not_saved_up() -> None:
    assert sends(1, [100, 0, 0]) == pytest.approx([1000, 1100, 1101])


@given(
    rate=st.floats(0.001, 1000),
    pauses=st.lists(st.floats(0, 100), min_size=2, max_size=40),
    burst=st.integers(1, 10),
)
def test_no_stretch_of_time_sees_more_than_its_share(
    rate: float, pauses: list[float], burst: int
) -> None:
    made = sends(rate, pauses, burst)

    for first in range(len(made)):
        for last in range(first, len(made)):
            share = (made[last] - made[first]) * rate + burst
            assert last - first + 1 <= share + 1e-3


@pytest.mark.parametrize(
    ("text", "rate"),
    [("10/s", 10), ("30/m", 0.5), ("100/h", 100 / 3600), ("2", 2), ("0.5/s", 0.5), (" 6/m ", 0.1)],
)
def test_a_rate_is_what_it_says(text: str, rate: float) -> None:
    assert per_second(text) == pytest.approx(rate)


@pytest.mark.parametrize("text", ["", "0/s", "-1/s", "fast", "10/d", "1e9/s", "99999/s", "1/2/s"])
def test_an_unfit_rate_is_refused_with_its_form(text: str) -> None:
    with pytest.raises(CommandError, match="10/s") as refused:
        per_second(text)
    assert refused.value.code == 2


@pytest.mark.parametrize(
    ("text", "length"),
    [
        ("45s", timedelta(seconds=45)),
        ("30m", timedelta(minutes=30)),
        ("12h", timedelta(hours=12)),
        ("7d", timedelta(days=7)),
        ("0s", timedelta(0)),
    ],
)
def test_a_span_is_what_it_says(text: str, length: timedelta) -> None:
    assert span(text) == length


@pytest.mark.parametrize("text", ["", "7", "7 days", "-7d", "1.5h", "999999999999d"])
def test_an_unfit_span_is_refused_with_its_form(text: str) -> None:
    with pytest.raises(CommandError, match="7d") as refused:
        span(text)
    assert refused.value.code == 2
