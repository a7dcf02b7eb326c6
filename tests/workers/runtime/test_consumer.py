"""Stories of one worker process: what it starts, settles, gives back and survives."""

import asyncio
from collections import Counter
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

import pytest

from events.routes import source
from schemas.task import TaskCreated
from workers.ports import Context, Reject, Retry
from workers.runtime.consumer import EndpointGone
from workers.runtime.queue import Message

ROUTE_NAME = "codegen-on-task-created"
MINUTE = timedelta(minutes=1)


class Scripted:
    """Does what an event's title says, and remembers when it started and ended what."""

    def __init__(self, bench: Any, **turns: Any) -> None:
        self._bench = bench
        self._turns = turns
        self.starts: list[str] = []
        self.at: list[datetime] = []
        self.ends: list[str] = []
        self.running = self.most = 0

    async def __call__(self, event: TaskCreated, context: Context) -> Any:
        self.starts.append(context.event_id)
        self.at.append(self._bench.clock.now())
        self.running += 1
        self.most = max(self.most, self.running)
        try:
            return await self._turn(event.title)
        finally:
            self.running -= 1
            self.ends.append(context.event_id)

    async def _turn(self, title: str) -> Any:
        turn = self._turns.get(title)
        if isinstance(turn, BaseException):
            raise turn
        if isinstance(turn, timedelta):
            await asyncio.sleep(turn.total_seconds())
            return None
        return turn


async def test_a_message_is_deleted_last(bench: Any, failure: Any) -> None:
    process = bench.process()
    bench.send("e1", title="fail")

    await bench.run(bench.consumer(Scripted(bench, fail=failure), process=process))

    settled = [call for call in process.calls if call not in ("receive", "flush")]
    assert settled == ["claim", "handle", "commit", "put", "finish", "delete"]


async def test_a_message_that_comes_twice_is_handled_once(bench: Any, failure: Any) -> None:
    handler = Scripted(bench, fail=failure)
    bench.send("e1", title="fail")
    bench.send("e1", title="fail")

    await bench.run(bench.consumer(handler))

    assert handler.starts == ["e1"]
    assert bench.ledger.commits == ["e1"]
    assert len(bench.bus.entries) == 1


async def test_a_redelivery_after_a_lost_delete_only_deletes(bench: Any, failure: Any) -> None:
    handler = Scripted(bench, fail=failure)
    bench.send("e1", title="fail")
    first = bench.process(dies_at="delete")
    with pytest.raises(bench.Killed):
        await bench.run(bench.consumer(handler, process=first))
    assert first.calls[-1] == "delete"

    second = bench.process()
    await bench.run(bench.consumer(handler, process=second))

    # It came after a long poll: before anything else, its lease is confirmed.
    settled = [call for call in second.calls if call not in ("receive", "flush")]
    assert settled == ["hide", "claim", "delete"]
    assert handler.starts == ["e1"]


async def test_what_does_not_fit_its_schema_is_parked_at_once_and_others_go_on(
    bench: Any,
) -> None:
    handler = Scripted(bench)
    for number in range(3):
        bench.send(f"bad-{number}", detail={"service_name": "../x"})
        bench.send(f"good-{number}", group=f"other-{number}")

    await bench.run(bench.consumer(handler))

    assert bench.parked() == {f"bad-{number}": "undecodable" for number in range(3)}
    assert [message.receives for message, _ in bench.queue.dead_letters] == [1, 1, 1]
    assert all("service_name" in dict(parking.fields) for _, parking in bench.queue.dead_letters)
    assert sorted(handler.starts) == ["good-0", "good-1", "good-2"]


async def test_a_parked_message_is_logged_with_its_reason(bench: Any) -> None:
    bench.send("bad", detail={"service_name": "../x"})

    await bench.run(bench.consumer(Scripted(bench)))

    [line] = bench.log_lines("settled")
    assert (line["settlement"], line["receives"]) == ("park", 1)
    assert "service_name" in line["reason"]


async def test_a_forged_event_is_parked_and_moves_nothing(bench: Any) -> None:
    handler = Scripted(bench)
    bench.send("forged")
    bench.send("owned", source=source("conductor"))

    await bench.run(bench.consumer(handler, trusts=("conductor",)))

    assert bench.parked() == {"forged": "untrusted"}
    assert handler.starts == ["owned"]


