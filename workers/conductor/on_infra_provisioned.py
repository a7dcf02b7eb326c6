"""infra.provisioned -> (nothing: the resources are noted for the report)"""

from schemas.deployment import InfraProvisioned
from workers.conductor.conduct import conduct
from workers.ports import Clock, Context, Workflows


async def handle(
    event: InfraProvisioned, workflows: Workflows, clock: Clock, context: Context
) -> None:
    await conduct(event, workflows, clock, context)
