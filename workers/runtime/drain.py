"""The end of a consumer: begun once, and over at a deadline when somebody waits for it."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta

from workers.runtime.health import Progress

# What is cut off still has to give its claims and messages back: a fifth of the time is for that.
_FOR_WORK = 0.8


class Drain:
    """`bound` is the time from the beginning to the end of the process."""

    def __init__(self, bound: timedelta, progress: Progress) -> None:
        self._bound = bound
        self._progress = progress
        self._begun = asyncio.Event()
        self._deadline: float | None = None
        self._outstanding: asyncio.Timeout | None = None

    @property
    def begun(self) -> bool:
        return self._begun.is_set()

    @property
    def left(self) -> float | None:
        """Seconds that what has started may still take; None when nobody waits for the end."""
        if self._deadline is None:
            return None
        return max(0.0, self._deadline - asyncio.get_running_loop().time())

    def begin(self, *, bounded: bool = True) -> None:
        """From here on nothing starts. Repeatable.

        Without a bound each attempt has the time that its route gives it.
        """
        if not self.begun and bounded:
            work = self._bound.total_seconds() * _FOR_WORK
            self._deadline = asyncio.get_running_loop().time() + work
            self._progress.draining()
            if self._outstanding is not None:
                self._outstanding.reschedule(self._deadline)
        elif not self.begun:
            self._progress.full()
        self._begun.set()

    @asynccontextmanager
    async def outstanding(self) -> AsyncIterator[None]:
        """For a request that is awaited even in a drain, up to its deadline. Raises TimeoutError.

        For one at a time, and only before the drain has begun.
        """
        async with asyncio.timeout(None) as limit:
            self._outstanding = limit
            try:
                yield
            finally:
                self._outstanding = None

    async def until_free(self, freed: asyncio.Event) -> None:
        """Waits for a free place, or for the beginning. Meanwhile no poll is owed."""
        self._progress.full()
        await self._until(freed)
        if not self.begun:
            self._progress.answered()

    async def until(self, happens: asyncio.Event, seconds: float) -> None:
        """Waits for an event for that long, or until it begins."""
        await self._until(happens, seconds)

    async def pause(self, seconds: float) -> None:
        """Waits that long, or until it begins."""
        await self._until(self._begun, seconds)

    async def _until(self, event: asyncio.Event, seconds: float | None = None) -> None:
        waits = [asyncio.ensure_future(each.wait()) for each in (event, self._begun)]
        try:
            await asyncio.wait(waits, timeout=seconds, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for wait in waits:
                wait.cancel()
