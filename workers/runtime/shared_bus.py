"""A bus for many couriers: what they put at the same time goes as few requests."""

from collections.abc import Sequence

from events.codec import Entry
from events.publisher import Bus, Refusal, batches
from workers.runtime.coalescer import Coalescer


class SharedBus:
    """Puts entries of several callers together, up to the limits of a request."""

    def __init__(self, bus: Bus) -> None:
        self._puts: Coalescer[Entry, Refusal | None] = Coalescer(
            bus.put, lambda entries: list(batches(entries))
        )

    async def put(self, entries: Sequence[Entry]) -> Sequence[Refusal | None]:
        """One answer an entry, in their order; None where the bus took it."""
        return await self._puts.ask_all(entries)
