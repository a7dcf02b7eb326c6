"""The policy worker's judgement of what blocks, and its records."""

from datetime import UTC, datetime
from typing import Any

import pytest

from schemas.codegen import ArtifactFields, CodegenCompleted
from schemas.policy import PolicyValidated, PolicyViolated, Violation
from workers.policy.decisions import MOST, audited, verdict
from workers.ports import Context

NOW = datetime(2026, 11, 2, 9, 0, tzinfo=UTC)


def event(environment: Any = "staging") -> CodegenCompleted:
    return CodegenCompleted(
        workflow_id="w-1",
        task_id="generate",
        service_name="user-service",
        environment=environment,
        part="infrastructure",
        artifact=f"artifacts/{'0' * 64}.tar.gz",
        iteration=2,
        revision=3,
        files=1,
    )


def violation(severity: Any, rule: str = "r", **rest: Any) -> Violation:
    return Violation(severity=severity, rule=rule, message="m", **rest)


@pytest.mark.parametrize(
    ("environment", "severities", "blocks"),
    [
        ("dev", ["critical", "high", "medium", "low"], False),
        ("staging", ["critical"], True),
        ("staging", ["high"], True),
        ("staging", ["medium"], True),
        ("staging", ["low"], False),
        ("staging", ["low"] * 10_000, False),
        ("staging", [], False),
        ("production", ["low"], True),
        ("production", [], False),
    ],
)
def test_what_blocks_depends_on_the_environment(
    environment: str, severities: list[str], blocks: bool
) -> None:
    answer = verdict(event(environment), [violation(severity) for severity in severities])

    assert isinstance(answer, PolicyViolated if blocks else PolicyValidated)


def test_blocking_violations_come_first_and_advice_after_them() -> None:
    given = [violation("low"), violation("medium"), violation("critical"), violation("high")]

    answer = verdict(event(), given)

    assert [v.severity for v in answer.violations] == ["critical", "high", "medium", "low"]


def test_advice_goes_along_with_a_validation() -> None:
    answer = verdict(event(), [violation("low")])

    assert answer.violations == (violation("low"),)


@pytest.mark.parametrize("found", [[], [violation("high")]])
def test_the_artifact_goes_on_unchanged(found: list[Violation]) -> None:
    answer = verdict(event(), found)

    for name in ArtifactFields.model_fields:
        assert getattr(answer, name) == getattr(event(), name)


def test_more_than_an_event_can_carry_is_cut_behind_the_gravest() -> None:
    many = [violation("low", f"r{number}") for number in range(10_000)]

    answer = verdict(event(), [*many, violation("critical")])

    assert isinstance(answer, PolicyViolated)
    assert len(answer.violations) == MOST
    assert answer.violations[0].severity == "critical"


def test_a_violation_is_recorded_once_under_an_id_of_its_own() -> None:
    context = Context("event-1", NOW, NOW)
    found = [
        violation("high", path="a.tf", resource="x.a"),
        violation("high", path="a.tf", resource="x.b"),
        violation("high", path="a.tf", resource="x.a"),
    ]

    records = audited(event(), context, found)

    assert len(records) == len({record.violation_id for record in records}) == 2
    assert records == audited(event(), context, found)
    other = audited(event(), Context("event-2", NOW, NOW), found)
    assert {r.violation_id for r in other}.isdisjoint({r.violation_id for r in records})
