"""One handler called for one event, under one claim, until its answer is committed."""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from events.codec import Entry, entry
from events.routes import Route, source
from events.topology import producers
from schemas.base import Event
from schemas.envelope import Envelope, child_id
from workers.ports import Context, Retry, Step
from workers.runtime.claim_check import Payloads, lightened
from workers.runtime.handlers import Handler, answer
from workers.runtime.leases import Lease
from workers.runtime.ledger import Claim, Conflict, Ledger
from workers.runtime.metrics import Metrics
from workers.runtime.steps import Steps
from workers.runtime.tracing import Trace
from workers.runtime.transaction import Transaction, Transactional

# Ten routes may write to one workflow at once, each once; who loses that often met something else.
_RUNS = 10


# What a run gives to a handler by itself; every other parameter is a port with an adapter.
GIVEN = (Context, Step)


class Overdue(TimeoutError):
    """Raised when the handler's time is up."""


@dataclass(frozen=True, slots=True)
class Runner:
    """Runs one route's handler with its ports."""

    route: Route
    handler: Handler
    ports: Mapping[str, object]
    ledger: Ledger
    payloads: Payloads | None
    now: Callable[[], datetime]
    metrics: Metrics

    async def run(
        self, envelope: Envelope, claim: Claim, trace: Trace, lease: Lease
    ) -> Sequence[Entry]:
        """The committed answer, as entries.

        When a write meets what another owner has written since it was read, the handler runs again
        and reads anew. Raises what the handler raises, Overdue, LeaseLost, PayloadsUnavailable, and
        what `commit` does.
        """
        steps = Steps(self.ledger, claim)
        seconds = self.route.timeout.total_seconds()
        end = asyncio.get_running_loop().time() + seconds
        for _ in range(_RUNS):
            transaction = Transaction()
            events = await self._call(envelope, self._given(envelope, steps, transaction), end)
            children = self._children(envelope, events, trace)
            entries = [await self._entry(child) for child in children] if children else []
            lease.ensure()
            lease.answered()
            try:
                await self.ledger.commit(claim, entries, transaction.writes)
            except Conflict:
                lease.holds(claim)
                steps.again()
            else:
                return entries
        raise Retry("what this writes is being changed by others")

    async def _entry(self, child: Envelope) -> Entry:
        """Raises Oversized."""
        if self.payloads is None:
            return entry(child)
        return await lightened(entry(child, limit=None), self.payloads)

    def _given(
        self, envelope: Envelope, steps: Steps, transaction: Transaction
    ) -> Mapping[str, Any]:
        given: dict[str, Any] = {}
        for name, wanted in self.handler.ports.items():
            if wanted is Context:
                given[name] = self._context(envelope)
            elif wanted is Step:
                given[name] = steps
            else:
                port = self.ports[name]
                given[name] = port.within(transaction) if isinstance(port, Transactional) else port
        return given

    def _context(self, envelope: Envelope) -> Context:
        return Context(
            event_id=envelope.id,
            time=envelope.time,
            deadline=self.now() + self.route.timeout,
            origin="fleet" if envelope.source in producers(envelope.event.type) else "outside",
        )

    async def _call(
        self, envelope: Envelope, given: Mapping[str, Any], end: float
    ) -> tuple[Event, ...]:
        started = self.now()
        try:
            async with asyncio.timeout_at(end) as limit:
                return answer(await self.handler.function(envelope.event, **given), self.route)
        except TimeoutError as error:
            # The handler may raise one of its own, which is a bug like any other.
            if not limit.expired():
                raise
            seconds = self.route.timeout.total_seconds()
            raise Overdue(f"the handler took longer than {seconds:g} s") from error
        finally:
            self.metrics.handled(self.now() - started)

    def _children(
        self, parent: Envelope, events: Sequence[Event], trace: Trace
    ) -> Sequence[Envelope]:
        return [
            Envelope(
                id=child_id(self.route.name, parent.id, ordinal),
                source=source(self.route.worker),
                time=self.now(),
                event=event,
                caused_by=parent.id,
                trace=trace.header,
            )
            for ordinal, event in enumerate(events)
        ]
