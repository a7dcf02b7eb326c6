"""Workflow states in DynamoDB: table `(workflow_id, task_id)`, index `status-index`.

`status-index` has the keys `status` and `created_at` and projects everything; only the workflows'
own items have those attributes. How items look is in `dynamodb_items.py`.
"""

from collections.abc import Sequence
from typing import Any, get_args

from botocore.exceptions import ClientError

from workers.adapters.aws_errors import translated
from workers.adapters.dynamodb_items import (
    HEAD,
    Item,
    head,
    head_change,
    headline,
    is_whole,
    leaf,
    state_of,
)
from workers.adapters.transactions import is_beaten
from workers.ports import Retry
from workers.runtime.ledger import Write
from workers.runtime.transaction import Transaction
from workers.workflow import WorkflowState, WorkflowStatus

STATUS_INDEX = "status-index"

_LOOKS = 5


class DynamoWorkflows:
    """The `workflows` table. A new workflow has version 0; `save` writes `before.version + 1`."""

    def __init__(self, client: Any, table: str) -> None:
        self._client = client
        self._table = table

    def within(self, transaction: Transaction) -> "EnlistedWorkflows":
        """The same store, whose next write is made with the answer of a handler."""
        return EnlistedWorkflows(self, transaction)

    async def create(self, state: WorkflowState) -> WorkflowState:
        first, puts = self.creation(state)
        if await self._written(puts, f"create workflow {state.workflow_id}"):
            return first
        there = await self.load(state.workflow_id)
        if there is None:
            raise Retry(f"workflow {state.workflow_id} is being created by somebody else")
        return there

    async def load(self, workflow_id: str) -> WorkflowState | None:
        for _ in range(_LOOKS):
            items = await self._items(workflow_id)
            if HEAD not in items:
                return None
            if is_whole(items):
                return state_of(items)
        raise Retry(f"workflow {workflow_id} changes faster than it can be read")

    async def save(self, before: WorkflowState, after: WorkflowState) -> bool:
        return await self._written(self.change(before, after), f"save workflow {after.workflow_id}")

    def creation(self, state: WorkflowState) -> tuple[WorkflowState, Sequence[Write]]:
        """The workflow as it is stored first, and the writes for it."""
        first = state.model_copy(update={"version": 0})
        unless_there = {"ConditionExpression": "attribute_not_exists(workflow_id)"}
        return first, [
            {"Put": {"TableName": self._table, "Item": head(first), **unless_there}},
            *(self._put(leaf(first, task)) for task in first.tasks),
        ]

    def change(self, before: WorkflowState, after: WorkflowState) -> Sequence[Write]:
        """The writes from one state to the next; they fail when the store has another one."""
        after = after.model_copy(update={"version": before.version + 1})
        changed = [task for task in after.tasks if task not in before.tasks]
        return [
            {"Update": {"TableName": self._table, **head_change(before, after, changed)}},
            *(self._put(leaf(after, task)) for task in changed),
        ]

    async def recent(self, limit: int = 20) -> Sequence[WorkflowState]:
        found: list[WorkflowState] = []
        for status in get_args(WorkflowStatus):
            with translated("list workflows"):
                answer = await self._client.query(
                    TableName=self._table,
                    IndexName=STATUS_INDEX,
                    KeyConditionExpression="#status = :status",
                    ExpressionAttributeNames={"#status": "status"},
                    ExpressionAttributeValues={":status": {"S": status}},
                    ScanIndexForward=False,
                    Limit=limit,
                )
            found.extend(headline(item) for item in answer["Items"])
        # The index lags: a workflow that changes its status meanwhile may be listed under both.
        newest = {state.workflow_id: state for state in sorted(found, key=lambda s: s.version)}
        return sorted(newest.values(), key=lambda s: s.created_at, reverse=True)[:limit]

    def _put(self, item: Item) -> dict[str, Any]:
        return {"Put": {"TableName": self._table, "Item": item}}

    async def _written(self, writes: Sequence[Write], action: str) -> bool:
        """Whether the transaction happened; False when another writer was faster."""
        with translated(action):
            try:
                await self._client.transact_write_items(TransactItems=list(writes))
            except ClientError as error:
                if not is_beaten(error):
                    raise
                return False
        return True

    async def _items(self, workflow_id: str) -> dict[str, Item]:
        """The workflow's items by task id."""
        items: dict[str, Item] = {}
        pages = self._client.get_paginator("query").paginate(
            TableName=self._table,
            KeyConditionExpression="workflow_id = :workflow",
            ExpressionAttributeValues={":workflow": {"S": workflow_id}},
            ConsistentRead=True,
        )
        with translated(f"load workflow {workflow_id}"):
            async for page in pages:
                items |= {item["task_id"]["S"]: item for item in page["Items"]}
        return items


class EnlistedWorkflows:
    """The `workflows` table for one run of a handler, which writes to one workflow once.

    What another owner has written since it was read shows at the commit: then nothing is written,
    and the handler runs again.
    """

    def __init__(self, store: DynamoWorkflows, transaction: Transaction) -> None:
        self._store = store
        self._transaction = transaction
        self._missing: set[str] = set()

    async def create(self, state: WorkflowState) -> WorkflowState:
        if state.workflow_id not in self._missing:
            there = await self.load(state.workflow_id)
            if there is not None:
                return there
        first, writes = self._store.creation(state)
        self._enlist(state, writes)
        return first

    async def load(self, workflow_id: str) -> WorkflowState | None:
        there = await self._store.load(workflow_id)
        if there is None:
            self._missing.add(workflow_id)
        return there

    async def save(self, before: WorkflowState, after: WorkflowState) -> bool:
        self._enlist(after, self._store.change(before, after))
        return True

    async def recent(self, limit: int = 20) -> Sequence[WorkflowState]:
        return await self._store.recent(limit)

    def _enlist(self, state: WorkflowState, writes: Sequence[Write]) -> None:
        for place, write in enumerate(writes):
            self._transaction.add(("workflows", state.workflow_id, place), write)
