"""What judges bundles, and where its judgements are logged."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal, Protocol

from schemas.policy import Violation


@dataclass(frozen=True, slots=True)
class Document:
    """One file as the policy engine sees it: `kind` picks the rules, `content` is parsed."""

    kind: Literal["terraform", "kubernetes", "dockerfile", "github_workflow", "gitlab_ci"]
    path: str
    content: object


class PolicyEngine(Protocol):
    """Rego over documents."""

    async def evaluate(
        self, documents: Sequence[Document], environment: str
    ) -> tuple[Violation, ...]:
        """Every violation, ordered by path, rule and message. A missing result is a violation."""


class SecretScanner(Protocol):
    """Looks for credentials in files."""

    async def scan(self, files: Mapping[str, bytes]) -> tuple[Violation, ...]: ...


@dataclass(frozen=True, slots=True)
class AuditedViolation:
    """A violation as the audit table keeps it."""

    violation_id: str
    timestamp: datetime
    workflow_id: str
    task_id: str
    artifact: str
    violation: Violation


class PolicyAudit(Protocol):
    """The log of all violations; a record written again replaces itself."""

    async def record(self, violations: Sequence[AuditedViolation]) -> None: ...
