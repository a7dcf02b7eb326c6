"""Waits that are longer than a queue can hide a message: it is sent again when its time has come.

A postponed message leaves its place in its group: what came after it is handled before it, rather
than wait for days. It keeps its body, so its event is still the same one to the ledger, and how
often it was postponed is among its attributes: those are written only by who may send to the
queue itself, while anybody can publish a body.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol

from workers.runtime.horizon import REPLAY_WINDOW
from workers.runtime.parking import past
from workers.runtime.queue import Message, Parking

# The message attribute that counts.
POSTPONED = "postponed"
MOST_POSTPONEMENTS = 30

# After a wait the message has the queue's and the dead-letter queue's whole retention before it, so
# a longer one would outlast what the ledger knows of it. The handler is asked again then.
LONGEST_WAIT = REPLAY_WINDOW

# What is certain to fit into 256 KiB as JSON within JSON, where a character can take six.
BODY_LIMIT = 40 * 1024


class PostponementUnavailable(Exception):
    """Raised by a scheduler that does not answer, or refuses: the message is where it was."""


@dataclass(frozen=True, slots=True)
class Postponement:
    """The message as it is to be sent again at a time; `count` says how often that was, with it."""

    message: Message
    body: str
    at: datetime
    count: int

    @property
    def group(self) -> str:
        return self.message.group or self.message.id

    @property
    def identity(self) -> str:
        """The same for the same postponement made again after a crash, and for no other."""
        return f"{self.message.id}-{self.count}"


class Scheduler(Protocol):
    """Sends messages later, at least once."""

    async def postpone(self, postponement: Postponement) -> None:
        """Returns when the message is certain to be sent again; then it may be deleted.

        A postponement that was made already is not made again. Raises PostponementUnavailable, and
        Oversized for what no scheduler takes.
        """


def postponements(message: Message) -> int:
    """How often a message was postponed."""
    told = message.attributes.get(POSTPONED, "")
    return int(told) if told.isascii() and told.isdigit() and len(told) < 10 else 0


def postponed(
    message: Message, body: str, wait: timedelta, now: datetime, route: str
) -> Postponement | Parking:
    """The next postponement of a message, for at most LONGEST_WAIT; its parking after too many."""
    so_far = postponements(message)
    # Whoever brings a message back from the dead letters gives it as many again.
    if so_far >= MOST_POSTPONEMENTS * (1 + max(0, past(message.attributes).redrives)):
        reason = f"it asked for yet another wait of {wait} after {so_far} of them"
        return Parking("postponed_too_often", reason, route)
    return Postponement(message, body, now + min(wait, LONGEST_WAIT), so_far + 1)
