"""The delivery report for people, as Markdown. Pure."""

from collections.abc import Iterator, Sequence
from datetime import datetime

from schemas.tests import TestSummary
from workers.notifier.escaping import block, code, facts, table, text
from workers.notifier.report import DeliveryReport, TaskReport
from workers.notifier.sections import deployment, failure, health, repairs

Section = Iterator[str]


def markdown(report: DeliveryReport) -> str:
    """Sections without content are left out."""
    parts = [
        *_title(report),
        *failure(report),
        *_plan(report),
        *_tasks(report),
        *repairs(report),
        *_tests(report),
        *deployment(report),
        *health(report),
        *_notes(report),
    ]
    return "\n\n".join(parts) + "\n"


def _title(report: DeliveryReport) -> Section:
    yield f"# Delivery report: {text(report.service_name or report.workflow_id)}"
    rows = [
        ("Outcome", f"**{report.outcome}**"),
        ("Workflow", code(report.workflow_id)),
        ("Requested by", text(report.requested_by)),
        ("Environment", text(report.environment or "")),
        ("Started", _time(report.created_at)),
        ("Ended", _time(report.closed_at)),
        ("Took", _duration(report.duration_seconds)),
    ]
    yield facts(rows)
    if report.request:
        yield "## Request"
        yield block(report.request, "text")


def _plan(report: DeliveryReport) -> Section:
    if not report.tasks:
        return
    yield "## Plan"
    yield f"Planned by {text(report.planned_by or 'unknown')}."
    yield table(
        ("Task", "Agent", "What", "After"),
        [
            (code(t.task_id), text(t.agent), _what(t), ", ".join(map(code, t.depends_on)))
            for t in report.tasks
        ],
    )


def _tasks(report: DeliveryReport) -> Section:
    if not report.tasks:
        return
    yield "## Tasks"
    yield table(
        ("Task", "Status", "Started", "Ended", "Took", "Round", "Revision", "Made by"),
        [
            (
                code(t.task_id),
                t.status,
                _time(t.started_at),
                _time(t.ended_at),
                _duration(t.duration_seconds),
                str(t.iteration),
                str(t.revision or ""),
                text(t.made_by or ""),
            )
            for t in report.tasks
        ],
    )


def _tests(report: DeliveryReport) -> Section:
    tested = [t for t in report.tasks if t.tests]
    if not tested:
        return
    yield "## Tests"
    rows = [(code(t.task_id), *_counts(t.tests)) for t in tested if t.tests]
    rows.append(("**all**", *_counts(report.tests)))
    yield table(("Task", "Passed", "Failed", "Errors", "Skipped", "Took"), rows)
    for task in tested:
        for lost in task.failed_rounds:
            counts = f"{lost.summary.failed} failed, {lost.summary.errors} errors"
            yield (
                f"Round {lost.iteration} of {code(task.task_id)} was rejected by its own tests "
                f"({text(lost.reason)}: {counts})."
            )
        if task.output:
            yield f"The end of the output of {code(task.task_id)}'s last rejected round:"
            yield block(task.output, "text")


def _notes(report: DeliveryReport) -> Section:
    if report.notes:
        yield "## Notes"
        yield "\n".join(f"- Note: {text(note)}" for note in report.notes)


def _what(task: TaskReport) -> str:
    return text(" ".join(filter(None, (task.title, f"({task.part})" if task.part else ""))))


def _counts(summary: TestSummary) -> Sequence[str]:
    counts = (summary.passed, summary.failed, summary.errors, summary.skipped)
    return (*map(str, counts), _duration(summary.duration_seconds))


def _time(moment: datetime | None) -> str:
    return moment.strftime("%Y-%m-%d %H:%M:%S %Z").strip() if moment else ""


def _duration(seconds: float | None) -> str:
    return "" if seconds is None else f"{seconds:.1f} s"
