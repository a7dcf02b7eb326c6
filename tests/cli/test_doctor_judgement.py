"""What the doctor makes of facts that no emulator can show, and how it says them."""

import json
from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import yaml

from events.routes import ROUTES
from events.topology import Names
from workers.cli.doctor import messaging
from workers.cli.doctor.facts import Denied, Facts, Key, Queue, Rule, Table, Target
from workers.cli.doctor.findings import Finding, checked, fault, worst_first
from workers.cli.doctor.judgement import judged
from workers.cli.doctor.policies import admits
from workers.cli.doctor.report import line, tell
from workers.cli.doctor.stores import BUCKETS, TABLES
from workers.fleet.status import FleetStatus, ProcessStatus

NAMES = Names("test")
ROUTE = ROUTES[2]
ROUTE_ONLY = (ROUTE,)
HORIZON = timedelta(days=25)
RULE_ARN = "arn:aws:events:eu-west-1:123456789012:rule/flotilla-test/x"
QUEUE_ARN = "arn:aws:sqs:eu-west-1:123456789012:q"
STORAGE = Path(__file__).parents[2] / "infra" / "cloudformation" / "storage.yaml"


def found(facts: Facts) -> list[tuple[str, str]]:
    made = judged(facts, NAMES, ROUTE_ONLY, HORIZON)
    return [(each.level, each.check) for each in made if each.level != "ok"]


def allow(**changes: Any) -> dict[str, Any]:
    return {
        "Effect": "Allow",
        "Principal": {"Service": "events.amazonaws.com"},
        "Action": "sqs:SendMessage",
        "Resource": QUEUE_ARN,
        **changes,
    }


@pytest.mark.parametrize(
    ("statements", "admitted"),
    [
        ([allow()], True),
        ([allow(Action=["sqs:GetQueueUrl", "SQS:Send*"])], True),
        ([allow(Action="*", Resource="*", Principal="*")], True),
        ([allow(Principal={"AWS": "*"})], True),
        ([allow(Condition={"ArnLike": {"aws:SourceArn": "arn:aws:events:*:rule/flotilla-test/*"}})],
         True),
        ([allow(Condition={"ArnEquals": {"aws:SourceArn": [RULE_ARN]}})], True),
        ([allow(Condition={"StringEquals": {"aws:SourceAccount": "123456789012"}})], True),
        # A deny under a condition is for other senders: the one for plain HTTP stands everywhere.
        ([allow(), allow(Effect="Deny", Principal="*", Condition={"Bool": {"x": "y"}})], True),
        ([], False),
        ([allow(Effect="Deny")], False),
        ([allow(), allow(Effect="Deny", Principal="*", Action="sqs:*")], False),
        ([allow(Principal={"Service": "s3.amazonaws.com"})], False),
        ([allow(Principal={"AWS": "arn:aws:iam::123456789012:root"})], False),
        ([allow(Action="sqs:ReceiveMessage")], False),
        ([allow(Resource=QUEUE_ARN + "2")], False),
        ([allow(Condition={"ArnLike": {"aws:SourceArn": RULE_ARN + "-other"}})], False),
        ([allow(Condition={"StringEquals": {"aws:SourceAccount": "999999999999"}})], False),
        ([allow(Condition={"IpAddress": {"aws:SourceIp": "0.0.0.0/0"}})], False),
        ([{"Effect": "Allow"}], False),
        (["nonsense", 7, None], False),
    ],
)  # fmt: skip
def test_a_policy_admits_eventbridge_or_not(statements: list[Any], admitted: bool) -> None:
    policy = {"Statement": statements}

    assert admits(policy, ("sqs:SendMessage",), QUEUE_ARN, source_arn=RULE_ARN) is admitted


@pytest.mark.parametrize("policy", [None, [], "x", {}, {"Statement": {}}, {"Statement": None}])
def test_what_is_no_policy_admits_nobody(policy: Any) -> None:
    assert not admits(policy, ("sqs:SendMessage",), QUEUE_ARN)


def test_a_missing_permission_is_named_and_nothing_is_called_missing() -> None:
    facts = Facts(
        embedded=False,
        caller="arn:aws:iam::1:role/x",
        denied=(Denied("sqs:ListQueues", "flotilla-test"), Denied("events:ListRules", "b")),
    )

    faults = [each for each in judged(facts, NAMES, ROUTES, HORIZON) if each.level == "fault"]

    assert [each.what for each in faults] == [
        "sqs:ListQueues is not allowed",
        "events:ListRules is not allowed",
    ]
    assert "add sqs:ListQueues" in faults[0].mend


