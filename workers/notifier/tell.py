"""Writes the report of a closed workflow, then tells the person who asked."""

from schemas.workflow import WorkflowCompleted, WorkflowFailed
from workers.notifier.compose import compose
from workers.notifier.markdown import markdown
from workers.notifier.notice import notice
from workers.ports import Artifacts, Notifications, Reports, Workflows

MARKDOWN = "delivery-report.md"
JSON = "delivery-report.json"


async def tell(
    event: WorkflowCompleted | WorkflowFailed,
    workflows: Workflows,
    artifacts: Artifacts,
    reports: Reports,
    notifications: Notifications,
) -> None:
    """The same event writes the same report again; the message goes out after it is stored."""
    state = await workflows.load(event.workflow_id)
    keys = [task.artifact for task in state.tasks if task.artifact] if state else []
    manifests = {key: (await artifacts.read(key)).manifest for key in keys}
    report = compose(event, state, manifests)
    files = {
        MARKDOWN: markdown(report).encode(),
        JSON: report.model_dump_json(indent=2).encode(),
    }
    await reports.write(event.workflow_id, files)
    await notifications.send(notice(report, MARKDOWN))
