"""Between an envelope and the wire: an EventBridge entry out, an SQS body in. Pure.

Outside, an event's fields are flat in `detail`. `detail.metadata` is optional and holds `id`,
`version`, `caused_by` and `trace`. Every version from 1 to the newest is understood; an event that
says none is of version 1, so that a producer without metadata is understood for good.
"""

import json
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from math import isfinite
from typing import Any
from uuid import UUID, uuid5

from pydantic import ValidationError
from pydantic_core import PydanticSerializationError, from_json, to_json

from events.errors import Oversized, Undecodable, Untrusted
from events.routes import Route
from events.topology import producers
from schemas.base import Event
from schemas.envelope import Envelope
from schemas.upcasting import upcast

# EventBridge user guide, "Calculating PutEvents event entry size": time counts 14 bytes, then
# source, detail type, detail and resources in UTF-8. The limit is 1 MiB since January 2026.
ENTRY_LIMIT = 1024 * 1024
_TIME_SIZE = 14

# Plain strings, so that the ledger can keep an entry as JSON and send it again unchanged.
Entry = dict[str, str]

_OUTSIDE = UUID("6f0d7f3e-3d0b-5f0e-9c55-f10717a00002")

# What an upcaster raises at fields that are not what its version says: it sees them unvalidated.
_UNREADABLE = (ArithmeticError, AttributeError, LookupError, TypeError, ValueError)


def entry(envelope: Envelope, *, limit: int | None = ENTRY_LIMIT) -> Entry:
    """The PutEvents entry of an envelope, but for the name of the bus.

    Raises Oversized over the limit; without one, what is too large may travel by claim check.
    """
    event = envelope.event
    metadata: dict[str, object] = {"id": envelope.id, "version": event.schema_version}
    if envelope.caused_by:
        metadata["caused_by"] = envelope.caused_by
    if envelope.trace:
        metadata["trace"] = envelope.trace
    made: Entry = {
        "Source": envelope.source,
        "DetailType": event.type,
        "Detail": _with_metadata(event.model_dump_json(exclude_none=True), metadata),
        "Time": envelope.time.isoformat(),
    }
    if envelope.trace:
        made["TraceHeader"] = envelope.trace
    if limit is not None and (size := entry_size(made)) > limit:
        raise Oversized(event.type, size, limit)
    return made


def _with_metadata(fields: str, metadata: dict[str, object]) -> str:
    """A JSON object with one more member, the last one."""
    separator = "," if len(fields) > len("{}") else ""
    return f'{fields[:-1]}{separator}"metadata":{to_json(metadata).decode()}}}'


def entry_size(made: Entry) -> int:
    """Bytes of an entry as EventBridge counts them."""
    texts = (made["Source"], made["DetailType"], made["Detail"])
    return _TIME_SIZE + sum(len(text) if text.isascii() else len(text.encode()) for text in texts)


def decode(body: str | bytes, route: Route) -> Envelope:
    """The envelope in an SQS body, checked against the route. Raises Undecodable or Untrusted."""
    outer = believed(body, route)
    source, detail = outer["source"], outer["detail"]
    metadata = detail.get("metadata")
    metadata = metadata if isinstance(metadata, dict) else {}
    event = parse(route.event, detail, _version(metadata, route))
    return Envelope(
        id=_identity(outer, source, metadata, route),
        source=source,
        time=_time(outer.get("time")),
        event=event,
        caused_by=_text(metadata.get("caused_by")),
        trace=_text(metadata.get("trace")),
    )


def believed(body: str | bytes, route: Route) -> dict[str, Any]:
    """What an SQS body says, once its event type, its source and its form are the route's.

    `source` is a text and `detail` a mapping; the event's own fields are not looked at. Raises
    Undecodable or Untrusted.
    """
    outer = mapping(body)
    event_type = outer.get("detail-type")
    if event_type != route.event.type:
        raise Undecodable(
            f"expected {route.event.type}, got {_short(event_type)}",
            event_type=_text(event_type),
        )
    source = outer.get("source")
    if not isinstance(source, str) or not source:
        raise Undecodable("the event has no source", event_type=route.event.type)
    if route.sources and source not in route.sources:
        raise Untrusted(source, route.event.type, route.sources)
    if not isinstance(outer.get("detail"), dict):
        raise Undecodable("detail is not a JSON object", event_type=route.event.type)
    return outer


