"""The stand-in: three services, one port, one set of counters."""

import asyncio
import json
from pathlib import Path

from pydantic_core import from_json, to_json

from benchmarks.standin.dynamodb import Dynamo
from benchmarks.standin.events import Events
from benchmarks.standin.http import Connection, Operation
from benchmarks.standin.sqs import Sqs
from benchmarks.standin.tally import Tally
from benchmarks.standin.units import Units

HOST = "127.0.0.1"


class StandIn:
    """Everything that one process of it holds."""

    def __init__(self, *, spread: bool = False, count_units: bool = False) -> None:
        self.tally = Tally(units=Units() if count_units else None)
        self._sqs = Sqs(self.tally, spread=spread)
        self.operations = self._operations()

    def _operations(self) -> dict[str, Operation]:
        sqs, events, dynamo = self._sqs, Events(self.tally), Dynamo(self.tally.units)
        return {
            "BatchExecuteStatement": dynamo.batch_execute_statement,
            "ChangeMessageVisibility": sqs.change_message_visibility,
            "ChangeMessageVisibilityBatch": sqs.change_message_visibility_batch,
            "CreateEventBus": events.create_event_bus,
            "CreateQueue": sqs.create_queue,
            "CreateTable": dynamo.create_table,
            "DeleteItem": dynamo.delete_item,
            "DeleteMessage": sqs.delete_message,
            "DeleteMessageBatch": sqs.delete_message_batch,
            "DescribeEventBus": events.describe_event_bus,
            "GetItem": dynamo.get_item,
            "GetQueueAttributes": sqs.get_queue_attributes,
            "GetQueueUrl": sqs.get_queue_url,
            "PutEvents": events.put_events,
            "PutItem": dynamo.put_item,
            "ReceiveMessage": sqs.receive_message,
            "SendMessage": sqs.send_message,
            "SendMessageBatch": sqs.send_message_batch,
            "TransactWriteItems": dynamo.transact_write_items,
            "UpdateItem": dynamo.update_item,
        }

    def control(self, method: str, path: str, body: bytes) -> bytes:
        """What the harness asks beside the services. Raises LookupError."""
        asked = from_json(body or b"{}")
        match method, path:
            case "POST", "/control/report":
                return to_json({**self.tally.report(), "waiting": self._sqs.waiting})
            case "POST", "/control/left":
                queue = self._sqs.queue(asked["queue"])
                return to_json({"left": queue.visible + queue.in_flight})
            case "POST", "/control/preload":
                return to_json({"messages": self.preload(asked["queue"], Path(asked["path"]))})
            case "POST", "/control/watch":
                self.tally.watched = frozenset(asked["deletions"])
                # What was asked before the work began is not of the work.
                self.tally.requests.clear()
                return b"{}"
        raise LookupError(f"nothing at {method} {path}")

    def preload(self, name: str, path: Path) -> int:
        """Puts the messages of a file into a queue: one a line, its body and its group as JSON."""
        queue = self._sqs.queue(name)
        count = 0
        with path.open(encoding="utf-8") as lines:
            for line in lines:
                body, group = json.loads(line)
                queue.send(body, group)
                count += 1
        return count


async def listen(standin: StandIn, port: int) -> asyncio.Server:
    """Listens on 127.0.0.1; port 0 takes a free one."""
    loop = asyncio.get_running_loop()
    return await loop.create_server(
        lambda: Connection(standin.operations, standin.control, standin.tally), HOST, port
    )