async def test_what_fails_is_tried_n_times_and_then_parked_with_the_reason(bench: Any) -> None:
    handler = Scripted(bench, bug=ZeroDivisionError("by zero"))
    bench.send("e1", title="bug")

    await bench.run(bench.consumer(handler, attempts=3))

    assert handler.starts == ["e1"] * 3
    [(message, parking)] = bench.queue.dead_letters
    assert (parking.cause, message.receives) == ("bug", 3)
    assert parking.reason == "ZeroDivisionError: by zero (gave up after 3 tries)"
    assert len(bench.log_lines("handler failed")) == 3


async def test_the_waits_between_tries_grow(bench: Any) -> None:
    handler = Scripted(bench, bug=ZeroDivisionError())
    bench.send("e1", title="bug")

    await bench.run(bench.consumer(handler))

    waits = [later - sooner for sooner, later in zip(handler.at, handler.at[1:], strict=False)]
    # Half of 1, 2, 4 and 8 seconds, and less than one turn of the queue's poll.
    for wait, half in zip(waits, (0.5, 1, 2, 4), strict=True):
        assert timedelta(seconds=half) <= wait < timedelta(seconds=half) + bench.queue.POLL * 2


@pytest.mark.parametrize("after", [timedelta(seconds=3), timedelta(minutes=10)])
async def test_a_retry_comes_when_it_was_asked_for(bench: Any, after: timedelta) -> None:
    handler = Scripted(bench, later=Retry("busy", after))
    bench.send("e1", title="later")

    await bench.run(bench.consumer(handler, attempts=3))

    assert bench.parked() == {"e1": "retry"}
    waits = [later - sooner for sooner, later in zip(handler.at, handler.at[1:], strict=False)]
    assert len(waits) == 2
    assert all(after <= wait < after + bench.queue.POLL * 2 for wait in waits)


async def test_a_reject_is_parked_at_once(bench: Any) -> None:
    handler = Scripted(bench, no=Reject("no such template"))
    bench.send("e1", title="no")

    await bench.run(bench.consumer(handler))

    assert handler.starts == ["e1"]
    assert bench.parked() == {"e1": "rejected"}


async def test_an_answer_that_the_route_does_not_allow_ends_parked(bench: Any) -> None:
    bench.send("e1", title="wrong")

    await bench.run(bench.consumer(Scripted(bench, wrong="task.failed")))

    assert bench.parked() == {"e1": "bug"}
    assert (bench.ledger.commits, bench.bus.entries) == ([], [])


async def test_a_handler_that_hangs_is_ended_and_the_fleet_goes_on(bench: Any) -> None:
    handler = Scripted(bench, hang=timedelta(hours=9))
    bench.send("e1", title="hang")
    bench.send("e2", group="other")

    await bench.run(bench.consumer(handler, attempts=2, timeout=timedelta(seconds=7)))

    assert bench.parked() == {"e1": "timed_out"}
    assert handler.ends.index("e2") < handler.ends.index("e1")


async def test_what_kills_its_process_is_parked_before_it_can_do_so_again(bench: Any) -> None:
    bench.send("e1")
    for _ in range(5):
        process = bench.process(dies_at="handle")
        with pytest.raises(bench.Killed):
            await bench.run(bench.consumer(Scripted(bench), process=process))
        assert process.calls[-1] == "handle"
    survivor = Scripted(bench)

    await bench.run(bench.consumer(survivor))

    assert survivor.starts == []
    assert bench.parked() == {"e1": "worn_out"}


async def test_a_failure_holds_only_its_own_group(bench: Any) -> None:
    handler = Scripted(bench, bug=ZeroDivisionError())
    bench.send("a1", group="a", title="bug")
    bench.send("a2", group="a")
    for number in range(6):
        bench.send(f"b{number}", group="b")

    await bench.run(bench.consumer(handler))

    assert bench.parked() == {"a1": "bug"}
    assert [each for each in handler.ends if each[0] == "b"] == [f"b{n}" for n in range(6)]
    assert handler.ends.index("b5") < handler.ends.index("a2")
    assert bench.ledger.commits.count("a2") == 1


async def test_what_only_waited_behind_a_failure_still_has_all_its_tries(bench: Any) -> None:
    handler = Scripted(bench, bug=ZeroDivisionError())
    for number in range(8):
        bench.send(f"e{number}", title="bug" if number < 7 else "")

    await bench.run(bench.consumer(handler, concurrency=4))

    assert Counter(handler.starts) == {**{f"e{n}": 5 for n in range(7)}, "e7": 1}
    assert bench.ledger.commits == ["e7"]


