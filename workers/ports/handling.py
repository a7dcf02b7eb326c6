"""How a handler ends early, and what it may know of its delivery."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol, TypeVar

from schemas.identifiers import Origin

ResultT = TypeVar("ResultT")


class Retry(Exception):
    """Raised by a handler or an adapter when time may help; `after` overrides the backoff."""

    def __init__(self, reason: str, after: timedelta | None = None) -> None:
        super().__init__(reason)
        self.after = after


class Away(Retry):
    """Raised by an adapter when the service itself does not answer, or asks to be left alone.

    It would be the same for any other message. What may be about this message alone is a Retry.
    """


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


class Step(Protocol):
    """Keeps the results of side effects that must not repeat, as a model call that costs money."""

    async def __call__(
        self, name: str, effect: Callable[[], Awaitable[ResultT]], kind: type[ResultT]
    ) -> ResultT:
        """The result of `effect`; a later delivery of the event gets the same without calling it.

        `name` is unique in the handler; `kind` is the result's type, which pydantic can write as
        JSON and read again. A crash between the effect and its record repeats the effect.
        """


class Clock(Protocol):
    """Aware UTC time."""

    def now(self) -> datetime: ...
