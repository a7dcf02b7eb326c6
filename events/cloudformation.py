"""The messaging topology as a CloudFormation template, rendered from the route table.

`python -m events.cloudformation` writes `infra/cloudformation/messaging.yaml`; with `--check` it
exits with 1 when the committed file is stale.
"""

import argparse
import sys
from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path
from typing import Any

from events.routes import ROUTES, Route
from events.template import dump, identifier, sub
from events.topology import SPARE_RECEIVES, Names, Pattern, pattern, unrouted_patterns

Resource = dict[str, Any]

PATH = Path("infra/cloudformation/messaging.yaml")

# Beyond a handler's own timeout: decoding, claiming, publishing and settling happen in it too.
VISIBILITY_MARGIN = timedelta(seconds=30)

# SQS keeps nothing longer. A FIFO queue's dead letters start their retention anew.
LONGEST_RETENTION = timedelta(days=14)

_NAMES = Names("${Environment}")
_INBOX_VISIBILITY = timedelta(seconds=30)
_INBOX_RECEIVES = 10
_RULE_RETRY = {"MaximumEventAgeInSeconds": 3600, "MaximumRetryAttempts": 20}

_HEADER = """\
# Generated from events/routes.py by `python -m events.cloudformation`. Do not edit.
"""


def template(routes: Sequence[Route] = ROUTES) -> dict[str, Any]:
    """The template: bus, rules, inboxes, FIFO queues, dead-letter queues and their policies."""
    catch_all = unrouted_patterns(routes)
    resources = {**_shared(len(catch_all)), **_tls_only(routes)}
    for route in routes:
        resources |= _route(route)
    for number, wanted in enumerate(catch_all, start=1):
        resources[f"UnroutedRule{number}"] = _rule(
            f"{_NAMES.unrouted}-{number}", wanted, "Unrouted"
        )
    return {
        "AWSTemplateFormatVersion": "2010-09-09",
        "Description": "Flotilla's messaging: bus, rules, queues and dead-letter queues.",
        "Parameters": {"Environment": _environment()},
        "Resources": resources,
        "Outputs": _outputs(routes),
    }


def render(routes: Sequence[Route] = ROUTES) -> str:
    """The template as YAML; the same routes give the same bytes."""
    return _HEADER + dump(template(routes))


def visibility_timeout(route: Route) -> timedelta:
    """How long a message of the route's queue stays hidden when nobody extends it."""
    return route.timeout + VISIBILITY_MARGIN


def _environment() -> dict[str, Any]:
    return {
        "Type": "String",
        "Default": "local",
        # EventBridge allows 64 characters in a rule's name, and the longest route takes 37.
        "AllowedPattern": "[a-z][a-z0-9-]{0,15}",
        "Description": "Part of every name, so that several fleets can share an account.",
    }


def _shared(catch_all: int) -> dict[str, Resource]:
    every_rule = sub("arn:${AWS::Partition}:events:${AWS::Region}:${AWS::AccountId}:rule/${Bus}/*")
    return {
        "Bus": {"Type": "AWS::Events::EventBus", "Properties": {"Name": sub(_NAMES.bus)}},
        "Undelivered": _queue(_NAMES.undelivered, retention=LONGEST_RETENTION),
        "UndeliveredPolicy": _admit("Undelivered", every_rule),
        "Unrouted": _queue(_NAMES.unrouted, retention=LONGEST_RETENTION),
        "UnroutedPolicy": _admit(
            "Unrouted", [_arn(f"UnroutedRule{number}") for number in range(1, catch_all + 1)]
        ),
    }


def _route(route: Route) -> dict[str, Resource]:
    key = identifier(route.name)
    return {
        f"{key}Rule": _rule(_NAMES.rule(route), pattern(route), f"{key}Inbox"),
        f"{key}Inbox": _queue(
            _NAMES.inbox(route),
            visibility=_INBOX_VISIBILITY,
            redrive=("Undelivered", _INBOX_RECEIVES),
        ),
        f"{key}InboxPolicy": _admit(f"{key}Inbox", _arn(f"{key}Rule")),
        f"{key}Queue": _queue(
            _NAMES.queue(route),
            visibility=visibility_timeout(route),
            redrive=(f"{key}DeadLetters", route.most_attempts + SPARE_RECEIVES),
        ),
        f"{key}DeadLetters": _queue(_NAMES.dead_letters(route), retention=LONGEST_RETENTION),
    }


