"""The two logs in DynamoDB: deployments and policy violations."""

from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest

from schemas.policy import Violation
from workers.adapters.dynamodb_audit import DynamoPolicyAudit
from workers.adapters.dynamodb_deployments import DynamoDeployments
from workers.adapters.dynamodb_ledger import DynamoLedger
from workers.ports import AuditedViolation, DeploymentRecord, Retry
from workers.runtime.ledger import Claim, ClaimLost, Conflict
from workers.runtime.testing import VirtualClock
from workers.runtime.transaction import Transaction
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


LEASE = timedelta(seconds=12)


def a_deployment(number: int = 1, status: str = "started") -> DeploymentRecord:
    return DeploymentRecord(
        deployment_id=f"dep-{number}",
        timestamp=EPOCH,
        workflow_id="wf-1",
        service_name="user-service",
        environment="staging",
        version="v1",
        status=status,
    )


class Handling:
    """A handler's run over both logs, and its commit."""

    def __init__(self, client: Any, tables: tuple[str, str, str]) -> None:
        self.clock = VirtualClock()
        self._client = client
        ledger, self.deployments_table, self.violations_table = tables
        self.ledger = DynamoLedger(client, ledger, self.clock.now, timedelta(days=25))
        self.deployments = DynamoDeployments(client, self.deployments_table)
        self.audit = DynamoPolicyAudit(client, self.violations_table)

    async def claim(self) -> Claim:
        found = await self.ledger.claim("w", "e1", LEASE)
        assert isinstance(found, Claim), found
        return found

    async def count(self) -> tuple[int, int]:
        """Deployments and violations."""
        counts = [
            (await self._client.scan(TableName=table))["Count"]
            for table in (self.deployments_table, self.violations_table)
        ]
        return counts[0], counts[1]


@pytest.fixture
async def handling(dynamodb: Any) -> Handling:
    ledger = f"ledger-{uuid4().hex[:8]}"
    await dynamodb.create_table(
        TableName=ledger,
        BillingMode="PAY_PER_REQUEST",
        AttributeDefinitions=[{"AttributeName": "delivery", "AttributeType": "S"}],
        KeySchema=[{"AttributeName": "delivery", "KeyType": "HASH"}],
    )
    logs = await made_table(dynamodb, "deployment_id"), await made_table(dynamodb, "violation_id")
    return Handling(dynamodb, (ledger, *logs))


@pytest.mark.embedded
async def test_enlisted_records_are_there_with_the_answer_and_not_before(
    handling: Handling,
) -> None:
    claim, transaction = await handling.claim(), Transaction()
    await handling.deployments.within(transaction).record(a_deployment())
    await handling.audit.within(transaction).record([a_violation(1), a_violation(2)])
    assert await handling.count() == (0, 0)

    await handling.ledger.commit(claim, [], transaction.writes)

    assert await handling.count() == (1, 2)


@pytest.mark.embedded
async def test_enlisted_records_lie_as_those_that_are_written_at_once(
    handling: Handling, dynamodb: Any
) -> None:
    claim, transaction = await handling.claim(), Transaction()
    await handling.deployments.record(a_deployment(1))
    await handling.audit.record([a_violation(1)])
    await handling.deployments.within(transaction).record(a_deployment(2))
    await handling.audit.within(transaction).record([a_violation(2)])

    await handling.ledger.commit(claim, [], transaction.writes)

    for table, key in (
        (handling.deployments_table, "deployment_id"),
        (handling.violations_table, "violation_id"),
    ):
        one, other = (await dynamodb.scan(TableName=table))["Items"]
        assert {**one, key: None} == {**other, key: None}


@pytest.mark.embedded
async def test_a_late_owner_and_a_conflict_record_nothing(handling: Handling) -> None:
    late, transaction = await handling.claim(), Transaction()
    await handling.deployments.within(transaction).record(a_deployment())
    await handling.audit.within(transaction).record([a_violation(1)])
    beaten = {
        "ConditionCheck": {
            "TableName": handling.violations_table,
            "Key": {"violation_id": {"S": "v-9"}, "timestamp": {"S": "now"}},
            "ConditionExpression": "attribute_exists(violation_id)",
        }
    }
    with pytest.raises(Conflict):
        await handling.ledger.commit(late, [], [*transaction.writes, beaten])
    assert await handling.count() == (0, 0)

    handling.clock.advance(LEASE)
    await handling.claim()
    with pytest.raises(ClaimLost):
        await handling.ledger.commit(late, [], transaction.writes)

    assert await handling.count() == (0, 0)


@pytest.mark.embedded
async def test_what_is_named_twice_is_enlisted_once_as_the_later_one(handling: Handling) -> None:
    claim, transaction = await handling.claim(), Transaction()
    await handling.audit.within(transaction).record([a_violation(1), a_violation(1, "again")])

    await handling.ledger.commit(claim, [], transaction.writes)

    [write] = transaction.writes
    assert "again" in write["Put"]["Item"]["violation"]["S"]
    assert await handling.count() == (0, 1)


@pytest.mark.embedded
@pytest.mark.parametrize("count", [0, 98, 99, 100, 250])
async def test_more_than_a_transaction_takes_goes_before_it_and_again_to_the_same_keys(
    handling: Handling, count: int
) -> None:
    claim, transaction = await handling.claim(), Transaction()
    await handling.deployments.within(transaction).record(a_deployment())
    violations = [a_violation(number) for number in range(count)]

    for _ in range(2 if count > 98 else 1):
        await handling.audit.within(transaction).record(violations)

    assert await handling.count() == (0, count if count > 98 else 0)
    await handling.ledger.commit(claim, [], transaction.writes)
    assert await handling.count() == (1, count)
