"""deployment.completed -> task.created, workflow.completed"""

from schemas.deployment import DeploymentCompleted
from schemas.task import TaskCreated
from schemas.workflow import WorkflowCompleted
from workers.conductor.answers import onward
from workers.conductor.conduct import conduct
from workers.ports import Clock, Context, Workflows


async def handle(
    event: DeploymentCompleted, workflows: Workflows, clock: Clock, context: Context
) -> tuple[TaskCreated | WorkflowCompleted, ...]:
    state = await conduct(event, workflows, clock, context)
    return onward(state, context.event_id)
