"""anomaly.detected: the mildest measure that works, and a person when none does."""

from collections.abc import Sequence

import pytest

from schemas.anomaly import AnomalyDetected
from schemas.deployment import ProvisionedResource
from schemas.remediation import RemediationApplied, RemediationProposed
from workers.bundle import Bundle
from workers.ports import Release, ReleaseFailed, Running
from workers.remediation.on_anomaly_detected import handle


class ScriptedTarget:
    """Refuses what it is told to refuse, and remembers what it was asked."""

    def __init__(self, refuses: Sequence[str] = ()) -> None:
        self.asked: list[tuple[str, Release]] = []
        self._refuses = refuses

    async def restart(self, release: Release) -> Running:
        return self._act("restart", release)

    async def roll_back(self, release: Release) -> Running:
        return self._act("rollback", release)

    async def provision(self, release: Release, bundle: Bundle) -> tuple[ProvisionedResource, ...]:
        raise NotImplementedError("remediation provisions nothing")

    async def roll_out(self, release: Release, bundle: Bundle) -> Running:
        raise NotImplementedError("remediation rolls nothing out")

    def _act(self, measure: str, release: Release) -> Running:
        self.asked.append((measure, release))
        if measure in self._refuses:
            raise ReleaseFailed(f"{measure} refused")
        return Running(release, f"http://127.0.0.1/{measure}", None)


async def test_a_release_that_does_not_answer_is_started_again() -> None:
    target = ScriptedTarget()
    answer = await handle(_anomaly(), target)
    assert isinstance(answer, RemediationApplied)
    assert (answer.action, answer.attempt) == ("restart", 1)
    assert answer.endpoint == "http://127.0.0.1/restart"
    assert target.asked == [("restart", Release("d-1", "user-service", "staging", "v2"))]


async def test_a_restart_that_fails_is_followed_by_a_rollback() -> None:
    target = ScriptedTarget(refuses=["restart"])
    answer = await handle(_anomaly(previous_version="v1"), target)
    assert isinstance(answer, RemediationApplied)
    assert answer.action == "rollback"
    assert [measure for measure, _ in target.asked] == ["restart", "rollback"]


async def test_after_the_last_restart_the_release_is_rolled_back() -> None:
    target = ScriptedTarget()
    answer = await handle(_anomaly(previous_version="v1", attempt=3), target)
    assert isinstance(answer, RemediationApplied)
    assert (answer.action, answer.attempt) == ("rollback", 3)


async def test_when_every_measure_fails_a_person_reads_what_was_tried() -> None:
    target = ScriptedTarget(refuses=["restart", "rollback"])
    answer = await handle(_anomaly(previous_version="v1"), target)
    assert isinstance(answer, RemediationProposed)
    assert "restart failed: restart refused; rollback failed: rollback refused" in answer.reason


@pytest.mark.parametrize("fields", [{"kind": "wrong_answers"}, {"attempt": 1000}])
async def test_without_a_measure_nothing_is_touched(fields: dict[str, object]) -> None:
    target = ScriptedTarget()
    answer = await handle(_anomaly(**fields), target)
    assert isinstance(answer, RemediationProposed)
    assert target.asked == []
    assert "no measure is left" in answer.reason


def _anomaly(**fields: object) -> AnomalyDetected:
    return AnomalyDetected.model_validate(
        {
            "deployment_id": "d-1",
            "workflow_id": "w-1",
            "service_name": "user-service",
            "environment": "staging",
            "version": "v2",
            "endpoint": "http://127.0.0.1:1",
            "kind": "unreachable",
            "description": "GET /health: connection refused",
            "checks": [{"name": "GET /health", "ok": False}],
            "service_level": {
                "availability": 0,
                "availability_objective": 0.99,
                "p95_latency_ms": 0,
                "p95_latency_objective_ms": 500,
            },
            **fields,
        }
    )
