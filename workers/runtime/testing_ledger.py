"""The ledger's promises in memory. For tests; `testing` hands it out."""

import asyncio
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta

from events.codec import Entry
from workers.ports import Clock
from workers.runtime.ledger import (
    Claim,
    ClaimLost,
    Committed,
    Conflict,
    Done,
    Held,
    LedgerUnavailable,
    Write,
)
from workers.runtime.queue import Parking


@dataclass(frozen=True)
class _Record:
    token: int
    state: str
    lease_until: datetime
    entries: tuple[Entry, ...] = ()
    parked: Parking | None = None
    steps: Mapping[str, str] = field(default_factory=dict)
    excused: int = 0


class FakeLedger:
    """Each call gives way once to what else runs, as a request would."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self.down = False
        # What was written with commits, and how many of the next ones meet another owner's write.
        self.writes: list[Write] = []
        self.conflicts = 0
        self._records: dict[tuple[str, str], _Record] = {}

    async def claim(
        self, worker: str, event_id: str, lease: timedelta
    ) -> Claim | Held | Committed | Done:
        await self._reach()
        now = self._clock.now()
        record = self._records.get((worker, event_id))
        if record is not None and record.state == "done":
            return Done()
        if record is not None and record.state == "committed":
            return Committed(Claim(worker, event_id, record.token), record.entries)
        if record is not None and record.lease_until > now:
            return Held(record.lease_until - now)
        token = (record.token if record else 0) + 1
        steps, excused = (record.steps, record.excused) if record else ({}, 0)
        claimed = _Record(token, "claimed", now + lease, steps=steps, excused=excused)
        self._records[worker, event_id] = claimed
        return Claim(worker, event_id, token, steps, excused)

    async def extend(self, claim: Claim, lease: timedelta) -> None:
        await self._reach()
        self._change(claim, "claimed", lease_until=self._clock.now() + lease)

    async def record(self, claim: Claim, step: str, result: str) -> None:
        await self._reach()
        known = self._records.get((claim.worker, claim.event_id))
        self._change(claim, "claimed", steps={**(known.steps if known else {}), step: result})

    async def commit(
        self, claim: Claim, entries: Sequence[Entry], writes: Sequence[Write] = ()
    ) -> None:
        await self._reach()
        if self._is_answered(claim, entries):
            return
        self._held(claim, "claimed")
        if writes and self.conflicts > 0:
            self.conflicts -= 1
            raise Conflict("another owner was faster")
        state = "committed" if entries else "done"
        self._change(claim, "claimed", state=state, entries=tuple(entries))
        self.writes.extend(writes)

    async def finish(self, claim: Claim) -> None:
        await self._reach()
        with suppress(ClaimLost):
            self._change(claim, "committed", state="done", entries=(), parked=None)

    async def flush(self) -> None:
        await self._reach()

    async def release(self, claim: Claim) -> None:
        await self._reach()
        self._change(claim, "claimed", lease_until=datetime.min.replace(tzinfo=UTC))

    async def excuse(self, claim: Claim) -> None:
        await self._reach()
        free = datetime.min.replace(tzinfo=UTC)
        self._change(claim, "claimed", lease_until=free, excused=claim.excused + 1)

    async def note_parked(self, parking: Parking) -> None:
        await self._reach()
        key = (parking.route, parking.event_id or "")
        record = self._records.get(key)
        if record is None or record.state == "done":
            return
        if record.state == "committed" or record.lease_until <= self._clock.now():
            self._records[key] = replace(record, parked=parking)

    def parked(self, worker: str, event_id: str) -> Parking | None:
        """What a test may look at."""
        record = self._records.get((worker, event_id))
        return record.parked if record else None

    def state(self, worker: str, event_id: str) -> str | None:
        """What a test may look at."""
        record = self._records.get((worker, event_id))
        return record.state if record else None

    async def _reach(self) -> None:
        await asyncio.sleep(0)
        if self.down:
            raise LedgerUnavailable("the fake ledger is down")

    def _change(self, claim: Claim, expected: str, **changes: object) -> None:
        record = self._held(claim, expected)
        self._records[claim.worker, claim.event_id] = replace(record, **changes)  # type: ignore[arg-type]

    def _is_answered(self, claim: Claim, entries: Sequence[Entry]) -> bool:
        record = self._records.get((claim.worker, claim.event_id))
        answered = (claim.token, "committed" if entries else "done", tuple(entries))
        return record is not None and (record.token, record.state, record.entries) == answered

    def _held(self, claim: Claim, expected: str) -> _Record:
        record = self._records.get((claim.worker, claim.event_id))
        if record is None or record.token != claim.token or record.state != expected:
            raise ClaimLost(f"{claim.worker} {claim.event_id} token {claim.token}")
        return record