def test_targets_that_may_not_be_read_are_no_missing_targets() -> None:
    wanted = messaging.wanted_rules(NAMES, ROUTE_ONLY)
    rules = {n: Rule(n, RULE_ARN, True, p, targets=None) for n, (p, _) in wanted.items()}
    facts = Facts(embedded=False, bus=True, rules=rules)

    assert found(facts) == []


def test_an_unread_queue_is_no_missing_queue() -> None:
    own = (NAMES.inbox(ROUTE), NAMES.queue(ROUTE), NAMES.dead_letters(ROUTE))
    every = frozenset((NAMES.unrouted, NAMES.undelivered, *own))
    facts = Facts(embedded=False, queues={}, unread=every)

    assert found(facts) == []
    assert found(replace(facts, unread=every - {NAMES.queue(ROUTE)})) == [("fault", "queues")]


def test_the_order_of_a_patterns_alternatives_means_nothing() -> None:
    def rules(reverse: bool) -> dict[str, Rule]:
        return {
            name: Rule(
                name,
                RULE_ARN,
                True,
                {k: sorted(v, reverse=reverse, key=str) if isinstance(v, list) else v
                 for k, v in pattern.items()},
                (Target(f"a:{queue}", f"a:{NAMES.undelivered}"),),
            )
            for name, (pattern, queue) in messaging.wanted_rules(NAMES, ROUTES).items()
        }  # fmt: skip

    for reverse in (False, True):
        facts = Facts(embedded=False, bus=True, rules=rules(reverse))
        assert [f for f in messaging.judge(facts, NAMES, ROUTES) if f.level != "ok"] == []


def test_bad_credentials_are_the_only_fault() -> None:
    facts = Facts(embedded=False, bad_credentials="ExpiredToken")

    assert found(facts) == [("fault", "credentials")]


def queue(name: str, **attributes: str) -> Queue:
    return Queue(name, {"QueueArn": f"arn:{name}", "VisibilityTimeout": "60", **attributes})


def redriving(target: str, receives: int) -> dict[str, str]:
    policy = {"deadLetterTargetArn": f"arn:aws:sqs:r:1:{target}", "maxReceiveCount": receives}
    return {"RedrivePolicy": json.dumps(policy)}


QUEUE, DEAD = NAMES.queue(ROUTE), NAMES.dead_letters(ROUTE)


@pytest.mark.parametrize(
    ("own", "dead", "problems"),
    [
        (redriving(DEAD, 100), {}, []),
        (redriving(DEAD, ROUTE.attempts + 1), {}, []),
        (redriving(DEAD, ROUTE.attempts), {}, [("fault", "redrive")]),
        (redriving(DEAD, 0), {}, [("fault", "redrive")]),
        (redriving("someone-elses.fifo", 100), {}, [("fault", "redrive")]),
        (redriving(NAMES.undelivered, 100), {}, [("fault", "redrive")]),
        ({"RedrivePolicy": "not JSON"}, {}, [("fault", "redrive")]),
        ({**redriving(DEAD, 100), "VisibilityTimeout": "29"}, {}, [("fault", "visibility")]),
        ({**redriving(DEAD, 100), "VisibilityTimeout": "31"}, {}, [("warning", "visibility")]),
        ({**redriving(DEAD, 100), "VisibilityTimeout": "43200"}, {}, []),
        ({**redriving(DEAD, 100), "MessageRetentionPeriod": "1209600"}, {},
         [("fault", "retention")]),
        (redriving(DEAD, 100), {"MessageRetentionPeriod": "3600"}, [("warning", "retention")]),
    ],
)  # fmt: skip
def test_a_queue_and_its_way_out(
    own: Mapping[str, str], dead: Mapping[str, str], problems: list[tuple[str, str]]
) -> None:
    kept = {"MessageRetentionPeriod": "345600", **own}
    buried = {"MessageRetentionPeriod": "1209600", **dead}
    read = {QUEUE: queue(QUEUE, **kept), DEAD: queue(DEAD, **buried)}
    facts = Facts(
        embedded=False,
        queues=read,
        unread=frozenset((NAMES.unrouted, NAMES.undelivered, NAMES.inbox(ROUTE))),
    )

    assert found(facts) == problems


