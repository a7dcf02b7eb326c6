"""What remediation answers, row by row."""

import pytest

from schemas.anomaly import AnomalyDetected
from schemas.codegen import CodegenCompleted
from schemas.policy import PolicyViolated, Violation
from schemas.task import Proposal
from workers.bundle import Bundle, Manifest, Repair
from workers.remediation.decisions import (
    MAX_RESTARTS,
    MAX_ROUNDS,
    applied,
    blocking,
    completed,
    gave_up,
    is_last_round,
    manifest,
    measures,
    needs_a_person,
    proposed,
)

KEY = f"artifacts/{'0' * 64}.tar.gz"


@pytest.mark.parametrize(
    ("kind", "attempt", "previous", "expected"),
    [
        ("unreachable", 1, None, ("restart",)),
        ("unreachable", 1, "v1", ("restart", "rollback")),
        ("unhealthy", MAX_RESTARTS, "v1", ("restart", "rollback")),
        ("unhealthy", MAX_RESTARTS + 1, "v1", ("rollback",)),
        ("unhealthy", MAX_RESTARTS + 1, None, ()),
        ("wrong_answers", 1, "v1", ("rollback",)),
        ("wrong_answers", 1, None, ()),
        ("too_slow", 1, "v1", ("rollback",)),
        ("too_slow", 1, None, ()),
        ("unreachable", 1000, None, ()),
        ("unreachable", 1000, "v1", ("rollback",)),
    ],
)
def test_measures_go_from_the_mildest_that_can_help(
    kind: str, attempt: int, previous: str | None, expected: tuple[str, ...]
) -> None:
    event = _anomaly(kind=kind, attempt=attempt, previous_version=previous)
    assert measures(event) == expected


def test_what_was_applied_carries_on_all_that_the_anomaly_said() -> None:
    event = _anomaly(attempt=2, previous_version="v1", smoke=SMOKE)
    done = applied(event, "restart", endpoint="http://127.0.0.1:9")
    assert (done.attempt, done.endpoint, done.action) == (2, "http://127.0.0.1:9", "restart")
    assert (done.deployment_id, done.version, done.previous_version) == ("d-1", "v2", "v1")
    assert done.smoke is not None
    assert done.smoke == event.smoke
    back = applied(event, "rollback", endpoint="http://127.0.0.1:8")
    assert back.detail == "rolled back from v2 to v1: it broke"


def test_what_is_proposed_names_the_evidence_and_what_was_tried() -> None:
    made = proposed(_anomaly(kind="too_slow"), ["rollback failed: no version before"])
    assert made.reason == "user-service v2: it broke; rollback failed: no version before"
    advice = " ".join(p.advice for p in made.proposals)
    assert "Check 'GET /health' failed: no answer." in advice
    assert "Availability was 50.0%, promised 99.0%." in advice
    assert "up to 900 ms, promised 500 ms" in advice
    assert {p.rule for p in made.proposals} == {"release-too-slow"}
    assert "'GET /users'" not in advice


@pytest.mark.parametrize(
    ("environment", "severities", "expected"),
    [
        ("staging", ["critical", "high", "medium", "low"], 3),
        ("production", ["critical", "high", "medium", "low"], 4),
        ("dev", ["critical", "low"], 2),
        ("staging", ["low"], 1),
        ("staging", ["high"] * 500 + ["low"] * 500, 500),
    ],
)
def test_what_blocks_follows_the_table_and_something_always_does(
    environment: str, severities: list[str], expected: int
) -> None:
    event = _violated([_violation(severity=s) for s in severities], environment=environment)
    assert len(blocking(event)) == expected


@pytest.mark.parametrize(
    ("revision", "last"), [(1, False), (MAX_ROUNDS, False), (MAX_ROUNDS + 1, True), (1000, True)]
)
def test_a_bundle_is_repaired_a_bounded_number_of_times(revision: int, last: bool) -> None:
    assert is_last_round(_violated([_violation()], revision=revision)) is last


def test_the_failure_after_the_last_round_says_so() -> None:
    event = _violated([_violation(), _violation(rule="b"), _violation(rule="b")], revision=4)
    failed = gave_up(event, [])
    assert failed.reason == "after 3 rounds of repair the policy still objects: a; b"
    assert failed.violations == event.violations


def test_advice_that_does_not_block_needs_nobody() -> None:
    low = _violation(severity="low", rule="low")
    event = _violated([_violation(), low])
    assert needs_a_person(event, [(low, _proposal("low"))]) is None


def test_the_failure_names_what_a_person_has_to_do() -> None:
    found = [_violation(rule=f"r{n}") for n in range(100)]
    failed = needs_a_person(_violated(found), [(v, _proposal(v.rule)) for v in found])
    assert failed is not None
    assert failed.reason == (
        "100 violations need a person: r0 in main.tf (m); r1 in main.tf (m); r2 in main.tf (m); "
        "r3 in main.tf (m); r4 in main.tf (m); and 95 more"
    )
    assert [p.rule for p in failed.proposals] == [f"r{n}" for n in range(20)]


def test_the_next_revision_names_its_parent_and_keeps_older_repairs() -> None:
    first = Repair(rule="x", severity="low", message="m", path="p", diff="", revision=2)
    second = first.model_copy(update={"revision": 3})
    bundle = Bundle(
        {"a": b""}, Manifest(service_name="s", part="service", revision=2, repairs=(first,))
    )
    made = manifest(bundle, _violated([_violation()]), [second])
    assert (made.revision, made.parent, made.made_by) == (3, KEY, "remediation")
    assert made.repairs == (first, second)


def test_the_repaired_bundle_goes_back_to_the_gate_as_the_same_task() -> None:
    event = _violated([_violation()], revision=2, iteration=3)
    assert completed(event, KEY, 4) == CodegenCompleted(
        workflow_id="w-1",
        task_id="t-1",
        service_name="user-service",
        environment="staging",
        part="infrastructure",
        artifact=KEY,
        iteration=3,
        revision=3,
        files=4,
        made_by="remediation",
    )


SMOKE = {"collection": "/users", "create": {"name": "a"}, "update": {"name": "b"}}


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
            "description": "it broke",
            "checks": [
                {"name": "GET /health", "ok": False, "detail": "no answer"},
                {"name": "GET /users", "ok": True},
            ],
            "service_level": {
                "availability": 0.5,
                "availability_objective": 0.99,
                "p95_latency_ms": 900,
                "p95_latency_objective_ms": 500,
            },
            **fields,
        }
    )


def _violation(**fields: object) -> Violation:
    return Violation.model_validate(
        {"severity": "high", "rule": "a", "message": "m", "path": "main.tf", **fields}
    )


def _violated(violations: list[Violation], **fields: object) -> PolicyViolated:
    return PolicyViolated.model_validate(
        {
            "workflow_id": "w-1",
            "task_id": "t-1",
            "service_name": "user-service",
            "part": "infrastructure",
            "artifact": KEY,
            "violations": violations,
            **fields,
        }
    )


def _proposal(rule: str) -> Proposal:
    return Proposal(kind="advisory", rule=rule, advice="do it")
