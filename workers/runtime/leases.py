"""The leases on everything that was received and is not settled. May be used from two threads.

The event loop keeps them and lets them go; a renewer, which may have a thread of its own, renews
them. Everything here is short, and waits for nothing but the other thread's equally short turn.
"""

import asyncio
import threading
import time
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import Future
from datetime import timedelta

from workers.runtime.ledger import Claim
from workers.runtime.queue import Message


class LeaseLost(Exception):
    """Raised where something would be made durable under a lease that somebody else has now."""


class Lease:
    """One delivery's hold on its message, and on its claim as long as that is to be extended."""

    __slots__ = ("body", "claim", "lost", "message", "owner", "renewed", "tries", "until")

    def __init__(self, message: Message, renewed: float = 0.0) -> None:
        self.message = message
        # When it was asked for, the last time that it was given.
        self.renewed = renewed
        # With what it left in a store put back, once that is known.
        self.body = message.body
        self.claim: Claim | None = None
        self.owner: asyncio.Task[None] | None = None
        self.until: float | None = None
        self.lost: str | None = None
        self.tries = message.receives

    def holds(self, claim: Claim) -> None:
        """From here on the claim is extended too."""
        self.claim = claim
        self.tries = tries(self.message, claim)

    def answered(self) -> None:
        """The claim is being committed or released, and can't be extended any more."""
        self.claim = None

    def ensure(self) -> None:
        """Raises LeaseLost when somebody else has the message or its claim."""
        if self.lost is not None:
            raise LeaseLost(self.lost)


class Leases:
    """By receipt. `now` counts seconds, never backwards, and is the same in both threads."""

    def __init__(self, now: Callable[[], float] = time.monotonic) -> None:
        self.now = now
        self._lock = threading.Lock()
        self._held: dict[str, Lease] = {}
        self._renewing: frozenset[str] = frozenset()
        self._waiting: list[Future[None]] = []

    def __len__(self) -> int:
        return len(self._held)

    def keep(self, messages: Iterable[Message], since: float | None = None) -> None:
        """Their leases are renewed from the next beat on, until they are let go.

        `since` is when the messages were asked for, if not now: their leases began no sooner.
        """
        began = self.now() if since is None else since
        fresh = {message.receipt: Lease(message, began) for message in messages}
        with self._lock:
            self._held |= fresh

    def of(self, message: Message) -> Lease:
        """The lease on a message that is kept. It may be lost."""
        return self._held[message.receipt]

    def age(self, lease: Lease) -> timedelta:
        """How long ago the lease began at the earliest."""
        return timedelta(seconds=self.now() - lease.renewed)

    def renewed(self, lease: Lease, since: float) -> None:
        """It was given again, having been asked for then."""
        lease.renewed = max(lease.renewed, since)

    def own(self, message: Message, owner: asyncio.Task[None], longest: timedelta) -> None:
        """Names the task to cancel when the lease is lost, which it is after `longest`."""
        lease = self._held[message.receipt]
        with self._lock:
            lease.owner = owner
            lease.until = self.now() + longest.total_seconds()

    def disown(self, message: Message) -> None:
        """Nobody is to be cancelled any more; the lease itself is kept."""
        with self._lock:
            lease = self._held.get(message.receipt)
            if lease is not None:
                lease.owner = lease.until = None

    def let_go(self, message: Message) -> bool:
        """Is renewed no more, but for a beat under way: see `rest`.

        False when the lease was lost: then the message is somebody else's.
        """
        with self._lock:
            lease = self._held.pop(message.receipt, None)
        return lease is None or lease.lost is None

    def is_renewing(self, message: Message) -> bool:
        """Whether a beat is under way that renews the message."""
        return message.receipt in self._renewing

    async def rest(self, message: Message) -> None:
        """Returns when no beat that renews the message is under way: it would undo a backoff."""
        with self._lock:
            if message.receipt not in self._renewing:
                return
            over: Future[None] = Future()
            self._waiting.append(over)
        await asyncio.wrap_future(over)

    def overdue(self) -> Sequence[Lease]:
        """Those whose owner has had its longest time."""
        with self._lock:
            now = self.now()
            held = [each for each in self._held.values() if each.lost is None]
            return [each for each in held if each.until is not None and each.until < now]

    def begin(self) -> Sequence[Lease]:
        """Begins a beat, and returns what it has to renew."""
        with self._lock:
            held = [each for each in self._held.values() if each.lost is None]
            self._renewing = frozenset(each.message.receipt for each in held)
        return held

    def end(self) -> None:
        """Ends the beat."""
        with self._lock:
            self._renewing = frozenset()
            waiting, self._waiting = self._waiting, []
        for over in waiting:
            # Who waited may have been cancelled since.
            if over.set_running_or_notify_cancel():
                over.set_result(None)

    def lose(self, lease: Lease, reason: str) -> bool:
        """Cancels the owner, if any yet; False when the lease was let go before, or lost.

        Who has let it go and waits for the beat has to know, too: it is noted in any case.
        """
        with self._lock:
            if lease.lost is not None:
                return False
            lease.lost = reason
            if self._held.get(lease.message.receipt) is not lease:
                return False
            owner = lease.owner
        if owner is not None:
            owner.get_loop().call_soon_threadsafe(owner.cancel, "lease lost")
        return True


def tries(message: Message, claim: Claim) -> int:
    """How often the message's handler was started, this time included: never more than this.

    Its receives count what only waited behind another message of its group, and its claims count
    what was tried before it was redriven from the dead letters.
    """
    return min(message.receives, claim.token - claim.excused)
