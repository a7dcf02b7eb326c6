"""How settlements are carried out: together, after the last renewal, under a lease of our own."""

import asyncio
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from workers.runtime.groups import Groups
from workers.runtime.leases import Lease, Leases
from workers.runtime.logs import Log
from workers.runtime.metrics import gauges
from workers.runtime.queue import Message, Parking, QueueUnavailable
from workers.runtime.settle import Failed, Handled, Outcome, Paused, Unacceptable
from workers.runtime.settler import Settler

EPOCH = datetime(2026, 11, 2, tzinfo=UTC)
ROUTE_NAME = "codegen-on-task-created"
FAILED = Failed("bug", "boom", timedelta(seconds=30))
PARKED = Unacceptable(Parking("rejected", "no", ROUTE_NAME))


class Requests:
    """A queue that notes its requests, keeps what it is told to, and fails on demand."""

    def __init__(self) -> None:
        self.made: list[tuple[str, list[str], timedelta | None]] = []
        self.parked: list[Parking] = []
        self.kept: set[str] = set()
        self.failing: set[str] = set()

    async def delete(self, messages: Sequence[Message]) -> frozenset[str]:
        self._note("delete", messages)
        return frozenset(self.kept.intersection(each.id for each in messages))

    async def hide(self, messages: Sequence[Message], duration: timedelta) -> frozenset[str]:
        self._note("hide", messages, duration)
        return frozenset()

    async def park(self, message: Message, parking: Parking) -> bool:
        self._note("park", [message])
        self.parked.append(parking)
        return message.id not in self.kept

    def _note(
        self, call: str, messages: Sequence[Message], duration: timedelta | None = None
    ) -> None:
        names = [each.id for each in messages]
        self.made.append((call, names, duration))
        if self.failing.intersection(names):
            raise QueueUnavailable("no answer")


class Settling:
    """A settler over a queue that notes, with messages m0, m1, … of one group each."""

    def __init__(self, bench: Any) -> None:
        self.bench = bench
        self.queue = Requests()
        self.leases = Leases(asyncio.get_running_loop().time)
        queue: Any = self.queue
        log = Log(stream=bench.logged, now=bench.clock.now)
        self.courier = bench.courier(lambda *_: None)
        self.settler = Settler(self.courier, queue, self.leases, log, lambda: 0.5)

    def messages(self, count: int, receives: int = 1) -> list[Message]:
        made = [
            Message(f"m{n}", self.bench.body(f"e{n}"), f"r{n}", receives, group=f"g{n}")
            for n in range(count)
        ]
        self.leases.keep(made)
        return made

    def lease(self, **fields: Any) -> Lease:
        return self.leases.of(self.messages(1, **fields)[0])

    @property
    def counted(self) -> str:
        found: str = self.courier.metrics.text(ROUTE_NAME, gauges(Groups(1), EPOCH))
        return found

    @property
    def calls(self) -> list[str]:
        return [call for call, _, _ in self.queue.made]


@pytest.fixture
async def settling(bench: Any) -> Settling:
    return Settling(bench)


async def test_what_is_deleted_at_once_goes_as_one_request_of_ten(settling: Settling) -> None:
    settling.queue.kept = {"m3", "m11"}
    leases = [settling.leases.of(each) for each in settling.messages(12)]

    left = await asyncio.gather(*(settling.settler.settle(each, Handled()) for each in leases))

    assert [len(names) for _, names, _ in settling.queue.made] == [10, 2]
    assert [place for place, gone in enumerate(left) if not gone] == [3, 11]
    assert len(settling.leases) == 0


async def test_a_delete_without_an_answer_is_told_to_those_of_its_request(
    settling: Settling,
) -> None:
    settling.queue.failing = {"m0"}
    leases = [settling.leases.of(each) for each in settling.messages(12)]

    left = await asyncio.gather(
        *(settling.settler.settle(each, Handled()) for each in leases), return_exceptions=True
    )

    assert [isinstance(each, QueueUnavailable) for each in left] == [True] * 10 + [False] * 2


async def test_an_attempt_that_is_cut_off_before_its_delete_deletes_nothing(
    settling: Settling,
) -> None:
    first, second = (settling.leases.of(each) for each in settling.messages(2))
    settling.leases.begin()
    cut_off = asyncio.create_task(settling.settler.settle(first, Handled()))
    other = asyncio.create_task(settling.settler.settle(second, Handled()))
    await asyncio.sleep(1)
    cut_off.cancel()
    settling.leases.end()

    assert await other
    assert settling.queue.made == [("delete", ["m1"], None)]


@pytest.mark.parametrize("outcome", [Handled(), FAILED, PARKED, Paused("Model: away")])
async def test_under_a_lost_lease_nothing_is_done_noted_or_counted(
    settling: Settling, outcome: Outcome
) -> None:
    lease = settling.lease()
    settling.leases.lose(lease, "taken")
    before = settling.counted

    assert await settling.settler.settle(lease, outcome) is False

    assert settling.queue.made == []
    assert settling.bench.log_lines("settled") == []
    assert settling.counted == before


