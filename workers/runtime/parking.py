"""What is said of a message that is parked, besides why: when, how often, by which worker. Pure."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from importlib.metadata import PackageNotFoundError, version
from typing import Any

from events.codec import decode
from events.errors import Undecodable, Untrusted
from events.routes import Route
from schemas.envelope import Envelope
from workers.runtime.fingerprint import fingerprint
from workers.runtime.queue import Message, Parking

# The message attribute in which a redriven message carries its past.
PAST = "redriven"


@dataclass(frozen=True, slots=True)
class Past:
    """What a message went through before it was last redriven."""

    first_failed_at: datetime | None = None
    redrives: int = 0

    def text(self) -> str:
        """As an attribute's value."""
        first = self.first_failed_at
        return json.dumps(
            {"first_failed_at": first.isoformat() if first else None, "redrives": self.redrives}
        )


def past(attributes: Mapping[str, str]) -> Past:
    """The past in a message's attributes; none when there is none, or none that can be read."""
    told = _mapping(attributes.get(PAST, ""))
    redrives = told.get("redrives")
    return Past(moment(told.get("first_failed_at")), redrives if isinstance(redrives, int) else 0)


def completed(
    parking: Parking, message: Message, route: Route, attempts: int, now: datetime
) -> Parking:
    """The parking with everything that the message, the route and the clock can add."""
    outer, envelope = _mapping(message.body), _envelope(message, route)
    before = past(message.attributes)
    return replace(
        parking,
        event_type=parking.event_type or _text(outer.get("detail-type")),
        event_id=envelope.id if envelope else _text(outer.get("id")),
        schema_version=parking.schema_version or (_version(outer) if envelope else None),
        fingerprint=parking.fingerprint or fingerprint(parking.cause, parking.reason),
        attempts=attempts,
        # The queue's own record of the first receive survives every redelivery.
        first_failed_at=before.first_failed_at or message.first_received_at or now,
        last_failed_at=now,
        worker_version=worker_version(),
        trace=(envelope.trace if envelope else None) or message.trace,
    )


def worker_version() -> str:
    """The version of the installed distribution."""
    try:
        return version("flotilla")
    except PackageNotFoundError:
        # Run from a folder that was never installed.
        return "unknown"


def moment(value: object) -> datetime | None:
    """A time with its zone, or nothing."""
    if not isinstance(value, str):
        return None
    try:
        found = datetime.fromisoformat(value)
    except ValueError:
        return None
    return found if found.tzinfo else None


def _envelope(message: Message, route: Route) -> Envelope | None:
    """Whose id is the ledger's key; None for what is no event of this route."""
    try:
        return decode(message.body, route)
    except (Undecodable, Untrusted):
        return None


def _version(outer: Mapping[str, Any]) -> int:
    """The version that an event says it is of, which the codec has found to be one."""
    metadata = outer["detail"].get("metadata")
    return int(metadata.get("version", 1)) if isinstance(metadata, dict) else 1


def _mapping(text: str) -> dict[str, Any]:
    try:
        found = json.loads(text)
    except (ValueError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}


def _text(value: object) -> str | None:
    return value if isinstance(value, str) and 0 < len(value) <= 500 else None
