"""One suite for workflow stores: in memory, and DynamoDB as the emulator has it."""

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta, timezone
from typing import Any
from uuid import uuid4

import pytest

from schemas.service import Bucket
from schemas.workflow import PlannedTask
from workers.adapters.dynamodb_items import HEAD, head, is_whole, leaf
from workers.adapters.dynamodb_ledger import DynamoLedger
from workers.adapters.dynamodb_workflows import DynamoWorkflows
from workers.ports import Retry, Workflows
from workers.runtime.ledger import Claim, ClaimLost, Committed, Conflict, Done
from workers.runtime.testing import VirtualClock
from workers.runtime.transaction import Transaction
from workers.testing import EPOCH, FakeWorkflows
from workers.workflow import TaskState, WorkflowState


@pytest.fixture(params=["memory", pytest.param("dynamodb", marks=pytest.mark.embedded)])
async def workflows(request: pytest.FixtureRequest) -> AsyncIterator[Workflows]:
    if request.param == "memory":
        yield FakeWorkflows()
        return
    async with request.getfixturevalue("clients")("dynamodb") as client:
        yield DynamoWorkflows(client, await made_table(client))


@pytest.fixture
async def table(clients: Any) -> AsyncIterator[tuple[Any, str]]:
    async with clients("dynamodb") as client:
        yield client, await made_table(client)


async def made_table(client: Any) -> str:
    name = f"workflows-{uuid4().hex[:8]}"
    await client.create_table(
        TableName=name,
        BillingMode="PAY_PER_REQUEST",
        AttributeDefinitions=[
            {"AttributeName": attribute, "AttributeType": "S"}
            for attribute in ("workflow_id", "task_id", "status", "created_at")
        ],
        KeySchema=[
            {"AttributeName": "workflow_id", "KeyType": "HASH"},
            {"AttributeName": "task_id", "KeyType": "RANGE"},
        ],
        GlobalSecondaryIndexes=[
            {
                "IndexName": "status-index",
                "KeySchema": [
                    {"AttributeName": "status", "KeyType": "HASH"},
                    {"AttributeName": "created_at", "KeyType": "RANGE"},
                ],
                "Projection": {"ProjectionType": "ALL"},
            }
        ],
    )
    return name


def a_workflow(workflow_id: str = "wf-1", **fields: Any) -> WorkflowState:
    plan = [
        # Not in the order of the keys: the store must keep the plan's own.
        PlannedTask(task_id="zeta", agent="codegen", part="service"),
        PlannedTask(task_id="t10", agent="deployment", depends_on=("zeta",)),
        PlannedTask(task_id="t2", agent="observability", depends_on=("t10",)),
    ]
    return WorkflowState.model_validate(
        {
            "workflow_id": workflow_id,
            "created_by": "event-1",
            "created_at": EPOCH,
            "service_name": "user-service",
            "tasks": [TaskState(plan=task) for task in plan],
            **fields,
        }
    )


def with_task(state: WorkflowState, task_id: str, **fields: Any) -> WorkflowState:
    tasks = [t.model_copy(update=fields) if t.plan.task_id == task_id else t for t in state.tasks]
    return state.model_copy(update={"tasks": tuple(tasks)})


async def test_what_is_created_is_loaded_with_its_tasks_in_the_order_of_the_plan(
    workflows: Workflows,
) -> None:
    created = await workflows.create(a_workflow())
    assert created == a_workflow()
    assert await workflows.load("wf-1") == created


async def test_empty_zero_and_nested_values_come_back_as_they_were(workflows: Workflows) -> None:
    state = a_workflow(
        request="",
        notes=("", "ünï✓", 'quote " and \\ and \n'),
        buckets=(Bucket(name="avatars", public=True),),
        created_at=datetime(2026, 11, 2, 9, 0, 0, 1, tzinfo=timezone(timedelta(hours=5))),
    )
    state = with_task(
        state,
        "zeta",
        started_at=datetime(2026, 11, 2, 9, 0, 0, 999_999, tzinfo=UTC),
        ended_at=None,
        feedback="",
        evidence={
            "zero": 0,
            "float": 0.1,
            "large": 2**70,
            "no": False,
            "none": None,
            "empty": {"text": "", "list": [], "dict": {}},
            "deep": [{"a": [1, [2, {"b": ""}]]}],
        },
    )
    await workflows.create(state)
    assert await workflows.load("wf-1") == state


