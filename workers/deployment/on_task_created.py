"""task.created -> infra.provisioned, then deployment.completed | deployment.failed"""

from schemas.deployment import DeploymentCompleted, DeploymentFailed, InfraProvisioned
from schemas.task import TaskCreated
from workers.deployment.decisions import (
    completed,
    failed,
    merged,
    provisioned,
    record,
    release,
    smoke_plan,
)
from workers.ports import Artifacts, Clock, Context, Deployments, ReleaseFailed, Target


async def handle(
    event: TaskCreated,
    artifacts: Artifacts,
    target: Target,
    deployments: Deployments,
    clock: Clock,
    context: Context,
) -> tuple[InfraProvisioned | DeploymentCompleted | DeploymentFailed, ...]:
    """Brings what the parents of the task made to its environment."""
    started = clock.now()
    bundle = merged(event.service_name, [await artifacts.read(key) for key in event.artifacts])
    smoke = smoke_plan(bundle)
    made = release(event, context.event_id, bundle)
    ready: tuple[InfraProvisioned, ...] = ()
    outcome: DeploymentCompleted | DeploymentFailed
    try:
        if not bundle.files:
            raise ReleaseFailed("the task brings no artifact, so there is nothing to deploy")
        ready = (provisioned(event, made, await target.provision(made, bundle)),)
        running = await target.roll_out(made, bundle)
        outcome = completed(event, running, clock.now() - started, smoke)
    except ReleaseFailed as failure:
        outcome = failed(event, made, clock.now() - started, failure)
    await deployments.record(record(outcome, context.time))
    return (*ready, outcome)
