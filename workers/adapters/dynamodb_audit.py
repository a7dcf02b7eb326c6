"""The log of policy violations in DynamoDB: table `(violation_id, timestamp)`."""

from collections.abc import Sequence
from itertools import islice
from typing import Any

from workers.adapters.aws_errors import translated
from workers.adapters.dynamodb_items import Item, stamp
from workers.ports import AuditedViolation, Away
from workers.runtime.transaction import Transaction

# BatchWriteItem takes at most 25 requests and says which of them it left (API reference).
_BATCH = 25
_TRIES = 4


class DynamoPolicyAudit:
    """The `policy-violations` table."""

    def __init__(self, client: Any, table: str) -> None:
        self._client = client
        self._table = table

    def within(self, transaction: Transaction) -> "EnlistedPolicyAudit":
        """The same table, written with the answer of a handler."""
        return EnlistedPolicyAudit(self, self._table, transaction)

    async def record(self, violations: Sequence[AuditedViolation]) -> None:
        items = _items(violations)
        rest = iter([{"PutRequest": {"Item": item}} for item in items.values()])
        while batch := list(islice(rest, _BATCH)):
            await self._write(batch)

    async def _write(self, batch: list[dict[str, Any]]) -> None:
        for _ in range(_TRIES):
            with translated("record policy violations"):
                answer = await self._client.batch_write_item(RequestItems={self._table: batch})
            batch = answer.get("UnprocessedItems", {}).get(self._table, [])
            if not batch:
                return
        raise Away(f"{len(batch)} policy violations are not recorded: DynamoDB is short of room")


class EnlistedPolicyAudit:
    """The `policy-violations` table for one run of a handler."""

    def __init__(self, log: DynamoPolicyAudit, table: str, transaction: Transaction) -> None:
        self._log = log
        self._table = table
        self._transaction = transaction

    async def record(self, violations: Sequence[AuditedViolation]) -> None:
        """More than a transaction takes goes before it: the same violations have the same keys."""
        items = _items(violations)
        if len(items) > self._transaction.room:
            await self._log.record(violations)
            return
        for key, item in items.items():
            put = {"Put": {"TableName": self._table, "Item": item}}
            self._transaction.add(("policy-violations", *key), put)


def _items(violations: Sequence[AuditedViolation]) -> dict[tuple[str, str], Item]:
    """By key: a request that names one twice is refused as a whole."""
    return {(v.violation_id, stamp(v.timestamp)): _item(v) for v in violations}


def _item(audited: AuditedViolation) -> Item:
    texts = {
        "violation_id": audited.violation_id,
        "timestamp": stamp(audited.timestamp),
        "workflow_id": audited.workflow_id,
        "task_id": audited.task_id,
        "artifact": audited.artifact,
        "severity": audited.violation.severity,
        "rule": audited.violation.rule,
        "violation": audited.violation.model_dump_json(),
    }
    return {name: {"S": text} for name, text in texts.items()}