async def test_an_unknown_workflow_is_none(workflows: Workflows) -> None:
    assert await workflows.load("wf-of-nobody") is None


async def test_creating_again_returns_what_is_there(workflows: Workflows) -> None:
    first = await workflows.create(a_workflow(request="the first"))
    again = await workflows.create(a_workflow(request="the second", tasks=()))
    assert again == first
    assert await workflows.load("wf-1") == first


async def test_of_two_creations_at_once_both_get_the_same_workflow(workflows: Workflows) -> None:
    one, other = await asyncio.gather(
        workflows.create(a_workflow(request="one")), workflows.create(a_workflow(request="other"))
    )
    assert one == other == await workflows.load("wf-1")


async def test_a_save_writes_the_next_version_and_keeps_unchanged_tasks(
    workflows: Workflows,
) -> None:
    before = await workflows.create(a_workflow())
    after = with_task(before, "t10", status="running", created_by="event-2")
    assert await workflows.save(before, after.model_copy(update={"status": "failed"}))
    loaded = await workflows.load("wf-1")
    assert loaded is not None
    assert loaded == after.model_copy(update={"status": "failed", "version": 1})
    assert await workflows.save(loaded, with_task(loaded, "zeta", status="done"))
    assert [t.status for t in (await workflows.load("wf-1") or loaded).tasks] == [
        "done",
        "running",
        "waiting",
    ]


async def test_a_save_from_an_old_version_changes_nothing(workflows: Workflows) -> None:
    before = await workflows.create(a_workflow())
    assert await workflows.save(before, with_task(before, "zeta", status="done"))
    stored = await workflows.load("wf-1")
    assert not await workflows.save(before, with_task(before, "t10", status="failed"))
    assert await workflows.load("wf-1") == stored


async def test_a_workflow_that_is_not_there_is_not_saved(workflows: Workflows) -> None:
    state = a_workflow("wf-of-nobody")
    assert not await workflows.save(state, with_task(state, "zeta", status="done"))
    assert await workflows.load("wf-of-nobody") is None


async def test_of_concurrent_saves_from_one_version_exactly_one_wins(workflows: Workflows) -> None:
    before = await workflows.create(a_workflow())
    rivals = [with_task(before, "zeta", status="done", settled_by=f"event-{n}") for n in range(6)]
    won = await asyncio.gather(*(workflows.save(before, rival) for rival in rivals))
    assert won.count(True) == 1
    expected = rivals[won.index(True)].model_copy(update={"version": 1})
    assert await workflows.load("wf-1") == expected


async def test_recent_lists_the_newest_of_every_status_without_tasks(workflows: Workflows) -> None:
    for hours, status in ((1, "running"), (4, "failed"), (2, "completed"), (3, "running")):
        moment = EPOCH + timedelta(hours=hours)
        await workflows.create(a_workflow(f"wf-{hours}", created_at=moment, status=status))
    found = await workflows.recent(3)
    assert [(s.workflow_id, s.status) for s in found] == [
        ("wf-4", "failed"),
        ("wf-3", "running"),
        ("wf-2", "completed"),
    ]
    assert {state.tasks for state in found} == {()}


async def test_recent_follows_a_change_of_status(workflows: Workflows) -> None:
    before = await workflows.create(a_workflow())
    await workflows.save(before, before.model_copy(update={"status": "completed"}))
    assert [(s.status, s.version) for s in await workflows.recent()] == [("completed", 1)]


@pytest.mark.embedded
async def test_only_the_workflow_itself_is_in_the_status_index(table: tuple[Any, str]) -> None:
    client, name = table
    await DynamoWorkflows(client, name).create(a_workflow())
    answer = await client.scan(TableName=name, IndexName="status-index")
    assert [item["task_id"]["S"] for item in answer["Items"]] == ["#workflow"]


def test_a_mixture_of_two_versions_is_told_from_a_whole() -> None:
    old = a_workflow()
    new = with_task(old, "zeta", status="done").model_copy(update={"version": 1})
    first = {HEAD: head(old), **{t.plan.task_id: leaf(old, t) for t in old.tasks}}
    newer = {**first, "zeta": leaf(new, new.tasks[0])}
    assert is_whole(first)
    assert not is_whole(newer)
    assert not is_whole({name: item for name, item in first.items() if name != "t2"})


