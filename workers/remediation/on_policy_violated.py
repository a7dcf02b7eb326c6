"""policy.violated -> codegen.completed (the repaired bundle) | task.failed"""

import asyncio

from schemas.codegen import CodegenCompleted
from schemas.policy import PolicyViolated
from schemas.task import TaskFailed
from workers.ports import Artifacts
from workers.remediation.decisions import (
    blocking,
    completed,
    gave_up,
    is_last_round,
    manifest,
    needs_a_person,
)
from workers.remediation.repair import Place, proposals, repaired


async def handle(event: PolicyViolated, artifacts: Artifacts) -> CodegenCompleted | TaskFailed:
    """Repairs all that the fleet may repair; nothing is stored unless that unblocks the bundle."""
    bundle = await artifacts.read(event.artifact)
    place = Place(event.service_name, event.environment, bundle.manifest.revision + 1)
    # Many repairs take some seconds, and other messages are waiting: both run in a thread.
    if is_last_round(event):
        asked = await asyncio.to_thread(proposals, bundle.files, blocking(event), place)
        return gave_up(event, asked)
    done = await asyncio.to_thread(repaired, bundle.files, event.violations, place)
    if failure := needs_a_person(event, done.unrepaired):
        return failure
    better = bundle.with_files(done.files, manifest(bundle, event, done.repairs))
    artifact = await artifacts.write(better)
    return completed(event, artifact, len(better.files))
