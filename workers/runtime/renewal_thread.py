"""A heartbeat on a thread and on connections of its own, which a busy handler can't starve."""

import asyncio
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import AbstractAsyncContextManager, AsyncExitStack, suppress
from datetime import timedelta

from workers.runtime.heartbeat import Heartbeat, between
from workers.runtime.leases import Leases
from workers.runtime.ledger import Ledger, LedgerUnavailable
from workers.runtime.logs import Log
from workers.runtime.queue import Queue, QueueUnavailable

# For so many seconds is the thread waited for when it is to end: a beat may be under way.
_FAREWELL = 2.0

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
        started: Future[Callable[[], None]] = Future()
        executor = ThreadPoolExecutor(1, thread_name_prefix="lease-renewal")
        over = asyncio.wrap_future(executor.submit(asyncio.run, self._beat(started)))
        executor.shutdown(wait=False)
        stop = await asyncio.wrap_future(started)
        try:
            await asyncio.shield(over)
        finally:
            stop()
            await asyncio.wait([over], timeout=_FAREWELL)

    async def _beat(self, started: "Future[Callable[[], None]]") -> None:
        stop = asyncio.Event()
        loop = asyncio.get_running_loop()

        def stop_soon() -> None:
            # The loop is closed when the thread has ended by itself.
            with suppress(RuntimeError):
                loop.call_soon_threadsafe(stop.set)

        started.set_result(stop_soon)
        async with AsyncExitStack() as stack:
            heartbeat: Heartbeat | None = None
            while not await _happens(stop, between(self._lease).total_seconds()):
                if len(self._leases):
                    heartbeat = heartbeat or await self._open(stack)
                    if heartbeat is not None:
                        await heartbeat.beat()

    async def _open(self, stack: AsyncExitStack) -> Heartbeat | None:
        try:
            queue, ledger = await stack.enter_async_context(self._opened())
        except (QueueUnavailable, LedgerUnavailable, OSError) as error:
            self._log.warning("lease not renewed", reason=str(error))
            return None
        return Heartbeat(self._leases, queue, ledger, self._lease, self._log)


async def _happens(event: asyncio.Event, within: float) -> bool:
    try:
        async with asyncio.timeout(within):
            return await event.wait()
    except TimeoutError:
        return False
