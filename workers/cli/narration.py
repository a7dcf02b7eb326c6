"""One line for a person about an event. Pure."""

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any

Detail = Mapping[str, Any]


def narrate(event_type: str, detail: Detail) -> str:
    """What the event says, in a few words; nothing for an event that speaks for itself."""
    teller = _TELLERS.get(event_type)
    return teller(detail) if teller else ""


def subject(detail: Detail) -> str:
    """The task or deployment that an event is about."""
    return str(detail.get("task_id") or detail.get("deployment_id") or "")


def _requested(detail: Detail) -> str:
    return f'"{detail.get("request") or detail.get("parameters", {}).get("service_name", "")}"'


def _created(detail: Detail) -> str:
    tasks = detail.get("tasks", [])
    return f"{detail.get('service_name')}: {len(tasks)} tasks, by {detail.get('planned_by')}"


def _completed(detail: Detail) -> str:
    return f"{detail.get('tasks')} tasks in {detail.get('duration_seconds', 0):.1f} s"


def _task_created(detail: Detail) -> str:
    again = f", iteration {detail['iteration']}" if detail.get("iteration", 1) > 1 else ""
    return f"{detail.get('title') or detail.get('agent')}{again}"


def _generated(detail: Detail) -> str:
    verb = "repaired" if detail.get("made_by") == "remediation" else "generated"
    return f"{detail.get('part')} {verb}: {detail.get('files')} files"


def _violated(detail: Detail) -> str:
    violations = detail.get("violations", [])
    rules = sorted({str(v.get("rule")) for v in violations})
    return f"{len(violations)} violations: {', '.join(rules)}"


def _validated(detail: Detail) -> str:
    advice = len(detail.get("violations", []))
    return f"{detail.get('part')} passes" + (f", {advice} to consider" if advice else "")


def _tests_passed(detail: Detail) -> str:
    summary = detail.get("summary", {})
    return f"{summary.get('passed')} passed in {summary.get('duration_seconds', 0):.1f} s"


def _tests_failed(detail: Detail) -> str:
    summary = detail.get("summary", {})
    return f"{detail.get('reason')}: {summary.get('failed', 0) + summary.get('errors', 0)} failed"


def _provisioned(detail: Detail) -> str:
    return ", ".join(f"{r.get('type')} {r.get('name')}" for r in detail.get("resources", []))


def _deployed(detail: Detail) -> str:
    return f"{detail.get('version')} at {detail.get('endpoint')}"


def _verified(detail: Detail) -> str:
    return str(detail.get("summary", ""))


def _reason(detail: Detail) -> str:
    return str(detail.get("reason") or detail.get("description") or detail.get("detail") or "")


_TELLERS: Mapping[str, Callable[[Detail], str]] = MappingProxyType(
    {
        "workflow.requested": _requested,
        "workflow.created": _created,
        "workflow.completed": _completed,
        "workflow.failed": _reason,
        "task.created": _task_created,
        "task.failed": _reason,
        "codegen.completed": _generated,
        "policy.validated": _validated,
        "policy.violated": _violated,
        "tests.passed": _tests_passed,
        "tests.failed": _tests_failed,
        "infra.provisioned": _provisioned,
        "deployment.completed": _deployed,
        "deployment.failed": _reason,
        "health.verified": _verified,
        "anomaly.detected": _reason,
        "remediation.applied": _reason,
        "remediation.proposed": _reason,
    }
)
