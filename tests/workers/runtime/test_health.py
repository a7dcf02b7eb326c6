"""A consumer lives as long as it polls, or as long as it is busy; a drain has an end."""

import asyncio
import json
import subprocess
import sys
import time
from collections.abc import Sequence
from datetime import timedelta
from typing import Any

import pytest

from schemas.task import TaskCreated
from workers.ports import Context
from workers.runtime.consumer import Consumer, Pace
from workers.runtime.health import LOOK_SECONDS, Ages, Limits, Progress, Watchdog, ailment
from workers.runtime.logs import Log
from workers.runtime.queue import Message

S = timedelta(seconds=1)
LIMITS = Limits(poll=50 * S, attempt=42 * S, drain=25 * S)


@pytest.mark.parametrize(
    ("answered", "moved", "full", "draining", "ill"),
    [
        (0, 0, False, None, None),
        (50, 10_000, False, None, None),
        (51, 0, False, None, "no poll has completed for 51 s"),
        # Busy slots are no death, however long ago the last poll was.
        (10_000, 42, True, None, None),
        (10_000, 43, True, None, "no attempt has ended for 43 s"),
        # In a drain nobody polls, and what runs has until its end.
        (10_000, 10_000, False, 25, None),
        (10_000, 10_000, True, 26, "the drain is not over after 26 s"),
    ],
)
def test_health_is_progress(
    answered: int, moved: int, full: bool, draining: int | None, ill: str | None
) -> None:
    drained = None if draining is None else draining * S
    ages = Ages(answered=answered * S, moved=moved * S, full=full, draining=drained)

    assert ailment(ages, LIMITS) == ill


class Silent:
    """A queue whose polls never return, once it is told to fall silent."""

    def __init__(self, queue: Any) -> None:
        self._queue = queue
        self.silent = False

    def __getattr__(self, name: str) -> Any:
        return getattr(self._queue, name)

    async def receive(self, limit: int, wait: timedelta, lease: timedelta) -> Sequence[Message]:
        if self.silent:
            await asyncio.Event().wait()
        received: Sequence[Message] = await self._queue.receive(limit, wait, lease)
        return received


async def sleeper(event: TaskCreated, context: Context) -> None:
    await asyncio.sleep(float(event.title or 0))


def ill(consumer: Consumer) -> str | None:
    return ailment(consumer.progress.ages(), LIMITS)


async def test_a_poll_that_never_returns_is_found(bench: Any) -> None:
    bench.queue = Silent(bench.queue)
    consumer = bench.consumer(sleeper)
    running = asyncio.create_task(consumer.run())
    await asyncio.sleep(600)
    assert ill(consumer) is None

    bench.queue.silent = True
    await asyncio.sleep(50 + 20)
    assert str(ill(consumer)).startswith("no poll has completed for")

    # The drain awaits it, and not for ever.
    consumer.stop()
    await running
    assert len(bench.log_lines("the last receive was given up")) == 1


async def test_a_consumer_with_all_hands_full_is_well_and_polls_anew(bench: Any) -> None:
    for number in range(4):
        bench.send(f"e{number}", group="g", title="40")
    consumer = bench.consumer(sleeper, concurrency=1, timeout=timedelta(minutes=5))
    running = asyncio.create_task(consumer.run())
    for _ in range(160):
        await asyncio.sleep(1)
        assert ill(consumer) is None

    assert len(bench.ledger.commits) == 3
    consumer.stop()
    await running


async def test_hands_that_are_full_for_ever_are_found(bench: Any) -> None:
    async def stubborn(event: TaskCreated, context: Context) -> None:
        for _ in range(3):
            try:
                await asyncio.sleep(1000)
            except asyncio.CancelledError:
                continue

    for number in range(4):
        bench.send(f"e{number}", group=f"g{number}")
    consumer = bench.consumer(stubborn, concurrency=2, timeout=30 * S)
    running = asyncio.create_task(consumer.run())
    await asyncio.sleep(60)

    assert str(ill(consumer)).startswith("no attempt has ended for")
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)


