"""One dead letter, as it lies in its queue. Pure."""

import difflib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from events.routes import ROUTES
from events.topology import trusted_sources
from schemas.catalog import CATALOG
from workers.adapters.sqs import PARKING_ATTRIBUTES
from workers.runtime.fingerprint import fingerprint
from workers.runtime.parking import moment, past


@dataclass(frozen=True, slots=True, kw_only=True)
class DeadLetter:
    """One message that waits for a person.

    `origin` is the queue that missed it, where SQS or EventBridge says so. `attributes` are the
    message's own, without those that say why it was parked.
    """

    queue: str
    message_id: str
    cause: str
    reason: str
    fingerprint: str
    body: str
    sent_at: float = 0.0
    event_type: str | None = None
    event_id: str | None = None
    source: str | None = None
    group: str | None = None
    receives: str | None = None
    attempts: int | None = None
    first_failed_at: datetime | None = None
    last_failed_at: datetime | None = None
    redrives: int = 0
    schema_version: str | None = None
    worker_version: str | None = None
    trace: str | None = None
    origin: str | None = None
    fields: tuple[tuple[str, str], ...] = ()
    attributes: Mapping[str, str] = field(default_factory=dict)

    @property
    def since(self) -> datetime:
        """When it got here."""
        return self.last_failed_at or datetime.fromtimestamp(self.sent_at, UTC)


def dead_letter(short: str, raw: Mapping[str, Any]) -> DeadLetter:
    """The dead letter in a message, as ReceiveMessage returns it, of the queue of that name."""
    system = raw.get("Attributes", {})
    told = {
        name: str(value["StringValue"])
        for name, value in raw.get("MessageAttributes", {}).items()
        if "StringValue" in value
    }
    outer, parking, before = event(raw["Body"]), event(told.get("parking", "")), past(told)
    cause, reason = _why(short, outer, told)
    return DeadLetter(
        queue=short,
        message_id=raw["MessageId"],
        cause=cause,
        reason=reason,
        fingerprint=_text(parking.get("fingerprint")) or fingerprint(cause, reason),
        body=raw["Body"],
        sent_at=int(system.get("SentTimestamp", 0)) / 1000,
        event_type=told.get("event_type") or _text(outer.get("detail-type")),
        event_id=_text(parking.get("event_id")) or _text(outer.get("id")),
        source=_text(outer.get("source")),
        group=system.get("MessageGroupId"),
        receives=told.get("receives"),
        attempts=parking.get("attempts"),
        first_failed_at=moment(parking.get("first_failed_at")) or before.first_failed_at,
        last_failed_at=moment(parking.get("last_failed_at")),
        redrives=before.redrives,
        schema_version=told.get("schema_version"),
        worker_version=_text(parking.get("worker_version")),
        trace=system.get("AWSTraceHeader") or _text(parking.get("trace")),
        origin=_origin(system, told),
        fields=_fields(told.get("fields", "")),
        attributes={name: v for name, v in told.items() if name not in PARKING_ATTRIBUTES},
    )


def event(body: str) -> dict[str, Any]:
    """The JSON object in a body; empty for a body that holds none."""
    try:
        outer = json.loads(body)
    except (ValueError, RecursionError):
        return {}
    return outer if isinstance(outer, dict) else {}


def why_unrouted(outer: Mapping[str, Any]) -> str:
    """Why no route wanted an event: its name, its source, or its filter."""
    name, sent_by = str(outer.get("detail-type", "")), str(outer.get("source", ""))
    if name not in CATALOG:
        near = difflib.get_close_matches(name, CATALOG, n=1, cutoff=0.4)
        return f"no event is called {name!r}" + (f"; nearest: {near[0]}" if near else "")
    owners = trusted_sources(name)
    if owners and sent_by not in owners:
        return f"source {sent_by!r} does not own {name} (trusted: {', '.join(owners)})"
    filters = {
        key: sorted({r.where[key] for r in ROUTES if r.event.type == name and key in r.where})
        for r in ROUTES
        if r.event.type == name
        for key in r.where
    }
    wanted = "; ".join(f"{key} is one of {', '.join(values)}" for key, values in filters.items())
    return f"no route takes this {name}: wanted {wanted}"


def _why(short: str, outer: Mapping[str, Any], told: Mapping[str, str]) -> tuple[str, str]:
    if told.get("cause"):
        return told["cause"], told.get("reason", "")
    if short == "unrouted":
        return "unrouted", why_unrouted(outer)
    if short == "undelivered":
        said = told.get("ERROR_MESSAGE") or "the bus or the pipe could not pass it on"
        return "undelivered", said
    return "worn_out", "received too often without being settled (its worker died each time?)"


def _origin(system: Mapping[str, str], told: Mapping[str, str]) -> str | None:
    """EventBridge names the target that it could not reach, SQS the queue that a message left."""
    arn = told.get("TARGET_ARN") or system.get("DeadLetterQueueSourceArn")
    return arn.rpartition(":")[2] if arn else None


def _fields(text: str) -> tuple[tuple[str, str], ...]:
    try:
        return tuple((str(path), str(problem)) for path, problem in json.loads(text))
    except (ValueError, TypeError, RecursionError):
        # None, or none of ours: anybody may send a message with an attribute of that name.
        return ()


def _text(value: object) -> str | None:
    return value if isinstance(value, str) and value else None
