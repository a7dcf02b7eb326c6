"""`flotilla publish` and `flotilla submit`: an event, validated first, onto the bus."""

import difflib
import json
from datetime import UTC, datetime
from pathlib import Path
from uuid import uuid4

import typer
import yaml
from pydantic import ValidationError

from events.claim_check import CARRIED_LIMIT
from events.codec import entry, parse
from events.errors import EventError, Undecodable
from events.publisher import Publisher
from schemas.base import Event
from schemas.catalog import CATALOG
from schemas.envelope import Envelope
from schemas.workflow import WorkflowRequested
from workers.cli.account import aws_errors
from workers.cli.output import FAILED, OUT, USAGE, CommandError, emit
from workers.connections import Connections
from workers.settings import Settings

SOURCE = "flotilla.cli"


def parse_event(event_type: str, detail: str) -> Event:
    """The event in a JSON detail, or in the file that `@path` names. Raises CommandError."""
    model = CATALOG.get(event_type)
    if model is None:
        near = difflib.get_close_matches(event_type, CATALOG, n=1, cutoff=0.4)
        hint = f"; did you mean {near[0]}?" if near else ""
        raise CommandError(
            f"no event is called {event_type!r}{hint} (`flotilla routes` lists them)", USAGE
        )
    try:
        fields = json.loads(_text(detail))
    except ValueError as error:
        raise CommandError(f"--detail is not JSON: {error}", USAGE) from error
    if not isinstance(fields, dict):
        raise CommandError("--detail must be a JSON object of the event's fields", USAGE)
    try:
        return parse(model, fields)
    except Undecodable as error:
        raise CommandError(_by_field(event_type, error.fields), USAGE) from error


def request(text: str, file: Path | None, requested_by: str) -> WorkflowRequested:
    """A request from a sentence, or from a YAML or JSON file. Raises CommandError."""
    fields: dict[str, object] = {"request": text} if text else {}
    if file is not None:
        fields |= _read_request(file)
    fields.setdefault("requested_by", requested_by)
    fields.setdefault("workflow_id", f"wf-{uuid4().hex[:12]}")
    try:
        return WorkflowRequested.model_validate_json(json.dumps(fields, default=str))
    except ValidationError as error:
        problems = tuple(
            (".".join(map(str, e["loc"])) or "request", e["msg"]) for e in error.errors()
        )
        raise CommandError(_by_field("workflow.requested", problems), USAGE) from error


async def submit(
    event: WorkflowRequested, settings: Settings, *, follow: bool, as_json: bool
) -> None:
    """Publishes a request; with `follow` stays until its workflow has ended."""
    from workers.cli import workflows  # noqa: PLC0415 half a second of imports

    workflow_id = str(event.workflow_id)
    if await workflows.exists(settings, workflow_id):
        raise CommandError(f"there is a workflow {workflow_id} already; choose another id", USAGE)
    await send(event, settings)
    if not follow:
        if as_json:
            emit({"workflow_id": workflow_id})
        else:
            OUT.print(f"submitted {workflow_id}; follow it with `flotilla watch {workflow_id}`")
        return
    state = await workflows.watch(settings, workflow_id, quiet=as_json)
    if as_json:
        emit(state.model_dump(mode="json"))
    elif state.tasks:
        OUT.print(f"take home what it made with `flotilla fetch {workflow_id}`")
    if state.status != "completed":
        raise typer.Exit(FAILED)


async def send(event: Event, settings: Settings) -> str:
    """Publishes one event to a fleet that is there, and returns the event's id."""
    async with Connections(settings) as connections:
        with aws_errors(settings):
            # PutEvents to a bus that is missing succeeds, and the event is gone.
            events = await connections.client("events")
            await events.describe_event_bus(Name=settings.names.bus)
        return await publish(event, settings, connections)


async def publish(event: Event, settings: Settings, connections: Connections) -> str:
    """Sends one event and returns its id. Raises CommandError."""
    from workers import wiring  # noqa: PLC0415 half a second of imports

    envelope = Envelope(id=str(uuid4()), source=SOURCE, time=datetime.now(UTC), event=event)
    try:
        await Publisher(await wiring.bus(settings, connections)).publish(
            [entry(envelope, limit=CARRIED_LIMIT)]
        )
    except EventError as error:
        raise CommandError(f"not published: {error}") from error
    return envelope.id


def _text(detail: str) -> str:
    if not detail.startswith("@"):
        return detail
    try:
        return Path(detail[1:]).read_text()
    except (OSError, UnicodeDecodeError) as error:
        raise CommandError(f"--detail {detail}: {error}", USAGE) from error


def _read_request(file: Path) -> dict[str, object]:
    try:
        fields = yaml.safe_load(file.read_text())
    except (OSError, UnicodeDecodeError) as error:
        raise CommandError(f"--file {file}: {error}", USAGE) from error
    except yaml.YAMLError as error:
        raise CommandError(f"--file {file} is not YAML: {error}", USAGE) from error
    if not isinstance(fields, dict):
        raise CommandError(f"--file {file} must hold a mapping of the request's fields", USAGE)
    return fields


def _by_field(event_type: str, problems: tuple[tuple[str, str], ...]) -> str:
    named = "; ".join(f"{path}: {problem}" for path, problem in problems)
    return f"{event_type} does not fit its schema: {named}"
