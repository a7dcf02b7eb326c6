"""The deployment history in DynamoDB: table `(deployment_id, timestamp)`, TTL on `expires_at`."""

from datetime import timedelta
from typing import Any

from workers.adapters.aws_errors import translated
from workers.adapters.dynamodb_items import Item, stamp
from workers.ports import DeploymentRecord
from workers.runtime.transaction import Transaction

RETENTION = timedelta(days=90)


class DynamoDeployments:
    """The `deployments` table. A record expires 90 days after its own time."""

    def __init__(self, client: Any, table: str) -> None:
        self._client = client
        self._table = table

    def within(self, transaction: Transaction) -> "EnlistedDeployments":
        """The same table, written with the answer of a handler."""
        return EnlistedDeployments(self._table, transaction)

    async def record(self, record: DeploymentRecord) -> None:
        with translated(f"record deployment {record.deployment_id}"):
            await self._client.put_item(TableName=self._table, Item=_item(record))


class EnlistedDeployments:
    """The `deployments` table for one run of a handler."""

    def __init__(self, table: str, transaction: Transaction) -> None:
        self._table = table
        self._transaction = transaction

    async def record(self, record: DeploymentRecord) -> None:
        key = (record.deployment_id, stamp(record.timestamp))
        put = {"Put": {"TableName": self._table, "Item": _item(record)}}
        self._transaction.add(("deployments", *key), put)


def _item(record: DeploymentRecord) -> Item:
    texts = {
        "deployment_id": record.deployment_id,
        "timestamp": stamp(record.timestamp),
        "workflow_id": record.workflow_id,
        "service_name": record.service_name,
        "environment": record.environment,
        "version": record.version,
        "status": record.status,
        "detail": record.detail,
    }
    expiry = int((record.timestamp + RETENTION).timestamp())
    return {name: {"S": text} for name, text in texts.items()} | {"expires_at": {"N": str(expiry)}}
