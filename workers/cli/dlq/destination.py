"""Where a dead letter goes back to. Pure.

A parked message goes to the queue of its own route. What a rule or a pipe could not deliver goes to
the inbox that missed it: on the bus, every other subscriber would get it once more. The rest goes
to the bus, unless no route would take it now either.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from events.codec import Entry, entry_size
from events.routes import ROUTES, Route
from events.topology import Names
from workers.cli.dlq.letters import DeadLetter, event, why_unrouted


@dataclass(frozen=True, slots=True)
class ToQueue:
    """A route's FIFO queue."""

    name: str
    group: str
    deduplication_id: str


@dataclass(frozen=True, slots=True)
class ToInbox:
    """A route's inbox, a standard queue."""

    name: str


@dataclass(frozen=True, slots=True)
class ToBus:
    """The bus, as this entry."""

    entry: Entry


@dataclass(frozen=True, slots=True)
class Stays:
    """Nowhere, for this reason."""

    reason: str


Destination = ToQueue | ToInbox | ToBus | Stays


def destination(letter: DeadLetter, names: Names, routes: Sequence[Route] = ROUTES) -> Destination:
    """Where the letter would be handled now."""
    for route in routes:
        if letter.queue == route.name:
            return ToQueue(
                names.queue(route), letter.group or letter.message_id, deduplication_id(letter)
            )
    if letter.origin in {names.inbox(route) for route in routes}:
        return ToInbox(str(letter.origin))
    outer = event(letter.body)
    detail = outer.get("detail")
    if not isinstance(detail, dict) or not letter.event_type or not letter.source:
        return Stays("it is no event: no source, type or detail")
    if not takers(outer, routes):
        return Stays(why_unrouted(outer))
    try:
        entry = _entry(letter, outer, detail)
        entry_size(entry)
    except UnicodeEncodeError:
        return Stays("it holds text that is not Unicode, which the bus would not take")
    return ToBus(entry)


def deduplication_id(letter: DeadLetter) -> str:
    """New for each parking, and the same each time that one parked message is sent.

    The id of the dead letter is the right measure: it changes when the message is parked again, so
    that a second redrive is no duplicate of the first. It does not change when it is received
    again, so that what was sent before a crash, and not removed, is dropped by the queue.
    """
    return f"redriven-{letter.message_id}"


def takers(outer: Mapping[str, Any], routes: Sequence[Route] = ROUTES) -> list[Route]:
    """The routes whose rules match an event as EventBridge delivers it."""
    detail = outer.get("detail")
    fields = detail if isinstance(detail, dict) else {}
    return [
        route
        for route in routes
        if route.event.type == outer.get("detail-type")
        and (not route.sources or outer.get("source") in route.sources)
        and all(fields.get(name) == value for name, value in route.where.items())
    ]


def _entry(letter: DeadLetter, outer: Mapping[str, Any], detail: dict[str, Any]) -> Entry:
    metadata = detail.get("metadata")
    metadata = metadata if isinstance(metadata, dict) else {}
    if not metadata.get("id"):
        # The bus gives each entry a new id: with the old one in the metadata it stays one event,
        # also when it is sent twice.
        detail = {
            **detail,
            "metadata": {**metadata, "id": str(outer.get("id") or letter.message_id)},
        }
    entry: Entry = {
        "Source": str(letter.source),
        "DetailType": str(letter.event_type),
        "Detail": json.dumps(detail, separators=(",", ":"), ensure_ascii=False),
    }
    if isinstance(outer.get("time"), str):
        entry["Time"] = outer["time"]
    trace = letter.trace or metadata.get("trace")
    if isinstance(trace, str) and trace:
        entry["TraceHeader"] = trace
    return entry