async def test_a_group_is_handled_in_order_one_at_a_time(bench: Any) -> None:
    handler = Scripted(bench, slow=timedelta(seconds=2))
    for number in range(12):
        bench.send(f"e{number}", title="slow")

    await bench.run(bench.consumer(handler))

    assert handler.most == 1
    assert bench.ledger.commits == [f"e{number}" for number in range(12)]


async def test_groups_run_beside_each_other_up_to_the_concurrency(bench: Any) -> None:
    handler = Scripted(bench, slow=timedelta(seconds=2))
    for number in range(12):
        bench.send(f"e{number}", group=f"g{number}", title="slow")

    await bench.run(bench.consumer(handler, concurrency=3))

    assert handler.most == 3
    assert len(bench.ledger.commits) == 12


async def test_a_long_handler_keeps_its_message_and_its_claim(bench: Any, failure: Any) -> None:
    handler = Scripted(bench, slow=timedelta(minutes=9))
    bench.send("e1", title="slow")
    rival = asyncio.create_task(bench.consumer(handler, timeout=timedelta(hours=1)).run())

    await bench.run(bench.consumer(handler, timeout=timedelta(hours=1)))
    rival.cancel()
    await asyncio.gather(rival, return_exceptions=True)

    assert handler.starts == ["e1"]
    assert bench.ledger.commits == ["e1"]


class SlowBus:
    """A bus that takes its time."""

    def __init__(self, bus: Any, seconds: float) -> None:
        self._bus = bus
        self._seconds = seconds

    async def put(self, entries: Any) -> Any:
        await asyncio.sleep(self._seconds)
        return await self._bus.put(entries)


async def test_a_slow_bus_is_not_taken_for_a_lost_claim(bench: Any, failure: Any) -> None:
    bus, bench.bus = bench.bus, SlowBus(bench.bus, 30)
    bench.send("e1", title="fail")

    await bench.run(bench.consumer(Scripted(bench, fail=failure)))

    assert bench.log_lines("lease lost") == []
    assert len(bus.entries) == 1


async def test_a_message_taken_by_another_cancels_its_handler_and_nothing_follows(
    bench: Any, failure: Any
) -> None:
    process = bench.process()
    handler = Scripted(bench, slow=timedelta(minutes=5))
    bench.send("e1", title="slow")
    consumer = bench.consumer(handler, process=process, patience=MINUTE, timeout=10 * MINUTE)
    running = asyncio.create_task(consumer.run())
    await asyncio.sleep(1)

    # For longer than the lease nothing of ours is renewed; then somebody else is faster.
    bench.queue.down = True
    await asyncio.sleep(bench.lease.total_seconds() + 1.5)
    bench.queue.down = False
    [stolen] = await bench.queue.receive(10, timedelta(0), 10 * MINUTE)
    await asyncio.sleep(30)

    assert handler.ends == ["e1"]
    assert len(bench.log_lines("lease lost")) == 1
    assert {"commit", "put", "delete", "park"} & set(process.calls) == set()
    assert bench.ledger.state(ROUTE_NAME, "e1") == "claimed"
    assert await bench.queue.hide([stolen], timedelta(0)) == frozenset()
    consumer.stop()
    await running


async def test_a_claim_taken_by_another_cancels_the_handler_and_nothing_follows(
    bench: Any,
) -> None:
    process = bench.process()
    handler = Scripted(bench, slow=timedelta(minutes=5))
    bench.send("e1", title="slow")
    consumer = bench.consumer(handler, process=process, timeout=10 * MINUTE)
    running = asyncio.create_task(consumer.run())
    await asyncio.sleep(1)

    bench.ledger.down = True
    await asyncio.sleep(bench.lease.total_seconds() + 1)
    bench.ledger.down = False
    await bench.ledger.claim(ROUTE_NAME, "e1", 10 * MINUTE)
    await asyncio.sleep(10)

    assert handler.ends == ["e1"]
    assert {"commit", "put", "delete", "park"} & set(process.calls) == set()
    consumer.stop()
    await running
    assert bench.queue.depth == 1


class BadLine:
    """A queue whose renewals arrive late, or whose answers to all else do."""

    def __init__(self, queue: Any, lease: timedelta, late: str) -> None:
        self._queue = queue
        self._lease = lease
        self._late = late

    def __getattr__(self, name: str) -> Any:
        return getattr(self._queue, name)

    async def hide(self, messages: Sequence[Message], duration: timedelta) -> frozenset[str]:
        renewal = duration == self._lease
        if renewal and self._late == "renewal":
            await asyncio.sleep(3)
        hidden: frozenset[str] = await self._queue.hide(messages, duration)
        if not renewal and self._late == "backoff":
            await asyncio.sleep(5)
        return hidden


