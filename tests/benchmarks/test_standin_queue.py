"""The stand-in's queue keeps what SQS promises of one."""

from benchmarks.standin.queue import Queue
from benchmarks.standin.tally import Tally

HOUR = 3600.0


def queue(name: str, *groups: str, spread: bool = False) -> tuple[Queue, Tally]:
    """A queue with a message for each group, in this order, its body the place in it."""
    tally = Tally()
    made = Queue(name, tally, visibility=HOUR, spread=spread)
    for place, group in enumerate(groups):
        made.send(str(place), group)
    return made, tally


def places(made: Queue, limit: int = 10, seconds: float = HOUR) -> list[int]:
    return [message.sequence - 1 for message in made.receive(limit, seconds)]


def test_a_group_gives_nothing_while_one_of_it_is_in_flight() -> None:
    made, _ = queue("q.fifo", "a", "a", "b")

    assert places(made, 1) == [0]
    assert places(made) == [2]
    assert places(made) == []


def test_a_receive_takes_as_many_of_one_group_as_it_can() -> None:
    made, _ = queue("q.fifo", "a", "b", "a", "b", "c")

    assert places(made, 3) == [0, 2, 1]


def test_a_receive_that_spreads_takes_one_of_each_group_first() -> None:
    made, _ = queue("q.fifo", "a", "b", "a", "b", "c", spread=True)

    assert places(made, 4) == [0, 1, 4, 2]


def test_what_was_deleted_lets_its_group_go_on() -> None:
    made, tally = queue("q.fifo", "a", "a")
    [first] = made.receive(1, None)

    assert made.delete([first.receipt]) == [True]
    assert places(made) == [1]
    assert tally.deleted == 1


def test_what_comes_back_comes_first() -> None:
    made, tally = queue("q.fifo", "a", "a", "a")
    first, second = made.receive(2, None)

    assert made.change_visibility(second.receipt, 0)
    assert places(made) == []
    assert made.change_visibility(first.receipt, 0)
    assert places(made) == [0, 1, 2]
    assert tally.received_again == 2


def test_a_receipt_is_worth_nothing_once_its_message_was_received_again() -> None:
    made, tally = queue("q.fifo", "a")
    [message] = made.receive(1, 0)
    old = message.receipt
    [again] = made.receive(1, None)

    assert again is message
    assert made.delete([old]) == [False]
    assert not made.change_visibility(old, 5)
    assert made.delete([again.receipt]) == [True]
    assert (tally.expired, tally.deleted, tally.deleted_again) == (1, 1, 1)


def test_an_extension_outlives_the_first_deadline() -> None:
    made, tally = queue("q.fifo", "a")
    [message] = made.receive(1, HOUR)
    assert made.change_visibility(message.receipt, 2 * HOUR)
    assert made.change_visibility(message.receipt, 3 * HOUR)

    assert places(made) == []
    assert (tally.extended, tally.expired) == (2, 0)


def test_a_standard_queue_hands_out_everything_at_once() -> None:
    made, _ = queue("q", "a", "a", "a")

    assert places(made, 2) == [0, 1]
    assert places(made) == [2]


def test_a_second_delete_is_counted_as_one() -> None:
    made, tally = queue("q", "a")
    [message] = made.receive(1, None)

    assert made.delete([message.receipt, message.receipt]) == [True, True]
    assert (tally.deleted, tally.deleted_again) == (1, 1)


def test_a_delete_before_an_earlier_one_of_the_group_is_noticed() -> None:
    made, tally = queue("q.fifo", "a", "a")
    first, second = made.receive(2, None)

    made.delete([second.receipt, first.receipt])

    assert tally.deleted_early == 1
