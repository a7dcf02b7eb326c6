"""How a release is looked at, and what follows from what it answers."""

import json
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from events.routes import ROUTES
from schemas.anomaly import AnomalyDetected
from schemas.deployment import DeploymentCompleted, SmokePlan
from schemas.health import HealthVerified
from schemas.remediation import RemediationApplied
from workers.observability import on_deployment_completed, on_remediation_applied
from workers.observability.exercise import READS
from workers.ports import Answer, Context, Reject
from workers.runtime.handlers import load
from workers.testing import EPOCH, FakeArtifacts

Deployed = Callable[..., DeploymentCompleted]
CONTEXT = Context(event_id="e1", time=EPOCH, deadline=EPOCH + timedelta(seconds=60))
MOMENT = timedelta(milliseconds=2)
ITEM = "{id}"


def test_both_routes_have_their_handlers() -> None:
    for route in ROUTES:
        if route.worker == "observability":
            assert load(route).ports


async def test_a_release_that_does_what_it_should_is_verified(
    service: Any, deployed: Deployed
) -> None:
    artifacts = FakeArtifacts()
    event = deployed()
    verified = await on_deployment_completed.handle(event, service, artifacts, CONTEXT)
    assert isinstance(verified, HealthVerified)
    assert [(c.name, c.ok, c.detail) for c in verified.checks] == [
        ("health", True, "200"),
        ("create", True, "201"),
        ("read", True, "200"),
        ("update", True, "200"),
        ("read after update", True, "200"),
        ("repeated reads", True, "20 of 20 succeeded"),
        ("delete", True, "204"),
        ("gone after delete", True, "404"),
    ]
    assert (verified.service_level.availability, verified.attempt) == (1.0, 1)
    assert verified.task_id == "t4"
    assert verified.summary == (
        "8 checks passed, availability 100.0% (objective 99%), p95 3 ms (objective 500 ms)"
    )
    assert service.users == {}
    assert verified.openapi is not None
    kept = await artifacts.read(verified.openapi)
    assert json.loads(kept.files["openapi.json"])["info"]["title"] == "user-service"


async def test_a_release_without_an_endpoint_is_parked(service: Any, deployed: Deployed) -> None:
    event = deployed().model_copy(update={"endpoint": None})
    with pytest.raises(Reject, match="no endpoint"):
        await on_deployment_completed.handle(event, service, FakeArtifacts(), CONTEXT)


async def test_the_same_event_looked_at_again_gives_the_same_verdict(
    service: Any, deployed: Deployed
) -> None:
    artifacts = FakeArtifacts()
    first = await on_deployment_completed.handle(deployed(), service, artifacts, CONTEXT)
    again = await on_deployment_completed.handle(deployed(), service, artifacts, CONTEXT)
    assert first == again


async def test_what_a_look_left_when_it_was_cut_off_is_swept_and_nothing_else(
    service: Any, deployed: Deployed
) -> None:
    service.users["real"] = {"id": "real", "name": "Ada", "email": "ada@example.com"}
    service.crash_at = ("PUT", ITEM)
    with pytest.raises(KeyboardInterrupt):
        await on_deployment_completed.handle(deployed(), service, FakeArtifacts(), CONTEXT)
    assert len(service.users) == 2
    service.crash_at = None
    verified = await on_deployment_completed.handle(deployed(), service, FakeArtifacts(), CONTEXT)
    assert isinstance(verified, HealthVerified)
    assert list(service.users) == ["real"]


async def test_a_placeholder_is_filled_and_a_patch_keeps_the_other_fields(
    service: Any, deployed: Deployed
) -> None:
    plan = SmokePlan(
        collection="/users",
        create={"email": "probe-{unique}", "age": 3, "tags": []},
        update={"age": 4},
        update_method="PATCH",
    )
    written: list[Any] = []
    create = service._create
    service._create = lambda body: (written.append(dict(body)), create(body))[1]
    verified = await on_deployment_completed.handle(
        deployed(smoke=plan), service, FakeArtifacts(), CONTEXT
    )
    assert isinstance(verified, HealthVerified)
    assert written[0]["email"].startswith("probe-") and "{" not in written[0]["email"]
    assert (written[0]["age"], written[0]["tags"]) == (3, [])


async def test_without_a_plan_health_alone_is_exercised(service: Any, deployed: Deployed) -> None:
    verified = await on_deployment_completed.handle(
        deployed(smoke=None), service, FakeArtifacts(), CONTEXT
    )
    assert isinstance(verified, HealthVerified)
    assert service.requests.count(("GET", "health")) == 1 + READS
    assert {method for method, _ in service.requests} == {"GET"}


async def test_a_service_without_an_openapi_document_is_fine(
    service: Any, deployed: Deployed
) -> None:
    for nothing in (Answer(404, b"", MOMENT), Answer(200, b"[]", MOMENT), Answer(200, b"", MOMENT)):
        service.faults["GET", "openapi.json"] = [nothing]
        verified = await on_deployment_completed.handle(
            deployed(), service, FakeArtifacts(), CONTEXT
        )
        assert isinstance(verified, HealthVerified)
        assert verified.openapi is None


