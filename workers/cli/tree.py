"""A workflow as a person sees it: a tree of tasks with their times."""

from datetime import UTC, datetime

from rich.text import Text
from rich.tree import Tree

from workers.cli.output import plain
from workers.workflow import TaskState, WorkflowState

_MARKS = {
    "waiting": ("·", "dim"),
    "running": ("▶", "yellow"),
    "done": ("✔", "green"),
    "failed": ("✘", "red"),
    "cancelled": ("-", "dim"),
    "completed": ("✔", "green"),
}


def tree(state: WorkflowState, now: datetime) -> Tree:
    """The workflow, its tasks in the order of the plan, finished and running times."""
    mark, style = _MARKS[state.status]
    title = f"{mark} {state.workflow_id} {state.service_name or ''} {state.status}"
    root = Tree(plain(f"{title} {_span(state.created_at, state.closed_at, now)}", style))
    for task in state.tasks:
        root.add(_line(task, now))
    if state.reason:
        root.add(plain(state.reason, "red"))
    for note in state.notes:
        root.add(plain(note, "dim"))
    return root


def _line(task: TaskState, now: datetime) -> Text:
    mark, style = _MARKS[task.status]
    line = plain(f"{mark} {task.plan.task_id} {task.plan.title}", style)
    line.append(f"  {task.plan.agent}", style="dim")
    if task.started_at is not None:
        line.append(f"  {_span(task.started_at, task.ended_at, now)}", style="dim")
    if task.iteration > 1:
        line.append(f"  iteration {task.iteration}", style="yellow")
    if task.reason:
        line.append_text(plain(f"  {task.reason}", "red"))
    if endpoint := task.evidence.get("endpoint"):
        line.append_text(plain(f"  {endpoint}", "green"))
    return line


def _span(start: datetime, end: datetime | None, now: datetime) -> str:
    return f"{max(0.0, ((end or now) - start).total_seconds()):.1f} s"


def utc_now() -> datetime:
    """The wall clock, aware."""
    return datetime.now(UTC)