class Torn:
    """A client whose queries always meet a transaction halfway."""

    def __init__(self, state: WorkflowState) -> None:
        newer = state.model_copy(update={"version": 1})
        self.looks = 0
        self._items = [head(state), *(leaf(newer, task) for task in state.tasks)]

    def get_paginator(self, _name: str) -> "Torn":
        return self

    async def paginate(self, **_wanted: Any) -> AsyncIterator[dict[str, Any]]:
        self.looks += 1
        yield {"Items": self._items}


async def test_a_state_that_never_holds_still_is_tried_again_later() -> None:
    client = Torn(a_workflow())
    with pytest.raises(Retry, match="changes faster"):
        await DynamoWorkflows(client, "workflows").load("wf-1")
    assert client.looks == 5


LEASE = timedelta(seconds=12)
ANSWER = [{"Source": "s", "DetailType": "task.failed", "Detail": "{}", "Time": "2026-11-02"}]


class Handling:
    """One route's handlings of events, each a claim, a run of its handler, and its commit."""

    def __init__(self, client: Any, workflows: str, ledger: str) -> None:
        self.clock = VirtualClock()
        self.store = DynamoWorkflows(client, workflows)
        self.ledger = DynamoLedger(client, ledger, self.clock.now, timedelta(days=25))

    async def claim(self, event_id: str = "e1") -> Claim:
        found = await self.ledger.claim("w", event_id, LEASE)
        assert isinstance(found, Claim), found
        return found


@pytest.fixture
async def handling(table: tuple[Any, str]) -> Handling:
    client, name = table
    ledger = f"ledger-{uuid4().hex[:8]}"
    await client.create_table(
        TableName=ledger,
        BillingMode="PAY_PER_REQUEST",
        AttributeDefinitions=[{"AttributeName": "delivery", "AttributeType": "S"}],
        KeySchema=[{"AttributeName": "delivery", "KeyType": "HASH"}],
    )
    return Handling(client, name, ledger)


@pytest.mark.embedded
async def test_an_enlisted_creation_is_there_with_the_answer_and_not_before(
    handling: Handling,
) -> None:
    claim, transaction = await handling.claim(), Transaction()
    within = handling.store.within(transaction)

    assert await within.create(a_workflow(version=7)) == a_workflow()
    assert await handling.store.load("wf-1") is None
    assert len(transaction.writes) == 4

    await handling.ledger.commit(claim, ANSWER, transaction.writes)
    assert await handling.store.load("wf-1") == a_workflow()
    assert isinstance(await handling.ledger.claim("w", "e1", LEASE), Committed)


@pytest.mark.embedded
async def test_an_enlisted_save_is_there_with_the_answer_and_not_before(
    handling: Handling,
) -> None:
    before = await handling.store.create(a_workflow())
    claim, transaction = await handling.claim(), Transaction()
    within = handling.store.within(transaction)
    after = with_task(before, "t10", status="running")

    assert await within.load("wf-1") == before
    assert await within.save(before, after)
    assert await handling.store.load("wf-1") == before

    await handling.ledger.commit(claim, [], transaction.writes)
    assert await handling.store.load("wf-1") == after.model_copy(update={"version": 1})
    assert await handling.ledger.claim("w", "e1", LEASE) == Done()


@pytest.mark.embedded
async def test_what_another_saved_meanwhile_is_a_conflict_and_the_next_run_reads_it(
    handling: Handling,
) -> None:
    before = await handling.store.create(a_workflow())
    claim, first = await handling.claim(), Transaction()
    await handling.store.within(first).save(before, with_task(before, "zeta", status="failed"))
    rival = with_task(before, "t10", status="running")
    assert await handling.store.save(before, rival)

    with pytest.raises(Conflict):
        await handling.ledger.commit(claim, ANSWER, first.writes)
    stored = await handling.store.load("wf-1")
    assert stored == rival.model_copy(update={"version": 1})

    second = Transaction()
    within = handling.store.within(second)
    anew = await within.load("wf-1")
    assert anew == stored
    await within.save(anew, with_task(anew, "zeta", status="failed"))
    await handling.ledger.commit(claim, ANSWER, second.writes)
    assert [task.status for task in (await handling.store.load("wf-1") or before).tasks] == [
        "failed",
        "running",
        "waiting",
    ]


