"""The rendered messaging template, and the storage template that is written by hand."""

import re
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import yaml

from events.claim_check import claim_check
from events.cloudformation import PATH, main, render, template, visibility_timeout
from events.routes import ROUTES
from events.template import dump, identifier
from events.topology import SPARE_RECEIVES, Names, pattern, unrouted_patterns
from workers.runtime.horizon import LEDGER_RETENTION

ROOT = Path(__file__).resolve().parents[2]
STORAGE = ROOT / "infra" / "cloudformation" / "storage.yaml"
LOCAL = Names("local")
PSEUDO = {"AWS::Region", "AWS::AccountId", "AWS::Partition"}


class Loader(yaml.SafeLoader):
    """Reads the short forms of intrinsic functions back into their long ones."""


def _intrinsic(loader: yaml.SafeLoader, suffix: str, node: yaml.Node) -> dict[str, Any]:
    assert isinstance(node, yaml.ScalarNode)
    return {suffix if suffix == "Ref" else f"Fn::{suffix}": loader.construct_scalar(node)}


Loader.add_multi_constructor("!", _intrinsic)


def load(text: str) -> dict[str, Any]:
    found: dict[str, Any] = yaml.load(text, Loader=Loader)
    return found


def resources(of_type: str, made: dict[str, Any] | None = None) -> dict[str, dict[str, Any]]:
    found = (made or template())["Resources"].items()
    return {key: each["Properties"] for key, each in found if each["Type"] == of_type}


def mappings(value: object) -> Iterator[dict[str, Any]]:
    if isinstance(value, dict):
        yield value
        for each in value.values():
            yield from mappings(each)
    elif isinstance(value, list):
        for each in value:
            yield from mappings(each)


def referenced(made: dict[str, Any]) -> set[str]:
    found = set()
    for each in mappings(made):
        match each:
            case {"Ref": name}:
                found.add(name)
            case {"Fn::GetAtt": name}:
                found.add(name.partition(".")[0])
            case {"Fn::Sub": text}:
                names = re.findall(r"\$\{([^}]+)\}", text)
                found.update(n if "::" in n else n.partition(".")[0] for n in names)
    return found


def filled(value: Any, environment: str = "local") -> Any:
    return value["Fn::Sub"].replace("${Environment}", environment)


def target(arn: Any) -> str:
    return str(arn["Fn::GetAtt"]).removesuffix(".Arn")


def test_the_committed_template_is_fresh() -> None:
    assert (ROOT / PATH).read_text() == render()


def test_check_tells_a_stale_file_from_a_fresh_one(tmp_path: Path) -> None:
    path = tmp_path / "messaging.yaml"
    assert main(["--check", "--path", str(path)]) == 1
    assert main(["--path", str(path)]) == 0
    assert main(["--check", "--path", str(path)]) == 0
    path.write_text(path.read_text() + "# changed by hand\n")
    assert main(["--check", "--path", str(path)]) == 1


def test_what_is_written_reads_back_as_the_same_template() -> None:
    assert load(render()) == template()


@pytest.mark.parametrize("path", [ROOT / PATH, STORAGE], ids=lambda path: path.stem)
def test_every_reference_resolves(path: Path) -> None:
    made = load(path.read_text())
    known = {*made["Resources"], *made["Parameters"], *PSEUDO}
    assert referenced(made) - known == set()


@pytest.mark.parametrize("path", [ROOT / PATH, STORAGE], ids=lambda path: path.stem)
def test_there_is_no_yaml_alias_which_cloudformation_refuses(path: Path) -> None:
    tokens = yaml.scan(path.read_text())
    assert not [t for t in tokens if isinstance(t, yaml.AliasToken | yaml.AnchorToken)]


@pytest.mark.parametrize("path", [ROOT / PATH, STORAGE], ids=lambda path: path.stem)
def test_a_template_stays_inside_what_cloudformation_takes(path: Path) -> None:
    made = load(path.read_text())
    assert len(made["Resources"]) <= 500
    assert len(made["Outputs"]) <= 200
    assert len(path.read_bytes()) <= 1_000_000


def test_names_are_those_of_the_topology() -> None:
    queues = resources("AWS::SQS::Queue")
    for route in ROUTES:
        key = identifier(route.name)
        assert filled(queues[f"{key}Inbox"]["QueueName"]) == LOCAL.inbox(route)
        assert filled(queues[f"{key}Queue"]["QueueName"]) == LOCAL.queue(route)
        assert filled(queues[f"{key}DeadLetters"]["QueueName"]) == LOCAL.dead_letters(route)
    assert filled(queues["Unrouted"]["QueueName"]) == LOCAL.unrouted
    assert filled(queues["Undelivered"]["QueueName"]) == LOCAL.undelivered
    [bus] = resources("AWS::Events::EventBus").values()
    assert filled(bus["Name"]) == LOCAL.bus


