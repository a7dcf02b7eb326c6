"""tests.failed -> task.created | workflow.failed"""

from schemas.task import TaskCreated
from schemas.tests import TestsFailed
from schemas.workflow import WorkflowFailed
from workers.conductor.answers import again
from workers.conductor.conduct import conduct
from workers.ports import Clock, Context, Workflows


async def handle(
    event: TestsFailed, workflows: Workflows, clock: Clock, context: Context
) -> tuple[TaskCreated | WorkflowFailed, ...]:
    state = await conduct(event, workflows, clock, context)
    return again(state, context.event_id)
