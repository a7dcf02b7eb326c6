"""Platform clean-up: of twins, each runner keeps its own; nothing that is needed is deleted."""

import pytest

from workers.migration.actions.cleanup import cleaned
from workers.migration.actions.model import Job, RunsOn, Step, Workflow


def scripts(runner: str, *steps: Step) -> tuple[list[str | None], list[bool]]:
    job = Job("build", runs_on=RunsOn((runner,)), steps=steps)
    workflow, findings = cleaned(Workflow("CI", (), (job,)))
    return [step.run for step in workflow.jobs[0].steps], [each.removed for each in findings]


BOTH = (Step(run="./mvnw clean compile"), Step(run="mvnw.cmd clean compile"))


@pytest.mark.parametrize(
    ("runner", "kept"),
    [
        ("ubuntu-latest", "./mvnw clean compile"),
        ("macos-latest", "./mvnw clean compile"),
        ("windows-latest", "mvnw.cmd clean compile"),
    ],
)
def test_each_runner_keeps_its_own_of_two_twins(runner: str, kept: str) -> None:
    assert scripts(runner, *BOTH) == ([kept], [True])


def test_twins_in_one_script_are_told_apart_by_line() -> None:
    step = Step(run="echo start\n./gradlew test\ngradlew.bat test\n")

    assert scripts("ubuntu-latest", step) == (["echo start\n./gradlew test\n"], [True])


def test_a_line_without_a_twin_stays_and_is_reported() -> None:
    assert scripts("ubuntu-latest", Step(run="deploy.cmd now")) == (["deploy.cmd now"], [False])


def test_another_task_is_no_twin() -> None:
    steps = (Step(run="./mvnw test"), Step(run="mvnw.cmd deploy"))

    assert scripts("ubuntu-latest", *steps) == (["./mvnw test", "mvnw.cmd deploy"], [False])


def test_actions_are_left_alone() -> None:
    assert scripts("windows-latest", Step(uses="actions/checkout")) == ([None], [])
