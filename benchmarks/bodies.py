"""The messages of a run: EventBridge events of 600 bytes, numbered, and ordered within groups."""

import json
from collections.abc import Iterator
from uuid import UUID

SIZE = 600
NO_GROUP = -1


def plain(messages: int, groups: int, start: int = 0) -> Iterator[tuple[str, str | None]]:
    """Each message's body and group; groups take turns. Without groups there is no order.

    `start` is the number of the first, for those that come in portions.
    """
    for number in range(start, start + messages):
        group = number % groups if groups else NO_GROUP
        sequence = number // groups if groups else number
        yield body(number, group, sequence), f"group-{group}" if groups else None


def body(number: int, group: int, sequence: int) -> str:
    """An event as EventBridge delivers it to a queue."""
    detail = {"number": number, "group": group, "sequence": sequence, "text": ""}
    event = {
        "version": "0",
        "id": str(UUID(int=number)),
        "detail-type": "benchmark.requested",
        "source": "benchmark",
        "account": "000000000000",
        "time": "2026-11-02T09:00:00Z",
        "region": "us-east-1",
        "resources": [],
        "detail": detail,
    }
    detail["text"] = "x" * (SIZE - len(json.dumps(event)))
    return json.dumps(event)
