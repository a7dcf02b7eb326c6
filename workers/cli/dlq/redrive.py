"""Letters go back to where they would be handled: sent first, removed when that is confirmed.

A crash in between leaves a letter that has been sent already. Redriven within five minutes it is
dropped by the FIFO queue as a duplicate; after that, the ledger knows the event by its id.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from math import ceil
from typing import Any

from events.topology import Names
from workers.adapters.sqs import taken
from workers.cli.dlq.destination import Destination, Stays, ToBus, ToInbox, ToQueue, destination
from workers.cli.dlq.interruption import Stop
from workers.cli.dlq.letters import DeadLetter
from workers.cli.dlq.queue import BATCH, DeadQueue
from workers.cli.dlq.rate import TokenBucket
from workers.cli.dlq.selection import Selection
from workers.cli.output import CommandError
from workers.runtime.parking import PAST, Past

# Longer than any send takes, on top of the wait for its turn.
_SLACK_SECONDS = 60


@dataclass(slots=True)
class Tally:
    """How far a redrive got. `unremoved` were sent, and are still there."""

    sent: int = 0
    unremoved: int = 0
    skipped: list[tuple[DeadLetter, str]] = field(default_factory=list)
    interrupted: bool = False


class Redrive:
    """Sends letters back one after another, in the order of their groups."""

    def __init__(
        self, sqs: Any, events: Any, names: Names, *, bucket: TokenBucket, stop: Stop
    ) -> None:
        self._sqs = sqs
        self._events = events
        self._names = names
        self._bucket = bucket
        self._stop = stop
        # No more is held than has its turn within half a minute.
        self._batch = max(1, min(BATCH, int(bucket.per_second * 30)))
        self._lease_seconds = _SLACK_SECONDS + ceil(self._batch / bucket.per_second)
        self._urls: dict[str, str] = {}
        self._bus_is_there = False

    def run(
        self,
        queue: DeadQueue,
        selection: Selection,
        limit: int | None,
        tally: Tally,
        advance: Callable[[], None],
    ) -> None:
        """Redrives what is selected, at most `limit`, and at most what is there now.

        Without that end, a message that is parked again at once would be redriven for ever.
        """
        ahead = queue.depth() if limit is None else min(limit, queue.depth())
        with queue:
            for letter in queue.walk(self._lease_seconds, self._batch):
                if ahead <= 0 or self._stop.requested:
                    break
                if not selection.takes(letter):
                    continue
                where = destination(letter, self._names)
                if isinstance(where, Stays):
                    tally.skipped.append((letter, where.reason))
                    continue
                if self._stop.wait(self._bucket.take()):
                    break
                self.send(letter, where)
                ahead -= 1
                tally.sent += 1
                tally.unremoved += not queue.remove(letter)
                advance()
        tally.interrupted = self._stop.requested

    def send(self, letter: DeadLetter, where: Destination) -> None:
        """Returns when the letter is where it should go. Raises CommandError when it stays."""
        match where:
            case ToQueue(name, group, deduplication_id):
                self._sqs.send_message(
                    QueueUrl=self._url(name),
                    MessageBody=letter.body,
                    MessageGroupId=group,
                    MessageDeduplicationId=deduplication_id,
                    MessageAttributes=_attributes(letter),
                    MessageSystemAttributes=_trace(letter),
                )
            case ToInbox(name):
                self._sqs.send_message(
                    QueueUrl=self._url(name),
                    MessageBody=letter.body,
                    MessageSystemAttributes=_trace(letter),
                )
            case ToBus(entry):
                self._put(entry)
            case Stays(reason):
                raise CommandError(f"{letter.message_id} stays in {letter.queue}: {reason}")

    def _put(self, entry: dict[str, str]) -> None:
        if not self._bus_is_there:
            # PutEvents to a bus that is missing succeeds, and the event is gone.
            self._events.describe_event_bus(Name=self._names.bus)
            self._bus_is_there = True
        [answer] = self._events.put_events(Entries=[{"EventBusName": self._names.bus, **entry}])[
            "Entries"
        ]
        if "ErrorCode" in answer:
            raise CommandError(
                f"the bus refused {entry['DetailType']}: {answer['ErrorCode']} "
                f"{answer.get('ErrorMessage', '')}; it stays where it was, try again"
            )

    def _url(self, name: str) -> str:
        if name not in self._urls:
            self._urls[name] = self._sqs.get_queue_url(QueueName=name)["QueueUrl"]
        return self._urls[name]


def _attributes(letter: DeadLetter) -> dict[str, dict[str, str]]:
    """Its past, which the next parking goes on from, then its own, as far as there is room."""
    carried = {PAST: Past(letter.first_failed_at, letter.redrives + 1).text()}
    carried |= {name: text for name, text in letter.attributes.items() if name != PAST}
    return taken(carried, letter.body)


def _trace(letter: DeadLetter) -> dict[str, dict[str, str]]:
    if letter.trace is None:
        return {}
    return {"AWSTraceHeader": {"DataType": "String", "StringValue": letter.trace}}