@pytest.mark.embedded
async def test_of_rivals_with_an_answer_each_exactly_one_writes(handling: Handling) -> None:
    before = await handling.store.create(a_workflow())

    async def rival(number: int) -> bool:
        claim, transaction = await handling.claim(f"e{number}"), Transaction()
        after = with_task(before, "zeta", status="done", settled_by=f"e{number}")
        await handling.store.within(transaction).save(before, after)
        try:
            await handling.ledger.commit(claim, ANSWER, transaction.writes)
        except Conflict:
            return False
        return True

    won = await asyncio.gather(*map(rival, range(6)))

    assert won.count(True) == 1
    stored = await handling.store.load("wf-1")
    assert stored is not None
    assert (stored.version, stored.tasks[0].settled_by) == (1, f"e{won.index(True)}")
    for number, is_winner in enumerate(won):
        handling.clock.advance(LEASE)
        found = await handling.ledger.claim("w", f"e{number}", LEASE)
        assert isinstance(found, Committed) is is_winner


@pytest.mark.embedded
async def test_a_late_owner_writes_no_workflow(handling: Handling) -> None:
    before = await handling.store.create(a_workflow())
    late, transaction = await handling.claim(), Transaction()
    await handling.store.within(transaction).save(before, with_task(before, "zeta", status="done"))
    handling.clock.advance(LEASE)
    await handling.claim()

    with pytest.raises(ClaimLost):
        await handling.ledger.commit(late, ANSWER, transaction.writes)

    assert await handling.store.load("wf-1") == before


@pytest.mark.embedded
async def test_a_commit_that_is_made_twice_writes_once(handling: Handling) -> None:
    before = await handling.store.create(a_workflow())
    claim, transaction = await handling.claim(), Transaction()
    after = with_task(before, "zeta", status="done")
    await handling.store.within(transaction).save(before, after)

    for _ in range(2):
        await handling.ledger.commit(claim, ANSWER, transaction.writes)

    assert await handling.store.load("wf-1") == after.model_copy(update={"version": 1})


@pytest.mark.embedded
async def test_an_enlisted_creation_of_what_is_there_gives_that_and_writes_nothing(
    handling: Handling,
) -> None:
    """Otherwise it would conflict in every run, and with whatever was created."""
    there = await handling.store.create(a_workflow(request="first"))
    transaction = Transaction()

    found = await handling.store.within(transaction).create(a_workflow(request="second"))

    assert found == there
    assert transaction.writes == ()


@pytest.mark.embedded
async def test_of_two_enlisted_creations_one_conflicts_and_then_finds_the_others(
    handling: Handling,
) -> None:
    claims = [await handling.claim(event) for event in ("e1", "e2")]
    transactions = [Transaction(), Transaction()]
    for request, transaction in zip(("one", "other"), transactions, strict=True):
        within = handling.store.within(transaction)
        assert await within.load("wf-1") is None
        await within.create(a_workflow(request=request))

    await handling.ledger.commit(claims[0], ANSWER, transactions[0].writes)
    with pytest.raises(Conflict):
        await handling.ledger.commit(claims[1], ANSWER, transactions[1].writes)

    again = Transaction()
    assert await handling.store.within(again).create(a_workflow()) == a_workflow(request="one")
    await handling.ledger.commit(claims[1], ANSWER, again.writes)
    assert await handling.store.load("wf-1") == a_workflow(request="one")


@pytest.mark.embedded
async def test_one_run_writes_to_several_workflows_and_to_each_once(handling: Handling) -> None:
    claim, transaction = await handling.claim(), Transaction()
    within = handling.store.within(transaction)
    await within.create(a_workflow("wf-1"))
    await within.create(a_workflow("wf-2"))
    with pytest.raises(ValueError, match="once"):
        await within.save(a_workflow("wf-1"), with_task(a_workflow("wf-1"), "t2", status="done"))

    await handling.ledger.commit(claim, [], transaction.writes)

    assert await handling.store.load("wf-2") == a_workflow("wf-2")