def test_the_longest_environment_leaves_every_name_short_enough() -> None:
    allowed = template()["Parameters"]["Environment"]["AllowedPattern"]
    longest = "e" * 16
    assert re.fullmatch(allowed, longest)
    assert not re.fullmatch(allowed, longest + "e")
    for queue in resources("AWS::SQS::Queue").values():
        assert len(filled(queue["QueueName"], longest)) <= 80
    for rule in resources("AWS::Events::Rule").values():
        assert len(filled(rule["Name"], longest)) <= 64


def test_each_route_has_a_rule_with_its_pattern_into_its_inbox() -> None:
    rules = resources("AWS::Events::Rule")
    for route in ROUTES:
        rule = rules[f"{identifier(route.name)}Rule"]
        [to] = rule["Targets"]
        assert rule["EventPattern"] == pattern(route)
        assert rule["EventBusName"] == {"Ref": "Bus"}
        assert target(to["Arn"]) == f"{identifier(route.name)}Inbox"


def test_what_no_route_takes_has_rules_into_one_queue() -> None:
    routed = {f"{identifier(route.name)}Rule" for route in ROUTES}
    rest = [r for key, r in resources("AWS::Events::Rule").items() if key not in routed]
    assert [r["EventPattern"] for r in rest] == list(unrouted_patterns())
    assert {target(r["Targets"][0]["Arn"]) for r in rest} == {"Unrouted"}


def test_every_rule_keeps_what_it_cannot_deliver() -> None:
    for rule in resources("AWS::Events::Rule").values():
        [to] = rule["Targets"]
        assert target(to["DeadLetterConfig"]["Arn"]) == "Undelivered"
        assert to["RetryPolicy"]["MaximumRetryAttempts"] > 0


def test_every_queue_has_a_dead_letter_queue_or_is_where_letters_end() -> None:
    queues = resources("AWS::SQS::Queue")
    redrive = {
        key: target(each["RedrivePolicy"]["deadLetterTargetArn"])
        for key, each in queues.items()
        if "RedrivePolicy" in each
    }
    assert set(queues) - set(redrive) == {*redrive.values(), "Unrouted"}
    for key, to in redrive.items():
        # SQS takes a FIFO queue's dead letters only into a FIFO queue, and the other way round.
        assert queues[key].get("FifoQueue") == queues[to].get("FifoQueue")
        # A standard queue's letters keep their age: less time would lose them on the way.
        assert queues[to]["MessageRetentionPeriod"] == 14 * 24 * 3600


def test_a_worker_has_its_tries_and_the_spare_ones_before_the_native_redrive() -> None:
    queues = resources("AWS::SQS::Queue")
    for route in ROUTES:
        queue = queues[f"{identifier(route.name)}Queue"]
        assert queue["RedrivePolicy"]["maxReceiveCount"] == route.attempts + SPARE_RECEIVES
        assert queue["VisibilityTimeout"] == visibility_timeout(route).total_seconds()
        assert visibility_timeout(route) > route.timeout


def test_fifo_queues_are_limited_by_group_and_deduplicate_by_the_given_id() -> None:
    for queue in resources("AWS::SQS::Queue").values():
        if filled(queue["QueueName"]).endswith(".fifo"):
            assert queue["FifoQueue"] is True
            assert queue["ContentBasedDeduplication"] is False
            assert queue["DeduplicationScope"] == "messageGroup"
            assert queue["FifoThroughputLimit"] == "perMessageGroupId"


def test_every_queue_is_encrypted_without_a_key_that_eventbridge_cannot_use() -> None:
    for queue in resources("AWS::SQS::Queue").values():
        assert queue["SqsManagedSseEnabled"] is True
        assert "KmsMasterKeyId" not in queue


def test_every_queue_refuses_what_is_not_encrypted_on_the_way() -> None:
    refusing: set[str] = set()
    for policy in resources("AWS::SQS::QueuePolicy").values():
        for statement in policy["PolicyDocument"]["Statement"]:
            if statement["Effect"] == "Deny":
                assert statement["Condition"] == {"Bool": {"aws:SecureTransport": "false"}}
                refusing.update(queue["Ref"] for queue in policy["Queues"])
    assert refusing == set(resources("AWS::SQS::Queue"))


def test_only_the_rules_that_feed_a_queue_may_send_to_it() -> None:
    feeding: dict[str, set[str]] = {}
    for key, rule in resources("AWS::Events::Rule").items():
        feeding.setdefault(target(rule["Targets"][0]["Arn"]), set()).add(key)
    admitted: dict[str, object] = {}
    for policy in resources("AWS::SQS::QueuePolicy").values():
        for statement in policy["PolicyDocument"]["Statement"]:
            if statement["Effect"] == "Allow":
                assert statement["Principal"] == {"Service": "events.amazonaws.com"}
                assert statement["Action"] == "sqs:SendMessage"
                [queue] = policy["Queues"]
                assert target(statement["Resource"]) == queue["Ref"]
                admitted[queue["Ref"]] = statement["Condition"]["ArnLike"]["aws:SourceArn"]
    # Any rule of the bus may give up on a delivery.
    everywhere = str(admitted.pop("Undelivered"))
    assert ":rule/${Bus}/*" in everywhere
    found = {
        queue: {target(arn) for arn in (arns if isinstance(arns, list) else [arns])}
        for queue, arns in admitted.items()
    }
    assert found == feeding


