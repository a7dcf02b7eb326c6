"""remediation.applied (action restart) -> health.verified | anomaly.detected"""

from schemas.anomaly import AnomalyDetected
from schemas.health import HealthVerified
from schemas.remediation import RemediationApplied
from workers.observability.look import look
from workers.ports import Artifacts, Context, HttpProbe


async def handle(
    event: RemediationApplied, probe: HttpProbe, artifacts: Artifacts, context: Context
) -> HealthVerified | AnomalyDetected:
    return await look(event, context.event_id, probe, artifacts)
