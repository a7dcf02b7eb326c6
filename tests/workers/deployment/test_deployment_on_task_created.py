"""The deployment worker's story."""

import json
from dataclasses import replace
from datetime import timedelta

from schemas.deployment import (
    DeploymentCompleted,
    DeploymentFailed,
    InfraProvisioned,
    ProvisionedResource,
)
from schemas.task import TaskCreated
from workers.bundle import Bundle, Manifest
from workers.deployment.gates import GATES
from workers.deployment.on_task_created import handle
from workers.ports import Context, Release, ReleaseFailed, Running
from workers.testing import EPOCH, FakeArtifacts, FakeClock, FakeDeployments

CONTEXT = Context(event_id="e-1", time=EPOCH, deadline=EPOCH + timedelta(seconds=180))
SMOKE = {"collection": "/users", "create": {"name": "a"}, "update": {"name": "b"}}


class FakeTarget:
    """Takes three seconds to roll out; refuses, where `refuses` names the step."""

    def __init__(self, clock: FakeClock, refuses: str = "") -> None:
        self._clock = clock
        self._refuses = refuses
        self.rolled_out: list[Release] = []

    async def provision(self, release: Release, bundle: Bundle) -> tuple[ProvisionedResource, ...]:
        if self._refuses == "provision":
            raise ReleaseFailed("no bucket")
        return (ProvisionedResource(type="files", name="n", id=str(len(bundle.files))),)

    async def roll_out(self, release: Release, bundle: Bundle) -> Running:
        self._clock.advance(timedelta(seconds=3))
        if self._refuses == "roll_out":
            raise ReleaseFailed("never healthy", rolled_back_to="v0")
        self.rolled_out.append(release)
        return Running(release, "http://127.0.0.1:1", "v0")

    async def restart(self, release: Release) -> Running:
        raise NotImplementedError

    async def roll_back(self, release: Release) -> Running:
        raise NotImplementedError


class Story:
    def __init__(self, refuses: str = "") -> None:
        self.artifacts = FakeArtifacts()
        self.clock = FakeClock()
        self.target = FakeTarget(self.clock, refuses)
        self.deployments = FakeDeployments()

    async def event(self, *parts: dict[str, bytes]) -> TaskCreated:
        manifest = Manifest(service_name="user-service", part="service")
        keys = [await self.artifacts.write(Bundle(files, manifest)) for files in parts]
        for key in keys:
            for gate in GATES:
                await self.artifacts.attest(key, gate, "staging")
        return TaskCreated(
            workflow_id="wf-1",
            task_id="t4",
            agent="deployment",
            service_name="user-service",
            artifacts=tuple(keys),
        )

    async def deploy(
        self, event: TaskCreated
    ) -> tuple[InfraProvisioned | DeploymentCompleted | DeploymentFailed, ...]:
        return await handle(
            event, self.artifacts, self.target, self.deployments, self.clock, CONTEXT
        )


async def test_what_the_parents_made_is_provisioned_rolled_out_and_recorded() -> None:
    story = Story()
    event = await story.event(
        {"app.py": b"1", "deploy/smoke.json": json.dumps(SMOKE).encode()}, {"main.tf": b"2"}
    )
    provisioned, completed = await story.deploy(event)

    assert isinstance(provisioned, InfraProvisioned)
    assert [resource.id for resource in provisioned.resources] == ["3"]
    assert isinstance(completed, DeploymentCompleted)
    assert completed.deployment_id == provisioned.deployment_id
    assert completed.task_id == "t4"
    assert completed.duration_seconds == 3
    assert completed.endpoint == "http://127.0.0.1:1"
    assert completed.previous_version == "v0"
    assert completed.smoke is not None
    assert completed.smoke.collection == "/users"
    [record] = story.deployments.records.values()
    assert (record.status, record.version) == ("success", completed.version)


async def test_a_second_delivery_gives_the_same_answer_and_no_second_record() -> None:
    story = Story()
    event = await story.event({"app.py": b"1"})
    assert await story.deploy(event) == await story.deploy(event)
    assert len(story.deployments.records) == 1
    assert len(set(story.target.rolled_out)) == 1


async def test_a_release_that_does_not_get_healthy_is_a_failed_deployment() -> None:
    story = Story(refuses="roll_out")
    provisioned, failed = await story.deploy(await story.event({"app.py": b"1"}))
    assert isinstance(provisioned, InfraProvisioned)
    assert isinstance(failed, DeploymentFailed)
    assert (failed.reason, failed.rolled_back_to) == ("never healthy", "v0")
    assert failed.duration_seconds == 3
    [record] = story.deployments.records.values()
    assert (record.status, record.detail) == ("failed", "never healthy")


async def test_what_could_not_be_provisioned_is_not_rolled_out() -> None:
    story = Story(refuses="provision")
    [failed] = await story.deploy(await story.event({"app.py": b"1"}))
    assert isinstance(failed, DeploymentFailed)
    assert failed.reason == "no bucket"
    assert story.target.rolled_out == []


async def test_a_task_without_artifacts_fails_with_the_reason() -> None:
    story = Story()
    [failed] = await story.deploy(await story.event())
    assert isinstance(failed, DeploymentFailed)
    assert "no artifact" in failed.reason
    assert len(story.deployments.records) == 1


async def test_parts_that_contradict_each_other_are_a_failed_deployment() -> None:
    story = Story()
    [failed] = await story.deploy(await story.event({"app.py": b"1"}, {"app.py": b"2"}))
    assert isinstance(failed, DeploymentFailed)
    assert "app.py" in failed.reason
    assert story.target.rolled_out == []


async def test_what_has_not_passed_every_gate_is_not_deployed() -> None:
    story = Story()
    event = await story.event({"app.py": b"1"})
    production = event.model_copy(update={"environment": "production"})
    [failed] = await story.deploy(production)
    assert isinstance(failed, DeploymentFailed)
    assert "has not passed policy and tests for production" in failed.reason
    await story.artifacts.attest(event.artifacts[0], "policy", "production")
    [failed] = await story.deploy(production)
    assert "has not passed tests for production" in str(failed)
    assert story.target.rolled_out == []


async def test_a_stranger_s_deployment_says_so() -> None:
    story = Story()
    event = await story.event({"app.py": b"1"})
    stranger = replace(CONTEXT, origin="outside")
    answers = await handle(
        event, story.artifacts, story.target, story.deployments, story.clock, stranger
    )
    assert {each.origin for each in answers} == {"outside"}
