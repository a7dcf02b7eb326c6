"""What a standard queue promises: no order, no groups, no deduplication, and delays a message."""

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


async def test_a_message_arrives_without_a_group(standard: Backend) -> None:
    sent = await standard.send("a")

    [message] = await standard.take(wait=SOON)

    assert (message.id, message.body, message.group) == (sent, "a", None)
    assert message.receives == 1


async def test_a_message_in_flight_holds_no_other(standard: Backend) -> None:
    await standard.send("a")
    await standard.send("b")
    first = await standard.take(1)

    rest = await standard.take()

    assert sorted(bodies([*first, *rest])) == ["a", "b"]


async def test_a_group_of_a_standard_queue_is_a_tenant_and_holds_nothing(
    standard: Backend,
) -> None:
    await standard.send("a", group="t")
    await standard.send("b", group="t")
    first = await standard.take(1)

    rest = await standard.take()

    assert sorted(bodies([*first, *rest])) == ["a", "b"]
    assert [message.group for message in rest] == ["t"]


async def test_equal_messages_are_two(standard: Backend) -> None:
    await standard.send("a")
    await standard.send("a")

    assert bodies(await standard.take()) == ["a", "a"]


async def test_a_message_with_a_delay_comes_after_those_without(standard: Backend) -> None:
    await standard.send("late", delay=2)
    await standard.send("soon")

    assert bodies(await standard.take()) == ["soon"]
    assert bodies(await standard.take(wait=SOON)) == ["late"]


async def test_the_delay_of_a_message_outweighs_that_of_its_queue(made: Made, kind: str) -> None:
    queue = await made(kind, fifo=False, delay=LONG)
    await queue.send("late")
    await queue.send("now", delay=0)

    assert bodies(await queue.take()) == ["now"]


async def test_a_lease_hides_and_ends(standard: Backend) -> None:
    late, new = await taken_over(standard)

    assert (new.id, new.receives) == (late.id, 2)
    assert await standard.take() == []


async def test_a_lapsed_receipt_of_a_standard_queue_still_deletes(standard: Backend) -> None:
    await standard.send("a")
    [message] = await standard.take(lease=NOW)

    assert await standard.queue.delete([message]) == frozenset()
    assert await standard.take() == []


async def test_a_late_owner_is_told_that_its_delete_succeeded(standard: Backend) -> None:
    late, _ = await taken_over(standard)

    assert await standard.queue.delete([late]) == frozenset()


async def test_what_is_given_back_to_a_standard_queue_comes_again(standard: Backend) -> None:
    await standard.send("a")
    received = await standard.take()

    assert await standard.queue.hide(received, NOW) == frozenset()

    assert bodies(await standard.take(lease=SHORT)) == ["a"]


async def test_a_standard_queue_has_dead_letters_too(standard: Backend) -> None:
    await standard.send("a")
    for _ in range(MAX_RECEIVES):
        assert bodies(await standard.take(lease=NOW)) == ["a"]

    assert await standard.take() == []
    assert [letter.body for letter in await standard.dead()] == ["a"]


async def test_an_attempt_id_means_nothing_to_a_standard_queue(standard: Backend) -> None:
    await standard.send("a")
    assert bodies(await standard.attempt("attempt")) == ["a"]

    assert await standard.attempt("attempt") == []
