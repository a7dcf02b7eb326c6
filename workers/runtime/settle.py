"""What becomes of a message after an attempt. Pure."""

from dataclasses import dataclass, field
from datetime import timedelta

from workers.runtime.queue import Parking

BACKOFF_BASE = timedelta(seconds=1)
BACKOFF_CAP = timedelta(minutes=2)
# ChangeMessageVisibility takes at most 12 hours from the receive.
LONGEST_DELAY = timedelta(hours=11)


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

    `fingerprint` tells where it failed, which makes it no other outcome.
    """

    cause: str
    reason: str
    after: timedelta | None = None
    fingerprint: str = field(default="", compare=False)


@dataclass(frozen=True, slots=True)
class Unavailable:
    """What every message needs is away, which says nothing about this one: it is never parked."""

    cause: str
    reason: str


@dataclass(frozen=True, slots=True)
class Unacceptable:
    """No attempt will ever succeed."""

    parking: Parking


Outcome = Handled | Busy | Failed | Unavailable | Unacceptable


@dataclass(frozen=True, slots=True)
class Ack:
    """Delete the message."""


@dataclass(frozen=True, slots=True)
class Delay:
    """Give it back, visible after this time."""

    duration: timedelta


@dataclass(frozen=True, slots=True)
class Park:
    """Put it into the dead-letter queue."""

    parking: Parking


Settlement = Ack | Delay | Park


def settle(outcome: Outcome, *, tries: int, attempts: int, route: str, chance: float) -> Settlement:
    """The one place that turns an outcome into a fate. `chance` is uniform in [0, 1)."""
    match outcome:
        case Handled():
            return Ack()
        case Busy(retry_after):
            return Delay(max(retry_after, timedelta(milliseconds=100)))
        case Unavailable():
            return Delay(backoff(tries, chance))
        case Unacceptable(parking):
            return Park(parking)
        case Failed(cause, reason, after, fingerprint):
            if tries >= attempts:
                given_up = f"{reason} (gave up after {tries} tries)"
                return Park(Parking(cause, given_up, route, fingerprint=fingerprint))
            wait = backoff(tries, chance) if after is None else min(after, LONGEST_DELAY)
            return Delay(wait)


def backoff(tries: int, chance: float) -> timedelta:
    """Exponential with full jitter: uniform below min(cap, base * 2^(tries - 1)).

    AWS Architecture Blog, "Exponential Backoff And Jitter" (2015).
    """
    ceiling = min(BACKOFF_CAP, BACKOFF_BASE * 2 ** min(tries - 1, 20))
    return timedelta(seconds=ceiling.total_seconds() * chance)
