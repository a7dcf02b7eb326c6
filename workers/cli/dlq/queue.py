"""One queue of dead letters: how much waits in it, and a walk through it that loses nothing."""

import difflib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from events.routes import ROUTES
from events.topology import UNDELIVERED, UNROUTED, Names
from workers.cli.dlq.letters import DeadLetter, dead_letter
from workers.cli.output import USAGE, CommandError

BATCH = 10
# How long a message that is looked at stays hidden, should the command die before it gives it back.
GLANCE_SECONDS = 20


@dataclass(frozen=True, slots=True)
class Held:
    """A dead letter that nobody else sees until it is removed or given back."""

    letter: DeadLetter
    receipt: str


class DeadQueue:
    """As a context manager it gives back, at the end, whatever was walked past and not removed."""

    def __init__(self, sqs: Any, names: Names, short: str) -> None:
        """Raises CommandError for a queue that there isn't."""
        self.short = short
        self._sqs = sqs
        self._url = sqs.get_queue_url(QueueName=physical(names, short))["QueueUrl"]
        self._held: dict[str, Held] = {}

    def __enter__(self) -> "DeadQueue":
        return self

    def __exit__(self, *error: object) -> None:
        self.give_back()

    def depth(self) -> int:
        """Messages in it, those in flight included."""
        answer = self._sqs.get_queue_attributes(QueueUrl=self._url, AttributeNames=["All"])
        return sum(
            int(answer["Attributes"].get(f"ApproximateNumberOfMessages{kind}", 0))
            for kind in ("", "NotVisible", "Delayed")
        )

    def walk(self, lease_seconds: int = GLANCE_SECONDS, batch: int = BATCH) -> Iterator[DeadLetter]:
        """Each letter once, held, oldest first as far as SQS tells.

        SQS shows at most ten letters of a group before some of them are removed.
        """
        seen: set[str] = set()
        # Counts lag behind on AWS: they only spare the last receive, which would wait for nothing.
        count = self.depth()
        while True:
            received = [
                Held(dead_letter(self.short, raw), raw["ReceiptHandle"])
                for raw in self._receive(lease_seconds, batch)
            ]
            # All at once, also those that the walk may not come to. Of one that comes again, whose
            # time was up, the new receipt is the good one.
            self._held.update({held.letter.message_id: held for held in received})
            fresh = [r.letter for r in received if r.letter.message_id not in seen]
            seen.update(letter.message_id for letter in fresh)
            yield from fresh
            if not fresh or len(seen) >= count:
                return

    def remove(self, letter: DeadLetter) -> bool:
        """Deletes a letter that the walk has come to; False when its time was up."""
        held = self._held[letter.message_id]
        answer = self._sqs.delete_message_batch(
            QueueUrl=self._url, Entries=[{"Id": "0", "ReceiptHandle": held.receipt}]
        )
        # Not before: what breaks on the way is given back.
        del self._held[letter.message_id]
        return not answer.get("Failed")

    def give_back(self) -> None:
        """Everybody sees what is still held."""
        held = list(self._held.values())
        self._held.clear()
        for start in range(0, len(held), BATCH):
            self._sqs.change_message_visibility_batch(
                QueueUrl=self._url,
                Entries=[
                    {"Id": str(place), "ReceiptHandle": each.receipt, "VisibilityTimeout": 0}
                    for place, each in enumerate(held[start : start + BATCH])
                ],
            )

    def _receive(self, lease_seconds: int, batch: int) -> list[Mapping[str, Any]]:
        answer = self._sqs.receive_message(
            QueueUrl=self._url,
            MaxNumberOfMessages=batch,
            VisibilityTimeout=lease_seconds,
            # A receive that does not wait asks only some of SQS's servers, and may miss all.
            WaitTimeSeconds=1,
            MessageSystemAttributeNames=["All"],
            MessageAttributeNames=["All"],
        )
        found: list[Mapping[str, Any]] = answer.get("Messages", [])
        return found


def queues(names: Names) -> dict[str, str]:
    """Short name to physical name of every queue that holds what failed."""
    found = {route.name: names.dead_letters(route) for route in ROUTES}
    return {**found, UNROUTED: names.unrouted, UNDELIVERED: names.undelivered}


def physical(names: Names, short: str) -> str:
    """The physical name. Raises CommandError, with the nearest name, for one that there isn't."""
    known = queues(names)
    if short not in known:
        near = difflib.get_close_matches(short, known, n=1, cutoff=0.3)
        hint = f"; did you mean {near[0]}?" if near else ""
        raise CommandError(
            f"no dead-letter queue {short!r}{hint} (`flotilla routes` lists them)", USAGE
        )
    return known[short]
