"""A deployed fleet, broken on purpose: the doctor names each break and its mend, and nothing else.

Each test mends what it broke, so that all of them share one deployment.
"""

import json
import uuid
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from aiobotocore.session import get_session

from events.routes import ROUTES
from events.topology import Names
from localstack.endpoint import client
from localstack.provision import provision
from workers.cli.doctor.findings import REDEPLOY, Finding
from workers.cli.doctor.report import examine
from workers.settings import Settings

pytestmark = pytest.mark.embedded

REGION = "us-east-1"
ROUTE = next(route for route in ROUTES if route.name == "policy-on-codegen-completed")
# What no emulator can answer, and the workers that these tests do without.
ALWAYS = {"time to live", "workers"}


@dataclass(frozen=True)
class Deployment:
    settings: Settings
    session: Any

    @property
    def names(self) -> Names:
        return self.settings.names

    @property
    def rule(self) -> dict[str, str]:
        return {"Name": self.names.rule(ROUTE), "EventBusName": self.names.bus}

    def client(self, service: str) -> Any:
        return client(service, self.settings.endpoint_url, REGION)

    def url(self, queue: str) -> str:
        return str(self.client("sqs").get_queue_url(QueueName=queue)["QueueUrl"])

    async def problems(self, **changes: Any) -> list[Finding]:
        found = await examine(self.settings, session=self.session, **changes)
        return [each for each in found if each.level != "ok" and each.check not in ALWAYS]

    async def the_fault(self) -> Finding:
        [found] = await self.problems()
        assert found.level == "fault"
        assert found.mend
        return found

    @contextmanager
    def attributes(self, queue: str, **changes: str) -> Iterator[None]:
        """Other attributes of a queue, for the length of a block."""
        sqs, url = self.client("sqs"), self.url(queue)
        had = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["All"])["Attributes"]
        sqs.set_queue_attributes(QueueUrl=url, Attributes=changes)
        try:
            yield
        finally:
            kept = {name: had.get(name, "") for name in changes}
            sqs.set_queue_attributes(QueueUrl=url, Attributes=kept)

    @contextmanager
    def rules_restored(self, **of: str) -> Iterator[None]:
        """Whatever becomes of these rules in a block is undone after it."""
        events, bus = self.client("events"), self.names.bus
        rules = events.list_rules(EventBusName=bus, **of)["Rules"]
        targets = {
            rule["Name"]: events.list_targets_by_rule(Rule=rule["Name"], EventBusName=bus)[
                "Targets"
            ]
            for rule in rules
        }
        try:
            yield
        finally:
            for rule in rules:
                rule.pop("Arn")
                events.put_rule(**rule)
                events.put_targets(
                    Rule=rule["Name"], EventBusName=bus, Targets=targets[rule["Name"]]
                )


@pytest.fixture(scope="module")
def deployment(ministack: str, tmp_path_factory: pytest.TempPathFactory) -> Deployment:
    environment = f"d{uuid.uuid4().hex[:8]}"
    provision(ministack, REGION, environment, lambda line: None)
    home: Path = tmp_path_factory.mktemp("home")
    return Deployment(
        Settings(environment=environment, region=REGION, endpoint_url=ministack, home=home),
        get_session(),
    )


async def test_what_is_whole_has_no_fault(deployment: Deployment) -> None:
    found = await examine(deployment.settings, session=deployment.session)

    assert {each.check for each in found if each.level != "ok"} == ALWAYS
    assert {each.level for each in found} == {"ok", "warning"}
    assert len(found) == 18


async def test_a_missing_bus(deployment: Deployment) -> None:
    events, bus = deployment.client("events"), deployment.names.bus
    with ExitStack() as stack:
        # Restored in the order opposite to this one: the bus before its rules.
        stack.enter_context(deployment.rules_restored())
        stack.callback(events.create_event_bus, Name=bus)
        for rule in events.list_rules(EventBusName=bus)["Rules"]:
            events.remove_targets(Rule=rule["Name"], EventBusName=bus, Ids=["queue"])
            events.delete_rule(Name=rule["Name"], EventBusName=bus)
        events.delete_event_bus(Name=bus)

        found = await deployment.the_fault()

    assert (found.check, found.subjects, found.mend) == ("bus", (bus,), REDEPLOY)
    assert await deployment.problems() == []


