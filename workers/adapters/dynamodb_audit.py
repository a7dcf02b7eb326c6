"""The log of policy violations in DynamoDB: table `(violation_id, timestamp)`."""

from collections.abc import Sequence
from itertools import islice
from typing import Any

from workers.adapters.aws_errors import translated
from workers.adapters.dynamodb_items import Item, stamp
from workers.ports import AuditedViolation, Retry

# BatchWriteItem takes at most 25 requests and says which of them it left (API reference).
_BATCH = 25
_TRIES = 4


class DynamoPolicyAudit:
    """The `policy-violations` table."""

    def __init__(self, client: Any, table: str) -> None:
        self._client = client
        self._table = table

    async def record(self, violations: Sequence[AuditedViolation]) -> None:
        # A batch that names a key twice is refused as a whole.
        items = {(v.violation_id, v.timestamp): _item(v) for v in violations}
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
        raise Retry(f"{len(batch)} policy violations are not recorded: DynamoDB is short of room")


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
