"""EventBridge in AWS JSON: takes every event, and looks at what it answers."""

from typing import Any
from uuid import uuid4

from pydantic_core import from_json, to_json

from benchmarks.standin.errors import EVENTS, Refusal
from benchmarks.standin.sqs import Caller
from benchmarks.standin.tally import Tally

Document = dict[str, Any]

_ARN = "arn:aws:events:us-east-1:000000000000:event-bus/"


class Events:
    """All buses of one stand-in."""

    def __init__(self, tally: Tally) -> None:
        self._tally = tally
        self._buses = {"default"}

    def create_event_bus(self, asked: Document, caller: Caller) -> bytes:
        self._buses.add(asked["Name"])
        return to_json({"EventBusArn": _ARN + asked["Name"]})

    def describe_event_bus(self, asked: Document, caller: Caller) -> bytes:
        name = asked.get("Name", "default")
        if name not in self._buses:
            raise Refusal(EVENTS, "ResourceNotFoundException", f"there is no event bus {name}")
        return to_json({"Name": name, "Arn": _ARN + name})

    def put_events(self, asked: Document, caller: Caller) -> bytes:
        entries = asked["Entries"]
        if not 1 <= len(entries) <= 10:
            raise Refusal(EVENTS, "ValidationException", "PutEvents takes 1 to 10 entries")
        for entry in entries:
            detail = from_json(entry["Detail"])
            if "sequence" in detail:
                self._tally.publish(detail["group"], detail["sequence"])
        answers = [{"EventId": str(uuid4())} for _ in entries]
        return to_json({"FailedEntryCount": 0, "Entries": answers})
