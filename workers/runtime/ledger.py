"""The record of what each worker has done with each event.

A claim carries a token that only grows. Every later write names the token that it holds, so an
owner that lost its claim changes nothing any more.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any, Protocol

from events.codec import Entry
from workers.runtime.queue import Parking


class LedgerUnavailable(Exception):
    """Raised by a ledger adapter when the store does not answer, or refuses for now."""


class ClaimLost(Exception):
    """Raised by a ledger when a write names a token that is not the newest."""


class Conflict(Exception):
    """Raised by `commit` when one of its writes met what another owner has written since.

    Nothing is written, and the claim is held on.
    """


@dataclass(frozen=True, slots=True)
class Claim:
    """The right to handle an event, good until the lease ends.

    `steps` holds the results, as JSON, that earlier owners of the claim have recorded by name;
    `excused` of the earlier ones were no tries.
    """

    worker: str
    event_id: str
    token: int
    steps: Mapping[str, str] = field(default_factory=dict, compare=False)
    excused: int = field(default=0, compare=False)


# One entry of a TransactWriteItems request, as the store takes it.
Write = Mapping[str, Any]


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
    """All calls raise LedgerUnavailable; all but `claim`, `finish` and `flush` raise ClaimLost."""

    async def claim(
        self, worker: str, event_id: str, lease: timedelta
    ) -> Claim | Held | Committed | Done: ...

    async def extend(self, claim: Claim, lease: timedelta) -> None: ...

    async def record(self, claim: Claim, step: str, result: str) -> None:
        """Keeps a step's result for every later owner of the claim. Raises Oversized."""

    async def commit(
        self, claim: Claim, entries: Sequence[Entry], writes: Sequence[Write] = ()
    ) -> None:
        """Stores the answer, and all `writes` with it or nothing at all.

        Without entries the event is done. Raises Oversized, Conflict.
        """

    async def finish(self, claim: Claim) -> None:
        """Marks the stored answer as published, soon: when that is lost it is published again."""

    async def flush(self) -> None:
        """Writes what was to be written soon."""

    async def release(self, claim: Claim) -> None:
        """Gives the claim back, so that the next delivery need not wait for the lease."""

    async def excuse(self, claim: Claim) -> None:
        """Gives the claim back, and does not count it as a try."""

    async def note_parked(self, parking: Parking) -> None:
        """Notes that the event waits for a person, until it is claimed again or finished.

        Nothing is noted of an event that is done, that somebody holds, or that never was claimed.
        Raises no ClaimLost.
        """
