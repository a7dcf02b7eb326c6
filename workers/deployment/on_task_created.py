"""task.created -> infra.provisioned, then deployment.completed | deployment.failed"""

from schemas.deployment import DeploymentCompleted, DeploymentFailed, InfraProvisioned
from schemas.task import TaskCreated
from workers.deployment.decisions import (
    NO_BUNDLE,
    completed,
    failed,
    merged,
    provisioned,
    record,
    release,
    smoke_plan,
)
from workers.deployment.gates import passed
from workers.ports import Artifacts, Clock, Context, Deployments, ReleaseFailed, Target


async def handle(
    event: TaskCreated,
    artifacts: Artifacts,
    target: Target,
    deployments: Deployments,
    clock: Clock,
    context: Context,
) -> tuple[InfraProvisioned | DeploymentCompleted | DeploymentFailed, ...]:
    """Brings what the parents of the task made to its environment.

    Anyone may ask for that. What has not passed the gates for that environment does not go there.
    """
    started = clock.now()
    made = release(event, context.event_id, NO_BUNDLE)
    ready: tuple[InfraProvisioned, ...] = ()
    outcome: DeploymentCompleted | DeploymentFailed
    try:
        bundle = merged(event.service_name, await passed(event, artifacts))
        made = release(event, context.event_id, bundle)
        smoke = smoke_plan(bundle)
        ready = (provisioned(event, made, await target.provision(made, bundle)),)
        running = await target.roll_out(made, bundle)
        outcome = completed(event, running, clock.now() - started, smoke)
    except ReleaseFailed as failure:
        outcome = failed(event, made, clock.now() - started, failure)
    await deployments.record(record(outcome, context.time))
    return tuple(each.model_copy(update={"origin": context.origin}) for each in (*ready, outcome))
