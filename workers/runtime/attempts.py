"""The attempts that run in a process, each a task of its own."""

import asyncio
from collections.abc import Callable, Coroutine

from workers.runtime.health import Progress
from workers.runtime.logs import Log
from workers.runtime.metrics import Metrics

OnTurn = Callable[[bool], None]


def nobody(is_busy: bool) -> None:
    """Nobody wants to know when a consumer turns from idle to busy and back."""


class Attempts:
    """`on_turn` is told at each turn from idle to busy and back."""

    def __init__(
        self, progress: Progress, metrics: Metrics, log: Log, on_turn: OnTurn = nobody
    ) -> None:
        self._progress = progress
        self._metrics = metrics
        self._log = log
        self._on_turn = on_turn
        self._running: set[asyncio.Task[None]] = set()
        self._late: set[asyncio.Task[None]] = set()

    def start(self, work: Coroutine[None, None, None]) -> asyncio.Task[None]:
        """The task that does the work from here on."""
        if not self._running:
            self._on_turn(True)
        attempt = asyncio.create_task(work)
        self._running.add(attempt)
        self._progress.moved()
        attempt.add_done_callback(self._ended)
        return attempt

    @property
    def is_cut_off(self) -> bool:
        """Whether the attempt that asks was ended by the drain, and still has its lease."""
        return asyncio.current_task() in self._late

    async def finish(self, within: float | None) -> None:
        """Lets them come to their end for so many seconds, if so many, then cuts them off."""
        if not self._running:
            return
        _, self._late = await asyncio.wait(self._running, timeout=within)
        for attempt in self._late:
            attempt.cancel("the drain is over")
        if self._late:
            self._log.warning("cut off", attempts=len(self._late))
            await asyncio.wait(self._late)

    def _ended(self, attempt: asyncio.Task[None]) -> None:
        self._running.discard(attempt)
        self._progress.moved()
        if not self._running:
            self._on_turn(False)
        if attempt.cancelled():
            if attempt not in self._late:
                self._metrics.lease_lost()
        elif error := attempt.exception():
            # A bug in an adapter or in the runtime. The message comes back when its lease ends.
            self._log.exception("attempt broke", error)
