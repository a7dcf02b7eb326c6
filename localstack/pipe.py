"""One route's pipe: what an `AWS::Pipes::Pipe` from a queue to a FIFO queue does on AWS."""

import asyncio
import logging
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from events.routes import Route
from localstack.grouping import address

# What SQS takes in one batch.
_BATCH = 10
_BATCH_BYTES = 1024 * 1024

# Shorter than the inbox's own: what a killed forwarder held comes back soon.
_VISIBILITY_SECONDS = 10
WAIT_SECONDS = 20

_FIRST_PAUSE, _LONGEST_PAUSE = 0.2, 3.0

_log = logging.getLogger("flotilla.forwarder")


class OutOfReach(Exception):
    """Raised by a pipe that got no answer for its queues for as long as it may wait."""


@dataclass(slots=True)
class Pipe:
    """One route's way from inbox to queue. Nothing leaves the inbox before the queue has it."""

    route: Route
    inbox: str
    queue: str
    sqs: Any
    stop: asyncio.Event
    give_up_after: float = 30.0
    _failing_since: float | None = field(default=None, init=False)
    _pause: float = field(default=_FIRST_PAUSE, init=False)

    async def run(self) -> None:
        """Forwards until told to stop. Raises OutOfReach."""
        while not self.stop.is_set():
            try:
                await self.pass_on(await self._received())
            except (BotoCoreError, ClientError) as error:
                await self._hold(error)
            else:
                self._failing_since, self._pause = None, _FIRST_PAUSE

    async def pass_on(self, messages: Sequence[dict[str, Any]]) -> None:
        """Sends the messages in their order, and deletes from the inbox what was sent."""
        for batch in batches(messages):
            entries = [self._entry(str(n), message) for n, message in enumerate(batch)]
            answer = await self.sqs.send_message_batch(QueueUrl=self.queue, Entries=entries)
            for refused in answer.get("Failed", ()):
                _log.warning("%s: not sent: %s", self.route.name, refused.get("Message"))
            sent = [int(each["Id"]) for each in answer.get("Successful", ())]
            if sent:
                await self._delete([batch[n] for n in sent])

    def _entry(self, number: str, message: dict[str, Any]) -> dict[str, Any]:
        where = address(message["Body"], message["MessageId"], self.route.ordered_by)
        return {
            "Id": number,
            "MessageBody": message["Body"],
            "MessageGroupId": where.group,
            "MessageDeduplicationId": where.deduplication_id,
        }

    async def _received(self) -> list[dict[str, Any]]:
        """What a long poll brings, or nothing once told to stop."""
        poll = asyncio.ensure_future(
            self.sqs.receive_message(
                QueueUrl=self.inbox,
                MaxNumberOfMessages=_BATCH,
                WaitTimeSeconds=WAIT_SECONDS,
                VisibilityTimeout=_VISIBILITY_SECONDS,
            )
        )
        stopped = asyncio.ensure_future(self.stop.wait())
        try:
            await asyncio.wait({poll, stopped}, return_when=asyncio.FIRST_COMPLETED)
            return (await poll).get("Messages", []) if poll.done() else []
        finally:
            # What an abandoned poll still takes comes back when its visibility ends.
            poll.cancel()
            stopped.cancel()
            await asyncio.gather(poll, stopped, return_exceptions=True)

    async def _delete(self, messages: Sequence[dict[str, Any]]) -> None:
        entries = [
            {"Id": str(n), "ReceiptHandle": message["ReceiptHandle"]}
            for n, message in enumerate(messages)
        ]
        # One that stays is sent again later, and dropped by the queue as a duplicate.
        await self.sqs.delete_message_batch(QueueUrl=self.inbox, Entries=entries)

    async def _hold(self, error: Exception) -> None:
        now = asyncio.get_running_loop().time()
        self._failing_since = self._failing_since or now
        _log.warning("%s: %s", self.route.name, error)
        if now - self._failing_since >= self.give_up_after:
            raise OutOfReach(
                f"{self.route.name}: no answer for {self.give_up_after:g} s: {error}"
            ) from error
        try:
            await asyncio.wait_for(self.stop.wait(), self._pause)
        except TimeoutError:
            self._pause = min(self._pause * 2, _LONGEST_PAUSE)


def batches(messages: Sequence[dict[str, Any]]) -> Iterator[list[dict[str, Any]]]:
    """The messages in their order, in as few batches as SQS takes by count and by bytes."""
    batch: list[dict[str, Any]] = []
    size = 0
    for message in messages:
        more = len(message["Body"].encode(errors="surrogatepass"))
        if batch and (len(batch) == _BATCH or size + more > _BATCH_BYTES):
            yield batch
            batch, size = [], 0
        batch.append(message)
        size += more
    if batch:
        yield batch
