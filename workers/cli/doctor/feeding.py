"""Judges whether EventBridge may put events into the queues that it feeds. Pure."""

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from events.routes import Route
from events.topology import Names
from workers.cli.doctor.facts import Facts, Key, Queue, Rule
from workers.cli.doctor.findings import Finding, checked, fault, warning
from workers.cli.doctor.messaging import wanted_rules
from workers.cli.doctor.policies import admits

_KMS_ACTIONS = ("kms:Decrypt", "kms:GenerateDataKey")
_AWS_ALIAS = "alias/aws/"
_ENCRYPT = "set SqsManagedSseEnabled=true, or a customer key that lets events.amazonaws.com in"


def judge(facts: Facts, names: Names, routes: Sequence[Route]) -> Iterator[Finding]:
    """Policies and encryption of inboxes, of the catch-all queue and of what is undelivered."""
    if facts.queues is None:
        return
    fed = fed_queues(names, routes)
    found = {name: facts.queues[name] for name in fed if name in facts.queues}
    rules = facts.rules or {}
    yield from checked(
        "queue policies",
        f"{len(found)} queues admit EventBridge for their rules",
        (p for name, queue in found.items() for p in _policy(queue, fed[name], rules)),
    )
    yield from checked(
        "encryption",
        "EventBridge can deliver to every queue that it feeds",
        (p for queue in found.values() for p in _encryption(queue, facts.keys)),
    )


def fed_queues(names: Names, routes: Sequence[Route]) -> dict[str, list[str]]:
    """The rules that put something into each queue, dead letters of rules included."""
    wanted = wanted_rules(names, routes)
    fed: dict[str, list[str]] = {names.undelivered: list(wanted)}
    for rule, (_, queue) in wanted.items():
        fed.setdefault(queue, []).append(rule)
    return fed


def _policy(queue: Queue, feeders: Sequence[str], rules: Mapping[str, Rule]) -> Iterator[Finding]:
    policy = parsed(queue.attributes.get("Policy"))
    arns = [rules[name].arn for name in feeders if name in rules]
    shut = [arn for arn in arns if not _admits(policy, queue, arn)]
    if shut or not (arns or _admits(policy, queue, None)):
        what = "the queue policy does not admit events.amazonaws.com for its rules: events are lost"
        yield fault("queue policies", queue.name, what)


def _admits(policy: Any, queue: Queue, rule: str | None) -> bool:
    return admits(policy, ("sqs:SendMessage",), queue.arn, source_arn=rule)


def _encryption(queue: Queue, keys: Mapping[str, Key]) -> Iterator[Finding]:
    name = queue.attributes.get("KmsMasterKeyId", "")
    if not name:
        if queue.attributes.get("SqsManagedSseEnabled") == "false":
            yield warning("encryption", queue.name, "messages are kept unencrypted", _ENCRYPT)
        return
    key = Key("AWS") if _AWS_ALIAS in name else keys.get(name)
    if key is None:
        # Its description was denied, which is said elsewhere.
        return
    if key.manager == "AWS":
        what = f"the AWS-managed key {name} keeps EventBridge out: events are lost"
        yield fault("encryption", queue.name, what, _ENCRYPT)
    elif not admits(key.policy, _KMS_ACTIONS, "*"):
        what = f"the policy of key {name} does not let EventBridge use it: events are lost"
        mend = f"allow events.amazonaws.com {' and '.join(_KMS_ACTIONS)} in the key's policy"
        yield fault("encryption", queue.name, what, mend)


def parsed(text: str | None) -> Any:
    """A JSON document among a queue's attributes; nothing for what is none."""
    try:
        return json.loads(text or "{}")
    except ValueError:
        return {}
