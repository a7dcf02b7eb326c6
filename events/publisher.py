"""PutEvents in as few requests as it takes, each refused entry retried alone."""

import asyncio
import random
from collections.abc import Awaitable, Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Protocol

from events.codec import ENTRY_LIMIT, Entry, entry_size
from events.errors import Unpublished

# PutEvents takes 10 entries a request, of 1 MiB in all.
COUNT_LIMIT = 10
BYTES_LIMIT = ENTRY_LIMIT


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why the bus did not take an entry."""

    code: str
    message: str


class Bus(Protocol):
    """One PutEvents request."""

    async def put(self, entries: Sequence[Entry]) -> Sequence[Refusal | None]:
        """One answer an entry, in their order; None where the bus took it."""


class Publisher:
    """Sends entries at least once, or says which were refused to the end."""

    def __init__(
        self,
        bus: Bus,
        *,
        attempts: int = 5,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
        jitter: Callable[[], float] = random.random,
    ) -> None:
        self._bus = bus
        self._attempts = attempts
        self._sleep = sleep
        self._jitter = jitter

    async def publish(self, entries: Sequence[Entry]) -> None:
        """Returns when the bus has taken every entry. Raises Unpublished."""
        for batch in batches(entries):
            await self._publish_batch(batch)

    async def _publish_batch(self, batch: Sequence[Entry]) -> None:
        waiting = list(batch)
        for attempt in range(self._attempts):
            if attempt:
                await self._sleep(self._jitter() * min(2.0, 0.1 * 2**attempt))
            answers = await self._bus.put(waiting)
            refused = [
                (made, answer)
                for made, answer in zip(waiting, answers, strict=True)
                if answer is not None
            ]
            if not refused:
                return
            waiting = [made for made, _ in refused]
        raise Unpublished(
            tuple((made["DetailType"], answer.code, answer.message) for made, answer in refused)
        )


def batches(entries: Sequence[Entry]) -> Iterator[Sequence[Entry]]:
    """The entries in their order, cut where a request would get too many or too large."""
    batch: list[Entry] = []
    size = 0
    for made in entries:
        grown = size + entry_size(made)
        if batch and (len(batch) == COUNT_LIMIT or grown > BYTES_LIMIT):
            yield batch
            batch, grown = [], entry_size(made)
        batch.append(made)
        size = grown
    if batch:
        yield batch
