"""What a handler writes: with its answer or not at all, and anew when another owner was faster."""

import asyncio
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from events.codec import Entry
from schemas.task import TaskCreated
from workers.ports import Context, Retry, Step
from workers.runtime.handlers import Handler
from workers.runtime.leases import Lease
from workers.runtime.ledger import Claim, Conflict, LedgerUnavailable, Write
from workers.runtime.queue import Message
from workers.runtime.settle import Busy, Failed, Handled, Outcome
from workers.runtime.transaction import ROOM, Transaction, Transactional

ROUTE_NAME = "codegen-on-task-created"


def test_writes_are_kept_in_their_order() -> None:
    transaction = Transaction()
    for name in "cab":
        transaction.add(("table", name), {"Put": name})

    assert [write["Put"] for write in transaction.writes] == ["c", "a", "b"]
    assert transaction.room == ROOM - 3


def test_an_item_is_written_once() -> None:
    transaction = Transaction()
    transaction.add(("table", "a"), {"Put": 1})

    with pytest.raises(ValueError, match="once"):
        transaction.add(("table", "a"), {"Put": 2})

    assert transaction.writes == ({"Put": 1},)


def test_a_transaction_takes_a_hundred_with_the_ledgers_own() -> None:
    transaction = Transaction()
    for number in range(99):
        transaction.add(number, {"Put": number})
    assert transaction.room == 0

    with pytest.raises(ValueError, match="takes 99 writes"):
        transaction.add("one more", {})

    assert len(transaction.writes) == 99


class Notes:
    """A port that writes within a transaction, and knows what it has been asked for."""

    def __init__(self) -> None:
        self.transactions: list[Transaction] = []

    def within(self, transaction: Transaction) -> "EnlistedNotes":
        self.transactions.append(transaction)
        return EnlistedNotes(transaction)


class EnlistedNotes:
    def __init__(self, transaction: Transaction) -> None:
        self._transaction = transaction

    async def write(self, name: str) -> None:
        self._transaction.add(name, {"Put": name})


class Story:
    """One event, a handler with a step, notes and another port, and what becomes of it."""

    def __init__(self, bench: Any, answer: Any) -> None:
        self.bench = bench
        self.notes = Notes()
        self.plain = object()
        self.runs: list[int] = []
        self.effects = 0
        self.claims: list[Claim | None] = []
        self.lease = Lease(Message("m1", bench.body("e1"), "r1", 1, group="g"))
        self.answer = answer
        self.lost_after = 0
        self.seconds = 0.0

    async def handle(
        self,
        event: TaskCreated,
        context: Context,
        notes: EnlistedNotes,
        plain: object,
        step: Step,
    ) -> Any:
        assert plain is self.plain
        self.runs.append(len(self.runs) + 1)
        self.claims.append(self.lease.claim)
        made = await step("model", self._effect, int)
        await notes.write(f"run-{len(self.runs)}-of-{made}")
        await asyncio.sleep(self.seconds)
        if len(self.runs) == self.lost_after:
            self.lease.lost = "taken"
        return self.answer

    async def _effect(self) -> int:
        self.effects += 1
        return self.effects

    async def deliver(self, **changes: Any) -> Outcome:
        ports = {"context": Context, "notes": Notes, "plain": object, "step": Step}
        courier = replace(
            self.bench.courier(lambda *_: None, **changes),
            handler=Handler(self.handle, ports),
            ports={"notes": self.notes, "plain": self.plain},
        )
        outcome: Outcome = await courier.deliver(self.lease)
        return outcome

    @property
    def written(self) -> list[str]:
        return [write["Put"] for write in self.bench.ledger.writes]

    @property
    def state(self) -> str | None:
        found: str | None = self.bench.ledger.state(ROUTE_NAME, "e1")
        return found


@pytest.fixture
async def story(bench: Any, failure: Any) -> Story:
    return Story(bench, failure)


def test_a_port_that_can_write_within_a_transaction_is_told_from_one_that_can_not() -> None:
    assert isinstance(Notes(), Transactional)
    assert not isinstance(EnlistedNotes(Transaction()), Transactional)


async def test_what_is_written_goes_with_the_answer(story: Story) -> None:
    assert await story.deliver() == Handled()

    assert story.written == ["run-1-of-1"]
    assert story.state == "done"
    assert len(story.bench.bus.entries) == 1


async def test_a_conflict_runs_the_handler_anew_with_new_writes_and_the_old_steps(
    story: Story,
) -> None:
    story.bench.ledger.conflicts = 2

    assert await story.deliver() == Handled()

    assert story.runs == [1, 2, 3]
    assert story.effects == 1
    assert story.written == ["run-3-of-1"]
    assert len({id(each) for each in story.notes.transactions}) == 3
    assert len(story.bench.bus.entries) == 1


