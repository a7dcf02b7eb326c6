"""A worker process: a consumer on wires of its own, and what it was told of its leases."""

import asyncio
from collections.abc import Awaitable, Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field
from typing import Any

from tests.workers.runtime.conftest import Killed
from tests.workers.runtime.stateful.wires import Wires
from tests.workers.runtime.stateful.witness import ATTEMPT, Attempt, Witness
from workers.runtime.consumer import Consumer, EndpointGone, Pace
from workers.runtime.delivery import Courier
from workers.runtime.leases import Lease
from workers.runtime.ledger import Claim, ClaimLost
from workers.runtime.logs import Log
from workers.runtime.settle import Outcome


@dataclass(frozen=True, slots=True)
class WatchedCourier(Courier):
    """Marks what is called in an attempt as this attempt's."""

    attempting: Callable[[Lease], AbstractContextManager[None]] = field(kw_only=True)

    async def deliver(self, lease: Lease) -> Outcome:
        with self.attempting(lease):
            return await Courier.deliver(self, lease)


class Process:
    """Lives until it is killed, or has drained.

    What it begins to do under a lease of which it has been told that it is lost is a violation.
    """

    def __init__(self, witness: Witness) -> None:
        self.wires = Wires()
        self._witness = witness
        self._lost: set[str] = set()
        self._leases: dict[str, Lease] = {}
        self._groups: list[str | None] = []
        self._consumer: Consumer | None = None
        self._running: asyncio.Task[None] | None = None
        self._stopped = False

    def start(self, courier: Courier, queue: object, pace: Pace) -> None:
        """In the event loop that it is to run in."""
        self._consumer = Consumer(
            courier, self.wire(queue), pace, _Complaints(self), chance=lambda: 0.5
        )
        self._running = asyncio.create_task(self._consumer.run())
        self._running.add_done_callback(self._ended)

    @property
    def alive(self) -> bool:
        return not self.wires.dead and self._running is not None and not self._running.done()

    def drain(self) -> None:
        self._stopped = True
        if self._consumer is not None:
            self._consumer.stop()

    def wire(self, target: object) -> Any:
        """The target, as this process reaches it."""
        return _Wire(self, target)

    @contextmanager
    def attempting(self, lease: Lease) -> Iterator[None]:
        """An attempt is being made, in the task that this is called from."""
        if self.wires.dead:
            raise Killed
        message = lease.message
        ATTEMPT.set(Attempt(lease))
        self._leases[message.receipt] = lease
        self._witness.began()
        if message.receipt in self._lost:
            self._witness.violated("G3", f"{message.id} was begun under a lost lease")
        if message.group in self._groups:
            self._witness.violated("G4", f"{message.id} was begun beside another of its group")
        self._groups.append(message.group)
        try:
            yield
        finally:
            self._groups.remove(message.group)

    async def call(self, name: str, target: Callable[..., Awaitable[Any]], *arguments: Any) -> Any:
        """What the process calls, with what it may not call any more."""
        for receipt in _receipts(name, arguments):
            if self._is_lost(name, receipt):
                self._witness.violated("G3", f"{name} of {receipt}, whose lease was lost before")
        try:
            answer = await self.wires.call(name, target, *arguments)
        except ClaimLost:
            if name in ("commit", "record"):
                self._lost.add(ATTEMPT.get().lease.message.receipt)
            raise
        if name == "hide":
            self._lost |= {each.receipt for each in arguments[0] if each.id in answer}
        elif name == "claim" and isinstance(answer, Claim):
            ATTEMPT.get().token = answer.token
        return answer

    def complain(self, event: str, error: BaseException) -> None:
        """A living process's attempts break by nothing but bugs of handlers, which are settled."""
        if event == "attempt broke" and not self.wires.dead:
            self._witness.violated("G10", f"an attempt broke: {error!r}")

    def _is_lost(self, name: str, receipt: str) -> bool:
        """What the runtime itself knows to be lost, when all that is left to do is to settle."""
        if self.wires.dead or receipt not in self._lost:
            return False
        return name in ("commit", "put") or self._leases[receipt].lost is not None

    def _ended(self, running: asyncio.Task[None]) -> None:
        if running.cancelled() or self.wires.dead:
            return
        error = running.exception()
        if isinstance(error, EndpointGone):
            return
        if error is not None or not self._stopped:
            self._witness.violated("G10", f"the loop of a living consumer ended: {error!r}")


class _Wire:
    def __init__(self, process: Process, target: object) -> None:
        self._process = process
        self._target = target

    def __getattr__(self, name: str) -> Any:
        async def called(*arguments: Any) -> Any:
            return await self._process.call(name, getattr(self._target, name), *arguments)

        return called


class _Complaints(Log):
    def __init__(self, process: Process) -> None:
        super().__init__()
        self._process = process

    def info(self, event: str, **facts: object) -> None:
        """Not asked for."""

    def warning(self, event: str, **facts: object) -> None:
        """Not asked for."""

    def exception(self, event: str, error: BaseException, **facts: object) -> None:
        self._process.complain(event, error)


def _receipts(name: str, arguments: Sequence[Any]) -> Sequence[str]:
    """The receipts under which a call makes something durable."""
    match name, arguments:
        case "delete", [messages]:
            return [message.receipt for message in messages]
        case "park", [message, _]:
            return [message.receipt]
        case (("commit" | "put"), _):
            return [ATTEMPT.get().lease.message.receipt]
    return []
