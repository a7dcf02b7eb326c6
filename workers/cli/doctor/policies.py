"""What a resource policy lets a service do, as far as a judgement without AWS can tell. Pure."""

from collections.abc import Iterator, Mapping
from fnmatch import fnmatchcase
from typing import Any

EVENTS = "events.amazonaws.com"

_BY_ARN = {"arnlike", "arnequals", "stringlike", "stringequals"}


def admits(
    policy: Any, actions: tuple[str, ...], resource: str, *, source_arn: str | None = None
) -> bool:
    """Whether EventBridge may take all these actions, for that rule when one is named.

    A refusal counts when it holds under no condition; conditions on anything but the source are
    not understood, and an allowance under one does not count.
    """
    statements = list(_statements(policy))
    return all(
        any(
            _is(each, "Allow")
            and _covers(each, action, resource)
            and _conditions_hold(each, source_arn)
            for each in statements
        )
        and not any(
            _is(each, "Deny") and _covers(each, action, resource) and not each.get("Condition")
            for each in statements
        )
        for action in actions
    )


def _statements(policy: Any) -> Iterator[Mapping[str, Any]]:
    found = (policy.get("Statement") or []) if isinstance(policy, dict) else []
    for each in [found] if isinstance(found, dict) else found:
        if isinstance(each, dict):
            yield each


def _is(statement: Mapping[str, Any], effect: str) -> bool:
    return bool(statement.get("Effect") == effect)


def _covers(statement: Mapping[str, Any], action: str, resource: str) -> bool:
    principal = statement.get("Principal", {})
    services = _texts(principal.get("Service")) if isinstance(principal, dict) else ()
    everybody = principal == "*" or (isinstance(principal, dict) and principal.get("AWS") == "*")
    return (
        (everybody or EVENTS in services)
        and any(
            fnmatchcase(action.lower(), each.lower()) for each in _texts(statement.get("Action"))
        )
        and any(fnmatchcase(resource, each) for each in _texts(statement.get("Resource")))
    )


def _conditions_hold(statement: Mapping[str, Any], source_arn: str | None) -> bool:
    for operator, wanted in statement.get("Condition", {}).items():
        for name, values in wanted.items():
            patterns = _texts(values)
            if name.lower() == "aws:sourcearn" and operator.lower() in _BY_ARN:
                if source_arn and not any(fnmatchcase(source_arn, each) for each in patterns):
                    return False
            elif name.lower() == "aws:sourceaccount" and operator.lower() in _BY_ARN:
                if source_arn and source_arn.split(":")[4] not in patterns:
                    return False
            else:
                return False
    return True


def _texts(value: object) -> tuple[str, ...]:
    if isinstance(value, str):
        return (value,)
    return tuple(each for each in value if isinstance(each, str)) if isinstance(value, list) else ()