def _rule(name: str, wanted: Pattern, queue: str) -> Resource:
    target = {
        "Id": "queue",
        "Arn": _arn(queue),
        "RetryPolicy": _RULE_RETRY,
        "DeadLetterConfig": {"Arn": _arn("Undelivered")},
    }
    return {
        "Type": "AWS::Events::Rule",
        "Properties": {
            "Name": sub(name),
            "EventBusName": {"Ref": "Bus"},
            "EventPattern": dict(wanted),
            "Targets": [target],
        },
    }


def _queue(
    name: str,
    *,
    visibility: timedelta | None = None,
    retention: timedelta | None = None,
    redrive: tuple[str, int] | None = None,
) -> Resource:
    # SSE-SQS and not KMS: EventBridge can't deliver to a queue on the AWS-managed KMS key.
    properties: dict[str, Any] = {"QueueName": sub(name), "SqsManagedSseEnabled": True}
    if name.endswith(".fifo"):
        # Deduplication by the event's id, given with each message, and limits for each group.
        properties |= {
            "FifoQueue": True,
            "ContentBasedDeduplication": False,
            "DeduplicationScope": "messageGroup",
            "FifoThroughputLimit": "perMessageGroupId",
        }
    if visibility:
        properties["VisibilityTimeout"] = int(visibility.total_seconds())
    if retention:
        properties["MessageRetentionPeriod"] = int(retention.total_seconds())
    if redrive:
        target, receives = redrive
        properties["RedrivePolicy"] = {
            "deadLetterTargetArn": _arn(target),
            "maxReceiveCount": receives,
        }
    return {"Type": "AWS::SQS::Queue", "Properties": properties}


def _admit(queue: str, rules: object) -> Resource:
    """Only EventBridge may send, for these rules, and nobody without TLS."""
    allow = {
        "Effect": "Allow",
        "Principal": {"Service": "events.amazonaws.com"},
        "Action": "sqs:SendMessage",
        "Resource": _arn(queue),
        "Condition": {"ArnLike": {"aws:SourceArn": rules}},
    }
    return _policy([queue], [allow, _deny_plain(_arn(queue))])


def _tls_only(routes: Sequence[Route]) -> dict[str, Resource]:
    """The queues that only principals of this account reach, by their own IAM policies."""
    keys = [identifier(route.name) for route in routes]
    queues = [f"{key}{kind}" for key in keys for kind in ("Queue", "DeadLetters")]
    return {"WorkerQueuesPolicy": _policy(queues, [_deny_plain("*")])}


def _deny_plain(resource: object) -> dict[str, Any]:
    return {
        "Effect": "Deny",
        "Principal": "*",
        "Action": "sqs:*",
        "Resource": resource,
        "Condition": {"Bool": {"aws:SecureTransport": "false"}},
    }


def _policy(queues: list[str], statements: list[dict[str, Any]]) -> Resource:
    return {
        "Type": "AWS::SQS::QueuePolicy",
        "Properties": {
            "Queues": [{"Ref": queue} for queue in queues],
            "PolicyDocument": {"Version": "2012-10-17", "Statement": statements},
        },
    }


def _arn(logical_id: str) -> dict[str, str]:
    return {"Fn::GetAtt": f"{logical_id}.Arn"}


def _outputs(routes: Sequence[Route]) -> dict[str, Any]:
    shared = {
        "BusName": {"Ref": "Bus"},
        "UnroutedUrl": {"Ref": "Unrouted"},
        "UndeliveredUrl": {"Ref": "Undelivered"},
    }
    queues = {
        f"{identifier(route.name)}{kind}Url": {"Ref": f"{identifier(route.name)}{kind}"}
        for route in routes
        for kind in ("Queue", "DeadLetters")
    }
    return {name: {"Value": value} for name, value in (shared | queues).items()}


def main(arguments: Sequence[str] | None = None) -> int:
    """Write the template, or check the committed one; 1 means stale."""
    parser = argparse.ArgumentParser(prog="python -m events.cloudformation", description=__doc__)
    parser.add_argument("--check", action="store_true", help="compare, write nothing")
    parser.add_argument("--path", type=Path, default=PATH, help=f"default: {PATH}")
    options = parser.parse_args(arguments)
    made = render()
    if not options.check:
        options.path.write_text(made)
        return 0
    if options.path.exists() and options.path.read_text() == made:
        return 0
    print(f"{options.path} is stale: run python -m events.cloudformation", file=sys.stderr)
    return 1


if __name__ == "__main__":
    raise SystemExit(main())