def test_a_key_that_aws_manages_under_another_name_is_found_out() -> None:
    inbox = NAMES.inbox(ROUTE)
    policy = json.dumps({"Statement": [allow(Resource="*")]})
    kept = queue(inbox, Policy=policy, KmsMasterKeyId="k", **redriving(NAMES.undelivered, 10))
    other = frozenset((NAMES.unrouted, NAMES.undelivered, QUEUE, DEAD))
    facts = Facts(embedded=False, queues={inbox: kept}, unread=other, keys={"k": Key("AWS")})

    assert found(facts) == [("fault", "encryption")]


def process(name: str, state: Any = "running") -> ProcessStatus:
    return ProcessStatus(name, 1, 0, state)


@pytest.mark.parametrize(
    ("states", "problems"),
    [
        ({"forwarder": "running", ROUTE.name: "running"}, []),
        ({"forwarder": "running", ROUTE.name: "restarting"}, [("warning", "workers")]),
        ({"forwarder": "running", ROUTE.name: "given up"}, [("fault", "workers")]),
        ({ROUTE.name: "running"}, [("fault", "workers")]),
        ({}, [("fault", "workers"), ("fault", "workers")]),
    ],
)
def test_each_worker_of_a_fleet_is_looked_at(
    states: dict[str, str], problems: list[tuple[str, str]]
) -> None:
    processes = tuple(process(name, state) for name, state in states.items())
    fleet = FleetStatus(1, "ready", "http://x", "test", "us-east-1", processes)

    assert found(Facts(embedded=True, fleet=fleet)) == problems


def test_a_table_with_other_keys_and_no_time_to_live_on_aws() -> None:
    tables = {
        NAMES.table("ledger"): Table((("id", "HASH"),), expires_by=None),
        NAMES.table("workflows"): Table((("workflow_id", "HASH"), ("task_id", "RANGE"))),
    }

    assert found(Facts(embedded=False, tables=tables)) == [
        ("fault", "tables"),
        ("fault", "tables"),
        ("fault", "time to live"),
    ]


def test_what_must_be_there_is_what_the_template_makes() -> None:
    class Loader(yaml.SafeLoader):
        """Reads intrinsic functions as the text that they hold."""

    Loader.add_multi_constructor("!", lambda loader, tag, node: node.value)
    resources = yaml.load(STORAGE.read_text(), Loader)["Resources"].values()
    of = {
        kind: [each["Properties"] for each in resources if each["Type"] == f"AWS::{kind}"]
        for kind in ("DynamoDB::Table", "S3::Bucket")
    }

    assert {
        table["TableName"].removeprefix("flotilla-${Environment}-"): (
            tuple(key["AttributeName"] for key in table["KeySchema"]),
            tuple(i["IndexName"] for i in table.get("GlobalSecondaryIndexes", ())),
            table.get("TimeToLiveSpecification", {}).get("AttributeName"),
        )
        for table in of["DynamoDB::Table"]
    } == {name: (each.keys, each.indexes, each.expires_by) for name, each in TABLES.items()}
    assert {bucket["BucketName"].partition("-${")[0] for bucket in of["S3::Bucket"]} == set(BUCKETS)


def test_problems_that_differ_in_their_subject_alone_are_one_line() -> None:
    made = checked("queues", "fine", (fault("queues", f"q{n}", "gone") for n in range(5)))

    [one] = made
    assert one.subjects == ("q0", "q1", "q2", "q3", "q4")
    assert str(line(one)).startswith("fault   queues: q0, q1, q2 and 2 more: gone; deploy")
    assert "\n" not in str(line(one))
    assert checked("queues", "fine", ()) == (Finding("ok", "queues", "fine"),)


def test_the_worst_comes_first_and_decides(capsys: pytest.CaptureFixture[str]) -> None:
    made = [Finding("ok", "a", ""), Finding("warning", "b", ""), fault("c", "x", "y")]

    assert [each.level for each in worst_first(made)] == ["fault", "warning", "ok"]
    assert tell(made, as_json=True) is False
    assert tell(made[:2], as_json=True) is True
    said = [json.loads(text) for text in capsys.readouterr().out.splitlines()]
    assert [each["faults"] for each in said] == [1, 0]
    assert said[0]["findings"][0]["subjects"] == ["x"]
