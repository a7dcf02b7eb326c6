"""What surrounds an event on its way: who sent it, what caused it, which trace it belongs to."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID, uuid5

from schemas.base import Event

_CHILDREN = UUID("6f0d7f3e-3d0b-5f0e-9c55-f10717a00001")


@dataclass(frozen=True, slots=True)
class Envelope:
    """An event with its identity. `id` is the idempotency key of every consumer."""

    id: str
    source: str
    time: datetime
    event: Event
    caused_by: str | None = None
    trace: str | None = None


def child_id(worker: str, parent_id: str, ordinal: int) -> str:
    """The id of a worker's n-th answer to an event: the same again when the worker is run again."""
    return str(uuid5(_CHILDREN, f"{worker}:{parent_id}:{ordinal}"))
