"""The committed schemas beside the catalog: what is stale, what is missing, what must not be."""

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from events.contracts.compatibility import breaks
from events.contracts.export import Schema, file_name, render, schema
from events.routes import Route
from schemas.base import Event


@dataclass(frozen=True, slots=True)
class Folder:
    """The committed schemas."""

    path: Path

    def text(self, event_type: str, version: int) -> str | None:
        """The schema's file, if it is there."""
        file = self.path / file_name(event_type, version)
        return file.read_text(encoding="utf-8") if file.exists() else None

    def schema(self, event_type: str, version: int) -> Schema | None:
        """The schema in the file, if it is there."""
        text = self.text(event_type, version)
        found: Schema | None = json.loads(text) if text is not None else None
        return found


def refusals(events: Sequence[type[Event]], folder: Folder) -> Iterator[str]:
    """One line for each change that needs a new version of its event."""
    for event in events:
        version = event.schema_version
        old = folder.schema(event.type, version)
        for broken in breaks(old, schema(event)) if old is not None else ():
            yield (
                f"{event.type} v{version}: {broken}; declare schema_version = {version + 1} "
                f"and an upcaster from {version}, or take the change back"
            )


def absences(events: Sequence[type[Event]], folder: Folder) -> Iterator[str]:
    """One line for each older version whose schema is gone, and each schema without an event."""
    wanted = {file_name(e.type, v) for e in events for v in range(1, e.schema_version + 1)}
    for event in events:
        for version in range(1, event.schema_version):
            if folder.text(event.type, version) is None:
                name = file_name(event.type, version)
                yield f"{event.type} v{version}: {folder.path / name} is gone; old events remain"
    for file in sorted(folder.path.glob("*")):
        if file.name not in wanted:
            yield f"{file}: no event of the catalog has it; events in queues may, so no name goes"


def stale(events: Sequence[type[Event]], folder: Folder) -> tuple[type[Event], ...]:
    """The events whose newest schema is not what is committed."""
    return tuple(e for e in events if folder.text(e.type, e.schema_version) != render(e))


def unroutable(routes: Sequence[Route], folder: Folder) -> Iterator[str]:
    """One line for each field that a route needs before upcasting and an older version lacks.

    The bus filters, and the pipe groups, by the message as it was sent.
    """
    for route in routes:
        for version in range(1, route.event.schema_version):
            old = folder.schema(route.event.type, version) or {}
            known, required = old.get("properties", {}), old.get("required", ())
            for name in route.where.keys() - known.keys():
                yield f"{route.event.type} v{version}: {name}: {route.name} filters by it"
            if route.ordered_by is not None and route.ordered_by not in required:
                name = route.ordered_by
                yield f"{route.event.type} v{version}: {name}: {route.name} orders by it"
