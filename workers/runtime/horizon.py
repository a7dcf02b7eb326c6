"""How long things are kept, and what must outlive what. Pure."""

from dataclasses import dataclass
from datetime import timedelta

# How long after its retention ended a dead letter may still be brought back, from an archive say.
REPLAY_WINDOW = timedelta(days=7)

# The horizon of "one effect": 4 days in the queue and 14 in its dead-letter queue, then time to
# replay (infra/cloudformation/messaging.yaml).
LEDGER_RETENTION = timedelta(days=4 + 14) + REPLAY_WINDOW


@dataclass(frozen=True, slots=True)
class Shortfall:
    """What is kept for too short a time, and what to do about it."""

    what: str
    mend: str

    def __str__(self) -> str:
        return f"{self.what}: {self.mend}"


def shortfall(
    queue: timedelta,
    dead_letters: timedelta,
    *,
    ledger: timedelta,
    replay: timedelta = REPLAY_WINDOW,
) -> Shortfall | None:
    """What is wrong when an event can come again after the ledger has forgotten it.

    A FIFO queue's dead letters start their retention anew, so the two add up.
    """
    longest = queue + dead_letters + replay
    if longest <= ledger:
        return None
    return Shortfall(
        f"{said(queue)} in the queue, {said(dead_letters)} as a dead letter and {said(replay)} to"
        f" replay outlive the {said(ledger)} of the ledger, so effects may come twice",
        f"keep messages for {said(longest - ledger)} less, or the ledger's records longer",
    )


def said(duration: timedelta) -> str:
    """A duration for a person."""
    if duration >= timedelta(days=1):
        return f"{duration / timedelta(days=1):g} days"
    return f"{duration.total_seconds():g} s"
