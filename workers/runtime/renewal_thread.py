"""A heartbeat on a thread and on connections of its own, which a busy handler can't starve."""

import asyncio
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import AbstractAsyncContextManager, AsyncExitStack
from datetime import timedelta

from workers.runtime.heartbeat import Heartbeat, between
from workers.runtime.leases import Leases
from workers.runtime.ledger import Ledger, LedgerUnavailable
from workers.runtime.logs import Log
from workers.runtime.queue import Queue, QueueUnavailable

# For so many seconds is the thread waited for when it is to end: a beat may be under way.
_FAREWELL = 2.0
# So many seconds may it take to open the connections. Then that is said, and tried again.
_OPENING = 10.0

Opened = Callable[[], AbstractAsyncContextManager[tuple[Queue, Ledger]]]


class RenewalThread:
    """Renews the leases, as `Heartbeat` does, whatever the event loop of their owners is at.

    `opened` opens a queue and a ledger in the thread's own event loop, once there is anything to
    renew. A handler that holds the interpreter's lock in machine code stops this thread too.
    """

    def __init__(self, leases: Leases, opened: Opened, lease: timedelta, log: Log) -> None:
        self._leases = leases
        self._opened = opened
        self._lease = lease
        self._log = log

    async def run(self) -> None:
        """Beats until cancelled. Raises what ended the thread."""
        # Cancelled when the thread is to end, which may be before it has begun.
        stop: Future[None] = Future()
        executor = ThreadPoolExecutor(1, thread_name_prefix="lease-renewal")
        over = asyncio.wrap_future(executor.submit(self._thread, stop))
        executor.shutdown(wait=False)
        try:
            await asyncio.shield(over)
        finally:
            stop.cancel()
            await asyncio.wait([over], timeout=_FAREWELL)

    def _thread(self, stop: Future[None]) -> None:
        asyncio.run(self._beat(stop))

    async def _beat(self, stop: Future[None]) -> None:
        stopped = asyncio.wrap_future(stop)
        try:
            async with AsyncExitStack() as stack:
                heartbeat: Heartbeat | None = None
                pause = between(self._lease).total_seconds()
                while not await _happens(stopped, pause):
                    pause = between(self._lease).total_seconds()
                    if len(self._leases):
                        heartbeat = heartbeat or await self._open(stack)
                        if heartbeat is not None:
                            pause = await heartbeat.beat()
        finally:
            # From here on nobody has to be told, and there is no loop to tell it to.
            stopped.cancel()

    async def _open(self, stack: AsyncExitStack) -> Heartbeat | None:
        try:
            async with asyncio.timeout(_OPENING):
                queue, ledger = await stack.enter_async_context(self._opened())
        except (QueueUnavailable, LedgerUnavailable, OSError) as error:
            self._log.warning("lease not renewed", reason=str(error) or type(error).__name__)
            return None
        return Heartbeat(self._leases, queue, ledger, self._lease, self._log)


async def _happens(stopped: "asyncio.Future[None]", within: float) -> bool:
    await asyncio.wait([stopped], timeout=within)
    return stopped.done()
