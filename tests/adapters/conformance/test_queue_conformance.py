"""What a FIFO queue promises a consumer, asked of the fake and of SQS as the emulators have it.

Leases here are a second long; where a test has to see one end, a receive waits for it.
"""

from datetime import timedelta

import pytest
from botocore.exceptions import ClientError

from tests.adapters.conformance.queues import (
    LONG,
    MAX_RECEIVES,
    NOW,
    SHORT,
    SOON,
    Backend,
    Made,
    bodies,
    taken_over,
)

TWO_SECONDS = timedelta(seconds=2)


async def test_a_message_arrives_with_its_body_group_and_count(backend: Backend) -> None:
    sent = await backend.send('{"ü": 1}', group="wf-1")

    [message] = await backend.take(wait=SOON)

    assert (message.id, message.body, message.group) == (sent, '{"ü": 1}', "wf-1")
    assert message.receives == 1
    assert message.sent_at is not None
    assert abs(backend.now() - message.sent_at) < timedelta(minutes=5)


async def test_no_more_arrive_than_asked_for_and_in_the_order_of_the_group(
    backend: Backend,
) -> None:
    for number in range(5):
        await backend.send(f"a{number}")

    assert bodies(await backend.take(3)) == ["a0", "a1", "a2"]


async def test_one_receive_returns_several_of_several_groups_each_in_order(
    backend: Backend,
) -> None:
    for body in ("a0", "b0", "a1", "b1"):
        await backend.send(body, group=body[0])

    received = bodies(await backend.take())

    assert [body for body in received if body[0] == "a"] == ["a0", "a1"]
    assert [body for body in received if body[0] == "b"] == ["b0", "b1"]


async def test_an_empty_queue_answers_with_nothing(backend: Backend) -> None:
    assert await backend.take() == []
    assert await backend.take(wait=SHORT) == []


async def test_a_received_message_is_hidden_until_its_lease_ends(backend: Backend) -> None:
    await backend.send("a")
    [first] = await backend.take(lease=SHORT)

    assert await backend.take() == []
    [again] = await backend.take(wait=SOON)

    assert (again.id, again.receives) == (first.id, 2)
    assert again.receipt != first.receipt


async def test_the_first_receive_is_remembered_by_the_next(backend: Backend) -> None:
    late, new = await taken_over(backend)

    assert late.first_received_at is not None
    assert late.first_received_at == new.first_received_at


async def test_a_renewed_lease_lasts_longer(backend: Backend) -> None:
    await backend.send("a")
    [message] = await backend.take(lease=SHORT)

    assert await backend.queue.hide([message], LONG) == frozenset()

    assert await backend.take(wait=TWO_SECONDS) == []


async def test_no_lease_is_longer_than_twelve_hours(backend: Backend) -> None:
    await backend.send("a")
    [message] = await backend.take()

    lost = await backend.queue.hide([message], timedelta(hours=12, seconds=1))

    assert lost == {message.id}


async def test_a_group_with_a_message_in_flight_gives_no_other(backend: Backend) -> None:
    for body, group in (("a1", "a"), ("a2", "a"), ("b1", "b")):
        await backend.send(body, group=group)
    [first] = await backend.take(1)
    await backend.send("a3", group="a")

    assert bodies(await backend.take()) == ["b1"]
    await backend.queue.delete([first])
    assert bodies(await backend.take()) == ["a2", "a3"]


async def test_what_is_given_back_comes_first_again_in_its_order(backend: Backend) -> None:
    for number in range(3):
        await backend.send(f"a{number}")
    received = await backend.take(2)

    assert await backend.queue.hide(received, NOW) == frozenset()

    assert bodies(await backend.take()) == ["a0", "a1", "a2"]


async def test_a_group_gives_what_lies_before_its_first_hidden_message(backend: Backend) -> None:
    await backend.send("a0")
    await backend.send("a1")
    first, _ = await backend.take()

    await backend.queue.hide([first], NOW)

    assert bodies(await backend.take()) == ["a0"]


async def test_a_group_gives_nothing_from_behind_a_hidden_message(backend: Backend) -> None:
    for number in range(3):
        await backend.send(f"a{number}")
    first, _ = await backend.take(2)

    await backend.queue.hide([first], NOW)

    assert "a2" not in bodies(await backend.take())


async def test_a_group_comes_whole_when_all_of_it_is_given_back(backend: Backend) -> None:
    await backend.send("a0")
    await backend.send("a1")
    first, second = await backend.take()

    await backend.queue.hide([second], NOW)
    assert await backend.take() == []
    await backend.queue.hide([first], NOW)
    assert bodies(await backend.take()) == ["a0", "a1"]


async def test_a_backoff_holds_the_group_and_no_other(backend: Backend) -> None:
    for body, group in (("a1", "a"), ("a2", "a"), ("b1", "b")):
        await backend.send(body, group=group)
    received = {message.body: message for message in await backend.take()}

    await backend.queue.hide([received["a1"]], LONG)
    await backend.queue.hide([received["a2"], received["b1"]], NOW)

    assert bodies(await backend.take()) == ["b1"]


