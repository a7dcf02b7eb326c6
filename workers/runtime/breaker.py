"""Whether a port may be called: circuit breakers, without I/O or a time of their own.

    closed ── so many failures in a row ──► open ── the cool-down is over, one call ──► half-open
      ▲                                      ▲ └─◄── failed: up to twice the cool-down ──┘ │
      └────────────────────────────── the call succeeded ──────────────────────────────────┘

The states are Nygard's ("Release It!", "Circuit Breaker"). The cool-down grows as a backoff does,
with full jitter, so that the workers of a fleet do not all try in the same moment (AWS
Architecture Blog, "Exponential Backoff And Jitter", 2015). `now` counts seconds, never backwards.
"""

import random
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Literal

State = Literal["closed", "open", "half-open"]

_NOW = timedelta(0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Bounds:
    """`failures` in a row open it, for a time below `base` at first, and never over `cap`.

    After `probe` without an answer the one call of a half-open breaker is given up, and another may
    be made; no route gives its handler longer.
    """

    failures: int = 5
    base: timedelta = timedelta(seconds=2)
    cap: timedelta = timedelta(seconds=60)
    probe: timedelta = timedelta(minutes=15)

    def __post_init__(self) -> None:
        if self.failures < 1 or not _NOW < self.base <= self.cap or self.probe <= _NOW:
            raise ValueError(f"no breaker can work like this: {self}")


DEFAULT_BOUNDS = Bounds()


@dataclass(frozen=True, slots=True)
class Permit:
    """Leave to make one call. What became of it counts until the breaker changes its state."""

    era: int


class Breaker:
    """One port's. Whoever has a permit says once what became of the call."""

    def __init__(
        self, bounds: Bounds = DEFAULT_BOUNDS, chance: Callable[[], float] = random.random
    ) -> None:
        """`chance` is uniform in [0, 1)."""
        self._bounds = bounds
        self._chance = chance
        self._state: State = "closed"
        self._era = 0
        # Failures in a row while it is closed; openings in a row since it was.
        self._failures = 0
        self._openings = 0
        # The end of the cool-down, or of the patience with the one call.
        self._until = 0.0

    @property
    def state(self) -> State:
        return self._state

    def allows(self, now: float) -> Permit | timedelta:
        """Leave to call now, or how long to wait before asking again."""
        wait = self.next_try(now)
        if wait:
            return wait
        if wait is not None:
            self._enter("half-open", now + self._bounds.probe.total_seconds())
        return Permit(self._era)

    def next_try(self, now: float) -> timedelta | None:
        """How long until one call is allowed, zero when it is; None when all of them are."""
        if self._state == "closed":
            return None
        return max(_NOW, timedelta(seconds=self._until - now))

    def succeeded(self, permit: Permit) -> None:
        """The port answered, if only with a no."""
        if permit.era != self._era:
            return
        self._failures = self._openings = 0
        if self._state != "closed":
            self._enter("closed", 0.0)

    def failed(self, permit: Permit, now: float, after: timedelta | None = None) -> None:
        """The port is away. `after` is how long it asks to be left alone."""
        if permit.era != self._era:
            return
        if self._state == "closed":
            self._failures += 1
            if self._failures < self._bounds.failures:
                return
        self._openings += 1
        self._open(now, after or _NOW)

    def unanswered(self, permit: Permit, now: float) -> None:
        """The call was cancelled, which says nothing of the port: it waits as long as before."""
        if permit.era == self._era and self._state != "closed":
            self._open(now, _NOW)

    def _open(self, now: float, asked: timedelta) -> None:
        bounds = self._bounds
        ceiling = min(bounds.cap, bounds.base * 2 ** min(self._openings - 1, 20))
        cool_down = max(ceiling * self._chance(), min(asked, bounds.cap))
        self._enter("open", now + cool_down.total_seconds())

    def _enter(self, state: State, until: float) -> None:
        self._state, self._until = state, until
        self._failures = 0
        self._era += 1


class Breakers:
    """Those of the ports that one consumer's handler uses, all of which a message may need."""

    def __init__(
        self, bounds: Bounds = DEFAULT_BOUNDS, chance: Callable[[], float] = random.random
    ) -> None:
        self._bounds = bounds
        self._chance = chance
        self._breakers: dict[str, Breaker] = {}

    def of(self, port: str) -> Breaker:
        """The breaker of the port with that name, closed at first."""
        if (found := self._breakers.get(port)) is not None:
            return found
        made = self._breakers[port] = Breaker(self._bounds, self._chance)
        return made

    def states(self) -> Mapping[str, State]:
        """Each port's, by name."""
        return {port: self._breakers[port].state for port in sorted(self._breakers)}

    def open_ports(self, now: float) -> Mapping[str, timedelta]:
        """How long until the next try, by the names of the ports that are not closed."""
        waits = {port: self._breakers[port].next_try(now) for port in sorted(self._breakers)}
        return {port: wait for port, wait in waits.items() if wait is not None}

    def limit(self, now: float) -> Literal[0, 1] | None:
        """How many messages may run now: as many as ever, none to be started, or one as a probe."""
        wait = self.next_try(now)
        if wait is None:
            return None
        return 0 if wait else 1

    def next_try(self, now: float) -> timedelta | None:
        """How long until a message may be started; None when nothing is in the way of any."""
        waits = [each.next_try(now) for each in self._breakers.values()]
        return max((wait for wait in waits if wait is not None), default=None)
