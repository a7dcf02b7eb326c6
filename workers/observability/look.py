"""Looks at a release: exercises it, judges it, and keeps its own description of itself."""

import json

from schemas.anomaly import AnomalyDetected
from schemas.health import HealthVerified
from workers.bundle import Bundle, Manifest
from workers.observability.decisions import Release, verdict
from workers.observability.exchange import document
from workers.observability.exercise import exercise
from workers.ports import Artifacts, HttpProbe, Reject


async def look(
    release: Release, event_id: str, probe: HttpProbe, artifacts: Artifacts
) -> HealthVerified | AnomalyDetected:
    """The verdict on a release; on a good one with the OpenAPI document of the running app.

    Raises Reject for a release that nobody can reach, for want of an endpoint.
    """
    endpoint = release.endpoint
    if endpoint is None:
        raise Reject(f"{release.deployment_id} names no endpoint to look at")
    exchanges = await exercise(probe, endpoint, release.smoke, event_id)
    judged = verdict(release, exchanges)
    if isinstance(judged, AnomalyDetected):
        return judged
    key = await _openapi(release, endpoint, probe, artifacts)
    return judged.model_copy(update={"openapi": key})


async def _openapi(
    release: Release, endpoint: str, probe: HttpProbe, artifacts: Artifacts
) -> str | None:
    """Where the document is stored; None for a service that has none."""
    answer = await probe.request("GET", f"{endpoint.rstrip('/')}/openapi.json")
    found = document(answer) if answer.status == 200 else None
    if found is None or "openapi" not in found:
        return None
    content = json.dumps(found, indent=2) + "\n"
    manifest = Manifest(service_name=release.service_name, part="service", made_by="observability")
    return await artifacts.write(Bundle({"openapi.json": content.encode()}, manifest))
