"""The ledger, the bus and the store of payloads, which every message needs, behind one breaker."""

from collections.abc import Callable

from workers.runtime.breaker import Permit
from workers.runtime.delivery import Courier
from workers.runtime.failures import bug
from workers.runtime.leases import Lease
from workers.runtime.ledger import LedgerUnavailable
from workers.runtime.logs import Log
from workers.runtime.settle import Outcome, Paused, Unacceptable, Unavailable

# What the breaker calls them.
STORES = "stores"


class Trial:
    """Tries messages as long as the stores are there. `now` counts seconds, never backwards."""

    def __init__(self, courier: Courier, now: Callable[[], float], log: Log) -> None:
        self._courier = courier
        self._now = now
        self._log = log

    async def outcome(self, lease: Lease) -> Outcome:
        """That of one attempt; Paused as long as one of the stores is away for everybody."""
        breaker = self._courier.breakers.of(STORES)
        permit = breaker.allows(self._now())
        if not isinstance(permit, Permit):
            return Paused(f"{STORES}: away, next try in {permit.total_seconds():.1f} s")
        outcome: Outcome | None = None
        try:
            outcome = await self._delivered(lease)
        finally:
            match outcome:
                case Unavailable(after=after):
                    breaker.failed(permit, self._now(), after)
                case None | Unacceptable():
                    # It was cut off, or asked for nothing: neither says anything of them.
                    breaker.unanswered(permit, self._now())
                case _:
                    breaker.succeeded(permit)
        if isinstance(outcome, Unavailable) and breaker.state != "closed":
            return Paused(outcome.reason, outcome.cause)
        return outcome

    async def _delivered(self, lease: Lease) -> Outcome:
        try:
            return await self._courier.deliver(lease)
        except LedgerUnavailable as error:
            return Unavailable("ledger_unavailable", str(error))
        except Exception as error:  # noqa: BLE001 the one place: a bug fails its message only
            self._log.exception("handler failed", error, message_id=lease.message.id)
            return bug(error, self._courier.route)
