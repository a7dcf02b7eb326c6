"""How far an event takes a workflow. Pure.

An event moves a running task of its own iteration, and nothing in a workflow that is closed. So an
event that is handled again changes nothing, and the mark that it left tells what it had caused.
"""

from datetime import datetime
from typing import assert_never

from schemas.deployment import DeploymentCompleted, DeploymentFailed, InfraProvisioned
from schemas.health import HealthVerified
from schemas.remediation import RemediationApplied, RemediationProposed
from schemas.task import TaskFailed
from schemas.tests import TestsFailed, TestsPassed
from workers.conductor import reasons
from workers.conductor.changes import Mark, done, failed, replaced
from workers.conductor.evidence import with_evidence, with_failed_round
from workers.conductor.subject import deployed, generated, running, watching
from workers.workflow import TaskState, WorkflowState

Progress = TestsPassed | DeploymentCompleted | HealthVerified
Setback = TaskFailed | DeploymentFailed | RemediationApplied | RemediationProposed
Conducted = Progress | Setback | TestsFailed | InfraProvisioned

# How often a task is generated before its workflow is given up.
MAX_ITERATIONS = 3


def advance(state: WorkflowState, event: Conducted, event_id: str, now: datetime) -> WorkflowState:
    """The state after the event; the same state when the event moves nothing."""
    if state.status != "running":
        return state
    mark = Mark(event_id, now)
    match event:
        case TestsPassed() | DeploymentCompleted() | HealthVerified():
            task = _furthered(state, event)
            return done(state, with_evidence(task, event), mark) if task else state
        case TaskFailed() | DeploymentFailed() | RemediationApplied() | RemediationProposed():
            task, reason = _lost(state, event)
            return failed(state, with_evidence(task, event), reason, mark) if task else state
        case InfraProvisioned():
            task = deployed(state, event, "running", "done")
            return replaced(state, with_evidence(task, event)) if task else state
        case TestsFailed():
            task = generated(state, event)
            return _again(state, task, event, mark) if task else state
        case _:
            assert_never(event)


def _furthered(state: WorkflowState, event: Progress) -> TaskState | None:
    match event:
        case TestsPassed():
            return generated(state, event)
        case DeploymentCompleted():
            return deployed(state, event, "running")
        case HealthVerified():
            return watching(state, event)


def _lost(state: WorkflowState, event: Setback) -> tuple[TaskState | None, str]:
    match event:
        case TaskFailed():
            return running(state, event), reasons.task_failed(event)
        case DeploymentFailed():
            return deployed(state, event, "running"), reasons.deployment_failed(event)
        case RemediationApplied(action="restart"):
            return None, "the release is looked at once more, and that look decides"
        case RemediationApplied():
            return watching(state, event), reasons.rolled_back(event)
        case RemediationProposed():
            return watching(state, event), reasons.remediation_proposed(event)


def _again(state: WorkflowState, task: TaskState, event: TestsFailed, mark: Mark) -> WorkflowState:
    """The task is generated once more, unless that is hopeless by now."""
    after = with_failed_round(task, event)
    if task.fingerprint == event.fingerprint:
        return failed(state, after, reasons.tests_failed(event, "as in the round before"), mark)
    if task.iteration >= MAX_ITERATIONS:
        when = f"in round {task.iteration} of {MAX_ITERATIONS}"
        return failed(state, after, reasons.tests_failed(event, when), mark)
    again = {"iteration": task.iteration + 1, "created_by": mark.event_id, "artifact": None}
    return replaced(state, after.model_copy(update=again))
