"""Fakes of what the runtime needs, under a clock that only moves when told. For tests.

Each call gives way once to what else runs, as a request would.
"""

import asyncio
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

from events.codec import Entry
from events.publisher import Refusal
from workers.runtime.testing_ledger import FakeLedger
from workers.runtime.testing_queue import FakeQueue

__all__ = ["FakeBus", "FakeLedger", "FakeQueue", "VirtualClock", "no_chance"]


class VirtualClock:
    """Time that passes by `advance` alone."""

    def __init__(self, start: datetime = datetime(2026, 11, 1, tzinfo=UTC)) -> None:
        self._now = start

    def now(self) -> datetime:
        return self._now

    def advance(self, duration: timedelta) -> None:
        self._now += duration


class FakeBus:
    """Keeps what it takes. `refuse_next` refuses that many entries, the first ones first."""

    def __init__(self) -> None:
        self.entries: list[Entry] = []
        self.requests = 0
        self.refuse_next = 0

    async def put(self, entries: Sequence[Entry]) -> Sequence[Refusal | None]:
        await asyncio.sleep(0)
        self.requests += 1
        answers: list[Refusal | None] = []
        for entry in entries:
            if self.refuse_next > 0:
                self.refuse_next -= 1
                answers.append(Refusal("ThrottlingException", "slow down"))
            else:
                self.entries.append(entry)
                answers.append(None)
        return answers


def no_chance() -> float:
    """A jitter that is always the middle, for tests that look at a backoff."""
    return 0.5
