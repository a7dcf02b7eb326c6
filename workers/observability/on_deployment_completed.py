"""deployment.completed -> health.verified | anomaly.detected"""

from schemas.anomaly import AnomalyDetected
from schemas.deployment import DeploymentCompleted
from schemas.health import HealthVerified
from workers.observability.look import look
from workers.ports import Artifacts, Context, HttpProbe


async def handle(
    event: DeploymentCompleted, probe: HttpProbe, artifacts: Artifacts, context: Context
) -> HealthVerified | AnomalyDetected:
    return await look(event, context.event_id, probe, artifacts)
