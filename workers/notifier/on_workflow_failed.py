"""workflow.failed -> (nothing: the report is written and the person told)"""

from schemas.workflow import WorkflowFailed
from workers.notifier.tell import tell
from workers.ports import Artifacts, Notifications, Reports, Workflows


async def handle(
    event: WorkflowFailed,
    workflows: Workflows,
    artifacts: Artifacts,
    reports: Reports,
    notifications: Notifications,
) -> None:
    await tell(event, workflows, artifacts, reports, notifications)
