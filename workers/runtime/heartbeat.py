"""Renews leases, in batches, before they end."""

import asyncio
from collections.abc import Sequence
from datetime import timedelta
from typing import Protocol

from workers.runtime.leases import Lease, Leases
from workers.runtime.ledger import Claim, ClaimLost, Ledger, LedgerUnavailable
from workers.runtime.logs import Log
from workers.runtime.queue import BATCH_LIMIT, Queue, QueueUnavailable


class Renewal(Protocol):
    """Whatever runs a heartbeat."""

    async def run(self) -> None:
        """Beats until cancelled."""


class Heartbeat:
    """One renewer for all leases of a consumer. Renews at a third of the lease."""

    def __init__(
        self, leases: Leases, queue: Queue, ledger: Ledger, lease: timedelta, log: Log
    ) -> None:
        self._leases = leases
        self._queue = queue
        self._ledger = ledger
        self._lease = lease
        # A call that hangs must not keep the next beat from coming before the lease ends.
        self._between = between(lease).total_seconds()
        self._log = log

    async def run(self) -> None:
        """Beats until cancelled."""
        while True:
            await asyncio.sleep(self._between)
            await self.beat()

    async def beat(self) -> None:
        """Renews everything once; what can't be renewed has lost its owner."""
        held = self._leases.begin()
        try:
            for start in range(0, len(held), BATCH_LIMIT):
                await self._hide(held[start : start + BATCH_LIMIT])
            claims = [(each, each.claim) for each in held if each.claim is not None]
            await asyncio.gather(*(self._extend(*each) for each in claims))
        finally:
            self._leases.end()

    async def _hide(self, batch: Sequence[Lease]) -> None:
        try:
            async with asyncio.timeout(self._between):
                lost = await self._queue.hide([each.message for each in batch], self._lease)
        except (QueueUnavailable, TimeoutError) as error:
            self._log.warning("lease not renewed", reason=str(error), messages=len(batch))
            return
        for each in batch:
            if each.message.id in lost:
                self._lose(each, "the queue gave the message to somebody else")

    async def _extend(self, lease: Lease, claim: Claim) -> None:
        try:
            async with asyncio.timeout(self._between):
                await self._ledger.extend(claim, self._lease)
        except ClaimLost:
            # A claim that was committed or released since the beat began is not lost.
            if lease.claim is claim:
                self._lose(lease, "the ledger gave the claim to somebody else")
        except (LedgerUnavailable, TimeoutError) as error:
            self._log.warning("claim not extended", reason=str(error), event_id=claim.event_id)

    def _lose(self, lease: Lease, reason: str) -> None:
        if self._leases.lose(lease, reason):
            self._log.warning("lease lost", message_id=lease.message.id, reason=reason)


def between(lease: timedelta) -> timedelta:
    """From one beat to the next: two may fail before a lease ends."""
    return lease / 3
