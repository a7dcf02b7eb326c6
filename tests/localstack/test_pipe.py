"""A pipe on a queue service that answers as it is told to."""

import asyncio
from typing import Any

import pytest
from botocore.exceptions import EndpointConnectionError

from events.routes import ROUTES
from localstack.pipe import OutOfReach, Pipe, batches

ROUTE = next(route for route in ROUTES if route.ordered_by == "workflow_id")


def message(number: int, size: int = 10) -> dict[str, Any]:
    text = f'{{"id": "e-{number}", "detail": {{"workflow_id": "w-1"}}}}'
    return {"MessageId": f"m-{number}", "ReceiptHandle": f"r-{number}", "Body": text.ljust(size)}


class FakeSqs:
    """Two queues; refuses the bodies in `refused`, and fails as often as `failures` says."""

    def __init__(self, waiting: list[dict[str, Any]], stop: asyncio.Event) -> None:
        self.waiting, self.stop = waiting, stop
        self.sent: list[tuple[str, str, str]] = []
        self.deleted: list[str] = []
        self.refused: set[str] = set()
        self.failures = 0

    async def receive_message(self, **asked: Any) -> dict[str, Any]:
        self._fail()
        if not self.waiting:
            self.stop.set()
            await asyncio.Event().wait()
        taken, self.waiting = self.waiting[:10], self.waiting[10:]
        return {"Messages": taken}

    async def send_message_batch(self, **asked: Any) -> dict[str, Any]:
        self._fail()
        answer: dict[str, Any] = {"Successful": [], "Failed": []}
        for entry in asked["Entries"]:
            refused = entry["MessageDeduplicationId"] in self.refused
            answer["Failed" if refused else "Successful"].append({"Id": entry["Id"]})
            if not refused:
                ids = entry["MessageGroupId"], entry["MessageDeduplicationId"]
                self.sent.append((*ids, entry["MessageBody"].strip()))
        return answer

    async def delete_message_batch(self, **asked: Any) -> dict[str, Any]:
        self.deleted += [entry["ReceiptHandle"] for entry in asked["Entries"]]
        return {}

    def _fail(self) -> None:
        if self.failures:
            self.failures -= 1
            raise EndpointConnectionError(endpoint_url="http://nowhere")


def connected(sqs: FakeSqs, give_up_after: float = 30.0) -> Pipe:
    return Pipe(ROUTE, "inbox", "queue", sqs, sqs.stop, give_up_after)


async def test_messages_go_on_in_their_order_with_group_and_id() -> None:
    sqs = FakeSqs([message(n) for n in range(25)], asyncio.Event())
    await connected(sqs).run()
    assert [(group, event_id) for group, event_id, _ in sqs.sent] == [
        ("w-1", f"e-{n}") for n in range(25)
    ]
    assert sqs.deleted == [f"r-{n}" for n in range(25)]


async def test_what_the_queue_refuses_stays_in_the_inbox() -> None:
    sqs = FakeSqs([message(n) for n in range(3)], asyncio.Event())
    sqs.refused = {"e-1"}
    await connected(sqs).run()
    assert sqs.deleted == ["r-0", "r-2"]


async def test_nothing_is_deleted_when_nothing_could_be_sent() -> None:
    sqs = FakeSqs([message(0)], asyncio.Event())
    sqs.refused = {"e-0"}
    await connected(sqs).run()
    assert sqs.deleted == []


async def test_an_error_is_waited_out() -> None:
    sqs = FakeSqs([message(0)], asyncio.Event())
    sqs.failures = 1
    await connected(sqs).run()
    assert sqs.deleted == ["r-0"]


async def test_a_queue_that_stays_out_of_reach_ends_the_pipe() -> None:
    sqs = FakeSqs([message(0)], asyncio.Event())
    sqs.failures = 10_000
    with pytest.raises(OutOfReach, match=ROUTE.name):
        await connected(sqs, give_up_after=0).run()
    assert sqs.sent == []


@pytest.mark.parametrize(
    ("sizes", "expected"),
    [
        pytest.param([], [], id="none"),
        pytest.param([10] * 11, [10, 1], id="by count"),
        pytest.param([600_000, 600_000, 10], [1, 2], id="by bytes"),
        pytest.param([1024 * 1024, 10], [1, 1], id="one that fills a batch"),
        pytest.param([5 * 1024 * 1024], [1], id="absurd: larger than a batch"),
    ],
)
def test_a_batch_is_what_sqs_takes(sizes: list[int], expected: list[int]) -> None:
    messages = [message(n, size) for n, size in enumerate(sizes)]
    made = list(batches(messages))
    assert [len(batch) for batch in made] == expected
    assert [each for batch in made for each in batch] == messages
