"""Which id a receive has: the one before it without an answer, or a new one."""

import asyncio
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from botocore.exceptions import ClientError, EndpointConnectionError, ReadTimeoutError

from workers.adapters.receive_attempts import ReceiveAttempts
from workers.adapters.sqs import SqsQueue
from workers.runtime.queue import QueueUnavailable

WAIT = timedelta(seconds=20)
LEASE = timedelta(seconds=12)
FIVE_MINUTES = timedelta(minutes=5).total_seconds()
CUT = EndpointConnectionError(endpoint_url="http://127.0.0.1")


def answered(code: str, status: int | None) -> ClientError:
    metadata = {} if status is None else {"ResponseMetadata": {"HTTPStatusCode": status}}
    return ClientError({"Error": {"Code": code, "Message": "no"}, **metadata}, "ReceiveMessage")


class Service:
    """Keeps the ids of the receives, and fails as told before it answers with nothing."""

    def __init__(self, *failures: BaseException) -> None:
        self.ids: list[str] = []
        self._failures = list(failures)

    async def receive_message(self, **asked: Any) -> dict[str, Any]:
        self.ids.append(asked["ReceiveRequestAttemptId"])
        if self._failures:
            raise self._failures.pop(0)
        return {}


class Seconds:
    """A monotonic clock that only moves when told."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


def queue(service: Service, seconds: Callable[[], float] = lambda: 0.0) -> SqsQueue:
    return SqsQueue(service, "live.fifo", "dead.fifo", attempts=ReceiveAttempts(seconds))


async def receive(sqs: SqsQueue, limit: int = 10) -> None:
    await sqs.receive(limit, WAIT, LEASE)


async def failed(sqs: SqsQueue) -> None:
    with pytest.raises(QueueUnavailable):
        await receive(sqs)


async def test_a_receive_that_was_answered_gives_its_id_to_no_other() -> None:
    service = Service()
    sqs = queue(service)

    for _ in range(3):
        await receive(sqs)

    assert len(set(service.ids)) == 3


@pytest.mark.parametrize(
    "failure",
    [
        CUT,
        ReadTimeoutError(endpoint_url="http://127.0.0.1"),
        OSError("reset"),
        TimeoutError(),
        answered("InternalError", 500),
        answered("ServiceUnavailable", 503),
        answered("?", None),
    ],
    ids=lambda failure: f"{type(failure).__name__} {failure}",
)
async def test_a_receive_without_an_answer_is_repeated_under_its_id(
    failure: BaseException,
) -> None:
    service = Service(failure)
    sqs = queue(service)

    await failed(sqs)
    await receive(sqs, 1)
    await receive(sqs)

    first, again, third = service.ids
    assert first == again != third


async def test_the_id_stays_until_there_is_an_answer() -> None:
    service = Service(CUT, CUT, CUT)
    sqs = queue(service)

    for _ in range(3):
        await failed(sqs)
    await receive(sqs)

    assert len(set(service.ids)) == 1


@pytest.mark.parametrize(
    ("code", "status"),
    [("RequestThrottled", 403), ("InvalidParameterValue", 400), ("QueueDoesNotExist", 400)],
)
async def test_a_receive_that_was_refused_leaves_its_id_behind(code: str, status: int) -> None:
    service = Service(CUT, answered(code, status))
    sqs = queue(service)

    await failed(sqs)
    await failed(sqs)
    await receive(sqs)

    first, refused, third = service.ids
    assert first == refused != third


@pytest.mark.parametrize(("later", "same"), [(FIVE_MINUTES - 1, True), (FIVE_MINUTES, False)])
async def test_an_id_is_good_for_five_minutes_after_its_first_use(later: float, same: bool) -> None:
    seconds = Seconds()
    service = Service(CUT, CUT)
    sqs = queue(service, seconds)

    await failed(sqs)
    seconds.now += later / 2
    await failed(sqs)
    seconds.now += later / 2
    await receive(sqs)

    assert (service.ids[0] == service.ids[2]) is same


def test_two_receives_at_once_have_two_ids() -> None:
    attempts = ReceiveAttempts(lambda: 0.0)
    with pytest.raises(OSError, match="cut"), attempts.attempt() as lost:
        raise OSError("cut")

    with attempts.attempt() as one, attempts.attempt() as other:
        assert one == lost
        assert other != one


def test_two_queues_never_have_the_same_id() -> None:
    with ReceiveAttempts().attempt() as one, ReceiveAttempts().attempt() as other:
        assert one != other


def test_a_receive_that_is_cancelled_has_had_no_answer() -> None:
    attempts = ReceiveAttempts(lambda: 0.0)
    with pytest.raises(asyncio.CancelledError), attempts.attempt() as cut:
        raise asyncio.CancelledError

    with attempts.attempt() as again:
        assert again == cut
