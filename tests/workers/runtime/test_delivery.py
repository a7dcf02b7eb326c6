"""One attempt at one message: what it does, in which order, and what it leaves to the next."""

import asyncio
import json
from datetime import timedelta
from typing import Any

import pytest

from events.routes import source
from schemas.envelope import child_id
from schemas.health import HealthVerified
from schemas.task import TaskCreated
from schemas.workflow import WorkflowFailed
from workers.ports import Context, Reject, Retry
from workers.runtime.leases import Lease
from workers.runtime.ledger import Claim, LedgerUnavailable
from workers.runtime.queue import Message
from workers.runtime.settle import Busy, Failed, Handled, Outcome, Unacceptable, Unavailable

ROUTE_NAME = "codegen-on-task-created"
TRACE = "Root=1-65f0c1a2-0123456789abcdef01234567;Parent=53995c3f42cd8ad8;Sampled=1"


def leased(body: str, *, receives: int = 1, trace: str | None = None) -> Lease:
    return Lease(Message("m1", body, f"r{receives}", receives, group="g", trace=trace))


def cause(outcome: Outcome) -> str:
    assert isinstance(outcome, Unacceptable), outcome
    return outcome.parking.cause


class Handler:
    """Answers, or raises, in turn; the last one again and again."""

    def __init__(self, *turns: Any) -> None:
        self._turns = list(turns) or [None]
        self.seen: list[str] = []

    async def __call__(self, event: TaskCreated, context: Context) -> Any:
        self.seen.append(context.event_id)
        turn = self._turns.pop(0) if len(self._turns) > 1 else self._turns[0]
        if isinstance(turn, BaseException):
            raise turn
        return turn


async def test_an_attempt_claims_handles_commits_publishes_and_finishes(
    bench: Any, failure: Any
) -> None:
    process = bench.process()
    handler = Handler(failure)

    outcome = await bench.courier(handler, process=process).deliver(leased(bench.body("e1")))

    assert outcome == Handled()
    assert process.calls == ["claim", "handle", "commit", "put", "finish"]
    assert bench.ledger.state(ROUTE_NAME, "e1") == "done"


async def test_an_answer_of_nothing_needs_no_bus(bench: Any) -> None:
    process = bench.process()

    outcome = await bench.courier(Handler(None), process=process).deliver(leased(bench.body("e1")))

    assert outcome == Handled()
    assert process.calls == ["claim", "handle", "commit"]
    assert bench.ledger.state(ROUTE_NAME, "e1") == "done"


async def test_outgoing_events_say_who_made_them_from_what_and_in_which_trace(
    bench: Any, failure: Any
) -> None:
    await bench.courier(Handler((failure, failure))).deliver(leased(bench.body("e1"), trace=TRACE))

    made = [json.loads(entry["Detail"])["metadata"] for entry in bench.bus.entries]
    assert [each["id"] for each in made] == [child_id(ROUTE_NAME, "e1", n) for n in (0, 1)]
    assert {each["caused_by"] for each in made} == {"e1"}
    assert {entry["Source"] for entry in bench.bus.entries} == {source("codegen")}
    assert {each["trace"].split(";")[0] for each in made} == {TRACE.split(";", maxsplit=1)[0]}


async def test_a_broken_trace_in_the_metadata_leaves_the_one_of_the_queue(
    bench: Any, failure: Any
) -> None:
    detail = {**json.loads(bench.body("e1"))["detail"], "metadata": {"trace": "broken"}}

    await bench.courier(Handler(failure)).deliver(
        leased(bench.body("e1", detail=detail), trace=TRACE)
    )

    assert TRACE.split(";", maxsplit=1)[0] in bench.bus.entries[0]["TraceHeader"]


async def test_a_redelivery_of_what_is_done_does_not_run_the_handler(
    bench: Any, failure: Any
) -> None:
    handler = Handler(failure)
    courier = bench.courier(handler)
    await courier.deliver(leased(bench.body("e1")))

    again = await courier.deliver(leased(bench.body("e1"), receives=2))

    assert again == Handled()
    assert handler.seen == ["e1"]
    assert len(bench.bus.entries) == 1


async def test_what_is_committed_and_not_published_is_published_as_it_was_stored(
    bench: Any, failure: Any
) -> None:
    bench.bus.refuse_next = 2
    handler = Handler(failure, WorkflowFailed(workflow_id="w", reason="another answer"))
    courier = bench.courier(handler)

    first = await courier.deliver(leased(bench.body("e1")))
    assert isinstance(first, Unavailable)
    assert first.cause == "unpublished"
    assert bench.ledger.state(ROUTE_NAME, "e1") == "committed"

    assert await courier.deliver(leased(bench.body("e1"), receives=2)) == Handled()
    assert handler.seen == ["e1"]
    assert bench.published() == [child_id(ROUTE_NAME, "e1", 0)]
    assert json.loads(bench.bus.entries[0]["Detail"])["reason"] == "no"
    assert bench.ledger.state(ROUTE_NAME, "e1") == "done"