async def test_a_disabled_rule(deployment: Deployment) -> None:
    deployment.client("events").disable_rule(**deployment.rule)
    try:
        found = await deployment.the_fault()
    finally:
        deployment.client("events").enable_rule(**deployment.rule)

    assert (found.check, found.subjects) == ("rules", (deployment.rule["Name"],))
    assert "disabled" in found.what
    assert "enable-rule" in found.mend


async def test_a_deleted_rule(deployment: Deployment) -> None:
    events, rule = deployment.client("events"), deployment.rule
    with deployment.rules_restored(NamePrefix=rule["Name"]):
        events.remove_targets(Rule=rule["Name"], EventBusName=rule["EventBusName"], Ids=["queue"])
        events.delete_rule(**rule)
        found = await deployment.the_fault()

    assert (found.check, found.subjects) == ("rules", (rule["Name"],))
    assert "no such rule" in found.what


async def test_a_rule_without_a_target(deployment: Deployment) -> None:
    events, rule = deployment.client("events"), deployment.rule
    with deployment.rules_restored(NamePrefix=rule["Name"]):
        events.remove_targets(Rule=rule["Name"], EventBusName=rule["EventBusName"], Ids=["queue"])
        found = await deployment.the_fault()

    assert (found.check, found.subjects) == ("rules", (rule["Name"],))
    assert found.what == f"the rule does not feed {deployment.names.inbox(ROUTE)} but nothing"


async def test_a_target_without_dead_letters(deployment: Deployment) -> None:
    events, rule = deployment.client("events"), deployment.rule
    with deployment.rules_restored(NamePrefix=rule["Name"]):
        [target] = events.list_targets_by_rule(
            Rule=rule["Name"], EventBusName=rule["EventBusName"]
        )["Targets"]
        del target["DeadLetterConfig"]
        events.put_targets(Rule=rule["Name"], EventBusName=rule["EventBusName"], Targets=[target])
        found = await deployment.the_fault()

    assert (found.check, found.subjects) == ("rule dead letters", (rule["Name"],))


async def test_a_wrong_pattern(deployment: Deployment) -> None:
    with deployment.rules_restored(NamePrefix=deployment.rule["Name"]):
        wrong = json.dumps({"detail-type": ["codegen.complete"]})
        deployment.client("events").put_rule(**deployment.rule, EventPattern=wrong)
        found = await deployment.the_fault()

    assert (found.check, found.subjects) == ("rules", (deployment.rule["Name"],))
    assert "pattern" in found.what


async def test_a_catch_all_rule_is_missed_too(deployment: Deployment) -> None:
    events, bus = deployment.client("events"), deployment.names.bus
    name = f"{deployment.names.unrouted}-1"
    with deployment.rules_restored(NamePrefix=name):
        events.disable_rule(Name=name, EventBusName=bus)
        found = await deployment.the_fault()

    assert found.subjects == (name,)


async def test_a_queue_policy_that_was_removed(deployment: Deployment) -> None:
    inbox = deployment.names.inbox(ROUTE)
    with deployment.attributes(inbox, Policy=""):
        found = await deployment.the_fault()

    assert (found.check, found.subjects) == ("queue policies", (inbox,))
    assert "events.amazonaws.com" in found.what


async def test_a_queue_on_the_key_that_aws_manages(deployment: Deployment) -> None:
    inbox = deployment.names.inbox(ROUTE)
    with deployment.attributes(inbox, KmsMasterKeyId="alias/aws/sqs"):
        found = await deployment.the_fault()

    assert (found.check, found.subjects) == ("encryption", (inbox,))
    assert "SqsManagedSseEnabled" in found.mend


@pytest.mark.parametrize("opened", [True, False])
async def test_a_key_of_ones_own_must_let_eventbridge_in(
    deployment: Deployment, opened: bool
) -> None:
    kms, inbox = deployment.client("kms"), deployment.names.inbox(ROUTE)
    key = kms.create_key()["KeyMetadata"]["KeyId"]
    statement = {
        "Effect": "Allow",
        "Principal": {"Service": "events.amazonaws.com"},
        "Action": ["kms:Decrypt", "kms:GenerateDataKey*"],
        "Resource": "*",
    }
    if opened:
        kms.put_key_policy(
            KeyId=key, PolicyName="default", Policy=json.dumps({"Statement": [statement]})
        )
    with deployment.attributes(inbox, KmsMasterKeyId=key):
        found = await deployment.problems()

    assert [each.subjects for each in found] == ([] if opened else [(inbox,)])
    assert all("kms:GenerateDataKey" in each.mend for each in found)


