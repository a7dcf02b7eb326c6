"""The message to the person who asked for a migration: a few lines, and where the rest is. Pure."""

from collections.abc import Sequence

from schemas.migration import MigrationCompleted, MigrationFailed, RefusedFile
from workers.ports import Notification

_MOST = 10
_SUBJECT_LIMIT = 160


def notice(event: MigrationCompleted | MigrationFailed) -> Notification:
    """The notification about a migration that has ended."""
    if isinstance(event, MigrationCompleted):
        subject = f"migration {event.verdict}: {_count(event)} in {event.artifact}"
        lines = _completed(event)
    else:
        subject, lines = f"migration failed: {_where(event)}", _listed(event.refused)
    return Notification(
        workflow_id=event.workflow_id,
        recipient=event.requested_by,
        subject=subject[:_SUBJECT_LIMIT],
        text="\n".join(lines) or subject,
        outcome="completed" if isinstance(event, MigrationCompleted) else "failed",
    )


def _count(event: MigrationCompleted) -> str:
    number = len(event.files)
    return f"{number} workflow{'' if number == 1 else 's'}"


def _completed(event: MigrationCompleted) -> list[str]:
    counts = event.statements
    todo = len(event.tasks) + event.more_tasks
    return [
        f"Statements: {counts.kept} kept, {counts.changed} changed, {counts.dropped} dropped, "
        f"{counts.manual} left to a person",
        f"To do before the first run: {todo}",
        *_listed(event.refused),
        f"Workflows and report ({event.report}): {event.artifact}",
    ]


def _listed(refused: Sequence[RefusedFile]) -> list[str]:
    shown = [f"Not converted: {_place(each)}" for each in refused[:_MOST]]
    more = len(refused) - _MOST
    return [*shown, f"… and {more} more"] if more > 0 else shown


def _where(event: MigrationFailed) -> str:
    place = RefusedFile(
        path=event.path or "", reason=event.reason, line=event.line, column=event.column
    )
    return _place(place) if event.path else event.reason


def _place(each: RefusedFile) -> str:
    where = f":{each.line}:{each.column}" if each.line else ""
    return f"{each.path}{where}: {each.reason}"
