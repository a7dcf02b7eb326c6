"""One attempt at one message: decode, claim, handle, commit, publish.

Nothing here deletes a message or hides it: that follows from the outcome, in the consumer.
"""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any

from events.codec import Entry, decode, entry
from events.errors import Oversized, Undecodable, Unpublished, Untrusted
from events.publisher import Publisher
from events.routes import Route, source
from events.topology import producers
from schemas.base import Event
from schemas.envelope import Envelope, child_id
from workers.ports import Context, Reject, Retry
from workers.runtime.fingerprint import of_exception
from workers.runtime.handlers import Handler, answer
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
from workers.runtime.queue import Message, Parking
from workers.runtime.settle import Busy, Failed, Handled, Outcome, Unacceptable, Unavailable
from workers.runtime.tracing import Trace, Tracer, parse_trace

Clock = Callable[[], datetime]
ClaimWatcher = Callable[[Message, Claim | None], None]


@dataclass(frozen=True, slots=True)
class Courier:
    """Carries one route's messages through an attempt. A claim outlives us by at most `lease`."""

    route: Route
    handler: Handler
    ports: Mapping[str, object]
    ledger: Ledger
    publisher: Publisher
    tracer: Tracer
    lease: timedelta
    now: Clock
    metrics: Metrics = field(default_factory=Metrics)

    async def deliver(self, message: Message, watch: ClaimWatcher) -> Outcome:
        """The outcome of one attempt.

        `watch` is told the claim as long as it is ours, so that it is extended with the message's
        lease. Raises what the handler raised, unless it means Retry or Reject, and what the stores
        raise when they are away.
        """
        try:
            envelope = decode(message.body, self.route)
        except (Undecodable, Untrusted) as error:
            return Unacceptable(_parking(error, self.route))
        parent = parse_trace(envelope.trace) or parse_trace(message.trace)
        annotations = {"event_id": envelope.id, "event_type": self.route.event.type}
        with self.tracer.segment(self.route.name, parent, annotations) as trace:
            outcome = await self._claim(message, envelope, trace, watch)
        if isinstance(outcome, Handled):
            self.metrics.completed(self.now() - envelope.time)
        return outcome

    async def _claim(
        self, message: Message, envelope: Envelope, trace: Trace, watch: ClaimWatcher
    ) -> Outcome:
        match await self.ledger.claim(self.route.name, envelope.id, self.lease):
            case Done():
                self.metrics.duplicate("done")
                return Handled()
            case Held(remaining):
                self.metrics.duplicate("held")
                return Busy(remaining)
            case Committed(claim, entries):
                return await self._publish(claim, entries)
            case Claim() as claim:
                if (started := tries(message, claim)) > self.route.attempts:
                    await self._release(claim)
                    return self._worn_out(started)
                watch(message, claim)
                try:
                    return await self._handle(claim, envelope, trace, partial(watch, message, None))
                finally:
                    watch(message, None)

    async def _handle(
        self, claim: Claim, envelope: Envelope, trace: Trace, unwatch: Callable[[], None]
    ) -> Outcome:
        try:
            events = await self._call(envelope)
            entries = [entry(child) for child in self._children(envelope, events, trace)]
            # A committed claim can't be extended: the next beat would take it for a lost one.
            unwatch()
            await self.ledger.commit(claim, entries)
        except ClaimLost:
            return Busy(self.lease)
        except Retry as error:
            await self._release(claim)
            return Failed("retry", str(error), error.after, of_exception(error))
        except (Reject, Oversized) as error:
            await self._release(claim)
            return Unacceptable(
                Parking("rejected", str(error), self.route.name, fingerprint=of_exception(error))
            )
        except _Overdue as error:
            await self._release(claim)
            return Failed("timed_out", str(error), fingerprint=of_exception(error))
        except BaseException:
            # A bug or a cancellation: the next delivery must not wait for the lease.
            await asyncio.shield(self._release(claim))
            raise
        return await self._publish(claim, entries)

    async def _call(self, envelope: Envelope) -> tuple[Event, ...]:
        seconds = self.route.timeout.total_seconds()
        context = Context(
            event_id=envelope.id,
            time=envelope.time,
            deadline=self.now() + self.route.timeout,
            origin="fleet" if envelope.source in producers(envelope.event.type) else "outside",
        )
        ports: dict[str, Any] = {
            name: context if wanted is Context else self.ports[name]
            for name, wanted in self.handler.ports.items()
        }
        started = self.now()
        try:
            async with asyncio.timeout(seconds) as limit:
                return answer(await self.handler.function(envelope.event, **ports), self.route)
        except TimeoutError as error:
            # The handler may raise one of its own, which is a bug like any other.
            if not limit.expired():
                raise
            raise _Overdue(f"the handler took longer than {seconds:g} s") from error
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

    async def _publish(self, claim: Claim, entries: Sequence[Entry]) -> Outcome:
        """Sends what was committed. A crash before `finish` sends it again, under the same ids."""
        if not entries:
            return Handled()
        try:
            await self.publisher.publish(entries)
            self.metrics.published(len(entries))
            await self.ledger.finish(claim)
        except Unpublished as error:
            # The answer is stored. What is left to do is the bus's, and no fault of the message.
            return Unavailable("unpublished", str(error))
        except ClaimLost:
            return Busy(self.lease)
        return Handled()

    async def _release(self, claim: Claim) -> None:
        """Lets the next delivery start at once. A claim that can't be released ends by itself."""
        with suppress(ClaimLost, LedgerUnavailable):
            await self.ledger.release(claim)

    def _worn_out(self, started: int) -> Outcome:
        """What was tried more often than the route allows never got as far as being parked."""
        reason = f"the consumer did not survive it, or never settled it, in {started - 1} tries"
        return Unacceptable(Parking("worn_out", reason, self.route.name, self.route.event.type))


class _Overdue(Exception):
    """The handler's time is up."""


def tries(message: Message, claim: Claim) -> int:
    """How often the message's handler was started, this time included: never more than this.

    Its receives count what only waited behind another message of its group, and its claims count
    what was tried before it was redriven from the dead letters.
    """
    return min(message.receives, claim.token)


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
