"""Renews the leases of everything received and not settled, in batches, before they end."""

import asyncio
from datetime import timedelta

from workers.runtime.ledger import Claim, ClaimLost, Ledger, LedgerUnavailable
from workers.runtime.logs import Log
from workers.runtime.queue import BATCH_LIMIT, Message, Queue, QueueUnavailable


class Heartbeat:
    """One renewer for all messages of a consumer. Renews at a third of the lease."""

    def __init__(self, queue: Queue, ledger: Ledger, lease: timedelta, log: Log) -> None:
        self._queue = queue
        self._ledger = ledger
        self._lease = lease
        # A call that hangs must not keep the next beat from coming before the lease ends.
        self._between = lease / 3
        self._log = log
        self._messages: dict[str, Message] = {}
        self._claims: dict[str, Claim] = {}
        self._owners: dict[str, asyncio.Task[None]] = {}
        self._beating = asyncio.Lock()

    def __len__(self) -> int:
        return len(self._messages)

    def keep(self, message: Message) -> None:
        """Renews the message from the next beat on, until it is let go."""
        self._messages[message.receipt] = message

    def own(self, message: Message, owner: asyncio.Task[None]) -> None:
        """Names the task to cancel when the message's lease is lost."""
        self._owners[message.receipt] = owner

    def claimed(self, message: Message, claim: Claim | None) -> None:
        """Renews the ledger's claim together with the message."""
        if claim is None:
            self._claims.pop(message.receipt, None)
        else:
            self._claims[message.receipt] = claim

    def let_go(self, message: Message) -> None:
        """Renews no more, but for a beat under way: see `rest`."""
        self._messages.pop(message.receipt, None)
        self._claims.pop(message.receipt, None)
        self._owners.pop(message.receipt, None)

    async def rest(self) -> None:
        """Returns when no beat is under way. One that is would undo a backoff that is set now."""
        async with self._beating:
            return

    async def run(self) -> None:
        """Beats until cancelled."""
        while True:
            await asyncio.sleep(self._between.total_seconds())
            await self.beat()

    async def beat(self) -> None:
        """Renews everything once; what can't be renewed has lost its owner."""
        async with self._beating:
            await self._renew()

    async def _renew(self) -> None:
        messages = list(self._messages.values())
        for start in range(0, len(messages), BATCH_LIMIT):
            batch = messages[start : start + BATCH_LIMIT]
            try:
                async with asyncio.timeout(self._between.total_seconds()):
                    lost = await self._queue.hide(batch, self._lease)
            except (QueueUnavailable, TimeoutError) as error:
                self._log.warning("lease not renewed", reason=str(error), messages=len(batch))
                continue
            for message in batch:
                if message.id in lost:
                    self._lose(message, "the queue gave the message to somebody else")
        await asyncio.gather(*(self._extend(*each) for each in list(self._claims.items())))

    async def _extend(self, receipt: str, claim: Claim) -> None:
        try:
            async with asyncio.timeout(self._between.total_seconds()):
                await self._ledger.extend(claim, self._lease)
        except ClaimLost:
            message = self._messages.get(receipt)
            # A claim that was committed or released since the beat began is not lost.
            if message is not None and self._claims.get(receipt) is claim:
                self._lose(message, "the ledger gave the claim to somebody else")
        except (LedgerUnavailable, TimeoutError) as error:
            self._log.warning("claim not extended", reason=str(error), event_id=claim.event_id)

    def _lose(self, message: Message, reason: str) -> None:
        owner = self._owners.get(message.receipt)
        if message.receipt not in self._messages:
            return
        self.let_go(message)
        self._log.warning("lease lost", message_id=message.id, reason=reason)
        if owner is not None:
            owner.cancel("lease lost")
