"""How a handler ends early, and what it may know of its delivery."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol

from schemas.identifiers import Origin


class Retry(Exception):
    """Raised by a handler or an adapter when time may help; `after` overrides the backoff."""

    def __init__(self, reason: str, after: timedelta | None = None) -> None:
        super().__init__(reason)
        self.after = after


class Reject(Exception):
    """Raised by a handler or an adapter when trying again can't help; the message is parked."""


@dataclass(frozen=True, slots=True)
class Context:
    """The delivery that a handler runs in. `event_id` is the same on every delivery of an event.

    `origin` says whether one of the workers that publish such events sent this one.
    """

    event_id: str
    time: datetime
    deadline: datetime
    origin: Origin = "fleet"


class Clock(Protocol):
    """Aware UTC time."""

    def now(self) -> datetime: ...
