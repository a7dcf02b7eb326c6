"""How a process of the fleet has fared, and when it may live again. Pure."""

from dataclasses import dataclass, replace
from datetime import timedelta


@dataclass(frozen=True, slots=True)
class Patience:
    """How long a supervisor bears with a process that dies."""

    first_pause: timedelta = timedelta(seconds=0.1)
    longest_pause: timedelta = timedelta(seconds=5)
    steady: timedelta = timedelta(seconds=5)
    stillbirths: int = 4


@dataclass(frozen=True, slots=True)
class Lives:
    """`short` counts the latest lives in a row that were brief, `stillborn` those without work."""

    restarts: int = 0
    short: int = 0
    stillborn: int = 0

    def after(self, lived: timedelta, ready: bool, patience: Patience) -> "Lives":
        """The account after one more life; `ready` says whether it got to work at all."""
        brief = lived < patience.steady
        return replace(
            self,
            restarts=self.restarts + 1,
            short=self.short + 1 if brief else 0,
            stillborn=self.stillborn + 1 if brief and not ready else 0,
        )

    def hopeless(self, patience: Patience) -> bool:
        """Whether it died at once so often that another try would be noise."""
        return self.stillborn >= patience.stillbirths

    def pause(self, patience: Patience) -> timedelta:
        """How long to wait: doubling with every brief life, up to the longest pause."""
        doublings = min(max(self.short - 1, 0), 30)
        return min(patience.first_pause * (1 << doublings), patience.longest_pause)
