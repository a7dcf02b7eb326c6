"""The tester's one story."""

from datetime import timedelta

import pytest

from schemas.policy import PolicyValidated
from schemas.tests import TestsPassed
from workers.bundle import Bundle, Manifest
from workers.ports import Limits, Reject, TestRun
from workers.tester.on_policy_validated import handle
from workers.testing import FakeArtifacts


class FakeRunner:
    """Passes one test, and keeps what it was asked to run."""

    def __init__(self) -> None:
        self.ran: list[tuple[Bundle, Limits]] = []

    async def run(self, bundle: Bundle, limits: Limits) -> TestRun:
        self.ran.append((bundle, limits))
        return TestRun(
            exit_code=0,
            ended_by="itself",
            output="1 passed",
            junit_xml=b'<testsuites><testcase classname="m" name="t"/></testsuites>',
            duration=timedelta(seconds=1),
        )


def event(artifact: str) -> PolicyValidated:
    return PolicyValidated(
        workflow_id="wf-1", task_id="t1", service_name="user-service", artifact=artifact
    )


async def test_the_artifact_that_the_policy_passed_is_the_one_that_is_tested() -> None:
    artifacts, runner = FakeArtifacts(), FakeRunner()
    bundle = Bundle({"tests/test_a.py": b"..."}, Manifest(service_name="a", part="service"))
    key = await artifacts.write(bundle)
    outcome = await handle(event(key), artifacts, runner)
    assert isinstance(outcome, TestsPassed)
    assert outcome.artifact == key
    assert await artifacts.attested(key, "staging") == {"tests"}
    assert await artifacts.attested(key, "production") == frozenset()
    [(ran, limits)] = runner.ran
    assert ran == bundle
    # Shorter than the route's own limit, which would take the delivery away in mid-run.
    assert limits.seconds < 180


async def test_an_artifact_that_is_not_there_is_not_tested() -> None:
    runner = FakeRunner()
    with pytest.raises(Reject):
        await handle(event(f"artifacts/{'0' * 64}.tar.gz"), FakeArtifacts(), runner)
    assert runner.ran == []
