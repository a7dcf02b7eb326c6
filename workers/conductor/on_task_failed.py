"""task.failed -> workflow.failed"""

from schemas.task import TaskFailed
from schemas.workflow import WorkflowFailed
from workers.conductor.answers import failure
from workers.conductor.conduct import conduct
from workers.ports import Clock, Context, Workflows


async def handle(
    event: TaskFailed, workflows: Workflows, clock: Clock, context: Context
) -> tuple[WorkflowFailed, ...]:
    state = await conduct(event, workflows, clock, context)
    return failure(state, context.event_id)
