"""Whether a consumer lives: not that a port is open, but that it polls.

The judgement is pure. The watchdog asks on a thread of its own, so that a blocked event loop is
found, too; what holds the interpreter itself, such as a C extension that never lets go, is not.
"""

import os
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta

from workers.runtime.logs import Log

EXIT_STALLED = 1
LOOK_SECONDS = 1.0
LOOKS = 3

Clock = Callable[[], float]


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """How long each may take: a poll, any progress while all places are taken, and the drain."""

    poll: timedelta
    attempt: timedelta
    drain: timedelta


@dataclass(frozen=True, slots=True, kw_only=True)
class Ages:
    """Since when. `answered`: a poll came back, or there was room to poll again.

    `moved`: an attempt began or ended. `full`: every place is taken, so that no poll is owed.
    """

    answered: timedelta
    moved: timedelta
    full: bool
    draining: timedelta | None = None


def ailment(ages: Ages, limits: Limits) -> str | None:
    """What is wrong with a consumer, in one line; None when nothing is."""
    if ages.draining is not None:
        late = ages.draining > limits.drain
        return f"the drain is not over after {_seconds(ages.draining)}" if late else None
    if ages.full:
        late = ages.moved > limits.attempt
        return f"no attempt has ended for {_seconds(ages.moved)}" if late else None
    late = ages.answered > limits.poll
    return f"no poll has completed for {_seconds(ages.answered)}" if late else None


class Progress:
    """What a consumer has got done, told by its event loop and read by any thread."""

    def __init__(self, clock: Clock = time.monotonic) -> None:
        self._clock = clock
        self._answered = self._moved = self._paused = clock()
        self._draining: float | None = None
        self._full = False

    def answered(self) -> None:
        """A poll came back, or is owed from now on."""
        self._answered, self._full = self._clock(), False

    def full(self) -> None:
        """Every place is taken: no poll is owed until one is free."""
        self._full = True

    def moved(self) -> None:
        """An attempt began or ended."""
        self._moved = self._clock()

    def draining(self) -> None:
        """The end has begun, and somebody waits for it."""
        self._draining = self._clock()

    def resumed(self) -> None:
        """The whole process was suspended until now, which is nobody's fault in it."""
        self._paused = self._clock()

    def ages(self) -> Ages:
        """How long ago each was, but for what a suspension took."""
        now = self._clock()
        draining = self._draining

        def since(moment: float) -> timedelta:
            return timedelta(seconds=now - max(moment, self._paused))

        return Ages(
            answered=since(self._answered),
            moved=since(self._moved),
            full=self._full,
            draining=None if draining is None else since(draining),
        )


class Watchdog:
    """Looks every second; ends the process when it is ill at three looks in a row.

    In between `/health` says what is wrong, as long as the event loop can say anything.
    """

    def __init__(
        self,
        progress: Progress,
        limits: Limits,
        log: Log,
        *,
        end: Callable[[int], None] = os._exit,
        clock: Clock = time.monotonic,
    ) -> None:
        self._progress = progress
        self._limits = limits
        self._log = log
        self._end = end
        self._clock = clock
        self._looked = clock()
        self._ill = 0
        self._over = threading.Event()

    def __enter__(self) -> "Watchdog":
        self._looked = self._clock()
        threading.Thread(target=self._watch, name="watchdog", daemon=True).start()
        return self

    def __exit__(self, *error: object) -> None:
        self._over.set()

    def look(self) -> None:
        """One look."""
        now = self._clock()
        # This thread does nothing but look: when it is late, so was everybody.
        if now - self._looked > 5 * LOOK_SECONDS:
            self._progress.resumed()
        self._looked = now
        wrong = ailment(self._progress.ages(), self._limits)
        self._ill = self._ill + 1 if wrong else 0
        if wrong and self._ill >= LOOKS:
            # Not by an exception: the thread that should end is the one that hangs.
            self._log.warning("stalled", reason=wrong)
            self._end(EXIT_STALLED)

    def _watch(self) -> None:
        while not self._over.wait(LOOK_SECONDS):
            self.look()


def _seconds(age: timedelta) -> str:
    return f"{age.total_seconds():.0f} s"
