"""No ledger: for a handler whose answer follows from its event alone."""

from collections.abc import Sequence
from datetime import timedelta

from events.codec import Entry
from workers.runtime.ledger import Claim, Write
from workers.runtime.queue import Parking

# An attempt is counted by the receives of its message alone, which are never more than this.
_ANY_NUMBER = 2**62


class UnrecordedError(Exception):
    """Raised when a handler that is said to be pure has an effect after all."""


class Unrecorded:
    """Every claim is granted, and nothing is kept.

    An event that comes twice is handled twice, to the same answer under the same ids, which the
    consumers of that answer recognise. Two owners at once do no harm either.
    """

    async def claim(self, worker: str, event_id: str, lease: timedelta) -> Claim:
        del lease
        return Claim(worker, event_id, _ANY_NUMBER)

    async def extend(self, claim: Claim, lease: timedelta) -> None:
        """Nothing ends."""

    async def record(self, claim: Claim, step: str, result: str) -> None:
        """Raises UnrecordedError."""
        del result
        raise UnrecordedError(f"{claim.worker} is pure and has a step {step!r}")

    async def commit(
        self, claim: Claim, entries: Sequence[Entry], writes: Sequence[Write] = ()
    ) -> None:
        """Raises UnrecordedError when there is anything to write."""
        del entries
        if writes:
            raise UnrecordedError(f"{claim.worker} is pure and writes")

    async def finish(self, claim: Claim) -> None:
        """Nothing is marked."""

    async def flush(self) -> None:
        """Nothing waits."""

    async def release(self, claim: Claim) -> None:
        """Nothing is held."""

    async def excuse(self, claim: Claim) -> None:
        """Nothing is counted."""

    async def note_parked(self, parking: Parking) -> None:
        """The dead letter says it all."""
