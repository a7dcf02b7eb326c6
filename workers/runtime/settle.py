"""What becomes of a message after an attempt. Pure."""

from dataclasses import dataclass, field
from datetime import timedelta

from events import recovery as recoveries
from workers.runtime.queue import Parking

BACKOFF_BASE = timedelta(seconds=1)
BACKOFF_CAP = timedelta(minutes=2)
# ChangeMessageVisibility takes at most 12 hours from the receive. A longer wait is no delay.
LONGEST_DELAY = timedelta(hours=11)
# A queue drops what is older than 4 days (infra/cloudformation/messaging.yaml). Whoever waits for
# an outage to end is brought to safety before.
LONGEST_OUTAGE = timedelta(days=3)


@dataclass(frozen=True, slots=True)
class Handled:
    """The handler's answer is durable and published, now or by an earlier delivery."""


@dataclass(frozen=True, slots=True)
class Busy:
    """Another owner is at it, or has just taken over."""

    retry_after: timedelta


@dataclass(frozen=True, slots=True)
class Failed:
    """The attempt failed in a way that another one may not. `after` overrides the backoff.

    `recovery` overrides what the route does otherwise. `fingerprint` tells where it failed, which
    makes it no other outcome.
    """

    cause: str
    reason: str
    after: timedelta | None = None
    fingerprint: str = field(default="", compare=False)
    recovery: recoveries.Recovery | None = None


@dataclass(frozen=True, slots=True)
class Unavailable:
    """What every message needs is away, which says nothing about this one: it is never parked.

    It waits for `after` at least, where it is known how long there is no use in trying.
    """

    cause: str
    reason: str
    after: timedelta | None = None


@dataclass(frozen=True, slots=True)
class Paused:
    """Something is away for everybody: the message waits where it is, in its consumer's hands.

    `reason` names what it is.
    """

    reason: str
    cause: str = "port_away"


@dataclass(frozen=True, slots=True)
class Unacceptable:
    """No attempt will ever succeed."""

    parking: Parking


Outcome = Handled | Busy | Failed | Unavailable | Paused | Unacceptable


@dataclass(frozen=True, slots=True)
class Ack:
    """Delete the message."""


@dataclass(frozen=True, slots=True)
class Delay:
    """Give it back, visible after this time."""

    duration: timedelta


@dataclass(frozen=True, slots=True)
class Schedule:
    """Have it sent again after this time, which is longer than a queue can hide it."""

    duration: timedelta


@dataclass(frozen=True, slots=True)
class Park:
    """Put it into the dead-letter queue."""

    parking: Parking


Settlement = Ack | Delay | Schedule | Park


def settle(
    outcome: Outcome,
    *,
    tries: int,
    attempts: int,
    route: str,
    chance: float,
    age: timedelta = timedelta(0),
) -> Settlement:
    """The one place that turns an outcome into a fate.

    `chance` is uniform in [0, 1). `age` is the message's, since it was sent.
    """
    match outcome:
        case Handled():
            return Ack()
        case Busy(retry_after):
            return Delay(max(retry_after, timedelta(milliseconds=100)))
        case Unavailable() | Paused():
            return _waited(outcome, backoff(tries, chance), age, route)
        case Unacceptable(parking):
            return Park(parking)
        case Failed():
            return _judged(outcome, tries, attempts, route, chance)


def backoff(
    tries: int, chance: float, base: timedelta = BACKOFF_BASE, cap: timedelta = BACKOFF_CAP
) -> timedelta:
    """Exponential with full jitter: uniform below min(cap, base * 2^(tries - 1)).

    AWS Architecture Blog, "Exponential Backoff And Jitter" (2015).
    """
    # More doublings than these are over the cap, and at some point over what a timedelta holds.
    doublings = min(max(tries - 1, 0), (cap // base).bit_length())
    return min(cap, base * (1 << doublings)) * chance


def _waited(
    outcome: Unavailable | Paused, wait: timedelta, age: timedelta, route: str
) -> Settlement:
    if age > LONGEST_OUTAGE:
        return Park(Parking(outcome.cause, f"{outcome.reason} (for {age.days} days)", route))
    if isinstance(outcome, Paused):
        # Its consumer can't wait: another one may.
        return Delay(timedelta(0))
    return _again(max(wait, outcome.after or timedelta(0)))


def _judged(failed: Failed, tries: int, attempts: int, route: str, chance: float) -> Settlement:
    base, cap = BACKOFF_BASE, BACKOFF_CAP
    match failed.recovery:
        case recoveries.Park(cause):
            return Park(Parking(cause, failed.reason, route, fingerprint=failed.fingerprint))
        case recoveries.Retry() as own:
            attempts, base, cap = own.attempts, own.base, own.cap
        case None:
            pass
    if tries >= attempts:
        given_up = f"{failed.reason} (gave up after {tries} tries)"
        return Park(Parking(failed.cause, given_up, route, fingerprint=failed.fingerprint))
    if failed.after is None:
        return _again(backoff(tries, chance, base, cap))
    return _again(max(failed.after, timedelta(0)))


def _again(wait: timedelta) -> Delay | Schedule:
    return Schedule(wait) if wait > LONGEST_DELAY else Delay(wait)