async def test_what_is_deleted_does_not_come_back(backend: Backend) -> None:
    await backend.send("a0")
    await backend.send("a1")
    received = await backend.take(lease=SHORT)

    assert await backend.queue.delete(received) == frozenset()

    assert await backend.take(wait=TWO_SECONDS) == []


async def test_a_duplicate_within_the_window_is_dropped_also_after_a_delete(
    backend: Backend,
) -> None:
    await backend.send("a", deduplication="once")
    await backend.send("a", deduplication="once")
    received = await backend.take()
    assert bodies(received) == ["a"]
    await backend.queue.delete(received)
    await backend.send("a", deduplication="once")

    assert await backend.take() == []


async def test_a_duplicate_is_known_by_its_id_whatever_its_body_and_group(
    backend: Backend,
) -> None:
    first = await backend.send("a", group="a", deduplication="once")
    second = await backend.send("b", group="b", deduplication="once")
    await backend.send("a", group="a", deduplication="twice")

    assert second == first
    assert bodies(await backend.take()) == ["a", "a"]


async def test_a_late_owner_can_not_hide(backend: Backend) -> None:
    late, new = await taken_over(backend)

    assert await backend.queue.hide([late], NOW) == {late.id}
    assert await backend.take() == []
    assert await backend.queue.delete([new]) == frozenset()


async def test_a_late_owner_can_not_delete(backend: Backend) -> None:
    late, new = await taken_over(backend)

    assert await backend.queue.delete([late]) == {late.id}
    assert await backend.queue.hide([new], NOW) == frozenset()
    assert bodies(await backend.take()) == ["a"]


async def test_what_is_gone_does_not_spoil_the_rest_of_its_batch(backend: Backend) -> None:
    await backend.send("a")
    await backend.send("b", group="b")
    gone, other = await backend.take()
    await backend.queue.delete([gone])

    assert await backend.queue.hide([gone, other], LONG) == {gone.id}
    assert await backend.take() == []


async def test_a_lapsed_receipt_deletes_nothing(backend: Backend) -> None:
    await backend.send("a")
    [message] = await backend.take(lease=NOW)

    assert await backend.queue.delete([message]) == {message.id}
    assert bodies(await backend.take()) == ["a"]


async def test_a_lapsed_receipt_hides_nothing(backend: Backend) -> None:
    await backend.send("a")
    [message] = await backend.take(lease=NOW)

    assert await backend.queue.hide([message], LONG) == {message.id}
    assert bodies(await backend.take()) == ["a"]


async def test_what_is_deleted_can_not_be_hidden(backend: Backend) -> None:
    await backend.send("a")
    [message] = await backend.take()
    await backend.queue.delete([message])

    assert await backend.queue.hide([message], LONG) == {message.id}


async def test_a_second_delete_succeeds(backend: Backend) -> None:
    await backend.send("a")
    [message] = await backend.take()
    await backend.queue.delete([message])

    assert await backend.queue.delete([message]) == frozenset()


async def test_what_nobody_settles_goes_to_the_dead_letters_by_itself(backend: Backend) -> None:
    await backend.send("a")
    for _ in range(MAX_RECEIVES):
        assert bodies(await backend.take(lease=NOW)) == ["a"]

    assert await backend.take() == []
    assert [(letter.body, letter.group) for letter in await backend.dead()] == [("a", "g")]


async def test_a_dead_letter_no_longer_holds_its_group(backend: Backend) -> None:
    await backend.send("a0")
    await backend.send("a1")
    for _ in range(MAX_RECEIVES):
        assert bodies(await backend.take(1, lease=NOW)) == ["a0"]

    assert bodies(await backend.take(wait=SOON)) == ["a1"]


async def test_a_queue_with_a_delay_gives_each_message_after_it(made: Made, kind: str) -> None:
    queue = await made(kind, delay=SHORT)
    await queue.send("a0")
    await queue.send("a1")

    assert await queue.take() == []
    assert bodies(await queue.take(1, wait=SOON)) == ["a0"]


async def test_a_message_of_a_group_takes_no_delay_of_its_own(backend: Backend) -> None:
    with pytest.raises((ClientError, ValueError)):
        await backend.send("a", delay=1)

    assert await backend.take() == []


async def test_a_receive_that_is_repeated_returns_the_same_again(backend: Backend) -> None:
    await backend.send("a0")
    await backend.send("a1")
    first = await backend.attempt("attempt")

    again = await backend.attempt("attempt")

    assert again == first
    assert await backend.queue.delete(again) == frozenset()


async def test_another_attempt_returns_nothing_of_the_same(backend: Backend) -> None:
    await backend.send("a")
    assert bodies(await backend.attempt("attempt")) == ["a"]

    assert await backend.attempt("another") == []
