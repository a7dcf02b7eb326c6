"""Whether memory grew: a line that outliers do not bend, and medians of the two ends. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations
from statistics import median

# Growth over the whole steady state, in percent.
BAR = 2.0
_END_SECONDS = 60.0
# A line through more points than these takes long and says nothing more.
_MOST_POINTS = 600


@dataclass(frozen=True, slots=True)
class Sample:
    """Memory at a moment, in seconds from the start."""

    at: float
    megabytes: float


@dataclass(frozen=True, slots=True)
class Growth:
    """How memory went from the end of the warm-up on. `kb_a_minute` is the line's slope."""

    seconds: float
    first: float
    last: float
    kb_a_minute: float
    fitted_percent: float

    @property
    def median_percent(self) -> float:
        """From the median of the first minute to that of the last."""
        return (self.last / self.first - 1) * 100

    @property
    def holds(self) -> bool:
        """Whether neither way of looking sees as much growth as the bar."""
        return max(self.fitted_percent, self.median_percent) < BAR


class TooShort(Exception):
    """Raised for samples that no line can be put through once the warm-up is left out."""


def growth(samples: Sequence[Sample], warm_up: float) -> Growth:
    """The growth from the end of the warm-up, in seconds, to the end. Raises TooShort."""
    steady = [sample for sample in samples if sample.at >= warm_up]
    if len(steady) < 2 or steady[-1].at <= steady[0].at:
        raise TooShort(f"{len(steady)} samples after a warm-up of {warm_up:g} s are too few")
    seconds = steady[-1].at - steady[0].at
    # Two ends that do not overlap.
    end = min(_END_SECONDS, seconds / 2)
    slope, start = theil_sen(steady)
    return Growth(
        seconds=seconds,
        first=median(s.megabytes for s in steady if s.at <= steady[0].at + end),
        last=median(s.megabytes for s in steady if s.at >= steady[-1].at - end),
        kb_a_minute=slope * 60 * 1000,
        fitted_percent=slope * seconds / start * 100,
    )


def theil_sen(samples: Sequence[Sample]) -> tuple[float, float]:
    """Megabytes a second, and megabytes at the first sample.

    The median of the slopes between any two samples: up to 29 % of them may be outliers (Sen,
    "Estimates of the regression coefficient based on Kendall's tau", 1968).
    """
    points = samples[:: -(-len(samples) // _MOST_POINTS)]
    slope = median(
        (b.megabytes - a.megabytes) / (b.at - a.at)
        for a, b in combinations(points, 2)
        if b.at > a.at
    )
    start = points[0].at
    return slope, median(point.megabytes - slope * (point.at - start) for point in points)
