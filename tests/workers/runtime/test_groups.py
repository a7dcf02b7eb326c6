"""Groups run beside each other; inside a group one message at a time, in order."""

from collections import defaultdict

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from workers.runtime.groups import Groups
from workers.runtime.queue import Message


def message(number: int, group: str | None = None) -> Message:
    return Message(id=f"m{number}", body="", receipt=f"r{number}", receives=1, group=group)


def ids(messages: object) -> list[str]:
    assert isinstance(messages, tuple | list)
    return [each.id for each in messages]


def test_a_group_starts_one_message_and_the_next_when_that_is_settled() -> None:
    groups = Groups(4)
    first, second = message(1, "a"), message(2, "a")
    groups.add([first, second])

    assert ids(groups.start()) == ["m1"]
    assert ids(groups.start()) == []
    assert ids(groups.settled(first, left_the_queue=True)) == []
    assert ids(groups.start()) == ["m2"]


def test_other_groups_run_beside_it() -> None:
    groups = Groups(2)
    groups.add([message(1, "a"), message(2, "a"), message(3, "b"), message(4, "c")])

    assert ids(groups.start()) == ["m1", "m3"]


def test_messages_without_a_group_wait_for_nobody() -> None:
    groups = Groups(3)
    groups.add([message(1), message(2), message(3)])

    assert ids(groups.start()) == ["m1", "m2", "m3"]


def test_a_group_named_like_a_message_is_not_that_message() -> None:
    groups = Groups(2)
    groups.add([message(1), message(2, "m1")])

    assert ids(groups.start()) == ["m1", "m2"]


def test_a_failure_returns_the_rest_of_its_own_group_only() -> None:
    groups = Groups(1)
    first = message(1, "a")
    groups.add([first, message(2, "a"), message(3, "b"), message(4, "a")])
    groups.start()

    assert ids(groups.settled(first, left_the_queue=False)) == ["m2", "m4"]
    assert ids(groups.start()) == ["m3"]


def test_a_drain_takes_out_what_has_not_started() -> None:
    groups = Groups(1, prefetch=3)
    groups.add([message(1, "a"), message(2, "b"), message(3, "a")])
    running = groups.start()

    assert sorted(ids(groups.drain())) == ["m2", "m3"]
    assert groups.running == tuple(running)
    assert groups.start() == []


def test_a_long_queue_of_one_group_leaves_room_for_others() -> None:
    groups = Groups(2, prefetch=1)
    assert groups.room == 3
    groups.add([message(number, "a") for number in range(10)])
    groups.start()
    assert groups.room == 2
    groups.add([message(11, "b"), message(12, None), message(13, "c")])
    assert groups.room == 0


def test_a_receive_is_worth_it_when_what_waits_is_used_up() -> None:
    groups = Groups(4)
    assert groups.wants
    groups.add([message(number) for number in range(8)])
    running = list(groups.start())
    assert not groups.wants

    for each in running[:3]:
        groups.settled(each, left_the_queue=True)
    groups.start()
    assert (groups.room, groups.wants) == (3, False)

    groups.settled(running[3], left_the_queue=True)
    assert groups.wants


def test_without_a_buffer_every_free_place_is_worth_a_receive() -> None:
    groups = Groups(4, prefetch=0)
    groups.add([message(number) for number in range(4)])
    running = groups.start()
    assert not groups.wants

    groups.settled(running[0], left_the_queue=True)
    assert groups.wants


@pytest.mark.parametrize("concurrency", [0, -1])
def test_a_concurrency_that_starts_nothing_is_refused(concurrency: int) -> None:
    with pytest.raises(ValueError, match="concurrency"):
        Groups(concurrency)


def test_what_does_not_run_cannot_be_settled() -> None:
    groups = Groups(1)
    groups.add([message(1, "a")])

    with pytest.raises(ValueError, match="m1 is not running"):
        groups.settled(message(1, "a"), left_the_queue=True)


class GroupsMachine(RuleBasedStateMachine):
    """Groups against a model: a list of what waits in each group, and what runs."""

    @initialize(concurrency=st.integers(1, 4), prefetch=st.integers(0, 4))
    def begin(self, concurrency: int, prefetch: int) -> None:
        self.concurrency = concurrency
        self.capacity = concurrency + prefetch
        self.groups = Groups(concurrency, prefetch=prefetch)
        self.waiting: dict[str, list[Message]] = defaultdict(list)
        self.running: dict[str, Message] = {}
        self.count = 0

    @rule(names=st.lists(st.sampled_from(["a", "b", "c", None]), min_size=1, max_size=5))
    def receive(self, names: list[str | None]) -> None:
        received = [message(self.count + place, name) for place, name in enumerate(names)]
        self.count += len(received)
        self.groups.add(received)
        for each in received:
            self.waiting[each.group or each.id].append(each)

    @rule()
    def start(self) -> None:
        for each in self.groups.start():
            key = each.group or each.id
            assert key not in self.running
            assert self.waiting[key].pop(0) is each
            self.running[key] = each
        # Nothing that could run is left waiting while there is room to run it.
        idle = [key for key, rest in self.waiting.items() if rest and key not in self.running]
        assert len(self.running) == self.concurrency or not idle

    @precondition(lambda self: self.running)
    @rule(data=st.data(), left=st.booleans())
    def settle(self, data: st.DataObject, left: bool) -> None:
        key = data.draw(st.sampled_from(sorted(self.running)))
        returned = self.groups.settled(self.running.pop(key), left_the_queue=left)
        expected = [] if left else self.waiting.pop(key, [])
        assert list(returned) == expected

    @rule()
    def drain(self) -> None:
        drained = self.groups.drain()
        by_group: dict[str, list[Message]] = defaultdict(list)
        for each in drained:
            by_group[each.group or each.id].append(each)
        assert by_group == {key: rest for key, rest in self.waiting.items() if rest}
        self.waiting.clear()

    @invariant()
    def nothing_is_lost_and_no_bound_is_passed(self) -> None:
        held = len(self.running) + sum(map(len, self.waiting.values()))
        assert len(self.groups) == held
        busy = set(self.running) | {key for key, rest in self.waiting.items() if rest}
        assert self.groups.room == max(0, self.capacity - len(busy))
        assert sorted(ids(self.groups.running)) == sorted(ids([*self.running.values()]))
        assert len(self.running) <= self.concurrency


GroupsMachine.TestCase.settings = settings(max_examples=60, stateful_step_count=30)
TestGroups = GroupsMachine.TestCase
