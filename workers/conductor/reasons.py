"""Why a workflow failed, in words for the person who asked. Pure."""

from collections.abc import Iterable

from schemas.deployment import DeploymentFailed
from schemas.policy import Violation
from schemas.remediation import RemediationApplied, RemediationProposed
from schemas.task import Proposal, TaskFailed
from schemas.tests import TestsFailed
from workers.redaction import redacted

# A reason is read in a message or a terminal; the report holds the whole evidence.
_TAIL = 800
_LISTED = 5

_RUNS = {
    "failed": "failed",
    "timed_out": "ran out of time",
    "no_tests": "were not found",
    "out_of_memory": "ran out of memory",
    "crashed": "crashed",
}


def tests_failed(event: TestsFailed, when: str) -> str:
    """Such as: the tests of t1 failed in round 3 of 3 (2 failed, 1 error, 5 passed)."""
    summary = event.summary
    counts = f"{summary.failed} failed, {summary.errors} errors, {summary.passed} passed"
    said = f"the tests of {event.task_id} {_RUNS[event.reason]} {when} ({counts})"
    tail = redacted(event.tail).strip()
    if len(tail) > _TAIL:
        # From the next whole line on, if the piece has one.
        piece = tail[-_TAIL:]
        tail = piece.partition("\n")[2] or piece
    return f"{said}:\n{tail}" if tail else said


def task_failed(event: TaskFailed) -> str:
    """The task's own reason, with the rules that it breaks and the advice on them."""
    return _listed(
        f"{event.task_id} ({event.agent}): {event.reason}",
        [*map(_violation, event.violations), *map(_proposal, event.proposals)],
    )


def deployment_failed(event: DeploymentFailed) -> str:
    """What the target said, and what runs now."""
    now = f"; {event.rolled_back_to} runs again" if event.rolled_back_to else ""
    return f"{event.version} could not be deployed to {event.environment}: {event.reason}{now}"


def rolled_back(event: RemediationApplied) -> str:
    """That the release did not behave, and what runs now."""
    now = f"rolled back to {event.previous_version or 'the version before'}"
    detail = f": {event.detail}" if event.detail else ""
    return f"{event.version} misbehaved in {event.environment} and was {now}{detail}"


def remediation_proposed(event: RemediationProposed) -> str:
    """That a person has to decide, and what about."""
    return _listed(
        f"{event.version} misbehaves in {event.environment}: {event.reason}",
        [_proposal(proposal) for proposal in event.proposals],
    )


def _listed(headline: str, lines: Iterable[str]) -> str:
    every = list(lines)
    rest = [f"and {len(every) - _LISTED} more"] if len(every) > _LISTED else []
    return "\n".join([headline, *(f"- {line}" for line in [*every[:_LISTED], *rest])])


def _violation(violation: Violation) -> str:
    where = f" in {violation.path}" if violation.path else ""
    return f"{violation.rule} ({violation.severity}){where}: {violation.message}"


def _proposal(proposal: Proposal) -> str:
    return f"{proposal.kind} for {proposal.rule}: {proposal.advice}"
