"""What the queue in memory does at limits and after times that no emulator is asked for.

The rest it has in common with them: see the conformance suite.
"""

import asyncio
from collections.abc import Sequence
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workers.runtime.queue import Message, QueueUnavailable
from workers.runtime.testing import FakeQueue, VirtualClock
from workers.runtime.testing_sqs import Shape, SimulatedSqs

NOW = timedelta(0)
LEASE = timedelta(seconds=30)
SECOND = timedelta(seconds=1)
FIVE_MINUTES = timedelta(minutes=5)


@pytest.fixture
def clock() -> VirtualClock:
    return VirtualClock()


async def take(
    queue: FakeQueue, limit: int = 10, lease: timedelta = LEASE, *, attempt: str | None = None
) -> Sequence[Message]:
    return await queue.receive(limit, NOW, lease, attempt=attempt)


def bodies(messages: Sequence[Message]) -> list[str]:
    return [message.body for message in messages]


@pytest.mark.parametrize(
    ("after", "accepted"), [(FIVE_MINUTES - SECOND, 0), (FIVE_MINUTES, 1), (2 * FIVE_MINUTES, 1)]
)
async def test_deduplication_ends_five_minutes_after_the_send(
    clock: VirtualClock, after: timedelta, accepted: int
) -> None:
    queue = FakeQueue(clock)
    queue.send("a", group="g", deduplication="once")
    await queue.delete(await take(queue))
    clock.advance(after)

    queue.send("a", group="g", deduplication="once")

    assert queue.depth == accepted


async def test_a_dropped_duplicate_does_not_prolong_the_window(clock: VirtualClock) -> None:
    queue = FakeQueue(clock)
    first = queue.send("a", group="g", deduplication="once")
    clock.advance(FIVE_MINUTES - SECOND)
    assert queue.send("a", group="g", deduplication="once") == first
    clock.advance(SECOND)

    assert queue.send("a", group="g", deduplication="once") != first
    assert queue.depth == 2


async def test_a_fifo_queue_at_its_limit_gives_nothing_and_says_nothing(
    clock: VirtualClock,
) -> None:
    queue = FakeQueue(clock, in_flight_limit=3)
    for number in range(5):
        queue.send(f"{number}", group=f"g{number}")
    received = await take(queue)
    assert bodies(received) == ["0", "1", "2"]

    assert await take(queue) == []
    await queue.delete(received[:1])
    assert bodies(await take(queue)) == ["3"]


async def test_a_standard_queue_at_its_limit_says_so_to_a_short_poll(clock: VirtualClock) -> None:
    queue = FakeQueue(clock, fifo=False, in_flight_limit=1)
    queue.send("a")
    queue.send("b")
    assert bodies(await take(queue)) == ["a"]

    with pytest.raises(QueueUnavailable, match="OverLimit"):
        await take(queue)
    assert await queue.receive(10, SECOND, LEASE) == []
    clock.advance(LEASE)
    assert bodies(await take(queue)) == ["a"]


async def test_what_is_delayed_or_was_given_back_is_not_in_flight(clock: VirtualClock) -> None:
    queue = FakeQueue(clock, fifo=False, in_flight_limit=1)
    queue.send("late", delay=LEASE)
    queue.send("a")
    await queue.hide(await take(queue), NOW)

    assert queue.in_flight == 0
    assert bodies(await take(queue)) == ["a"]
    assert queue.in_flight == 1


async def test_a_backlog_of_one_group_hides_the_groups_behind_it(clock: VirtualClock) -> None:
    queue = SimulatedSqs(clock, Shape(reach=3))
    for number in range(3):
        queue.send(f"a{number}", group="a")
    queue.send("b", group="b")
    [first], _ = queue.receive(1, LEASE)

    assert queue.receive(10, LEASE) == ([], [])
    queue.delete(first)
    assert bodies(queue.receive(10, LEASE)[0]) == ["a1", "a2", "b"]


async def test_a_lease_ends_twelve_hours_after_the_receive_whatever_is_asked(
    clock: VirtualClock,
) -> None:
    queue = FakeQueue(clock)
    queue.send("a", group="g")
    [message] = await take(queue, lease=timedelta(hours=11))
    clock.advance(timedelta(hours=10))

    assert await queue.hide([message], timedelta(hours=2, seconds=1)) == {message.id}
    assert await queue.hide([message], timedelta(hours=2)) == frozenset()
    clock.advance(timedelta(hours=2))
    assert [again.receives for again in await take(queue)] == [2]


async def test_a_repeated_receive_renews_its_leases_and_counts_no_receive(
    clock: VirtualClock,
) -> None:
    queue = FakeQueue(clock)
    queue.send("a", group="g")
    first = await take(queue, attempt="1")
    clock.advance(LEASE - SECOND)

    assert await take(queue, attempt="1") == first
    clock.advance(LEASE - SECOND)
    assert await queue.delete(first) == frozenset()


async def test_a_repeated_receive_does_not_look_at_what_it_asks_for(clock: VirtualClock) -> None:
    queue = FakeQueue(clock)
    for number in range(3):
        queue.send(f"a{number}", group="g")
    first = await take(queue, 2, attempt="1")

    assert await take(queue, 1, attempt="1") == first