def mapping(body: str | bytes) -> dict[str, Any]:
    """The JSON object in a text. Raises Undecodable."""
    try:
        # Stricter than the standard library: no NaN, no lone surrogates, at most 200 levels.
        outer = from_json(body.encode() if isinstance(body, str) else body, allow_inf_nan=False)
    except ValueError as error:
        raise Undecodable(f"the body is not JSON: {error}") from error
    if not isinstance(outer, dict):
        raise Undecodable("the body is not a JSON object")
    return outer


def parse(model: type[Event], detail: dict[str, Any], version: int | None = None) -> Event:
    """The event in a flat detail of that version, or of the newest.

    Raises Undecodable with every wrong field by its path in the newest version.
    """
    written = version or model.schema_version
    fields = {name: value for name, value in detail.items() if name != "metadata"}
    if written < model.schema_version:
        try:
            fields = upcast(fields, written, model.upcasters)
        except _UNREADABLE as error:
            # By its class alone: what it says may repeat a value of the event.
            raise _misfit(model, written, why=type(error).__name__) from error
    try:
        text = to_json(fields, inf_nan_mode="constants")
    except PydanticSerializationError as error:
        raise _misfit(model, written, why="no JSON") from error
    # A number such as 1e400 is read as infinite, and no JSON could say it again.
    if (b"Infinity" in text or b"NaN" in text) and (paths := tuple(_infinite(fields))):
        raise _misfit(model, written, [(path, "Input should be a finite number") for path in paths])
    try:
        return model.model_validate_json(text)
    except ValidationError as error:
        problems = error.errors(include_url=False, include_input=False)
        wrong = [(".".join(map(str, each["loc"])) or "(whole)", each["msg"]) for each in problems]
        raise _misfit(model, written, wrong) from error


def _misfit(
    model: type[Event], version: int, fields: Sequence[tuple[str, str]] = (), why: str = ""
) -> Undecodable:
    reason = f"{model.type} of version {version} does not fit version {model.schema_version}"
    if version == model.schema_version:
        reason = f"{model.type} does not fit its schema"
    return Undecodable(f"{reason} ({why})" if why else reason, model.type, version, tuple(fields))


def _infinite(fields: dict[str, Any]) -> Iterator[str]:
    left: list[tuple[str, object]] = list(fields.items())
    while left:
        path, value = left.pop()
        if isinstance(value, float) and not isfinite(value):
            yield path
        elif isinstance(value, dict):
            left += [(f"{path}.{name}", each) for name, each in value.items()]
        elif isinstance(value, list):
            left += [(f"{path}.{place}", each) for place, each in enumerate(value)]


def _version(metadata: dict[str, Any], route: Route) -> int:
    newest = route.event.schema_version
    version = metadata.get("version", 1)
    if not isinstance(version, int) or isinstance(version, bool) or not 1 <= version <= newest:
        raise Undecodable(
            f"schema version {_short(version)} is not one of 1 to {newest}",
            event_type=route.event.type,
        )
    return version


def _identity(outer: dict[str, Any], source: str, metadata: dict[str, Any], route: Route) -> str:
    """The idempotency key: our own ids as they are, others kept apart by their source.

    Without that, anybody could publish an event under the id of one of ours and have ours taken
    for a duplicate.
    """
    given = _text(metadata.get("id"))
    if given and source in producers(route.event.type):
        return given
    if given:
        # As JSON, since both may hold any separator.
        return str(uuid5(_OUTSIDE, json.dumps([source, given])))
    delivered = _text(outer.get("id"))
    if not delivered:
        raise Undecodable("the event has no id", event_type=route.event.type)
    return delivered


def _text(value: object) -> str | None:
    return value if isinstance(value, str) and 0 < len(value) <= 500 else None


def _short(value: object) -> str:
    """Anything at all, in a reason that stays readable."""
    said = repr(value)
    return said if len(said) <= 100 else f"{said[:100]}…"


def _time(value: object) -> datetime:
    try:
        found = datetime.fromisoformat(value) if isinstance(value, str) else datetime.now(UTC)
    except ValueError:
        found = datetime.now(UTC)
    return found if found.tzinfo else found.replace(tzinfo=UTC)