async def test_another_owner_at_work_is_waited_for_until_its_lease_ends(bench: Any) -> None:
    handler = Handler()
    await bench.ledger.claim(ROUTE_NAME, "e1", timedelta(seconds=9))

    outcome = await bench.courier(handler).deliver(leased(bench.body("e1")))

    assert outcome == Busy(timedelta(seconds=9))
    assert handler.seen == []


@pytest.mark.parametrize(
    ("turn", "expected"),
    [
        (Retry("soon"), Failed("retry", "soon")),
        (Retry("at nine", timedelta(seconds=9)), Failed("retry", "at nine", timedelta(seconds=9))),
    ],
)
async def test_a_retry_gives_the_claim_back_and_keeps_its_time(
    bench: Any, turn: Exception, expected: Outcome
) -> None:
    handler = Handler(turn, None)
    courier = bench.courier(handler)

    assert await courier.deliver(leased(bench.body("e1"))) == expected
    assert await courier.deliver(leased(bench.body("e1"), receives=2)) == Handled()
    assert handler.seen == ["e1", "e1"]


async def test_a_reject_is_parked_with_its_reason(bench: Any) -> None:
    outcome = await bench.courier(Handler(Reject("no such template"))).deliver(
        leased(bench.body("e1"))
    )

    assert isinstance(outcome, Unacceptable)
    assert (outcome.parking.cause, outcome.parking.reason) == ("rejected", "no such template")
    assert outcome.parking.route == ROUTE_NAME


async def test_an_answer_too_large_for_the_bus_is_rejected_before_it_is_committed(
    bench: Any, failure: Any
) -> None:
    endless = failure.model_copy(update={"reason": "x" * 1024 * 1024})

    outcome = await bench.courier(Handler(endless)).deliver(leased(bench.body("e1")))

    assert cause(outcome) == "rejected"
    assert bench.ledger.commits == []


@pytest.mark.parametrize(
    "answer",
    [
        WorkflowFailed(workflow_id="w", reason="not this route's"),
        "task.failed",
        [],
        HealthVerified.model_construct(),
    ],
)
async def test_an_answer_that_the_route_does_not_allow_is_a_bug_and_not_an_effect(
    bench: Any, answer: Any
) -> None:
    with pytest.raises(Exception, match="may not publish"):
        await bench.courier(Handler(answer)).deliver(leased(bench.body("e1")))

    assert bench.ledger.commits == []
    assert bench.bus.entries == []


async def test_a_bug_leaves_the_claim_free_for_the_next_delivery(bench: Any) -> None:
    courier = bench.courier(Handler(ZeroDivisionError(), None))

    with pytest.raises(ZeroDivisionError):
        await courier.deliver(leased(bench.body("e1")))

    assert await courier.deliver(leased(bench.body("e1"), receives=2)) == Handled()


async def test_a_handler_that_takes_too_long_is_ended(bench: Any) -> None:
    ended: list[str] = []

    async def endless(event: TaskCreated, context: Context) -> None:
        try:
            await asyncio.sleep(3600)
        finally:
            ended.append(context.event_id)

    outcome = await bench.courier(endless, timeout=timedelta(seconds=7)).deliver(
        leased(bench.body("e1"))
    )

    assert outcome == Failed("timed_out", "the handler took longer than 7 s")
    assert ended == ["e1"]
    assert isinstance(await bench.ledger.claim(ROUTE_NAME, "e1", timedelta(1)), Claim)


async def test_a_timeout_of_the_handlers_own_is_not_the_routes(bench: Any) -> None:
    with pytest.raises(TimeoutError, match="the database"):
        await bench.courier(Handler(TimeoutError("the database"))).deliver(leased(bench.body("e1")))


async def test_the_context_says_when_time_is_up(bench: Any) -> None:
    seen: list[Context] = []

    async def look(event: TaskCreated, context: Context) -> None:
        seen.append(context)

    await bench.courier(look, timeout=timedelta(seconds=7)).deliver(
        leased(bench.body("e1", time="2026-11-02T12:00:00Z"))
    )

    [context] = seen
    assert context.event_id == "e1"
    assert context.time.isoformat() == "2026-11-02T12:00:00+00:00"
    assert context.deadline == bench.clock.now() + timedelta(seconds=7)


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"detail": {}}, "undecodable"),
        ({"detail": "{}"}, "undecodable"),
        ({"detail-type": "task.failed"}, "undecodable"),
        ({"source": "me"}, "untrusted"),
    ],
)
async def test_what_is_no_event_of_the_route_never_reaches_ledger_or_handler(
    bench: Any, changes: dict[str, Any], expected: str
) -> None:
    process = bench.process()
    courier = bench.courier(Handler(), process=process, trusts=("conductor",))
    owned = {"source": source("conductor"), **changes}

    outcome = await courier.deliver(leased(bench.body("e1", **owned)))

    assert cause(outcome) == expected
    assert process.calls == []


