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
        pause = self._between
        while True:
            await asyncio.sleep(pause)
            pause = await self.beat()

    async def beat(self) -> float:
        """Renews everything once; what can't be renewed has lost its owner.

        Returns the seconds until the next beat: the time that this one took is not waited again.
        """
        time = asyncio.get_running_loop().time
        began = time()
        for each in self._leases.overdue():
            self._lose(each, "its handler ran for longer than its route allows")
        held = self._leases.begin()
        try:
            # All at once: a call that hangs must not hold up the others.
            batches = (held[at : at + BATCH_LIMIT] for at in range(0, len(held), BATCH_LIMIT))
            claims = [(each, each.claim) for each in held]
            await asyncio.gather(
                *map(self._hide, batches),
                *(self._extend(each, claim) for each, claim in claims if claim is not None),
            )
        finally:
            self._leases.end()
        return max(0.0, self._between - (time() - began))

    async def _hide(self, batch: Sequence[Lease]) -> None:
        since = self._leases.now()
        try:
            async with asyncio.timeout(self._between):
                lost = await self._queue.hide([each.message for each in batch], self._lease)
        except (QueueUnavailable, TimeoutError) as error:
            self._log.warning("lease not renewed", reason=_said(error), messages=len(batch))
            return
        for each in batch:
            if each.message.id in lost:
                self._lose(each, "the queue gave the message to somebody else")
            else:
                self._leases.renewed(each, since)

    async def _extend(self, lease: Lease, claim: Claim) -> None:
        try:
            async with asyncio.timeout(self._between):
                await self._ledger.extend(claim, self._lease)
        except ClaimLost:
            # A claim that was committed or released since the beat began is not lost.
            if lease.claim is claim:
                self._lose(lease, "the ledger gave the claim to somebody else")
        except (LedgerUnavailable, TimeoutError) as error:
            self._log.warning("claim not extended", reason=_said(error), event_id=claim.event_id)

    def _lose(self, lease: Lease, reason: str) -> None:
        if self._leases.lose(lease, reason):
            self._log.warning("lease lost", message_id=lease.message.id, reason=reason)


def between(lease: timedelta) -> timedelta:
    """From one beat to the next: two may fail before a lease ends."""
    return lease / 3


def _said(error: Exception) -> str:
    # What hangs says nothing.
    return str(error) or type(error).__name__
