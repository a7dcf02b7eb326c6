"""Which letters a command is to change, and whom it may ask."""

from dataclasses import dataclass

from workers.cli.dlq.selection import Selection


@dataclass(frozen=True, slots=True)
class Order:
    """Which letters, of which queue (None: all of them), and how much may be asked."""

    queue: str | None
    selection: Selection
    limit: int | None
    yes: bool
    as_json: bool
