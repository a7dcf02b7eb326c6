"""SQS in AWS JSON, as far as consumers and their tests call it."""

import asyncio
import time
from collections import OrderedDict
from collections.abc import Sequence
from typing import Any, Protocol

from pydantic_core import to_json

from benchmarks.standin.errors import SQS, Refusal
from benchmarks.standin.queue import Message, Queue
from benchmarks.standin.tally import Tally

Document = dict[str, Any]

# How often a waiting receive looks for messages whose visibility has ended.
_LOOK = 0.05
_ATTEMPTS_KEPT = 100
_ACCOUNT = "000000000000"


class Caller(Protocol):
    """Whoever waits for an answer on a connection."""

    closed: bool
    host: str

    def reply(self, payload: bytes) -> None:
        """Answers the request that it waits for."""


class Sqs:
    """All queues of one stand-in."""

    def __init__(self, tally: Tally, *, spread: bool) -> None:
        self._tally = tally
        self._spread = spread
        self._queues: dict[str, Queue] = {}
        self._attempts: OrderedDict[str, bytes] = OrderedDict()
        self._waiting: dict[str, list[tuple[float, Document, Caller]]] = {}

    @property
    def waiting(self) -> int:
        """How many receives wait for a message now."""
        return sum(map(len, self._waiting.values()))

    def queue(self, name: str) -> Queue:
        """The queue of that name. Raises Refusal."""
        try:
            return self._queues[name]
        except KeyError:
            raise Refusal(SQS, "QueueDoesNotExist", f"there is no queue {name}") from None

    def create_queue(self, asked: Document, caller: Caller) -> bytes:
        name = asked["QueueName"]
        if name not in self._queues:
            visibility = float(asked.get("Attributes", {}).get("VisibilityTimeout", 30))
            self._queues[name] = Queue(
                name, self._tally, visibility=visibility, spread=self._spread
            )
        return self.get_queue_url(asked, caller)

    def get_queue_url(self, asked: Document, caller: Caller) -> bytes:
        name = self.queue(asked["QueueName"]).name
        return to_json({"QueueUrl": f"http://{caller.host}/{_ACCOUNT}/{name}"})

    def get_queue_attributes(self, asked: Document, caller: Caller) -> bytes:
        queue = self._asked(asked)
        every = {
            "ApproximateNumberOfMessages": str(queue.visible),
            "ApproximateNumberOfMessagesNotVisible": str(queue.in_flight),
            "ApproximateNumberOfMessagesDelayed": "0",
            "VisibilityTimeout": f"{queue.visibility:g}",
            "MessageRetentionPeriod": str(4 * 86_400),
            "QueueArn": f"arn:aws:sqs:us-east-1:{_ACCOUNT}:{queue.name}",
        }
        names = asked.get("AttributeNames", ())
        if "All" not in names:
            every = {name: value for name, value in every.items() if name in names}
        return to_json({"Attributes": every})

    def receive_message(self, asked: Document, caller: Caller) -> bytes | None:
        """None where it waits for a message, which is the answer then."""
        attempt: str = asked.get("ReceiveRequestAttemptId", "")
        if attempt in self._attempts:
            return self._attempts[attempt]
        queue = self._asked(asked)
        answer = self._received(queue, asked)
        wait = float(asked.get("WaitTimeSeconds", 0))
        if answer is not None or wait <= 0:
            return self._answered(answer)
        waiting = self._waiting.setdefault(queue.name, [])
        waiting.append((time.monotonic() + wait, asked, caller))
        if len(waiting) == 1:
            asyncio.get_running_loop().call_later(_LOOK, self._look, queue)
        return None

    def delete_message(self, asked: Document, caller: Caller) -> bytes:
        if not self._asked(asked).delete([asked["ReceiptHandle"]])[0]:
            raise Refusal(SQS, "ReceiptHandleIsInvalid", "the receipt handle has expired")
        return b"{}"

    def delete_message_batch(self, asked: Document, caller: Caller) -> bytes:
        entries = _entries(asked)
        done = self._asked(asked).delete([entry["ReceiptHandle"] for entry in entries])
        return _batch(entries, done, "ReceiptHandleIsInvalid")

    def change_message_visibility(self, asked: Document, caller: Caller) -> bytes:
        queue = self._asked(asked)
        receipt, seconds = asked["ReceiptHandle"], float(asked["VisibilityTimeout"])
        if not queue.change_visibility(receipt, seconds):
            raise Refusal(SQS, "MessageNotInflight", "the message is not in flight")
        self._serve(queue)
        return b"{}"

    def change_message_visibility_batch(self, asked: Document, caller: Caller) -> bytes:
        queue = self._asked(asked)
        entries = _entries(asked)
        done = [
            queue.change_visibility(entry["ReceiptHandle"], float(entry["VisibilityTimeout"]))
            for entry in entries
        ]
        self._serve(queue)
        return _batch(entries, done, "MessageNotInflight")

    def send_message(self, asked: Document, caller: Caller) -> bytes:
        queue = self._asked(asked)
        message = _sent(queue, asked)
        self._serve(queue)
        return to_json(_receipt(message))

    def send_message_batch(self, asked: Document, caller: Caller) -> bytes:
        queue = self._asked(asked)
        sent = [{"Id": each["Id"], **_receipt(_sent(queue, each))} for each in _entries(asked)]
        self._serve(queue)
        return to_json({"Successful": sent, "Failed": []})

    def _asked(self, asked: Document) -> Queue:
        return self.queue(asked["QueueUrl"].rpartition("/")[2])

    def _received(self, queue: Queue, asked: Document) -> bytes | None:
        seconds = asked.get("VisibilityTimeout")
        limit = min(10, int(asked.get("MaxNumberOfMessages", 1)))
        taken = queue.receive(limit, None if seconds is None else float(seconds))
        if not taken:
            return None
        names = [*asked.get("MessageSystemAttributeNames", ()), *asked.get("AttributeNames", ())]
        wanted = frozenset(names)
        parts = ",".join([message.answer(wanted) for message in taken])
        answer = f'{{"Messages":[{parts}]}}'.encode()
        if attempt := asked.get("ReceiveRequestAttemptId"):
            self._attempts[attempt] = answer
            if len(self._attempts) > _ATTEMPTS_KEPT:
                self._attempts.popitem(last=False)
        return answer

    def _answered(self, answer: bytes | None) -> bytes:
        if answer is None:
            self._tally.empty_receives += 1
        return answer or b"{}"

    def _look(self, queue: Queue) -> None:
        self._serve(queue)
        if self._waiting.get(queue.name):
            asyncio.get_running_loop().call_later(_LOOK, self._look, queue)

    def _serve(self, queue: Queue) -> None:
        """Answers the receives that wait for this queue, as far as it has anything."""
        now = time.monotonic()
        still = []
        for deadline, asked, caller in self._waiting.get(queue.name, ()):
            if caller.closed:
                self._tally.empty_receives += 1
                continue
            answer = self._received(queue, asked)
            if answer is None and deadline > now:
                still.append((deadline, asked, caller))
            else:
                caller.reply(self._answered(answer))
        if queue.name in self._waiting:
            self._waiting[queue.name] = still