async def test_an_attempt_that_is_too_old_is_a_receive_like_any_other(clock: VirtualClock) -> None:
    queue = FakeQueue(clock)
    queue.send("a", group="a")
    await take(queue, lease=timedelta(hours=1), attempt="1")
    queue.send("b", group="b")
    clock.advance(FIVE_MINUTES)

    assert bodies(await take(queue, attempt="1")) == ["b"]


@pytest.mark.parametrize("change", ["deleted", "hidden", "lapsed", "taken over"])
async def test_an_attempt_is_not_repeated_once_any_of_it_has_changed(
    clock: VirtualClock, change: str
) -> None:
    queue = FakeQueue(clock)
    queue.send("a", group="a")
    queue.send("b", group="b")
    first = await take(queue, attempt="1")
    if change == "deleted":
        await queue.delete(first[:1])
    elif change == "hidden":
        await queue.hide(first[:1], 2 * LEASE)
    else:
        clock.advance(LEASE)
    if change == "taken over":
        await take(queue, 1)

    again = await take(queue, attempt="1")

    assert {m.receipt for m in again}.isdisjoint({m.receipt for m in first})
    assert len(again) == {"deleted": 0, "hidden": 0, "lapsed": 2, "taken over": 1}[change]


async def test_what_was_given_back_can_be_repeated_after_its_next_receive(
    clock: VirtualClock,
) -> None:
    queue = FakeQueue(clock)
    queue.send("a", group="g")
    await queue.hide(await take(queue, attempt="1"), NOW)
    second = await take(queue, attempt="2")

    assert bodies(second) == ["a"]
    assert await take(queue, attempt="2") == second


async def test_an_empty_answer_is_not_repeated(clock: VirtualClock) -> None:
    queue = FakeQueue(clock)
    assert await take(queue, attempt="1") == []
    queue.send("a", group="g")

    assert bodies(await take(queue, attempt="1")) == ["a"]


async def test_a_late_delete_from_a_standard_queue_is_answered_as_done_and_deletes_nothing(
    clock: VirtualClock,
) -> None:
    queue = FakeQueue(clock, fifo=False)
    queue.send("a")
    late = await take(queue)
    clock.advance(LEASE)
    await take(queue)

    assert await queue.delete(late) == frozenset()
    assert queue.depth == 1


async def test_a_dead_letter_takes_no_place_in_the_answer(clock: VirtualClock) -> None:
    queue = FakeQueue(clock, max_receives=1)
    queue.send("a", group="a")
    await take(queue, lease=NOW)
    queue.send("b", group="b")

    assert bodies(await take(queue, 1)) == ["b"]
    assert [(m.body, m.receives, why) for m, why in queue.dead_letters] == [("a", 1, None)]
    assert queue.depth == 1


async def test_a_message_without_a_group_holds_no_other(clock: VirtualClock) -> None:
    queue = FakeQueue(clock)
    queue.send("a")
    queue.send("b")

    assert bodies(await take(queue, 1)) == ["a"]
    assert bodies(await take(queue)) == ["b"]


@pytest.mark.parametrize(
    ("fifo", "asked"), [(True, {"delay": SECOND}), (False, {"deduplication": "once"})]
)
async def test_a_queue_takes_nothing_that_its_kind_does_not_have(
    clock: VirtualClock, fifo: bool, asked: dict[str, object]
) -> None:
    queue = FakeQueue(clock, fifo=fifo)

    with pytest.raises(ValueError, match="queue takes"):
        queue.send("a", **asked)  # type: ignore[arg-type]
    assert queue.depth == 0


async def test_a_long_poll_answers_when_something_comes(clock: VirtualClock) -> None:
    queue = FakeQueue(clock)
    time = asyncio.get_running_loop().time
    begun = time()
    poll = asyncio.create_task(queue.receive(10, timedelta(seconds=20), LEASE))
    await asyncio.sleep(7)
    queue.send("a", group="g")

    assert bodies(await poll) == ["a"]
    assert round(time() - begun) == 7


ACTIONS = st.lists(
    st.tuples(
        st.sampled_from(["send", "receive", "delete", "give back", "back off", "wait"]),
        st.integers(0, 5),
    ),
    max_size=60,
)


@given(ACTIONS)
def test_no_group_is_overtaken_and_nothing_is_lost(actions: list[tuple[str, int]]) -> None:
    clock = VirtualClock()
    queue = SimulatedSqs(clock, Shape(max_receives=2))
    held: list[Message] = []
    order: dict[str, list[str]] = {"a": [], "b": []}
    for action, number in actions:
        if action == "send":
            group = "ab"[number % 2]
            order[group].append(queue.send("", group=group))
        elif action == "receive":
            hidden = {message.id for message in held if queue.hide(message, LEASE)}
            received, worn = queue.receive(number, LEASE)
            for message in worn:
                order[str(message.group)].remove(message.id)
            for group, ids in order.items():
                got = [message.id for message in received if message.group == group]
                # From the front of the group, without a gap, and nothing behind what is held.
                assert got == ids[: len(got)]
                assert hidden.isdisjoint(got)
            held.extend(received)
        elif action == "wait":
            clock.advance(number * LEASE / 3)
        elif held:
            message = held.pop(number % len(held))
            if action == "delete" and queue.delete(message):
                order[str(message.group)].remove(message.id)
            elif action != "delete":
                queue.hide(message, NOW if action == "give back" else LEASE)
        assert len(queue) == sum(map(len, order.values()))
