"""The message to the person who asked: a few lines, and where the whole report is. Pure."""

from workers.notifier.report import DeliveryReport
from workers.ports import Notification

_REASON_LIMIT = 1500
_SUBJECT_LIMIT = 160


def notice(report: DeliveryReport, report_name: str) -> Notification:
    """The notification about a closed workflow."""
    what = report.service_name or report.workflow_id
    if report.outcome == "completed":
        subject, lines = f"{what} is delivered to {report.environment}", _delivered(report)
    else:
        first = (report.reason or "unknown").partition("\n")[0]
        subject, lines = f"{what} failed: {first}", _failed(report)
    where = f"Report: {report_name} of workflow {report.workflow_id}"
    return Notification(
        workflow_id=report.workflow_id,
        recipient=report.requested_by,
        subject=subject[:_SUBJECT_LIMIT],
        text="\n".join([*lines, where]),
        outcome=report.outcome,
    )


def _delivered(report: DeliveryReport) -> list[str]:
    lines = [f"{len(report.tasks)} tasks done in {report.duration_seconds or 0:.1f} s"]
    if report.deployment and report.deployment.endpoint:
        lines.append(f"Endpoint: {report.deployment.endpoint}")
    if report.violations_found:
        found, repaired = report.violations_found, report.violations_repaired
        lines.append(f"Violations: {found} found, {repaired} repaired")
    lines.append(f"Tests: {report.tests.passed} passed, {report.tests.failed} failed")
    if report.health and report.health.summary:
        lines.append(f"Health: {report.health.summary}")
    return lines


def _failed(report: DeliveryReport) -> list[str]:
    lines = [(report.reason or "unknown")[:_REASON_LIMIT]]
    if report.missing:
        lines.append(f"Missing: {', '.join(report.missing)}")
    if report.example:
        lines.append(f"Try: {report.example}")
    if report.proposals:
        lines.append(f"{len(report.proposals)} proposals are in the report")
    return lines
