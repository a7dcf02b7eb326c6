"""The ledger's promises in memory. For tests; `testing` hands it out."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

from events.codec import Entry
from workers.ports import Clock
from workers.runtime.ledger import Claim, ClaimLost, Committed, Done, Held, LedgerUnavailable
from workers.runtime.queue import Parking


@dataclass(frozen=True)
class _Record:
    token: int
    state: str
    lease_until: datetime
    entries: tuple[Entry, ...] = ()
    parked: Parking | None = None


class FakeLedger:
    """Each call gives way once to what else runs, as a request would."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self.down = False
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
        self._records[worker, event_id] = _Record(token, "claimed", now + lease)
        return Claim(worker, event_id, token)

    async def extend(self, claim: Claim, lease: timedelta) -> None:
        await self._reach()
        self._change(claim, "claimed", lease_until=self._clock.now() + lease)

    async def commit(self, claim: Claim, entries: Sequence[Entry]) -> None:
        await self._reach()
        state = "committed" if entries else "done"
        self._change(claim, "claimed", state=state, entries=tuple(entries))

    async def finish(self, claim: Claim) -> None:
        await self._reach()
        self._change(claim, "committed", state="done", parked=None)

    async def release(self, claim: Claim) -> None:
        await self._reach()
        self._change(claim, "claimed", lease_until=datetime.min.replace(tzinfo=UTC))

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
        key = (claim.worker, claim.event_id)
        record = self._records.get(key)
        if record is None or record.token != claim.token or record.state != expected:
            raise ClaimLost(f"{claim.worker} {claim.event_id} token {claim.token}")
        self._records[key] = replace(record, **changes)  # type: ignore[arg-type]