NOTHING = Answer(None, b"", MOMENT, error="connection refused")
CRASHED = Answer(500, b"password=hunter2 Traceback", MOMENT)
SLOW = timedelta(seconds=3)


@pytest.mark.parametrize(
    ("request_", "answers", "kind", "said"),
    [
        (("GET", "health"), [NOTHING], "unreachable", "health: no answer: connection refused"),
        (("GET", "health"), [Answer(503, b"", MOMENT)], "unhealthy", "expected 200, got 503"),
        (("GET", "health"), [Answer(302, b"", MOMENT)], "unhealthy", "expected 200, got 302"),
        (("POST", "users"), [CRASHED], "unhealthy", "expected 200 or 201, got 500"),
        (("POST", "users"), [Answer(422, b"", MOMENT)], "wrong_answers", "got 422"),
        (("POST", "users"), [Answer(201, b"{}", MOMENT)], "wrong_answers", "names no id"),
        (("POST", "users"), [Answer(201, b'{"id":".."}', MOMENT)], "wrong_answers", "no id"),
        (("GET", ITEM), [Answer(200, b"{}", MOMENT)], "wrong_answers", "not what was written"),
        (("GET", ITEM), [Answer(200, b"\xff", MOMENT)], "wrong_answers", "no JSON object"),
        (("PUT", ITEM), [Answer(200, b"{}", MOMENT)], "wrong_answers", "read after update"),
        (("DELETE", ITEM), [Answer(204, b"", MOMENT)], "wrong_answers", "expected 404"),
        (("DELETE", ITEM), [NOTHING], "wrong_answers", "2 of 8 checks failed"),
    ],
)
async def test_what_is_wrong_names_the_anomaly(
    service: Any,
    deployed: Deployed,
    request_: tuple[str, str],
    answers: list[Answer],
    kind: str,
    said: str,
) -> None:
    service.faults[request_] = answers
    anomaly = await on_deployment_completed.handle(deployed(), service, FakeArtifacts(), CONTEXT)
    assert isinstance(anomaly, AnomalyDetected)
    assert anomaly.kind == kind
    assert said in anomaly.description
    assert "hunter2" not in anomaly.model_dump_json()
    assert (anomaly.previous_version, anomaly.smoke) == ("v0", deployed().smoke)


async def test_one_failed_read_of_twenty_misses_the_objective(
    service: Any, deployed: Deployed
) -> None:
    service.faults["GET", "health"] = [
        *[Answer(200, b"", MOMENT)] * 5,
        CRASHED,
        Answer(200, b"", MOMENT),
    ]
    anomaly = await on_deployment_completed.handle(
        deployed(smoke=None), service, FakeArtifacts(), CONTEXT
    )
    assert isinstance(anomaly, AnomalyDetected)
    assert (anomaly.kind, anomaly.service_level.availability) == ("unhealthy", 20 / 21)
    assert "19 of 20 succeeded" in anomaly.description


async def test_a_slow_release_is_too_slow_and_is_not_waited_for_without_end(
    service: Any, deployed: Deployed
) -> None:
    service.latency = SLOW
    anomaly = await on_deployment_completed.handle(deployed(), service, FakeArtifacts(), CONTEXT)
    assert isinstance(anomaly, AnomalyDetected)
    assert (anomaly.kind, anomaly.service_level.p95_latency_ms) == ("too_slow", 3000.0)
    assert SLOW * len(service.requests) < timedelta(seconds=45)


async def test_one_slow_answer_among_many_is_not_an_anomaly(
    service: Any, deployed: Deployed
) -> None:
    service.faults["GET", "health"] = [Answer(200, b"", SLOW)]
    verified = await on_deployment_completed.handle(deployed(), service, FakeArtifacts(), CONTEXT)
    assert isinstance(verified, HealthVerified)


async def test_after_a_restart_the_release_is_looked_at_once_more(
    service: Any, deployed: Deployed
) -> None:
    restarted = RemediationApplied.model_validate(
        {
            **deployed().model_dump(include={"deployment_id", "workflow_id", "service_name"}),
            **deployed().model_dump(include={"environment", "version", "endpoint", "smoke"}),
            "action": "restart",
            "attempt": 1,
            "previous_version": "v0",
        }
    )
    verified = await on_remediation_applied.handle(restarted, service, FakeArtifacts(), CONTEXT)
    assert isinstance(verified, HealthVerified)
    assert verified.attempt == 2
    service.faults["GET", "health"] = [NOTHING]
    anomaly = await on_remediation_applied.handle(restarted, service, FakeArtifacts(), CONTEXT)
    assert isinstance(anomaly, AnomalyDetected)
    assert (anomaly.attempt, anomaly.previous_version) == (2, "v0")
    assert anomaly.smoke == restarted.smoke