async def test_what_is_settled_is_logged_and_counted_once(settling: Settling) -> None:
    before = settling.counted

    await settling.settler.settle(settling.lease(), Handled())

    assert [line["settlement"] for line in settling.bench.log_lines("settled")] == ["ack"]
    assert settling.counted != before


@pytest.mark.parametrize(
    ("outcome", "call", "left"), [(Handled(), "delete", True), (FAILED, "hide", False)]
)
async def test_nothing_follows_before_a_renewal_that_is_under_way_is_over(
    settling: Settling, outcome: Outcome, call: str, left: bool
) -> None:
    lease = settling.lease()
    settling.leases.begin()
    done = asyncio.create_task(settling.settler.settle(lease, outcome))
    await asyncio.sleep(1)
    assert settling.calls == []
    # From here on no beat renews it any more.
    assert len(settling.leases) == 0

    settling.leases.end()

    assert await done is left
    assert settling.calls == [call]


async def test_what_is_lost_during_the_wait_is_not_ours_to_lose_any_more(
    settling: Settling,
) -> None:
    """The beat finds out too late: the queue itself refuses what is somebody else's."""
    lease = settling.lease()
    settling.leases.begin()
    done = asyncio.create_task(settling.settler.settle(lease, Handled()))
    await asyncio.sleep(1)

    assert not settling.leases.lose(lease, "taken")
    settling.queue.kept = {"m0"}
    settling.leases.end()

    assert await done is False


async def test_what_is_parked_is_noted_in_the_ledger_before_it_leaves(settling: Settling) -> None:
    claim = await settling.bench.ledger.claim(ROUTE_NAME, "e0", settling.bench.lease)
    await settling.bench.ledger.release(claim)

    assert await settling.settler.settle(settling.lease(), PARKED)

    [parking] = settling.queue.parked
    assert (parking.cause, parking.event_id) == ("rejected", "e0")
    assert settling.bench.ledger.parked(ROUTE_NAME, "e0") == parking


async def test_what_is_parked_leaves_also_when_the_ledger_is_away(settling: Settling) -> None:
    settling.bench.ledger.down = True

    assert await settling.settler.settle(settling.lease(), PARKED)

    assert settling.calls == ["park"]
    assert len(settling.bench.log_lines("parking not noted")) == 1


async def test_a_dead_letter_without_an_answer_leaves_the_message_where_it_is(
    settling: Settling,
) -> None:
    settling.queue.failing = {"m0"}

    with pytest.raises(QueueUnavailable):
        await settling.settler.settle(settling.lease(), PARKED)

    assert settling.calls == ["park"]
    assert len(settling.leases) == 0


async def test_what_goes_back_goes_by_ten_and_one_without_an_answer_stops_no_other(
    settling: Settling,
) -> None:
    messages = settling.messages(23)
    settling.queue.failing = {"m0"}

    await settling.settler.give_back(messages)

    assert [len(names) for _, names, _ in settling.queue.made] == [10, 10, 3]
    assert {duration for _, _, duration in settling.queue.made} == {timedelta(0)}
    assert len(settling.leases) == 0
    assert [line["messages"] for line in settling.bench.log_lines("not given back")] == [10]


async def test_what_goes_back_waits_for_a_renewal_and_leaves_out_what_is_lost(
    settling: Settling,
) -> None:
    messages = settling.messages(3)
    settling.leases.lose(settling.leases.of(messages[1]), "taken")
    settling.leases.begin()
    going = asyncio.create_task(settling.settler.give_back(messages))
    await asyncio.sleep(1)
    assert settling.calls == []

    settling.leases.end()
    await going

    assert settling.queue.made == [("hide", ["m0", "m2"], timedelta(0))]


async def test_nothing_to_give_back_is_no_request(settling: Settling) -> None:
    await settling.settler.give_back([])

    assert settling.calls == []


async def test_a_message_that_waits_for_a_port_keeps_its_lease_and_has_nobody_to_cancel(
    settling: Settling,
) -> None:
    lease = settling.lease()
    owner: Any = asyncio.create_task(asyncio.sleep(1))
    settling.leases.own(lease.message, owner, timedelta(seconds=0.5))

    assert settling.settler.hold(lease, Paused("Model: away"))

    await owner
    assert settling.leases.overdue() == []
    assert [each.message.id for each in settling.leases.begin()] == ["m0"]
    assert settling.calls == []


async def test_what_is_parked_and_can_not_be_deleted_has_not_left(settling: Settling) -> None:
    [message] = settling.messages(1)
    settling.queue.kept = {message.id}

    left = await settling.settler.settle(
        settling.leases.of(message), Unacceptable(Parking("rejected", "no", "r"))
    )

    assert not left
    assert len(settling.queue.parked) == 1