@pytest.mark.parametrize("late", ["renewal", "backoff"])
async def test_no_renewal_undoes_a_backoff(bench: Any, late: str) -> None:
    class LaterOn(Scripted):
        async def _turn(self, title: str) -> Any:
            # Ends one second after a beat began.
            await asyncio.sleep(5)
            raise Retry("later", timedelta(minutes=5))

    handler = LaterOn(bench)
    bench.send("e1")
    bench.queue = BadLine(bench.queue, bench.lease, late)

    await bench.run(bench.consumer(handler, attempts=2))

    assert timedelta(minutes=5) <= handler.at[1] - handler.at[0] < timedelta(minutes=5, seconds=10)


async def test_a_drain_finishes_what_runs_and_gives_the_rest_back_in_order(bench: Any) -> None:
    first, process = Scripted(bench, slow=timedelta(seconds=20)), bench.process()
    for number in range(3):
        bench.send(f"a{number}", group="a", title="slow")
        bench.send(f"b{number}", group="b", title="slow")
    consumer = bench.consumer(first, process=process, concurrency=2)
    running = asyncio.create_task(consumer.run())
    await asyncio.sleep(1)
    consumer.stop()
    receives = process.calls.count("receive")
    await running

    assert sorted(first.starts) == sorted(first.ends) == ["a0", "b0"]
    assert sorted(bench.ledger.commits) == ["a0", "b0"]
    assert process.calls.count("receive") == receives
    assert len(bench.queue.visible()) == bench.queue.depth == 4

    second = Scripted(bench)
    await bench.run(bench.consumer(second))
    assert [each for each in second.starts if each[0] == "a"] == ["a1", "a2"]
    assert [each for each in second.starts if each[0] == "b"] == ["b1", "b2"]


async def test_what_an_outstanding_receive_brings_in_a_drain_goes_back_unstarted(
    bench: Any,
) -> None:
    handler = Scripted(bench)
    consumer = bench.consumer(handler)
    running = asyncio.create_task(consumer.run())
    await asyncio.sleep(1)

    consumer.stop()
    bench.send("late")
    await running

    assert handler.starts == []
    assert len(bench.queue.visible()) == 1


async def test_a_failure_during_a_drain_starts_nothing_more(bench: Any) -> None:
    class Last(Scripted):
        async def _turn(self, title: str) -> Any:
            await asyncio.sleep(5)
            raise ZeroDivisionError

    handler = Last(bench)
    bench.send("a1", group="a")
    bench.send("a2", group="a")
    bench.send("b1", group="b")
    consumer = bench.consumer(handler, concurrency=1)
    running = asyncio.create_task(consumer.run())
    await asyncio.sleep(1)
    consumer.stop()
    await running

    assert handler.starts == ["a1"]
    assert bench.queue.depth == 3


async def test_a_queue_that_is_away_for_a_while_is_waited_for(bench: Any) -> None:
    handler = Scripted(bench)
    consumer = bench.consumer(handler, patience=MINUTE)
    running = asyncio.create_task(consumer.run())
    bench.queue.down = True
    await asyncio.sleep(50)
    bench.queue.down = False
    bench.send("e1")
    await asyncio.sleep(30)
    consumer.stop()
    await running

    assert handler.starts == ["e1"]
    assert bench.log_lines("queue unavailable")


async def test_a_queue_that_is_away_for_too_long_ends_the_process(bench: Any) -> None:
    handler = Scripted(bench, slow=2 * MINUTE)
    bench.send("e1", title="slow")
    consumer = bench.consumer(handler, patience=MINUTE, timeout=10 * MINUTE)
    running = asyncio.create_task(consumer.run())
    await asyncio.sleep(1)
    bench.queue.down = True

    with pytest.raises(EndpointGone, match="the fake queue is down"):
        await running
    # What was started has been finished all the same.
    assert handler.ends == ["e1"]
    assert bench.ledger.commits == ["e1"]


async def test_one_hiccup_after_a_long_handler_does_not_end_the_process(bench: Any) -> None:
    class Hiccup(Scripted):
        async def _turn(self, title: str) -> Any:
            await asyncio.sleep(150)
            bench.queue.down = True
            asyncio.get_running_loop().call_later(5, setattr, bench.queue, "down", False)

    handler = Hiccup(bench)
    for number in range(2):
        bench.send(f"e{number}")

    await bench.run(bench.consumer(handler, concurrency=1, timeout=10 * MINUTE))

    assert sorted(set(handler.starts)) == ["e0", "e1"]
    assert bench.ledger.commits == ["e0", "e1"]


