"""Where the run takes place: names, and the plain values that a worker process is told."""

import json
from dataclasses import asdict, dataclass
from datetime import timedelta

from events.routes import Route
from schemas.task import TaskCreated, TaskFailed

REGION = "us-east-1"
LEASE = timedelta(seconds=3)
# Tries are not what is tried here: a message may be in the hands of many who are killed.
ATTEMPTS = 100

ROUTE = Route(
    event=TaskCreated,
    worker="chaos",
    publishes=(TaskFailed,),
    attempts=ATTEMPTS,
    concurrency=12,
    timeout=timedelta(seconds=20),
)


@dataclass(frozen=True, slots=True)
class Place:
    """One run's resources on an emulator."""

    endpoint_url: str
    name: str
    queue_url: str = ""
    dead_letter_url: str = ""
    tap_url: str = ""

    @property
    def ledger(self) -> str:
        return f"chaos-ledger-{self.name}"

    @property
    def effects(self) -> str:
        return f"chaos-effects-{self.name}"

    @property
    def bus(self) -> str:
        return f"chaos-{self.name}"

    def text(self) -> str:
        """As a worker's argument."""
        return json.dumps(asdict(self))


def parse_place(text: str) -> Place:
    """The place in a worker's argument."""
    return Place(**json.loads(text))
