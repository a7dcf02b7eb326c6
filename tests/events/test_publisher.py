"""The publisher sends each entry at least once, in few requests, or says which were refused."""

from collections.abc import Callable, Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from events.codec import Entry, entry_size
from events.errors import Unpublished
from events.publisher import BYTES_LIMIT, COUNT_LIMIT, Publisher, Refusal, batches

Answer = Callable[[int, Entry], Refusal | None]
THROTTLED = Refusal("ThrottlingException", "slow down")


class ScriptedBus:
    """Answers each entry of each request by a function of the request's number."""

    def __init__(self, answer: Answer = lambda request, entry: None) -> None:
        self._answer = answer
        self.requests: list[list[str]] = []

    async def put(self, entries: Sequence[Entry]) -> Sequence[Refusal | None]:
        self.requests.append([each["Detail"] for each in entries])
        return [self._answer(len(self.requests), each) for each in entries]


class Naps:
    """Sleeps that take no time, and are remembered."""

    def __init__(self) -> None:
        self.taken: list[float] = []

    async def __call__(self, seconds: float) -> None:
        self.taken.append(seconds)


def made(detail: str) -> Entry:
    return {"Source": "s", "DetailType": "t", "Detail": detail, "Time": "2026-11-02T00:00:00"}


def named(count: int) -> list[Entry]:
    return [made(f"d{place}") for place in range(count)]


async def test_nothing_to_publish_makes_no_request() -> None:
    bus = ScriptedBus()

    await Publisher(bus).publish([])

    assert bus.requests == []


async def test_ten_entries_are_one_request_and_eleven_are_two() -> None:
    ten, eleven = ScriptedBus(), ScriptedBus()

    await Publisher(ten).publish(named(10))
    await Publisher(eleven).publish(named(11))

    assert [len(request) for request in ten.requests] == [10]
    assert [len(request) for request in eleven.requests] == [10, 1]


def test_a_batch_is_cut_where_its_bytes_reach_the_limit() -> None:
    overhead = entry_size(made(""))
    half = made("x" * (BYTES_LIMIT // 2 - overhead))
    wide = made("é" * ((BYTES_LIMIT // 2 - overhead) // 2 + 1))

    assert [len(batch) for batch in batches([half, half, half])] == [2, 1]
    assert [len(batch) for batch in batches([half, wide])] == [1, 1]


@given(st.lists(st.integers(0, BYTES_LIMIT // 3).map(lambda size: made("x" * size)), max_size=25))
def test_batches_keep_every_entry_its_order_and_both_limits(entries: list[Entry]) -> None:
    cut = list(batches(entries))

    assert [each for batch in cut for each in batch] == entries
    assert all(0 < len(batch) <= COUNT_LIMIT for batch in cut)
    assert all(sum(map(entry_size, batch)) <= BYTES_LIMIT for batch in cut)


async def test_only_the_refused_entries_are_sent_again() -> None:
    def answer(request: int, each: Entry) -> Refusal | None:
        return THROTTLED if request == 1 and each["Detail"] in {"d1", "d3"} else None

    bus = ScriptedBus(answer)

    await Publisher(bus, sleep=Naps()).publish(named(5))

    assert bus.requests == [["d0", "d1", "d2", "d3", "d4"], ["d1", "d3"]]


async def test_an_entry_refused_to_the_end_is_named_and_the_others_are_not() -> None:
    bus = ScriptedBus(lambda _, each: THROTTLED if each["Detail"] == "d1" else None)

    with pytest.raises(Unpublished) as caught:
        await Publisher(bus, attempts=3, sleep=Naps()).publish(named(3))

    assert caught.value.refusals == (("t", "ThrottlingException", "slow down"),)
    assert "t: ThrottlingException slow down" in str(caught.value)
    assert len(bus.requests) == 3


async def test_a_refused_batch_keeps_the_next_one_back() -> None:
    bus = ScriptedBus(lambda *_: THROTTLED)

    with pytest.raises(Unpublished) as caught:
        await Publisher(bus, attempts=2, sleep=Naps()).publish(named(11))

    assert len(caught.value.refusals) == 10
    assert all("d10" not in request for request in bus.requests)


async def test_the_waits_grow_are_jittered_and_end_at_two_seconds() -> None:
    naps = Naps()
    publisher = Publisher(
        ScriptedBus(lambda *_: THROTTLED), attempts=8, sleep=naps, jitter=lambda: 1.0
    )

    with pytest.raises(Unpublished):
        await publisher.publish(named(1))

    assert naps.taken == pytest.approx([0.2, 0.4, 0.8, 1.6, 2.0, 2.0, 2.0])


async def test_the_first_try_does_not_wait() -> None:
    naps = Naps()

    await Publisher(ScriptedBus(), sleep=naps).publish(named(25))

    assert naps.taken == []
