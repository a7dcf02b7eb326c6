"""Identifiers and closed choices that events share, in the form that consumers may rely on."""

from typing import Annotated, Literal

from pydantic import Field, StringConstraints

# SQS takes message group ids of 1 to 128 alphanumeric or punctuation characters (API reference,
# SendMessage, MessageGroupId); a workflow id is one, so it keeps a stricter form.
WorkflowId = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9][A-Za-z0-9_.-]{0,99}$")]
TaskId = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9][A-Za-z0-9_-]{0,63}$")]
DeploymentId = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9][A-Za-z0-9_.-]{0,127}$")]

# A DNS label (RFC 1123) that is also a legal folder, Kubernetes and Terraform name.
DnsLabel = StringConstraints(min_length=2, max_length=40, pattern=r"^[a-z][a-z0-9]*(-[a-z0-9]+)*$")
ServiceName = Annotated[str, DnsLabel]
BucketName = Annotated[str, DnsLabel]
ResourceName = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]{0,30}$")]

# Content-addressed: the digest is over the bundle's bytes, so equal bundles have equal keys.
ArtifactKey = Annotated[str, StringConstraints(pattern=r"^artifacts/[0-9a-f]{64}\.tar\.gz$")]

# Stays where it is put: no root, no `.` or `..`, no backslash, nothing unprintable.
_SEGMENT = (
    r"(?:[^./\\\x00-\x1f\x7f][^/\\\x00-\x1f\x7f]*|\.[^./\\\x00-\x1f\x7f][^/\\\x00-\x1f\x7f]*)"
)
RelativePath = Annotated[
    str, StringConstraints(max_length=240, pattern=rf"^{_SEGMENT}(?:/{_SEGMENT})*$")
]

Environment = Literal["dev", "staging", "production"]
Agent = Literal["codegen", "deployment", "observability"]
Part = Literal["service", "infrastructure", "delivery"]
Severity = Literal["critical", "high", "medium", "low"]

# Whether a chain of events began with a task that the fleet itself created.
Origin = Literal["fleet", "outside"]

Attempt = Annotated[int, Field(ge=1, le=1000)]
