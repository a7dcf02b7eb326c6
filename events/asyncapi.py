"""The fleet's events as an AsyncAPI 3.0 document, rendered from the route table and the catalog.

`python -m events.asyncapi` writes `docs/asyncapi.yaml`; with `--check` it exits with 1 when the
committed file is stale. The payloads are the files that `python -m events.contracts` writes.
"""

import argparse
import json
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import yaml

from events.contracts.export import file_name
from events.routes import ROUTES, Route, source
from schemas.base import Event
from schemas.catalog import EVENTS

PATH = Path("docs/asyncapi.yaml")

# Of the document, not of the program: it grows when a reader of the document has to know.
VERSION = "1.0.0"

_SCHEMAS = "../schemas/exported"
_HEADER = """\
# Generated from events/routes.py and schemas/ by `python -m events.asyncapi`. Do not edit.
"""
_DESCRIPTION = (
    "Every event on Flotilla's EventBridge bus. A channel is an event type (`detail-type`); its "
    "fields are flat in `detail`, and `detail.metadata` is optional. An event says in "
    "`metadata.version` which version of its schema it follows, and follows version 1 if it says "
    "none; consumers take every version listed. Unknown fields are ignored."
)


def document(
    routes: Sequence[Route] = ROUTES, events: Sequence[type[Event]] = EVENTS
) -> dict[str, Any]:
    """The document as plain values: channels by event type, operations by worker."""
    return {
        "asyncapi": "3.0.0",
        "info": {
            "title": "Flotilla",
            "version": VERSION,
            "description": _DESCRIPTION,
            "tags": [{"name": worker} for worker in sorted({r.worker for r in routes})],
        },
        "defaultContentType": "application/json",
        "servers": {"bus": _server()},
        "channels": {event.type: _channel(event, routes) for event in events},
        "operations": _operations(routes),
        "components": {
            "messages": {key: made for event in events for key, made in _messages(event).items()},
            "schemas": {"metadata": _metadata()},
        },
    }


def render(routes: Sequence[Route] = ROUTES, events: Sequence[type[Event]] = EVENTS) -> str:
    """The document as YAML; the same routes and events give the same bytes."""
    # By way of JSON nothing is shared, and so nothing becomes a YAML alias.
    plain = json.loads(json.dumps(document(routes, events)))
    return _HEADER + yaml.safe_dump(plain, sort_keys=False, width=100, allow_unicode=True)


def _server() -> dict[str, Any]:
    return {
        "host": "events.{region}.amazonaws.com",
        "protocol": "eventbridge",
        "description": "Publish with PutEvents, to the bus that is named after the environment.",
        "variables": {"region": {"description": "AWS region", "default": "us-east-1"}},
    }


def _channel(event: type[Event], routes: Sequence[Route]) -> dict[str, Any]:
    consumers = sorted({route.worker for route in routes if route.event is event})
    return {
        "address": event.type,
        "title": event.type,
        "summary": _first_line(event),
        "description": f"Consumed by {', '.join(consumers) or 'nobody in the fleet'}.",
        "servers": [{"$ref": "#/servers/bus"}],
        "messages": {key: {"$ref": f"#/components/messages/{key}"} for key in _messages(event)},
        "tags": [{"name": event.type.partition(".")[0]}],
    }


def _messages(event: type[Event]) -> dict[str, dict[str, Any]]:
    """A message a version, the oldest first."""
    return {_key(event, v): _message(event, v) for v in range(1, event.schema_version + 1)}


def _message(event: type[Event], version: int) -> dict[str, Any]:
    return {
        "name": event.type,
        "title": f"{event.type}, version {version}",
        "summary": _first_line(event),
        "contentType": "application/json",
        "payload": {
            "allOf": [
                {"$ref": f"{_SCHEMAS}/{file_name(event.type, version)}"},
                {
                    "type": "object",
                    "properties": {"metadata": {"$ref": "#/components/schemas/metadata"}},
                },
            ]
        },
        "tags": [{"name": event.type.partition(".")[0]}],
    }


def _operations(routes: Sequence[Route]) -> dict[str, Any]:
    receiving = {route.name: _receive(route) for route in routes}
    sent = {(route.worker, event) for route in routes for event in route.publishes}
    sending = {
        f"{worker}-sends-{event.type.replace('.', '-')}": _send(worker, event)
        for worker, event in sorted(sent, key=lambda each: (each[0], each[1].type))
    }
    return receiving | sending


def _receive(route: Route) -> dict[str, Any]:
    versions = range(1, route.event.schema_version + 1)
    return {
        "action": "receive",
        "channel": {"$ref": f"#/channels/{route.event.type}"},
        "title": route.name,
        "summary": f"{route.worker} consumes {route.event.type}",
        "description": _terms(route),
        "messages": [_reference(route.event, version) for version in versions],
        "tags": [{"name": route.worker}],
    }


def _terms(route: Route) -> str:
    """Which of the events a route takes, and how."""
    wanted = " and ".join(f"`{name}` is `{value}`" for name, value in sorted(route.where.items()))
    believed = " or ".join(f"`{each}`" for each in route.sources)
    return (
        f"{f'Where {wanted}' if wanted else 'All'}, from {believed or 'any source'}, "
        f"{f'in order by `{route.ordered_by}`' if route.ordered_by else 'in no order'}."
    )


def _send(worker: str, event: type[Event]) -> dict[str, Any]:
    return {
        "action": "send",
        "channel": {"$ref": f"#/channels/{event.type}"},
        "title": f"{worker} sends {event.type}",
        "description": f"With the source `{source(worker)}`.",
        "messages": [_reference(event, event.schema_version)],
        "tags": [{"name": worker}],
    }


def _reference(event: type[Event], version: int) -> dict[str, str]:
    return {"$ref": f"#/channels/{event.type}/messages/{_key(event, version)}"}


def _key(event: type[Event], version: int) -> str:
    return f"{event.type}.v{version}"


def _first_line(event: type[Event]) -> str:
    return (event.__doc__ or "").strip().partition("\n")[0]


def _metadata() -> dict[str, Any]:
    return {
        "type": "object",
        "description": "Who sent the event, and why; all of it optional.",
        "properties": {
            "id": {
                "type": "string",
                "description": "idempotency key; absent: the id that EventBridge gives",
            },
            "version": {"type": "integer", "minimum": 1, "default": 1},
            "caused_by": {"type": "string", "description": "id of the event it answers"},
            "trace": {"type": "string", "description": "trace header"},
        },
    }


def main(arguments: Sequence[str] | None = None) -> int:
    """Write the document, or check the committed one; 1 means stale."""
    parser = argparse.ArgumentParser(prog="python -m events.asyncapi", description=__doc__)
    parser.add_argument("--check", action="store_true", help="compare, write nothing")
    parser.add_argument("--path", type=Path, default=PATH, help=f"default: {PATH}")
    options = parser.parse_args(arguments)
    made = render()
    if not options.check:
        options.path.write_text(made, encoding="utf-8")
        return 0
    if options.path.exists() and options.path.read_text(encoding="utf-8") == made:
        return 0
    print(f"{options.path} is stale: run python -m events.asyncapi", file=sys.stderr)
    return 1


if __name__ == "__main__":
    raise SystemExit(main())