class Hand:
    """A clock that is moved by hand, and an end that is only noted."""

    def __init__(self) -> None:
        self.now = 0.0
        self.codes: list[int] = []
        self.progress = Progress(lambda: self.now)
        self.dog = Watchdog(
            self.progress,
            LIMITS,
            Log(stream=sys.stderr),
            end=self.codes.append,
            clock=lambda: self.now,
        )

    def looks(self, seconds: int) -> None:
        for _ in range(seconds):
            self.now += LOOK_SECONDS
            self.dog.look()


def test_the_watchdog_says_one_line_and_ends_the_process(
    capsys: pytest.CaptureFixture[str],
) -> None:
    hand = Hand()
    hand.looks(52)
    assert hand.codes == []

    hand.looks(1)

    assert hand.codes == [1]
    [line] = capsys.readouterr().err.splitlines()
    assert json.loads(line)["event"] == "stalled"
    assert "no poll has completed for 53 s" in line


def test_one_look_that_is_well_starts_the_count_again() -> None:
    hand = Hand()
    hand.looks(52)
    hand.progress.answered()
    hand.looks(52)

    assert hand.codes == []


def test_a_process_that_was_suspended_is_not_taken_for_dead() -> None:
    hand = Hand()
    hand.looks(5)
    hand.now += 3600
    hand.looks(50)
    assert hand.codes == []

    hand.looks(10)
    assert hand.codes[:1] == [1]


# A real process whose event loop is blocked for good: only another thread can end it.
BLOCKED = """
import asyncio, time
from datetime import timedelta
from workers.runtime.health import Limits, Progress, Watchdog
from workers.runtime.logs import Log

async def main():
    second = timedelta(seconds=1)
    with Watchdog(Progress(), Limits(poll=second, attempt=second, drain=second), Log()):
        time.sleep(600)

asyncio.run(main())
"""


@pytest.mark.process
def test_a_blocked_event_loop_ends_its_process() -> None:
    started = time.monotonic()
    done = subprocess.run(
        [sys.executable, "-c", BLOCKED], capture_output=True, text=True, timeout=240, check=False
    )

    assert done.returncode == 1
    assert '"stalled"' in done.stderr
    assert "Traceback" not in done.stderr
    assert time.monotonic() - started < 240


async def test_what_runs_is_cut_off_in_time_and_given_back(bench: Any) -> None:
    for number in range(2):
        bench.send(f"e{number}", group=f"g{number}", title="3" if number else "500")
        bench.send(f"f{number}", group=f"g{number}")
    process = bench.process()
    consumer = bench.consumer(sleeper, process=process, timeout=timedelta(minutes=20))
    running = asyncio.create_task(consumer.run())
    await asyncio.sleep(1)
    began = bench.clock.now()
    consumer.stop()
    await running

    assert timedelta(seconds=15) < bench.clock.now() - began < Pace().stop
    # The short one came to its end. The long one, and all that waited, can be had at once.
    assert bench.ledger.commits == ["e1"]
    assert len(bench.queue.visible()) == bench.queue.depth == 3
    assert process.calls.count("release") == 1
    assert bench.parked() == {}
    assert consumer.metrics.text("r", consumer.gauges).count('leases_lost_total{route="r"} 0') == 1

    # Somebody else takes over without waiting for a lease.
    taken = bench.clock.now()
    second = asyncio.create_task(bench.consumer(sleeper, timeout=timedelta(minutes=20)).run())
    await asyncio.sleep(1)
    assert bench.ledger.state("codegen-on-task-created", "e0") == "claimed"
    assert bench.clock.now() - taken == S
    second.cancel()
    await asyncio.gather(second, return_exceptions=True)


async def test_what_drains_cut_off_again_and_again_is_handled_in_the_end(bench: Any) -> None:
    bench.send("e1", title="500")
    for _ in range(3):
        consumer = bench.consumer(sleeper, timeout=timedelta(minutes=20))
        running = asyncio.create_task(consumer.run())
        await asyncio.sleep(1)
        consumer.stop()
        await running

    assert bench.parked() == {}
    await bench.run(bench.consumer(sleeper, timeout=timedelta(minutes=20)))
    assert bench.ledger.commits == ["e1"]
