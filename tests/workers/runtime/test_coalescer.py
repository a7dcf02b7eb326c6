"""Calls of one moment as one request: each caller has its answer, whatever becomes of others."""

import asyncio
from collections.abc import Sequence
from typing import Any

import pytest

from workers.runtime.coalescer import Coalescer, Unanswered, by_count


class Service:
    """Answers a part with its double. It fails parts, and requests that hold a part, on demand."""

    def __init__(self) -> None:
        self.requests: list[list[int]] = []
        self.bad_parts: set[int] = set()
        self.bad_requests: dict[int, BaseException] = {}
        self.gate = asyncio.Event()
        self.gate.set()

    async def send(self, parts: Sequence[int]) -> Sequence[int | Exception]:
        self.requests.append(list(parts))
        await self.gate.wait()
        for part in parts:
            if part in self.bad_requests:
                raise self.bad_requests[part]
        return [KeyError(part) if part in self.bad_parts else part * 2 for part in parts]


@pytest.fixture
async def service() -> Service:
    return Service()


def coalescer(service: Service, limit: int = 10) -> Coalescer[int, int]:
    return Coalescer(service.send, by_count(limit))


async def asked(calls: Coalescer[int, int], *parts: int) -> list[Any]:
    """Each part by a caller of its own, all in one turn."""
    return list(await asyncio.gather(*map(calls.ask, parts), return_exceptions=True))


async def test_what_is_asked_in_one_turn_is_one_request(service: Service) -> None:
    calls = coalescer(service)

    assert await asked(calls, 1, 2, 3) == [2, 4, 6]
    assert await calls.ask(4) == 8

    assert service.requests == [[1, 2, 3], [4]]


async def test_requests_are_cut_and_every_answer_finds_its_caller(service: Service) -> None:
    assert await asked(coalescer(service, limit=2), 1, 2, 3, 4, 5) == [2, 4, 6, 8, 10]

    assert service.requests == [[1, 2], [3, 4], [5]]


async def test_a_later_turn_does_not_wait_for_an_earlier_request(service: Service) -> None:
    calls = coalescer(service)
    service.gate.clear()
    first = asyncio.create_task(calls.ask(1))
    await asyncio.sleep(1)
    second = asyncio.create_task(calls.ask(2))
    await asyncio.sleep(1)

    assert service.requests == [[1], [2]]
    service.gate.set()
    assert [await first, await second] == [2, 4]


async def test_what_comes_while_a_request_is_under_way_waits_for_its_end(
    service: Service,
) -> None:
    calls = coalescer(service)
    service.gate.clear()
    first = asyncio.create_task(calls.ask(1))
    await turns()
    others = [asyncio.create_task(calls.ask(part)) for part in (2, 3)]
    await turns()
    assert service.requests == [[1]]

    service.gate.set()
    assert await asyncio.gather(first, *others) == [2, 4, 6]
    assert service.requests == [[1], [2, 3]]


async def test_enough_of_it_waits_for_nothing(service: Service) -> None:
    calls = Coalescer(service.send, by_count(10), enough=2)
    service.gate.clear()
    asked = [asyncio.create_task(calls.ask(1))]
    await turns()
    asked.append(asyncio.create_task(calls.ask(2)))
    await turns()
    asked.append(asyncio.create_task(calls.ask(3)))
    await turns()

    assert service.requests == [[1], [2, 3]]
    service.gate.set()
    assert await asyncio.gather(*asked) == [2, 4, 6]


async def turns() -> None:
    """Enough of the event loop's turns for whatever needs no time."""
    for _ in range(5):
        await asyncio.sleep(0)


async def test_a_part_that_fails_fails_its_own_caller(service: Service) -> None:
    service.bad_parts = {2}

    one, two, three = await asked(coalescer(service), 1, 2, 3)

    assert (one, three) == (2, 6)
    assert isinstance(two, KeyError)


async def test_a_request_that_fails_fails_its_own_callers(service: Service) -> None:
    service.bad_requests = {1: ConnectionError("gone")}

    one, two, three = await asked(coalescer(service, limit=2), 1, 2, 3)

    assert isinstance(one, ConnectionError)
    assert isinstance(two, ConnectionError)
    assert three == 6


async def test_a_request_that_is_cancelled_keeps_no_caller_waiting(service: Service) -> None:
    service.bad_requests = {1: asyncio.CancelledError()}

    found = await asked(coalescer(service), 1, 2)

    assert all(isinstance(each, asyncio.CancelledError) for each in found)


async def test_who_has_gone_before_the_request_is_left_out_of_it(service: Service) -> None:
    calls = coalescer(service)
    first, gone, last = (asyncio.ensure_future(calls._asked(part)) for part in (1, 2, 3))
    gone.cancel()

    assert [await first, await last] == [2, 6]
    assert service.requests == [[1, 3]]


async def test_when_all_have_gone_nothing_is_sent(service: Service) -> None:
    calls = coalescer(service)
    asking = asyncio.create_task(calls.ask_all([1, 2]))
    # After its own turn and before the request's: that one was scheduled while it ran.
    asyncio.get_running_loop().call_soon(asking.cancel)

    await asyncio.wait([asking])
    await asyncio.sleep(1)

    assert asking.cancelled()
    assert [part for request in service.requests for part in request] == []
    assert await calls.ask(3) == 6


async def test_who_goes_during_the_request_takes_nobodys_answer(service: Service) -> None:
    calls = coalescer(service)
    service.gate.clear()
    callers = [asyncio.create_task(calls.ask(part)) for part in (1, 2, 3)]
    await asyncio.sleep(1)
    callers[0].cancel()
    await asyncio.sleep(1)
    service.gate.set()

    assert [await each for each in callers[1:]] == [4, 6]
    assert callers[0].cancelled()


async def test_answers_to_many_parts_come_in_their_order_or_as_the_first_error(
    service: Service,
) -> None:
    calls = coalescer(service, limit=2)
    assert list(await calls.ask_all([3, 1, 2])) == [6, 2, 4]
    assert list(await calls.ask_all([])) == []

    service.bad_parts = {2}
    with pytest.raises(KeyError):
        await calls.ask_all([1, 2, 3])


@pytest.mark.parametrize("answer", [None, 0, "", False, []])
async def test_an_answer_that_looks_like_nothing_is_an_answer(answer: Any) -> None:
    async def send(parts: Sequence[int]) -> Sequence[Any]:
        return [answer for _ in parts]

    assert await Coalescer[int, Any](send, by_count(10)).ask(1) is answer


@pytest.mark.parametrize("answers", [[], [1], [1, 2, 3]])
async def test_too_few_answers_or_too_many_are_nobodys(answers: list[int]) -> None:
    async def send(_: Sequence[int]) -> Sequence[int]:
        return answers

    calls = Coalescer[int, int](send, by_count(10))
    found = await asyncio.wait_for(asked(calls, 1, 2), timeout=60)

    assert all(isinstance(each, Unanswered) for each in found)


async def test_what_can_not_be_cut_fails_its_turn_and_no_later_one(service: Service) -> None:
    def cut(parts: Sequence[int]) -> Sequence[Sequence[int]]:
        if 2 in parts:
            raise ValueError("2 has no size")
        return [parts]

    calls = Coalescer(service.send, cut)
    found = await asyncio.wait_for(asked(calls, 1, 2), timeout=60)

    assert all(isinstance(each, ValueError) for each in found)
    assert await calls.ask(3) == 6
    assert service.requests == [[3]]
