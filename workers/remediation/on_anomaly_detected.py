"""anomaly.detected -> remediation.applied | remediation.proposed"""

from schemas.anomaly import AnomalyDetected
from schemas.remediation import RemediationApplied, RemediationProposed
from workers.ports import Release, ReleaseFailed, Target
from workers.remediation.decisions import applied, measures, proposed


async def handle(
    event: AnomalyDetected, target: Target
) -> RemediationApplied | RemediationProposed:
    """Takes the first measure that works; when none does, says what a person should look at."""
    release = Release(event.deployment_id, event.service_name, event.environment, event.version)
    failures: list[str] = []
    for measure in measures(event):
        act = target.restart if measure == "restart" else target.roll_back
        try:
            running = await act(release)
        except ReleaseFailed as failure:
            # The target's way to say no: the next measure may still work.
            failures.append(f"{measure} failed: {failure}")
        else:
            return applied(event, measure, endpoint=running.endpoint)
    return proposed(event, failures)
