"""What surrounds an event on its way: who sent it, what caused it, which trace it belongs to."""

from dataclasses import dataclass
from datetime import datetime
from hashlib import sha1
from uuid import UUID

from schemas.base import Event

_CHILDREN = UUID("6f0d7f3e-3d0b-5f0e-9c55-f10717a00001")
# All bits but those that say the version and the variant; and those.
_OPEN = 0xFFFFFFFF_FFFF_0FFF_3FFF_FFFFFFFFFFFF
_VERSION_5 = 0x00000000_0000_5000_8000_000000000000


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
    name = _CHILDREN.bytes + f"{worker}:{parent_id}:{ordinal}".encode()
    digest = sha1(name, usedforsecurity=False).digest()
    # RFC 9562, version 5: what `uuid.uuid5` says, at a third of the time.
    bits = int.from_bytes(digest[:16]) & _OPEN | _VERSION_5
    text = f"{bits:032x}"
    return f"{text[:8]}-{text[8:12]}-{text[12:16]}-{text[16:20]}-{text[20:]}"
