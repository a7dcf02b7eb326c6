"""One CloudFormation stack: created or updated, removed, and waited for."""

import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

# CloudFormation quotas: a TemplateBody has at most 51,200 bytes, an object in S3 1 MB.
_BODY_LIMIT = 51_200

_BEGINNINGS = frozenset({"CREATE_IN_PROGRESS", "UPDATE_IN_PROGRESS", "DELETE_IN_PROGRESS"})
_CREATABLE = frozenset({"REVIEW_IN_PROGRESS", "ROLLBACK_COMPLETE", "ROLLBACK_FAILED"})

Progress = Callable[[str], None]
Client = Callable[[str], Any]


class StackFailed(Exception):
    """Raised when a stack does not reach the state that was asked for; says why in one line."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Stack:
    """A stack as it should be. `bucket` takes the template when it is long."""

    name: str
    body: str
    parameters: Mapping[str, str] = field(default_factory=dict)
    bucket: str | None = None


def deploy(stack: Stack, client: Client, on_progress: Progress) -> None:
    """Creates the stack, or updates it where it differs, and waits. Raises StackFailed."""
    with _translated(stack):
        formation = client("cloudformation")
        status = _status(formation, stack.name)
        if status in _CREATABLE:
            # A creation that failed leaves a husk, which can only be removed.
            _removed(formation, stack.name, on_progress)
            status = None
        request = _request(stack, client)
        if status is None:
            formation.create_stack(**request, OnFailure="ROLLBACK")
        elif not _update(formation, request):
            on_progress(f"{stack.name}: already up to date")
            return
        _wait(formation, stack.name, on_progress)
        status = _status(formation, stack.name)
        if status not in {"CREATE_COMPLETE", "UPDATE_COMPLETE"}:
            raise StackFailed(f"{stack.name} ended as {status}: {_why(formation, stack.name)}")


def remove(stack: Stack, client: Client, on_progress: Progress) -> None:
    """Empties the stack's buckets when they go with it, removes it and waits."""
    with _translated(stack):
        formation = client("cloudformation")
        if _status(formation, stack.name) is None:
            on_progress(f"{stack.name}: not there")
            return
        if stack.parameters.get("WhenDeleted") == "Delete":
            for bucket in _buckets(formation, stack.name):
                _empty(client("s3"), bucket)
        _removed(formation, stack.name, on_progress)


def _request(stack: Stack, client: Client) -> dict[str, Any]:
    tags = {"Project": "flotilla", "Environment": stack.parameters.get("Environment", "")}
    return {
        "StackName": stack.name,
        "Parameters": [
            {"ParameterKey": key, "ParameterValue": value}
            for key, value in stack.parameters.items()
        ],
        "Tags": [{"Key": key, "Value": value} for key, value in tags.items() if value],
        # The storage template's transform is a macro.
        "Capabilities": ["CAPABILITY_AUTO_EXPAND"],
        **_template(stack, client),
    }


def _template(stack: Stack, client: Client) -> dict[str, str]:
    body = stack.body.encode()
    if len(body) <= _BODY_LIMIT or stack.bucket is None:
        return {"TemplateBody": stack.body}
    s3 = client("s3")
    key = f"cloudformation/{stack.name}-{sha256(body).hexdigest()[:16]}.yaml"
    s3.put_object(Bucket=stack.bucket, Key=key, Body=body)
    # Without the signature this is the object's address in the endpoint's own style.
    address = s3.generate_presigned_url("get_object", {"Bucket": stack.bucket, "Key": key})
    return {"TemplateURL": address.split("?")[0]}


def _update(formation: Any, request: dict[str, Any]) -> bool:
    try:
        formation.update_stack(**request)
    except formation.exceptions.ClientError as error:
        if "No updates are to be performed" in str(error):
            return False
        raise
    return True


def _removed(formation: Any, name: str, on_progress: Progress) -> None:
    formation.delete_stack(StackName=name)
    _wait(formation, name, on_progress)
    status = _status(formation, name)
    if status is not None:
        raise StackFailed(f"{name} ended as {status}: {_why(formation, name)}")
    on_progress(f"{name}: removed")


def _wait(formation: Any, name: str, on_progress: Progress) -> None:
    """Polls quickly at first, for an emulator, and then at AWS's pace."""
    pause, said = 0.05, ""
    while True:
        status = _status(formation, name)
        if status and status != said:
            on_progress(f"{name}: {status.lower().replace('_', ' ')}")
            said = status
        if status is None or not status.endswith("IN_PROGRESS"):
            return
        time.sleep(pause)
        pause = min(pause * 1.5, 5.0)


def _status(formation: Any, name: str) -> str | None:
    try:
        [found] = formation.describe_stacks(StackName=name)["Stacks"]
    except formation.exceptions.ClientError as error:
        if "does not exist" in str(error):
            return None
        raise
    status = str(found["StackStatus"])
    return None if status == "DELETE_COMPLETE" else status


def _why(formation: Any, name: str) -> str:
    """The first failure since the operation began; the events come with the newest first."""
    why = "no reason given"
    for page in formation.get_paginator("describe_stack_events").paginate(StackName=name):
        for event in page["StackEvents"]:
            if event["ResourceStatus"].endswith("FAILED"):
                reason = event.get("ResourceStatusReason", "no reason given")
                why = f"{event['LogicalResourceId']}: {reason}"
            if event["LogicalResourceId"] == name and event["ResourceStatus"] in _BEGINNINGS:
                return why
    return why


def _buckets(formation: Any, name: str) -> Iterator[str]:
    for page in formation.get_paginator("list_stack_resources").paginate(StackName=name):
        for resource in page["StackResourceSummaries"]:
            if resource["ResourceType"] == "AWS::S3::Bucket" and "PhysicalResourceId" in resource:
                yield resource["PhysicalResourceId"]


def _empty(s3: Any, bucket: str) -> None:
    for page in s3.get_paginator("list_object_versions").paginate(Bucket=bucket):
        found = [*page.get("Versions", ()), *page.get("DeleteMarkers", ())]
        doomed = [{"Key": each["Key"], "VersionId": each["VersionId"]} for each in found]
        if doomed:
            s3.delete_objects(Bucket=bucket, Delete={"Objects": doomed, "Quiet": True})


@contextmanager
def _translated(stack: Stack) -> Iterator[None]:
    try:
        yield
    except (BotoCoreError, ClientError) as error:
        raise StackFailed(f"{stack.name}: {error}") from error
