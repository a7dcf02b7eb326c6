"""What the policy worker answers: may the bundle go on, and what is written down. Pure."""

from collections.abc import Iterable
from typing import get_args
from uuid import UUID, uuid5

from schemas.codegen import ArtifactFields, CodegenCompleted
from schemas.identifiers import Environment, Severity
from schemas.policy import BLOCKING, PolicyValidated, PolicyViolated, Violation
from workers.ports import AuditedViolation, Context

_VIOLATIONS = UUID("6f0d7f3e-3d0b-5f0e-9c55-f10717a00003")
_GRAVITY: dict[Severity, int] = {name: at for at, name in enumerate(get_args(Severity))}

# An event is at most 1 MiB, and a violation some kilobytes in the worst case.
MOST = 200


def blocking(violations: Iterable[Violation], environment: Environment) -> tuple[Violation, ...]:
    """Those that stop a bundle on its way to the environment; the gravest first."""
    stops = BLOCKING[environment]
    return ranked(violation for violation in violations if violation.severity in stops)


def ranked(violations: Iterable[Violation]) -> tuple[Violation, ...]:
    """The gravest first, otherwise in their order; each once."""
    return tuple(sorted(dict.fromkeys(violations), key=lambda v: _GRAVITY[v.severity]))


def verdict(
    event: CodegenCompleted, violations: Iterable[Violation]
) -> PolicyValidated | PolicyViolated:
    """Violated when one of them blocks: with those first, and the rest as advice after them.

    Of more violations than an event can carry, the gravest are told; all of them are audited.
    """
    every = ranked(violations)
    stopping = blocking(every, event.environment)
    artifact = event.model_dump(include=set(ArtifactFields.model_fields))
    if not stopping:
        return PolicyValidated(**artifact, violations=every[:MOST])
    rest = tuple(violation for violation in every if violation not in stopping)
    return PolicyViolated(**artifact, violations=(*stopping, *rest)[:MOST])


def audited(
    event: CodegenCompleted, context: Context, violations: Iterable[Violation]
) -> tuple[AuditedViolation, ...]:
    """The records of the violations: the same again when the event is handled again."""
    return tuple(
        AuditedViolation(
            violation_id=violation_id(context.event_id, violation),
            timestamp=context.time,
            workflow_id=event.workflow_id,
            task_id=event.task_id,
            artifact=event.artifact,
            violation=violation,
        )
        for violation in ranked(violations)
    )


def violation_id(event_id: str, violation: Violation) -> str:
    """Equal for the same objection to the same event, and for no other."""
    parts = (event_id, violation.rule, violation.path, violation.resource, violation.message)
    return str(uuid5(_VIOLATIONS, repr(parts)))
