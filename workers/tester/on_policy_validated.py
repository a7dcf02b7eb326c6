"""policy.validated -> tests.passed | tests.failed"""

from schemas.policy import PolicyValidated
from schemas.tests import TestsFailed, TestsPassed
from workers.ports import Artifacts, TestRunner
from workers.tester.decisions import LIMITS, verdict


async def handle(
    event: PolicyValidated, artifacts: Artifacts, runner: TestRunner
) -> TestsPassed | TestsFailed:
    """Runs the tests that the artifact itself brings."""
    bundle = await artifacts.read(event.artifact)
    judged = verdict(event, await runner.run(bundle, LIMITS))
    if isinstance(judged, TestsPassed):
        await artifacts.attest(event.artifact, "tests", event.environment)
    return judged
