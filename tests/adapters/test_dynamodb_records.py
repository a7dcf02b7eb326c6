"""The two logs in DynamoDB: deployments and policy violations."""

from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest

from schemas.policy import Violation
from workers.adapters.dynamodb_audit import DynamoPolicyAudit
from workers.adapters.dynamodb_deployments import DynamoDeployments
from workers.ports import AuditedViolation, DeploymentRecord, Retry
from workers.testing import EPOCH


@pytest.fixture
async def dynamodb(clients: Any) -> AsyncIterator[Any]:
    async with clients("dynamodb") as client:
        yield client


async def made_table(client: Any, key: str) -> str:
    name = f"{key.replace('_', '-')}-{uuid4().hex[:8]}"
    await client.create_table(
        TableName=name,
        BillingMode="PAY_PER_REQUEST",
        AttributeDefinitions=[
            {"AttributeName": attribute, "AttributeType": "S"} for attribute in (key, "timestamp")
        ],
        KeySchema=[
            {"AttributeName": key, "KeyType": "HASH"},
            {"AttributeName": "timestamp", "KeyType": "RANGE"},
        ],
    )
    return name


def a_violation(number: int, message: str = "the bucket is public") -> AuditedViolation:
    return AuditedViolation(
        violation_id=f"v-{number}",
        timestamp=EPOCH,
        workflow_id="wf-1",
        task_id="t1",
        artifact=f"artifacts/{'a' * 64}.tar.gz",
        violation=Violation(severity="high", rule="s3-public-access", message=message),
    )


@pytest.mark.embedded
async def test_a_deployment_record_replaces_itself_and_expires_after_ninety_days(
    dynamodb: Any,
) -> None:
    table = await made_table(dynamodb, "deployment_id")
    deployments = DynamoDeployments(dynamodb, table)
    for status in ("started", "success"):
        await deployments.record(
            DeploymentRecord(
                deployment_id="dep-1",
                timestamp=EPOCH,
                workflow_id="wf-1",
                service_name="user-service",
                environment="staging",
                version="v1",
                status=status,
            )
        )
    [item] = (await dynamodb.scan(TableName=table))["Items"]
    assert item["status"] == {"S": "success"}
    assert item["timestamp"] == {"S": "2026-11-02T09:00:00.000000+00:00"}
    assert int(item["expires_at"]["N"]) == (EPOCH + timedelta(days=90)).timestamp()


@pytest.mark.embedded
async def test_more_violations_than_one_batch_holds_are_all_recorded_once(dynamodb: Any) -> None:
    table = await made_table(dynamodb, "violation_id")
    audit = DynamoPolicyAudit(dynamodb, table)
    violations = [a_violation(number) for number in range(60)]
    await audit.record([*violations, a_violation(7, "said again")])
    await audit.record(violations[:3])
    items = (await dynamodb.scan(TableName=table))["Items"]
    assert len(items) == 60
    [seventh] = [item for item in items if item["violation_id"]["S"] == "v-7"]
    assert Violation.model_validate_json(seventh["violation"]["S"]).message == "said again"


@pytest.mark.embedded
async def test_no_violations_are_no_request(dynamodb: Any) -> None:
    await DynamoPolicyAudit(dynamodb, "a-table-that-is-not-there").record([])


@pytest.mark.embedded
async def test_a_table_that_is_not_there_yet_is_tried_again_later(dynamodb: Any) -> None:
    with pytest.raises(Retry, match="ResourceNotFoundException"):
        await DynamoPolicyAudit(dynamodb, "a-table-that-is-not-there").record([a_violation(1)])


class Crowded:
    """A client that leaves `left` items of every batch, `times` times."""

    def __init__(self, left: int, times: int) -> None:
        self.sizes: list[int] = []
        self._left, self._times = left, times

    async def batch_write_item(self, RequestItems: dict[str, Any]) -> dict[str, Any]:  # noqa: N803
        [(table, batch)] = RequestItems.items()
        self.sizes.append(len(batch))
        rest = batch[-self._left :] if len(self.sizes) <= self._times else []
        return {"UnprocessedItems": {table: rest} if rest else {}}


async def test_what_a_batch_left_is_sent_again_alone() -> None:
    client = Crowded(left=2, times=1)
    await DynamoPolicyAudit(client, "violations").record([a_violation(n) for n in range(5)])
    assert client.sizes == [5, 2]


async def test_a_table_that_stays_short_of_room_is_tried_again_later() -> None:
    client = Crowded(left=2, times=10_000)
    with pytest.raises(Retry, match="2 policy violations"):
        await DynamoPolicyAudit(client, "violations").record([a_violation(n) for n in range(5)])
    assert client.sizes == [5, 2, 2, 2]
