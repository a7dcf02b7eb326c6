"""Verdicts of the policy gate, with violations in the shape of `POST /policy/validate`."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import ClassVar, Literal

from pydantic import Field

from schemas.base import Value
from schemas.codegen import ArtifactFields
from schemas.identifiers import Environment, Severity

# How a violation may be mended: by the fleet itself, by it after approval, or by a person.
Remedy = Literal["automated", "assisted", "advisory"]

# Which severities stop a bundle on its way to an environment; the rest is advice.
BLOCKING: Mapping[Environment, frozenset[Severity]] = MappingProxyType(
    {
        "dev": frozenset(),
        "staging": frozenset({"critical", "high", "medium"}),
        "production": frozenset({"critical", "high", "medium", "low"}),
    }
)


class Violation(Value):
    """One rule that one place breaks."""

    severity: Severity
    rule: str
    message: str
    category: str = "security"
    remedy: Remedy = "advisory"
    path: str | None = Field(default=None, description="file in the bundle")
    resource: str | None = Field(default=None, description="address inside the file")


class PolicyValidated(ArtifactFields):
    """No blocking rule failed; what is left is advice."""

    type: ClassVar[str] = "policy.validated"

    valid: Literal[True] = True
    violations: tuple[Violation, ...] = ()


class PolicyViolated(ArtifactFields):
    """At least one blocking rule failed."""

    type: ClassVar[str] = "policy.violated"

    valid: Literal[False] = False
    violations: tuple[Violation, ...] = Field(min_length=1)