def _entries(asked: Document) -> Sequence[Document]:
    entries: Sequence[Document] = asked.get("Entries", ())
    if not entries:
        raise Refusal(SQS, "EmptyBatchRequest", "there is no entry in the request")
    if len(entries) > 10:
        raise Refusal(SQS, "TooManyEntriesInBatchRequest", "a batch takes at most 10 entries")
    return entries


def _batch(entries: Sequence[Document], done: Sequence[bool], code: str) -> bytes:
    well = [{"Id": entry["Id"]} for entry, is_done in zip(entries, done, strict=True) if is_done]
    failed = [
        {"Id": entry["Id"], "Code": code, "SenderFault": True, "Message": code}
        for entry, is_done in zip(entries, done, strict=True)
        if not is_done
    ]
    return to_json({"Successful": well, "Failed": failed})


def _sent(queue: Queue, asked: Document) -> Message:
    if queue.fifo and not asked.get("MessageGroupId"):
        raise Refusal(SQS, "MissingParameter", "a FIFO queue takes no message without a group")
    more = asked.get("MessageAttributes")
    return queue.send(asked["MessageBody"], asked.get("MessageGroupId"), more)


def _receipt(message: Message) -> Document:
    return {"MessageId": message.id, "MD5OfMessageBody": message.md5}
