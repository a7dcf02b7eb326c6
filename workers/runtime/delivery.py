"""One attempt at one message: decode, claim, handle, commit, publish.

Nothing here deletes a message or hides it: that follows from the outcome, in the consumer.
"""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from events.codec import Entry, decode
from events.errors import Oversized, Undecodable, Unpublished, Untrusted
from events.publisher import Publisher
from events.routes import Route
from schemas.envelope import Envelope
from workers.ports import Reject, Retry
from workers.runtime.breaker import Breakers
from workers.runtime.claim_check import PayloadLost, Payloads, PayloadsUnavailable, whole
from workers.runtime.failures import outcome_of, was_a_try
from workers.runtime.handlers import Handler
from workers.runtime.leases import Lease, LeaseLost, tries
from workers.runtime.ledger import (
    Claim,
    ClaimLost,
    Committed,
    Done,
    Held,
    Ledger,
    LedgerUnavailable,
)
from workers.runtime.metrics import Metrics
from workers.runtime.postpone import Scheduler
from workers.runtime.queue import Parking
from workers.runtime.run import Overdue, Runner
from workers.runtime.settle import Busy, Handled, Outcome, Unacceptable, Unavailable
from workers.runtime.tracing import Trace, Tracer, parse_trace

Clock = Callable[[], datetime]


@dataclass(frozen=True, slots=True)
class Courier:
    """Carries one route's messages through an attempt. A claim outlives us by at most `lease`.

    `breakers` are those that guard `ports`. Without `payloads` nothing travels by claim check, and
    without a `scheduler` no message waits for longer than a queue can hide it.
    """

    route: Route
    handler: Handler
    ports: Mapping[str, object]
    ledger: Ledger
    publisher: Publisher
    tracer: Tracer
    lease: timedelta
    now: Clock
    metrics: Metrics = field(default_factory=Metrics)
    payloads: Payloads | None = None
    scheduler: Scheduler | None = None
    breakers: Breakers = field(default_factory=Breakers)
    _runner: Runner = field(init=False)

    def __post_init__(self) -> None:
        runner = Runner(
            self.route,
            self.handler,
            self.ports,
            self.ledger,
            self.payloads,
            self.now,
            self.metrics,
        )
        object.__setattr__(self, "_runner", runner)

    async def deliver(self, lease: Lease) -> Outcome:
        """The outcome of one attempt.

        `lease` is told of the claim as long as it is ours, so that it is extended with the
        message's. Raises what the handler raised, unless it means Retry or Reject, and what the
        stores raise when they are away.
        """
        try:
            if self.payloads is not None:
                lease.body = await whole(lease.message.body, self.route, self.payloads)
            envelope = decode(lease.body, self.route)
        except (Undecodable, Untrusted) as error:
            return Unacceptable(_parking(error, self.route))
        except PayloadsUnavailable as error:
            return Unavailable("payloads_unavailable", str(error))
        parent = parse_trace(envelope.trace) or parse_trace(lease.message.trace)
        annotations = {"event_id": envelope.id, "event_type": self.route.event.type}
        with self.tracer.segment(self.route.name, parent, annotations) as trace:
            outcome = await self._claim(envelope, trace, lease)
        if isinstance(outcome, Handled):
            self.metrics.completed(self.now() - envelope.time)
        return outcome

    async def _claim(self, envelope: Envelope, trace: Trace, lease: Lease) -> Outcome:
        try:
            standing = await self.ledger.claim(self.route.name, envelope.id, self.lease)
        except PayloadLost as error:
            lost = f"what an earlier delivery left in a store is gone: {error}"
            return Unacceptable(Parking("payload_lost", lost, self.route.name))
        match standing:
            case Done():
                self.metrics.duplicate("done")
                return Handled()
            case Held(remaining):
                self.metrics.duplicate("held")
                return Busy(remaining)
            case Committed(claim, entries):
                return await self._publish(claim, entries, lease)
            case Claim() as claim:
                if (started := tries(lease.message, claim)) > self.route.most_attempts:
                    await self._release(claim)
                    return self._worn_out(started)
                lease.holds(claim)
                try:
                    return await self._handle(claim, envelope, trace, lease)
                finally:
                    lease.answered()

    async def _handle(
        self, claim: Claim, envelope: Envelope, trace: Trace, lease: Lease
    ) -> Outcome:
        try:
            entries = await self._runner.run(envelope, claim, trace, lease)
        except (ClaimLost, LeaseLost):
            return Busy(self.lease)
        except (Retry, Reject, Oversized, Overdue, PayloadsUnavailable) as error:
            outcome = outcome_of(error, self.route)
            # A beat in between would make the claim that is given back last.
            lease.answered()
            await (self._release(claim) if was_a_try(outcome) else self._excuse(claim))
            return outcome
        except LedgerUnavailable:
            lease.answered()
            await self._excuse(claim)
            raise
        except BaseException:
            # A bug or a cancellation: the next delivery must not wait for the lease.
            lease.answered()
            await asyncio.shield(self._release(claim))
            raise
        return await self._publish(claim, entries, lease)

    async def _publish(self, claim: Claim, entries: Sequence[Entry], lease: Lease) -> Outcome:
        """Sends what was committed. A crash before `finish` sends it again, under the same ids."""
        if not entries:
            return Handled()
        try:
            lease.ensure()
            await self.publisher.publish(entries)
            self.metrics.published(len(entries))
            await self.ledger.finish(claim)
        except Unpublished as error:
            # The answer is stored. What is left to do is the bus's, and no fault of the message.
            return Unavailable("unpublished", str(error))
        except LeaseLost:
            return Busy(self.lease)
        return Handled()

    async def _excuse(self, claim: Claim) -> None:
        """The same, for what was no try."""
        with suppress(ClaimLost, LedgerUnavailable):
            await self.ledger.excuse(claim)

    async def _release(self, claim: Claim) -> None:
        """Lets the next delivery start at once. A claim that can't be released ends by itself."""
        with suppress(ClaimLost, LedgerUnavailable):
            await self.ledger.release(claim)

    def _worn_out(self, started: int) -> Outcome:
        """What was tried more often than the route allows never got as far as being parked."""
        reason = f"the consumer did not survive it, or never settled it, in {started - 1} tries"
        return Unacceptable(Parking("worn_out", reason, self.route.name, self.route.event.type))


def utc_now() -> datetime:
    """The wall clock, aware."""
    return datetime.now(UTC)


def _parking(error: Undecodable | Untrusted, route: Route) -> Parking:
    match error:
        case Untrusted():
            return Parking("untrusted", str(error), route.name, error.event_type)
        case Undecodable():
            return Parking(
                "undecodable",
                str(error),
                route.name,
                error.event_type,
                error.schema_version,
                error.fields,
            )
