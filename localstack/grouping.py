"""Which message group an event goes to, and what it is deduplicated by. Pure."""

import json
import re
from dataclasses import dataclass
from hashlib import sha256
from typing import Any

# SendMessage, MessageGroupId and MessageDeduplicationId: 1 to 128 letters, digits and punctuation.
_USABLE = re.compile(r"[!-~]{1,128}")


@dataclass(frozen=True, slots=True)
class Address:
    """What a FIFO queue must be told about a message."""

    group: str
    deduplication_id: str


def address(body: str, message_id: str, ordered_by: str | None) -> Address:
    """The address that the pipe reads from the body: the field's value, and the event's id.

    A body that does not give them goes on in a group of its own, where it holds up nobody, so that
    the worker can park it with the reason.
    """
    event = _mapping(body)
    event_id = _usable(event.get("id")) or message_id
    wanted = (
        event.get("id") if ordered_by is None else _mapping(event.get("detail")).get(ordered_by)
    )
    return Address(_usable(wanted) or _own_group(body), event_id)


def _own_group(body: str) -> str:
    return f"unreadable-{sha256(body.encode(errors='surrogatepass')).hexdigest()}"


def _usable(value: object) -> str | None:
    return value if isinstance(value, str) and _USABLE.fullmatch(value) else None


def _mapping(value: object) -> dict[str, Any]:
    if isinstance(value, str):
        try:
            value = json.loads(value)
        except (ValueError, RecursionError):
            return {}
    return value if isinstance(value, dict) else {}
