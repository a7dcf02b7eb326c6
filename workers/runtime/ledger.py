"""The record of what each worker has done with each event.

A claim carries a token that only grows. Every later write names the token that it holds, so an
owner that lost its claim changes nothing any more.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Protocol

from events.codec import Entry
from workers.runtime.queue import Parking


class LedgerUnavailable(Exception):
    """Raised by a ledger adapter when the store does not answer, or refuses for now."""


class ClaimLost(Exception):
    """Raised by a ledger when a write names a token that is not the newest."""


@dataclass(frozen=True, slots=True)
class Claim:
    """The right to handle an event, good until the lease ends."""

    worker: str
    event_id: str
    token: int


@dataclass(frozen=True, slots=True)
class Held:
    """Another owner's claim is alive for this long."""

    remaining: timedelta


@dataclass(frozen=True, slots=True)
class Committed:
    """The handler has finished; its answer may not be published yet."""

    claim: Claim
    entries: Sequence[Entry]


@dataclass(frozen=True, slots=True)
class Done:
    """The answer is published."""


class Ledger(Protocol):
    """All calls raise LedgerUnavailable; all but `claim` raise ClaimLost."""

    async def claim(
        self, worker: str, event_id: str, lease: timedelta
    ) -> Claim | Held | Committed | Done: ...

    async def extend(self, claim: Claim, lease: timedelta) -> None: ...

    async def commit(self, claim: Claim, entries: Sequence[Entry]) -> None:
        """Stores the answer. Without entries the event is done. Raises Oversized."""

    async def finish(self, claim: Claim) -> None:
        """Marks the stored answer as published."""

    async def release(self, claim: Claim) -> None:
        """Gives the claim back, so that the next delivery need not wait for the lease."""

    async def note_parked(self, parking: Parking) -> None:
        """Notes that the event waits for a person, until it is claimed again or finished.

        Nothing is noted of an event that is done, that somebody holds, or that never was claimed.
        Raises no ClaimLost.
        """