async def test_a_redrive_policy_that_was_removed(deployment: Deployment) -> None:
    queue = deployment.names.queue(ROUTE)
    with deployment.attributes(queue, RedrivePolicy=""):
        found = await deployment.the_fault()

    assert (found.check, found.subjects, found.mend) == ("redrive", (queue,), REDEPLOY)


async def test_a_dead_letter_queue_that_was_deleted(deployment: Deployment) -> None:
    sqs, name = deployment.client("sqs"), deployment.names.dead_letters(ROUTE)
    sqs.delete_queue(QueueUrl=deployment.url(name))
    try:
        found = await deployment.problems()
    finally:
        attributes = {"FifoQueue": "true", "MessageRetentionPeriod": "1209600"}
        sqs.create_queue(QueueName=name, Attributes=attributes)

    assert [(each.level, each.check, each.subjects, each.mend) for each in found] == [
        ("fault", "queues", (name,), REDEPLOY),
        ("fault", "redrive", (deployment.names.queue(ROUTE),), REDEPLOY),
    ]


async def test_a_visibility_that_is_too_short(deployment: Deployment) -> None:
    queue = deployment.names.queue(ROUTE)
    with deployment.attributes(queue, VisibilityTimeout="5"):
        found = await deployment.the_fault()

    assert (found.check, found.subjects) == ("visibility", (queue,))
    assert "VisibilityTimeout=60" in found.mend


async def test_a_missing_table(deployment: Deployment) -> None:
    dynamodb, name = deployment.client("dynamodb"), deployment.names.table("ledger")
    dynamodb.delete_table(TableName=name)
    try:
        found = await deployment.the_fault()
    finally:
        dynamodb.create_table(
            TableName=name,
            BillingMode="PAY_PER_REQUEST",
            AttributeDefinitions=[{"AttributeName": "delivery", "AttributeType": "S"}],
            KeySchema=[{"AttributeName": "delivery", "KeyType": "HASH"}],
        )

    assert (found.check, found.subjects, found.mend) == ("tables", (name,), REDEPLOY)


async def test_a_missing_bucket(deployment: Deployment) -> None:
    s3, name = deployment.client("s3"), deployment.names.bucket("agent-artifacts")
    s3.delete_bucket(Bucket=name)
    try:
        found = await deployment.the_fault()
    finally:
        s3.create_bucket(Bucket=name)

    assert (found.check, found.subjects, found.mend) == ("buckets", (name,), REDEPLOY)


@pytest.mark.parametrize(
    ("skew", "level"), [(-400, "fault"), (-90, "warning"), (90, "warning"), (400, "fault")]
)
async def test_a_clock_that_is_wrong(deployment: Deployment, skew: int, level: str) -> None:
    def now() -> datetime:
        return datetime.now(UTC) + timedelta(seconds=skew)

    [found] = await deployment.problems(now=now)

    assert (found.level, found.check) == (level, "clock")
    assert ("ahead" if skew > 0 else "behind") in found.what
    assert "NTP" in found.mend


async def test_a_letter_that_waits_and_a_backlog_that_nobody_takes(deployment: Deployment) -> None:
    sqs, names = deployment.client("sqs"), deployment.names
    waiting = (names.dead_letters(ROUTE), names.queue(ROUTE))
    for name in waiting:
        sqs.send_message(
            QueueUrl=deployment.url(name),
            MessageBody="x",
            MessageGroupId="g",
            MessageDeduplicationId="d",
        )
    try:
        found = await deployment.problems()
    finally:
        for name in waiting:
            sqs.purge_queue(QueueUrl=deployment.url(name))

    assert [(each.level, each.check) for each in found] == [
        ("warning", "backlog"),
        ("warning", "dead letters"),
    ]
    assert f"flotilla dlq show {ROUTE.name}" in found[1].mend


async def test_nothing_deployed_is_a_few_lines_and_not_hundreds(deployment: Deployment) -> None:
    elsewhere = replace(deployment.settings, environment="nowhere")

    found = [
        each
        for each in await examine(elsewhere, session=deployment.session)
        if each.level == "fault"
    ]

    assert [each.check for each in found] == ["bus", "queues", "tables", "buckets"]