async def test_a_ledger_that_is_away_parks_nothing(bench: Any) -> None:
    handler = Scripted(bench)
    for number in range(5):
        bench.send(f"e{number}", group=f"g{number}")
    bench.ledger.down = True
    consumer = bench.consumer(handler)
    running = asyncio.create_task(consumer.run())
    await asyncio.sleep(3600)
    assert handler.starts == []
    bench.ledger.down = False
    await asyncio.sleep(300)
    consumer.stop()
    await running

    assert bench.parked() == {}
    assert sorted(bench.ledger.commits) == [f"e{number}" for number in range(5)]


async def test_a_bus_that_is_away_is_tried_again_with_what_was_stored(
    bench: Any, failure: Any
) -> None:
    handler = Scripted(bench, fail=failure)
    bench.bus.refuse_next = 5
    bench.send("e1", title="fail")

    await bench.run(bench.consumer(handler))

    assert handler.starts == ["e1"]
    assert len(bench.bus.entries) == 1
    assert bench.parked() == {}


async def test_a_bus_that_refuses_for_good_parks_the_message_with_the_reason(
    bench: Any, failure: Any
) -> None:
    handler = Scripted(bench, fail=failure)
    bench.bus.refuse_next = 100_000
    bench.send("e1", title="fail")
    # Before three days are over it waits for the bus.
    await asyncio.sleep(timedelta(days=2, hours=23).total_seconds())
    await bench.run(bench.consumer(handler))
    [(dead, parking)] = bench.queue.dead_letters
    assert (parking.cause, "task.failed" in parking.reason) == ("unpublished", True)
    # The queue's own limit would have come without a reason.
    assert dead.receives < 20

    bench.bus.refuse_next = 0
    bench.queue.send(dead.body, group=dead.group)
    await bench.run(bench.consumer(handler))

    assert handler.starts == ["e1"]
    assert len(bench.bus.entries) == 1


async def test_a_heartbeat_that_breaks_ends_the_process_instead_of_every_lease(
    bench: Any,
) -> None:
    class Broken:
        def __getattr__(self, name: str) -> Any:
            return getattr(bench.ledger, name)

        async def extend(self, *_: Any) -> None:
            raise KeyError("a bug in an adapter")

    handler = Scripted(bench, slow=MINUTE)
    consumer = bench.consumer(handler, timeout=10 * MINUTE)
    consumer._renewal._ledger = Broken()
    bench.send("e1", title="slow")

    with pytest.raises(KeyError, match="a bug in an adapter"):
        await consumer.run()


class Buggy:
    """A queue with a bug in one of its calls, which shows once."""

    def __init__(self, queue: Any, call: str) -> None:
        self._queue = queue
        self._call = call

    def __getattr__(self, name: str) -> Any:
        if name == self._call:
            self._call = ""
            return self._broken
        return getattr(self._queue, name)

    async def _broken(self, *_: Any) -> Any:
        raise KeyError("Failed")


@pytest.mark.parametrize("call", ["delete", "park", "hide"])
async def test_a_bug_in_an_adapter_is_logged_and_holds_nothing_up(bench: Any, call: str) -> None:
    handler = Scripted(bench, no=Reject("no"), bug=ZeroDivisionError())
    for group in "abcdef":
        for title in ("no", "bug", ""):
            bench.send(f"{group}-{title}", group=group, title=title)
    queue, bench.queue = bench.queue, Buggy(bench.queue, call)

    await bench.run(bench.consumer(handler, concurrency=1), lambda: queue.depth == 0)

    assert sorted(bench.ledger.commits) == [f"{group}-" for group in "abcdef"]
    [line] = bench.log_lines("attempt broke")
    assert line["error"] == "KeyError('Failed')"


async def test_an_idle_consumer_asks_once_in_twenty_seconds(bench: Any) -> None:
    process = bench.process()
    consumer = bench.consumer(Scripted(bench), process=process)
    running = asyncio.create_task(consumer.run())
    await asyncio.sleep(600)
    consumer.stop()
    await running

    assert set(process.calls) == {"receive", "flush"}
    assert process.calls.count("receive") <= 600 / 20 + 1


async def test_a_stop_before_the_start_receives_nothing(bench: Any) -> None:
    process = bench.process()
    consumer = bench.consumer(Scripted(bench), process=process)
    bench.send("e1")
    consumer.stop()

    await consumer.run()

    assert process.calls == ["flush"]
    assert len(bench.queue.visible()) == 1