async def test_what_does_not_fit_its_schema_is_parked_with_each_field(bench: Any) -> None:
    outcome = await bench.courier(Handler()).deliver(
        leased(bench.body("e1", detail={"service_name": "../x", "agent": "codegen"}))
    )

    assert isinstance(outcome, Unacceptable)
    parking = outcome.parking
    assert [path for path, _ in parking.fields] == ["service_name", "workflow_id", "task_id"]
    assert (parking.event_type, parking.schema_version) == ("task.created", 1)


async def test_what_killed_its_process_too_often_is_parked_before_its_handler_runs(
    bench: Any,
) -> None:
    handler = Handler()
    for _ in range(5):
        await bench.ledger.claim(ROUTE_NAME, "e1", timedelta(0))

    outcome = await bench.courier(handler).deliver(leased(bench.body("e1"), receives=6))

    assert cause(outcome) == "worn_out"
    assert handler.seen == []


async def test_what_was_received_often_and_never_tried_is_tried(bench: Any) -> None:
    handler = Handler()

    outcome = await bench.courier(handler).deliver(leased(bench.body("e1"), receives=10_000))

    assert outcome == Handled()
    assert handler.seen == ["e1"]


async def test_what_was_redriven_from_the_dead_letters_is_tried_again(bench: Any) -> None:
    handler = Handler()
    for _ in range(5):
        await bench.ledger.claim(ROUTE_NAME, "e1", timedelta(0))

    outcome = await bench.courier(handler).deliver(leased(bench.body("e1"), receives=1))

    assert outcome == Handled()
    assert handler.seen == ["e1"]


async def test_the_claim_is_extended_while_the_handler_runs_and_no_longer(
    bench: Any, failure: Any
) -> None:
    lease = leased(bench.body("e1"))
    during: list[Claim | None] = []

    async def look(event: TaskCreated, context: Context) -> Any:
        during.append(lease.claim)
        return failure

    class Watched(type(bench.ledger)):  # type: ignore[misc]
        async def commit(self, claim: Claim, *answer: Any) -> None:
            # A committed claim can't be extended, and would be taken for a lost one.
            assert lease.claim is None
            await super().commit(claim, *answer)

    bench.ledger = Watched(bench.clock)
    await bench.courier(look).deliver(lease)

    assert during == [Claim(ROUTE_NAME, "e1", 1)]
    assert lease.claim is None
    assert bench.ledger.commits == ["e1"]


async def test_an_owner_that_lost_its_lease_commits_and_publishes_nothing(
    bench: Any, failure: Any
) -> None:
    lease = leased(bench.body("e1"))

    async def blocked(event: TaskCreated, context: Context) -> Any:
        # What a renewer on another thread does while the event loop is held.
        lease.lost = "the queue gave the message to somebody else"
        return failure

    outcome = await bench.courier(blocked).deliver(lease)

    assert outcome == Busy(bench.lease)
    assert (bench.ledger.commits, bench.bus.entries) == ([], [])


async def test_an_owner_that_lost_its_claim_commits_and_publishes_nothing(
    bench: Any, failure: Any
) -> None:
    async def slow(event: TaskCreated, context: Context) -> Any:
        await asyncio.sleep(bench.lease.total_seconds() + 1)
        await bench.ledger.claim(ROUTE_NAME, "e1", bench.lease)
        return failure

    outcome = await bench.courier(slow).deliver(leased(bench.body("e1")))

    assert outcome == Busy(bench.lease)
    assert (bench.ledger.commits, bench.bus.entries) == ([], [])


async def test_a_ledger_that_is_away_is_no_fault_of_the_leased(bench: Any) -> None:
    bench.ledger.down = True

    with pytest.raises(LedgerUnavailable):
        await bench.courier(Handler()).deliver(leased(bench.body("e1")))


@pytest.mark.parametrize(
    ("turn", "expected"),
    [(Retry("soon"), Failed), (Reject("no"), Unacceptable)],
)
async def test_a_claim_that_cannot_be_given_back_does_not_hide_the_outcome(
    bench: Any, turn: Exception, expected: type
) -> None:
    async def last_words(event: TaskCreated, context: Context) -> None:
        bench.ledger.down = True
        raise turn

    outcome = await bench.courier(last_words).deliver(leased(bench.body("e1")))

    assert isinstance(outcome, expected)


async def test_a_cancelled_attempt_frees_its_claim_and_commits_nothing(bench: Any) -> None:
    async def slow(event: TaskCreated, context: Context) -> None:
        await asyncio.sleep(3600)

    attempt = asyncio.create_task(
        bench.courier(slow, timeout=timedelta(hours=2)).deliver(leased(bench.body("e1")))
    )
    await asyncio.sleep(1)
    attempt.cancel()
    with pytest.raises(asyncio.CancelledError):
        await attempt

    assert bench.ledger.commits == []
    assert isinstance(await bench.ledger.claim(ROUTE_NAME, "e1", bench.lease), Claim)