def test_a_value_that_appears_twice_is_written_twice() -> None:
    shared = {"Ref": "Bus"}
    assert dump({"a": shared, "b": shared}) == "a: !Ref 'Bus'\nb: !Ref 'Bus'\n"


def test_tables_have_the_keys_that_were_asked_for() -> None:
    made = load(STORAGE.read_text())
    tables = {filled(t["TableName"]): t for t in resources("AWS::DynamoDB::Table", made).values()}
    keys = {
        name: tuple(key["AttributeName"] for key in table["KeySchema"])
        for name, table in tables.items()
    }
    assert keys == {
        LOCAL.table("workflows"): ("workflow_id", "task_id"),
        LOCAL.table("deployments"): ("deployment_id", "timestamp"),
        LOCAL.table("policy-violations"): ("violation_id", "timestamp"),
        LOCAL.table("ledger"): ("delivery",),
    }
    [index] = tables[LOCAL.table("workflows")]["GlobalSecondaryIndexes"]
    assert index["IndexName"] == "status-index"
    assert index["Projection"] == {"ProjectionType": "ALL"}
    assert [key["AttributeName"] for key in index["KeySchema"]] == ["status", "created_at"]
    assert {n for n, t in tables.items() if "TimeToLiveSpecification" in t} == {
        LOCAL.table("deployments"),
        LOCAL.table("ledger"),
    }
    for table in tables.values():
        assert table["BillingMode"] == "PAY_PER_REQUEST"
        assert table["PointInTimeRecoverySpecification"]["PointInTimeRecoveryEnabled"] is True
        assert table["SSESpecification"]["SSEEnabled"] is True
        used = {k["AttributeName"] for m in mappings(table) for k in m.get("KeySchema", ())}
        assert {a["AttributeName"] for a in table["AttributeDefinitions"]} == used


def test_buckets_are_encrypted_versioned_private_and_refuse_plain_http() -> None:
    made = load(STORAGE.read_text())
    buckets = resources("AWS::S3::Bucket", made)
    names = {filled(b["BucketName"]).replace("${BucketSuffix}", "") for b in buckets.values()}
    kinds = ("agent-artifacts", "policy-bundles", "templates", "telemetry-archive")
    assert names == {LOCAL.bucket(kind) for kind in kinds}
    for bucket in buckets.values():
        assert "ServerSideEncryptionConfiguration" in bucket["BucketEncryption"]
        assert bucket["VersioningConfiguration"] == {"Status": "Enabled"}
        assert len(bucket["PublicAccessBlockConfiguration"]) == 4
        assert all(bucket["PublicAccessBlockConfiguration"].values())
    refusing: set[str] = set()
    for policy in resources("AWS::S3::BucketPolicy", made).values():
        [statement] = policy["PolicyDocument"]["Statement"]
        bucket = policy["Bucket"]["Ref"]
        assert statement["Effect"] == "Deny"
        assert statement["Condition"] == {"Bool": {"aws:SecureTransport": "false"}}
        assert target(statement["Resource"][0]) == bucket
        assert statement["Resource"][1] == {"Fn::Sub": f"${{{bucket}.Arn}}/*"}
        refusing.add(bucket)
    assert refusing == set(buckets)


def test_payloads_alone_end_and_only_when_no_event_can_ask_for_them() -> None:
    made = load(STORAGE.read_text())
    ending = {
        filled(bucket["BucketName"]).replace("${BucketSuffix}", ""): bucket[
            "LifecycleConfiguration"
        ]["Rules"]
        for bucket in resources("AWS::S3::Bucket", made).values()
        if "LifecycleConfiguration" in bucket
    }
    [payloads, markers] = ending.pop(LOCAL.bucket("agent-artifacts"))
    assert ending == {}
    key = claim_check(b"any").key
    for rule in (payloads, markers):
        assert rule["Status"] == "Enabled"
        assert rule["Prefix"].endswith("/")
        assert key.startswith(rule["Prefix"])
    inbox = timedelta(days=4)
    assert timedelta(days=payloads["ExpirationInDays"]) >= 2 * (inbox + LEDGER_RETENTION)
    # In a versioned bucket an end alone hides an object and keeps it.
    assert payloads["NoncurrentVersionExpiration"] == {"NoncurrentDays": 1}
    assert markers["ExpiredObjectDeleteMarker"] is True


def test_data_outlives_its_stack_unless_somebody_says_otherwise() -> None:
    made = load(STORAGE.read_text())
    assert made["Parameters"]["WhenDeleted"]["Default"] == "Retain"
    for each in made["Resources"].values():
        if each["Type"] in {"AWS::DynamoDB::Table", "AWS::S3::Bucket"}:
            assert each["DeletionPolicy"] == {"Ref": "WhenDeleted"}
            assert each["UpdateReplacePolicy"] == {"Ref": "WhenDeleted"}
