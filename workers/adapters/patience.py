"""Bounded retries of one call to a model: how often, how long, and when to give up or give back."""

import asyncio
import random
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import timedelta

from workers.ports import Away, Clock, NoReply

_BACKOFF_FIRST = 0.5
_BACKOFF_LIMIT = 8.0


@dataclass(frozen=True, slots=True)
class Bounds:
    """What one reply may use: tries and time in all, and time for each request."""

    tries: int = 4
    budget: timedelta = timedelta(seconds=40)
    request: timedelta = timedelta(seconds=30)


@dataclass(frozen=True, slots=True)
class Waiting:
    """How time passes. `chance` is uniform in [0, 1): it spreads the retries of many workers."""

    sleep: Callable[[float], Awaitable[object]] = asyncio.sleep
    chance: Callable[[], float] = random.random


DEFAULT_BOUNDS = Bounds()
REAL_WAITING = Waiting()


class Transient(Exception):
    """Raised for a request that may succeed later; `after` is what the provider asks for."""

    def __init__(self, reason: str, after: timedelta | None = None) -> None:
        super().__init__(reason)
        self.after = after


class Patience:
    """The tries and the time that are left for one reply."""

    def __init__(self, bounds: Bounds, clock: Clock, waiting: Waiting) -> None:
        self._bounds = bounds
        self._clock = clock
        self._waiting = waiting
        self._until = clock.now() + bounds.budget
        self._failures = 0

    def seconds_for_a_request(self) -> float:
        """Raises NoReply when the budget is used up."""
        left = self._until - self._clock.now()
        if left <= timedelta(0):
            raise NoReply(f"no reply within {self._bounds.budget.total_seconds():g} s")
        return min(left, self._bounds.request).total_seconds()

    async def wait(self, failure: Transient) -> None:
        """Waits before the next try. Raises NoReply when none is left, Away when it is too far."""
        self._failures += 1
        after = failure.after
        left = self._until - self._clock.now()
        if after is not None and after >= left:
            raise Away(f"{failure}, and asks to wait {after.total_seconds():g} s", after=after)
        if self._failures >= self._bounds.tries:
            raise NoReply(f"{failure}, the last of {self._failures} tries")
        pause = self._backoff() if after is None else after
        if pause >= left:
            raise NoReply(f"{failure}, and the time for a reply is used up")
        await self._waiting.sleep(pause.total_seconds())

    def _backoff(self) -> timedelta:
        """Exponential with equal jitter: between half of the step and all of it."""
        step = min(_BACKOFF_LIMIT, _BACKOFF_FIRST * 2 ** (self._failures - 1))
        return timedelta(seconds=step * (0.5 + self._waiting.chance() / 2))
