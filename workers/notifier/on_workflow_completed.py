"""workflow.completed -> (nothing: the report is written and the person told)"""

from schemas.workflow import WorkflowCompleted
from workers.notifier.tell import tell
from workers.ports import Artifacts, Notifications, Reports, Workflows


async def handle(
    event: WorkflowCompleted,
    workflows: Workflows,
    artifacts: Artifacts,
    reports: Reports,
    notifications: Notifications,
) -> None:
    await tell(event, workflows, artifacts, reports, notifications)
