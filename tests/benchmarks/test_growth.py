"""Growth of memory is seen through noise, and noise is not taken for growth."""

import pytest

from benchmarks.growth import BAR, Growth, Sample, TooShort, growth, theil_sen


def samples(*megabytes: float) -> list[Sample]:
    return [Sample(float(at), value) for at, value in enumerate(megabytes)]


def test_a_line_is_found_as_it_is() -> None:
    slope, start = theil_sen([Sample(10.0 + at, 50 + 0.25 * at) for at in range(40)])

    assert [slope, start] == pytest.approx([0.25, 50])


def test_outliers_do_not_bend_the_line() -> None:
    flat = [40.0] * 100
    flat[3::10] = [90.0] * 10

    slope, start = theil_sen(samples(*flat))

    assert (slope, start) == (0.0, 40.0)


def test_thousands_of_samples_are_thinned_and_give_the_same_line() -> None:
    slope, start = theil_sen([Sample(float(at), 40 + 0.001 * at) for at in range(10_000)])

    assert [slope, start] == pytest.approx([0.001, 40])


def test_the_warm_up_does_not_count() -> None:
    grown = growth(samples(*[float(value) for value in range(10)], *[40.0] * 50), warm_up=10)

    assert (grown.fitted_percent, grown.median_percent, grown.seconds) == (0.0, 0.0, 49.0)
    assert grown.holds


def test_growth_is_over_the_whole_steady_state() -> None:
    grown = growth([Sample(float(at), 50 + at / 600) for at in range(601)], warm_up=0)

    assert grown.fitted_percent == pytest.approx(2.0)
    assert grown.kb_a_minute == pytest.approx(100)
    # The medians of the first and of the last minute are a minute less apart.
    assert grown.median_percent == pytest.approx(1.8, abs=0.01)
    assert not grown.holds


@pytest.mark.parametrize(
    ("fitted", "last", "holds"),
    [
        (0.0, 100.0, True),
        (BAR - 0.01, 100.0, True),
        (BAR, 100.0, False),
        (0.0, 100 + BAR, False),
        (-5.0, 95.0, True),
        (10_000.0, 100.0, False),
    ],
)
def test_both_ways_of_looking_are_held_to_the_bar(fitted: float, last: float, holds: bool) -> None:
    grown = Growth(seconds=540, first=100, last=last, kb_a_minute=0, fitted_percent=fitted)

    assert grown.holds is holds


@pytest.mark.parametrize("found", [[], samples(1.0), [Sample(0.0, 1.0), Sample(0.0, 2.0)]])
def test_a_line_through_less_than_two_moments_is_refused(found: list[Sample]) -> None:
    with pytest.raises(TooShort):
        growth(found, warm_up=0)
