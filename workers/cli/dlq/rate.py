"""How fast letters go back: what a person writes, and a token bucket that keeps to it. Pure."""

import re
from collections.abc import Callable
from datetime import timedelta

from workers.cli.output import USAGE, CommandError

_SECONDS = {"s": 1, "m": 60, "h": 3600, "d": 86_400}
_RATE = re.compile(r"(\d+(?:\.\d+)?)(?:/([smh]))?")
_SPAN = re.compile(r"(\d+)([smhd])")


class TokenBucket:
    """Lets `burst` through at once, then `per_second` on average, and never more."""

    def __init__(self, per_second: float, clock: Callable[[], float], *, burst: int = 1) -> None:
        self.per_second = per_second
        self._interval = 1 / per_second
        self._clock = clock
        self._burst = burst
        # When the bucket would be full again, were nothing more taken.
        self._full_at = clock()

    def take(self) -> float:
        """Takes a token, and says how many seconds to wait before it may be used."""
        now = self._clock()
        self._full_at = max(self._full_at, now) + self._interval
        return max(0.0, self._full_at - now - self._burst * self._interval)


def per_second(text: str) -> float:
    """`10/s`, `30/m`, `100/h`, or a bare number of messages a second. Raises CommandError."""
    found = _RATE.fullmatch(text.strip())
    rate = float(found[1]) / _SECONDS[found[2] or "s"] if found else 0.0
    # SQS holds a message for at most 12 hours, which must do until its turn comes.
    if not 1 / 3600 <= rate <= 10_000:
        raise CommandError(f"--rate {text!r}: such as 10/s, 30/m or 100/h, at least 1/h", USAGE)
    return rate


def span(text: str) -> timedelta:
    """`45s`, `30m`, `12h` or `7d`. Raises CommandError."""
    found = _SPAN.fullmatch(text.strip())
    if found is None or len(found[1]) > 8:
        raise CommandError(f"--older-than {text!r}: such as 45s, 30m, 12h or 7d", USAGE)
    return timedelta(seconds=int(found[1]) * _SECONDS[found[2]])