async def test_the_claim_is_extended_in_every_run(story: Story) -> None:
    story.bench.ledger.conflicts = 1

    await story.deliver()

    assert story.claims == [Claim(ROUTE_NAME, "e1", 1)] * 2
    assert story.lease.claim is None


async def test_a_conflict_that_repeats_is_tried_again_later_without_any_effect(
    story: Story,
) -> None:
    story.bench.ledger.conflicts = 10_000

    outcome = await story.deliver()

    assert outcome == Failed("retry", "what this writes is being changed by others")
    assert len(story.runs) == 10
    assert (story.effects, story.written, story.bench.bus.entries) == (1, [], [])
    # It is free for the next delivery, which knows the step.
    found = await story.bench.ledger.claim(ROUTE_NAME, "e1", timedelta(1))
    assert isinstance(found, Claim)
    assert found.steps == {"model": "1"}


async def test_a_lease_that_is_lost_in_a_run_commits_and_publishes_nothing(story: Story) -> None:
    story.lost_after = 1

    assert await story.deliver() == Busy(story.bench.lease)

    assert (story.written, story.bench.bus.entries, story.state) == ([], [], "claimed")


async def test_a_lease_that_is_lost_in_a_later_run_commits_nothing_either(story: Story) -> None:
    story.bench.ledger.conflicts = 1
    story.lost_after = 2

    assert await story.deliver() == Busy(story.bench.lease)

    assert story.runs == [1, 2]
    assert (story.written, story.bench.bus.entries) == ([], [])


async def test_all_runs_share_the_time_of_the_route(story: Story) -> None:
    story.bench.ledger.conflicts = 10_000
    story.seconds = 3.0

    outcome = await story.deliver(timeout=timedelta(seconds=7))

    assert isinstance(outcome, Failed)
    assert outcome.cause == "timed_out"
    assert story.runs == [1, 2, 3]
    assert story.written == []


async def test_an_answer_to_a_commit_that_got_lost_is_published_on_the_next_delivery(
    story: Story,
) -> None:
    class Losing(type(story.bench.ledger)):  # type: ignore[misc]
        lost = 1

        async def commit(
            self, claim: Claim, entries: Sequence[Entry], writes: Sequence[Write] = ()
        ) -> None:
            await super().commit(claim, entries, writes)
            if self.lost:
                self.lost = 0
                raise LedgerUnavailable("the answer got lost")

    story.bench.ledger = Losing(story.bench.clock)
    with pytest.raises(LedgerUnavailable):
        await story.deliver()
    assert (story.state, story.bench.bus.entries) == ("committed", [])

    story.lease = Lease(Message("m1", story.bench.body("e1"), "r2", 2, group="g"))
    assert await story.deliver() == Handled()

    assert story.runs == [1]
    assert story.written == ["run-1-of-1"]
    assert len(story.bench.bus.entries) == 1


async def test_a_lease_that_is_lost_between_commit_and_publish_publishes_nothing(
    story: Story,
) -> None:
    class Stalling(type(story.bench.ledger)):  # type: ignore[misc]
        async def commit(
            self, claim: Claim, entries: Sequence[Entry], writes: Sequence[Write] = ()
        ) -> None:
            await super().commit(claim, entries, writes)
            story.lease.lost = "the queue gave the message to somebody else"

    story.bench.ledger = Stalling(story.bench.clock)

    assert await story.deliver() == Busy(story.bench.lease)

    # Whoever has the message now finds the answer and publishes it.
    assert (story.state, story.bench.bus.entries) == ("committed", [])


async def test_only_a_conflict_runs_the_handler_again(story: Story) -> None:
    class Down(type(story.bench.ledger)):  # type: ignore[misc]
        async def commit(self, *_: Any) -> None:
            raise LedgerUnavailable("away")

    story.bench.ledger = Down(story.bench.clock)
    with pytest.raises(LedgerUnavailable):
        await story.deliver()

    assert story.runs == [1]


def test_a_conflict_is_no_retry_of_the_handlers_own() -> None:
    assert not issubclass(Conflict, Retry)


@pytest.mark.parametrize("error", [Retry("soon"), ZeroDivisionError()], ids=["retry", "bug"])
async def test_a_claim_is_not_extended_any_more_when_it_is_released(
    story: Story, error: Exception
) -> None:
    during: list[Claim | None] = []

    class Watched(type(story.bench.ledger)):  # type: ignore[misc]
        async def release(self, claim: Claim) -> None:
            during.append(story.lease.claim)
            await super().release(claim)

    async def failing() -> int:
        raise error

    story.bench.ledger = Watched(story.bench.clock)
    story._effect = failing  # type: ignore[method-assign]
    with suppress(ZeroDivisionError):
        await story.deliver()

    assert during == [None]
