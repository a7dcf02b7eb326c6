"""One bus for many publishers: few requests, and each learns of its own entries."""

import asyncio
from collections.abc import Sequence
from typing import Any

import pytest

from events.codec import Entry
from events.errors import Unpublished
from events.publisher import Publisher, Refusal
from workers.runtime.shared_bus import SharedBus


def entry(name: str, size: int = 0) -> Entry:
    return {
        "Source": "s",
        "DetailType": name,
        "Detail": "x" * size,
        "Time": "2026-11-02T00:00:00+00:00",
    }


class Bus:
    """Notes each request by the types of its entries, and refuses those of a given type."""

    def __init__(self) -> None:
        self.requests: list[list[str]] = []
        self.refused: set[str] = set()
        self.breaks_on: set[str] = set()

    async def put(self, entries: Sequence[Entry]) -> Sequence[Refusal | None]:
        names = [each["DetailType"] for each in entries]
        self.requests.append(names)
        await asyncio.sleep(1)
        if self.breaks_on.intersection(names):
            raise ConnectionError("a bug in an adapter")
        return [Refusal("Throttling", name) if name in self.refused else None for name in names]


def publisher(bus: SharedBus) -> Publisher:
    return Publisher(bus, attempts=2, jitter=lambda: 1.0)


async def test_what_several_publish_at_once_is_one_request_of_at_most_ten() -> None:
    bus = Bus()
    shared = SharedBus(bus)

    await asyncio.gather(*(publisher(shared).publish([entry(f"t{n}")]) for n in range(13)))

    assert [len(each) for each in bus.requests] == [10, 3]
    assert [name for each in bus.requests for name in each] == [f"t{n}" for n in range(13)]


async def test_a_request_is_no_larger_than_the_bus_takes() -> None:
    bus = Bus()
    shared = SharedBus(bus)
    half = 600 * 1024

    await asyncio.gather(*(shared.put([entry(f"t{n}", half)]) for n in range(3)))

    assert bus.requests == [["t0"], ["t1"], ["t2"]]


async def test_a_refused_entry_is_its_own_publishers_alone_and_alone_sent_again() -> None:
    bus = Bus()
    bus.refused = {"b"}
    shared = SharedBus(bus)

    answers = await asyncio.gather(
        publisher(shared).publish([entry("a1"), entry("a2")]),
        publisher(shared).publish([entry("b"), entry("b2")]),
        return_exceptions=True,
    )

    assert answers[0] is None
    assert isinstance(answers[1], Unpublished)
    assert answers[1].refusals == (("b", "Throttling", "b"),)
    assert bus.requests == [["a1", "a2", "b", "b2"], ["b"]]


async def test_answers_come_in_the_order_of_the_entries_over_several_requests() -> None:
    bus = Bus()
    bus.refused = {"t3", "t11"}

    answers = await SharedBus(bus).put([entry(f"t{n}") for n in range(12)])

    assert [place for place, answer in enumerate(answers) if answer is not None] == [3, 11]
    assert len(answers) == 12


async def test_nothing_to_put_is_no_request() -> None:
    bus = Bus()

    assert list(await SharedBus(bus).put([])) == []

    assert bus.requests == []


async def test_a_publisher_that_is_cancelled_takes_nobody_with_it() -> None:
    bus = Bus()
    shared = SharedBus(bus)
    first, second = (asyncio.create_task(shared.put([entry(name)])) for name in "ab")
    await asyncio.sleep(0.5)
    first.cancel()

    assert list(await second) == [None]
    assert first.cancelled()


async def test_a_request_that_breaks_is_told_to_all_of_it_and_to_no_other() -> None:
    bus = Bus()
    bus.breaks_on = {"t3"}
    shared = SharedBus(bus)

    answers: list[Any] = await asyncio.gather(
        *(shared.put([entry(f"t{n}")]) for n in range(12)), return_exceptions=True
    )

    assert [isinstance(each, ConnectionError) for each in answers] == [True] * 10 + [False] * 2


@pytest.mark.parametrize("count", [1, 10])
async def test_a_lone_publisher_waits_for_nobody(count: int) -> None:
    bus = Bus()
    loop = asyncio.get_running_loop()
    began = loop.time()

    await SharedBus(bus).put([entry("a")] * count)

    # The request's own second in virtual time.
    assert loop.time() - began == 1
    assert len(bus.requests) == 1
